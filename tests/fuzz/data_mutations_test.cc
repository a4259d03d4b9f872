// The readers of data, journals and model sections on thousands of fixed mutations of good files:
// no crash, no broken promise, and no memory beyond a multiple of the input (but what compressed
// data claims and has).
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "compiler/data/info.h"
#include "tests/compiler/data/data_files.h"
#include "tests/fuzz/counted_memory.h"
#include "tests/fuzz/entries.h"
#include "tests/fuzz/mutator.h"

namespace zkvm {
namespace {

using compiler::Literal;

std::vector<uint8_t> Mutated(std::mt19937& random, std::vector<uint8_t> bytes) {
  for (size_t i = random() % 3 + 1; i != 0; --i) Mutate(random, bytes);
  return bytes;
}

// As bytes of TryData.
std::vector<std::vector<uint8_t>> GoodData() {
  const Literal image = Literal::Floats({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::vector<uint8_t> npy = compiler::NpyFile(image);
  std::vector<std::vector<uint8_t>> files = {npy};
  files.push_back(compiler::ZipFile({{"x.npy", npy}, {"y.npy", npy}}, true, true));
  files.push_back(compiler::TensorProtoFile("x", image));
  files.push_back(compiler::BytesOf(R"({"x": [[1, 2], [3.5, -4e2]], "y": [true]})"));
  for (uint8_t kind = 0; kind < kDataKinds; ++kind) files[kind].insert(files[kind].begin(), kind);
  return files;
}

TEST(DataMutationsTest, Data) {
  std::mt19937 random(1);
  for (const std::vector<uint8_t>& good : GoodData()) {
    ASSERT_TRUE(TryData(good));
    for (int i = 0; i < 4000; ++i) {
      const std::vector<uint8_t> bytes = Mutated(random, good);
      const size_t before = LiveBytes();
      ResetPeak();
      TryData(bytes);
      EXPECT_LE(PeakBytes() - before, (size_t{1} << 20) + 64 * bytes.size());
    }
    for (size_t size = 0; size < good.size(); ++size) TryData(std::span(good).first(size));
  }
}

TEST(DataMutationsTest, Journal) {
  const std::vector<uint8_t> good = {'Z', 'K',  'M', 'L', 1, 0, 1, 0, 1, 1, 5, 2, 0, 0,
                                     0,   0x3F, 2,   0,   0, 0, 1, 0, 0, 0, 3, 0, 0, 0,
                                     'y', 'z',  0,   0,   1, 0, 2, 0, 3, 0, 0, 0};
  ASSERT_TRUE(TryJournal(good));
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const std::vector<uint8_t> bytes = Mutated(random, good);
    const size_t before = LiveBytes();
    ResetPeak();
    TryJournal(bytes);
    EXPECT_LE(PeakBytes() - before, (size_t{1} << 16) + 64 * bytes.size());
  }
}

TEST(DataMutationsTest, Info) {
  compiler::ModelInfo info;
  info.inputs = {{"x",
                  {compiler::DType::kInt8, {1, 2}},
                  compiler::DType::kFloat,
                  0.5F,
                  -1,
                  compiler::Visibility::kPublic}};
  info.layers.resize(1);
  info.layers[0].error = 0.25;
  info.steps = {{0, 3, "f", "v", 0.5}};
  const std::string json = compiler::ToJson(info);
  const std::vector<uint8_t> good(json.begin(), json.end());
  ASSERT_TRUE(TryInfo(good));
  std::mt19937 random(3);
  for (int i = 0; i < 5000; ++i) TryInfo(Mutated(random, good));
}

}  // namespace
}  // namespace zkvm
