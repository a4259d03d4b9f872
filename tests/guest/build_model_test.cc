// Models as compiler and linker leave them, and the mistakes that the compiler finds.

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "compiler/link/build_guest.h"
#include "isa/elf.h"
#include "precompiles/tensor/model.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;
using tensor::Descriptor;
using tensor::Model;

class BuildModelTest : public testing::Test {
 protected:
  BuildModelTest()
      : directory_(fs::temp_directory_path() / ("zkvm-model-test-" + std::to_string(getpid()))) {
    fs::create_directory(directory_);
  }
  ~BuildModelTest() override { fs::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    return (directory_ / name).string();
  }

  Program Build(const std::vector<std::string>& sources, const std::vector<std::string>& flags) {
    const std::string output = (directory_ / "a.elf").string();
    const auto error = BuildGuest({.sources = sources, .output = output, .flags = flags});
    if (error) {
      ADD_FAILURE() << error->message;
      return {};
    }
    std::ifstream file(output, std::ios::binary);
    const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
    auto loaded = LoadElf({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    if (const auto* e = std::get_if<ElfError>(&loaded)) {
      ADD_FAILURE() << e->message;
      return {};
    }
    return std::get<Program>(std::move(loaded));
  }

  fs::path directory_;
};

Model ModelOf(const Program& program) {
  auto parsed = tensor::ParseModel(program.model_descriptors, program.model_data);
  return std::get<Model>(std::move(parsed));
}

constexpr const char* kTwoFiles = R"(
#include <zkvm/ml.h>
namespace ml = zkvm::ml;
using Row = ml::Sequence<1, 2, ml::kI8>;
ZKVM_MODEL constexpr int16_t kOwn[4] = {101, 102, 103, START};
ZKVM_MODEL constexpr int16_t kUnused[4] = {9, 9, 9, 9};
ZKVM_MODEL_FILE(ARRAY, 4, FILE_NAME);
ZKVM_MODEL inline constexpr int32_t kShared[2] = {77, 78};
ZKVM_MODEL constexpr ml::Table<-50, 50> kTable([](int y) { return y; });
ZKVM_MODEL_OP constexpr ml::Dense<Row, Row> kOfOwn({.weights = kOwn, .table = kTable});
ZKVM_MODEL_OP constexpr ml::Dense<Row, Row> kOfFile({
    .weights = ARRAY, .bias = kShared, .table = kTable});
Row FUNCTION(const Row& x) { return kOfFile(kOfOwn(x)); }
)";

TEST_F(BuildModelTest, AddressesAreOffsets) {
  const std::string weights = Write("weights.bin", std::string("\xC9\0\xCA\0\xCB\0\xCC\0", 8));
  std::vector<std::string> sources;
  for (const std::string name : {"first", "second"}) {
    sources.push_back(Write(name + ".cc", "#define FILE_NAME \"" + weights +
                                              "\"\n#define FUNCTION " + name + "\n#define ARRAY " +
                                              name + "_array\n#define START " +
                                              std::to_string(name.size()) + kTwoFiles));
  }
  sources.push_back(Write("main.cc",
                          "#include <zkvm/ml.h>\n"
                          "using Row = zkvm::ml::Sequence<1, 2>;\n"
                          "Row first(const Row&); Row second(const Row&);\n"
                          "int main() { static zkvm::ml::Buffer<Row> b;\n"
                          "  return zkvm::ml::Argmax(first(second(zkvm::ml::Import(b)))); }\n"));
  const Program program = Build(sources, {});
  const Model model = ModelOf(program);
  EXPECT_EQ(tensor::CheckModel(model), std::nullopt);

  std::vector<std::vector<int16_t>> found;
  size_t others = 0;
  for (const Descriptor& d : model.descriptors) {
    if (d.op != tensor::Op::kLinear) {
      ++others;
      continue;
    }
    const auto values = tensor::GroupWeights(model, d, 0);
    found.emplace_back(values.begin(), values.end());
    EXPECT_EQ(tensor::TableAt(model, d.table).first, -50);
    EXPECT_EQ(tensor::TableAt(model, d.table)[13], 13);
    EXPECT_EQ(d.group[1].weights, tensor::kNoData);
    if (values[0] == 101) {
      EXPECT_EQ(d.bias, tensor::kNoData);
    } else {
      EXPECT_EQ(tensor::Bias(model, d)[1], 78);
    }
  }
  std::ranges::sort(found);
  EXPECT_EQ(
      found,
      (std::vector<std::vector<int16_t>>{
          {101, 102, 103, 5}, {101, 102, 103, 6}, {201, 202, 203, 204}, {201, 202, 203, 204}}));
  EXPECT_EQ(others, 2);  // import, argmax
  // Two of each array, the shared one once, and no unused one.
  EXPECT_LT(model.data.size(), 4 * 8 + 8 + 2 * 216 + 16);
  // Memory begins above all addresses of the model.
  EXPECT_GE(program.image_base, model.descriptors.size() * sizeof(Descriptor));
}

TEST_F(BuildModelTest, MemoryBeginsAboveALargeModel) {
  const std::string source = Write("a.cc",
                                   "#include <zkvm/ml.h>\n"
                                   "namespace ml = zkvm::ml;\n"
                                   "using Row = ml::Sequence<1, 64>;\n"
                                   "ZKVM_MODEL constexpr int16_t kWeights[4096] = {1};\n"
                                   "ZKVM_MODEL_OP constexpr ml::Dense<Row, Row> kLayer({\n"
                                   "    .weights = kWeights,\n"
                                   "    .table = ml::kSaturated<ml::kI8, -1, 1>});\n"
                                   "int main() { static ml::Buffer<Row> b;\n"
                                   "  return ml::Argmax(kLayer(ml::Import(b))); }\n");
  const Program program = Build({source}, {});
  EXPECT_GE(program.model_data.size(), 8192);
  EXPECT_EQ(program.image_base, 0x3000);
}

std::string CompilerOutput(const std::string& options) {
  const std::string command = std::string("clang++-19 --config=") + ZKVM_SDK_CONFIG +
                              " -std=c++20 -fsyntax-only -ferror-limit=0 " + options + " " +
                              ZKVM_MISTAKES + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> block;
  while (const size_t size = fread(block.data(), 1, block.size(), pipe)) {
    output.append(block.data(), size);
  }
  pclose(pipe);
  return output;
}

TEST(ModelErrorsTest, AreReadable) {
  EXPECT_EQ(CompilerOutput(""), "");
  const std::string output = CompilerOutput("-DMISTAKES");
  for (const char* message :
       {"an argument is not of the type that the operation was declared with",
        "the array has another number of elements than the shapes ask for",
        "weights are arrays of int16_t, biases of int32_t",
        "AnEntryOfTheTableIsOutsideTheElementTypeOfTheResult",
        "the source and the result have the same rows",
        "the height of the result is (height + pads - dilation * (window height - 1) - 1) / stride",
        "Scores: the keys have the role kKeys", "Softmax: scores are kI15 or smaller",
        "Flatten: the rows or channels of the image have padding",
        "the sources have the shape of the result", "AnEntryOfTheTableDoesNotFitIn16Bits",
        "AMultiplierIsFrom1To32767"}) {
    EXPECT_NE(output.find(message), std::string::npos) << message << "\n" << output;
  }
}

}  // namespace
}  // namespace zkvm
