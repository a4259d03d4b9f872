// The model's tables as a file: proofs from it are byte for byte those without it, and a file that
// does not fit is refused.
#include "stark/model_file.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/stark/fold_toy.h"

namespace zkvm {
namespace {

constexpr Digest kTag{7};

class ModelFile : public testing::Test {
 protected:
  ModelFile() {
    SerializeModelFile(FoldToyMachine(), kFast100, kTag, CommitFoldToy(MakeFoldToy(10), kFast100),
                       [&](std::span<const uint8_t> piece) {
                         bytes_.insert(bytes_.end(), piece.begin(), piece.end());
                       });
  }
  ~ModelFile() override { std::remove(path_.c_str()); }

  Status Map(std::span<const uint8_t> bytes, std::optional<MappedModel>* model,
             const Preset& preset = kFast100, const Digest& tag = kTag) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return MapModelFile(path_, FoldToyMachine(), preset, tag, model);
  }
  std::string Complaint(std::span<const uint8_t> bytes) {
    std::optional<MappedModel> model;
    return Map(bytes, &model).message();
  }

  const std::string path_ = testing::TempDir() + "model_file_test.zkvf";
  std::vector<uint8_t> bytes_;
};

TEST_F(ModelFile, ProofsAreTheSame) {
  std::optional<MappedModel> model;
  const Status status = Map(bytes_, &model);
  ASSERT_TRUE(status.ok()) << status.message();
  const FoldToy toy = MakeFoldToy(10);
  const FixedTables fixed = CommitFoldToy(toy, kFast100, std::move(*model));
  EXPECT_EQ(ProveFoldToy(MakeFoldToy(10), kFast100, fixed).proof,
            ProveFoldToy(MakeFoldToy(10), kFast100).proof);
}

TEST_F(ModelFile, RefusesWhatDoesNotFit) {
  std::optional<MappedModel> model;
  EXPECT_NE(Map(bytes_, &model, kStd100).message().find("another preset"), std::string::npos);
  EXPECT_NE(Map(bytes_, &model, kFast100, Digest{8}).message().find("another model"),
            std::string::npos);
  EXPECT_NE(MapModelFile(path_ + "x", FoldToyMachine(), kFast100, kTag, &model)
                .message()
                .find("cannot be read"),
            std::string::npos);
}

TEST_F(ModelFile, RefusesDamage) {
  for (const size_t size : {size_t{0}, size_t{3}, size_t{50}, size_t{100}, size_t{5000},
                            bytes_.size() / 2, bytes_.size() - 1}) {
    EXPECT_NE(Complaint(std::span(bytes_).first(size)), "") << size;
  }
  std::vector<uint8_t> longer = bytes_;
  longer.push_back(0);
  EXPECT_NE(Complaint(longer), "");
  for (const size_t at : {0, 4, 76, 84, 92, 100}) {
    std::vector<uint8_t> changed = bytes_;
    changed[at] ^= 0x40;
    EXPECT_NE(Complaint(changed), "") << at;
  }
}

}  // namespace
}  // namespace zkvm
