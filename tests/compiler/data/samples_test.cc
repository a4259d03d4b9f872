// Data cut into samples, from all kinds of files and folders; labels.
#include "compiler/data/samples.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"
#include "tests/compiler/data/data_files.h"

namespace zkvm::compiler {
namespace {

namespace fs = std::filesystem;

TEST(CountSamplesTest, FitsDataToShapes) {
  const Shape image = {1, 1, 8, 8};
  EXPECT_EQ(CountSamples({1, 1, 8, 8}, image), 1);
  EXPECT_EQ(CountSamples({8, 8}, image), 1);
  EXPECT_EQ(CountSamples({5, 1, 8, 8}, image), 5);
  EXPECT_EQ(CountSamples({5, 1, 1, 8, 8}, image), 5);
  EXPECT_EQ(CountSamples({5, 8, 8}, image), 5);
  EXPECT_EQ(CountSamples({5, 64}, image), 5);
  EXPECT_EQ(CountSamples({128}, image), 2);
  EXPECT_EQ(CountSamples({4, 16}, image), std::nullopt);
  EXPECT_EQ(CountSamples({100}, image), std::nullopt);
  EXPECT_EQ(CountSamples({3, 8, 1, 8}, {8, 1, 8}), 3);
  EXPECT_EQ(CountSamples({16, 1, 8}, {8, 1, 8}), 2);
  EXPECT_EQ(CountSamples({7}, {1}), 7);
  EXPECT_EQ(CountSamples({}, {1}), 1);
  EXPECT_EQ(CountSamples({}, {2}), std::nullopt);
  EXPECT_EQ(CountSamples({0, 64}, image), 0);
}

class SamplesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("zkvm-samples-test-" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Write(const std::string& name, const Bytes& bytes) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  std::string Write(const std::string& name, const std::string& text) {
    return Write(name, BytesOf(text));
  }
  std::string ErrorOf(const std::string& path, std::span<const TensorSpec> inputs) {
    try {
      ReadSamples(path, inputs, 10);
    } catch (const CompileError& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_;
  const std::vector<TensorSpec> pair_ = {{"a", {DType::kFloat, {1, 2}}},
                                         {"b", {DType::kInt64, {3}}}};
  const std::vector<TensorSpec> one_ = {{"x", {DType::kFloat, {1, 2}}}};
};

// 0, 1, 2, ... in a shape.
Literal Count(Shape shape) {
  std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
  std::iota(values.begin(), values.end(), 0.0F);
  return Literal::Floats(std::move(shape), values);
}

TEST_F(SamplesTest, CutsAndConverts) {
  const auto samples = ReadSamples(Write("x.npy", NpyFile(Count({3, 2}))), one_, 10);
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[2][0].shape(), (Shape{1, 2}));
  EXPECT_EQ(samples[2][0].ToDoubles(), (std::vector<double>{4, 5}));
  EXPECT_EQ(ReadSamples((folder_ / "x.npy"), one_, 2).size(), 2U);
  const auto bytes = ReadSamples(Write("u.npy", NpyFile("|u1", "(2,)", Bytes{7, 8})), one_, 10);
  EXPECT_EQ(bytes.at(0).at(0), Literal::Floats({1, 2}, std::vector<float>{7, 8}));
}

TEST_F(SamplesTest, AssignsByNameOrPosition) {
  const Literal a = Count({2, 2});
  const Literal b = Literal::Int64s(std::vector<int64_t>{7, 8, 9});
  const Bytes by_name =
      ZipFile({{"b.npy", NpyFile(b)}, {"a.npy", NpyFile(a)}, {"c.npy", NpyFile(b)}}, true, false);
  const Bytes by_position =
      ZipFile({{"arr_0.npy", NpyFile(a)}, {"arr_1.npy", NpyFile(b)}}, true, false);
  for (const std::string& path :
       {Write("n.npz", by_name), Write("p.npz", by_position),
        Write("j.json", R"({"a": [[0, 1], [2, 3]], "b": [7, 8, 9]})"),
        Write("e.json", R"({"input_data": [[0, 1, 2, 3], [7, 8, 9]]})")}) {
    const auto samples = ReadSamples(path, pair_, 10);
    ASSERT_EQ(samples.size(), 2U) << path;
    EXPECT_EQ(samples[1][0].ToDoubles(), (std::vector<double>{2, 3})) << path;
    EXPECT_EQ(samples[1][1].ToInt64s(), (std::vector<int64_t>{7, 8, 9})) << path;
  }
}

TEST_F(SamplesTest, ReadsFolders) {
  const Literal a = Count({1, 2});
  const Literal b = Literal::Int64s(std::vector<int64_t>{7, 8, 9});
  for (const std::string set : {"onnx/test_data_set_0", "onnx/test_data_set_1"}) {
    Write(set + "/input_0.pb", TensorProtoFile("other", a));
    Write(set + "/input_1.pb", TensorProtoFile("names", b));
    Write(set + "/output_0.pb", TensorProtoFile("result", b));
  }
  EXPECT_EQ(ReadSamples(folder_ / "onnx", pair_, 10).size(), 2U);
  Write("named/a.npy", NpyFile(Count({4, 1, 2})));
  Write("named/b.npy", NpyFile(b));
  EXPECT_EQ(ReadSamples(folder_ / "named", pair_, 10).size(), 4U);
  Write("many/2.npy", NpyFile(Count({2, 2})));
  Write("many/1.json", "[[9, 9]]");
  const auto samples = ReadSamples(folder_ / "many", one_, 10);
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0][0].ToDoubles(), (std::vector<double>{9, 9}));
  EXPECT_EQ(ReadSamples(folder_ / "many", one_, 2).size(), 2U);
  fs::create_directory(folder_ / "empty");
  EXPECT_NE(ErrorOf(folder_ / "empty", one_).find("no .npy"), std::string::npos);
}

TEST_F(SamplesTest, SaysWhatDoesNotFit) {
  EXPECT_NE(ErrorOf(folder_ / "none.npy", one_).find("No such file"), std::string::npos);
  EXPECT_NE(ErrorOf(Write("x.csv", "1,2"), one_).find(".npy, .npz, .pb and .json"),
            std::string::npos);
  EXPECT_NE(ErrorOf(Write("x.npy", NpyFile(Count({3, 5}))), one_)
                .find("shape [3, 5] does not fit the input 'x' of float[1, 2]"),
            std::string::npos);
  EXPECT_NE(ErrorOf(Write("x.npy", NpyFile(Count({1, 2}))), pair_).find("'a', 'b'"),
            std::string::npos);
  // One of the names fits: the other array is not taken for what its place says.
  EXPECT_NE(
      ErrorOf(Write("names.json", R"({"b": [[1, 2]], "c": [1, 2, 3]})"), pair_).find("'b', 'c'"),
      std::string::npos);
  EXPECT_NE(ErrorOf(Write("f.json", R"({"a": [1, 2], "b": [1, 2.5, 3]})"), pair_)
                .find("element 1 is 2.5, which is no int64"),
            std::string::npos);
  EXPECT_NE(
      ErrorOf(Write("n.json", R"({"a": [[1, 2], [1, 2], [1, 2]], "b": [1, 2, 3, 4, 5, 6]})"), pair_)
          .find("2 samples of the input 'b'"),
      std::string::npos);
  EXPECT_NE(ErrorOf(Write("broken.json", "[1"), one_).find("broken.json: not JSON"),
            std::string::npos);
}

TEST_F(SamplesTest, ReadsLabels) {
  EXPECT_EQ(ReadLabels(Write("l.txt", "3\n\n1\r\n4")).values, (std::vector<double>{3, 1, 4}));
  const Labels rows = ReadLabels(Write("l.csv", "1,2\n3,4\n5,6\n"));
  EXPECT_EQ(rows.samples(), 3U);
  EXPECT_EQ(rows.per_sample, 2U);
  EXPECT_EQ(ReadLabels(Write("l.json", "[0, 1, 2]")).samples(), 3U);
  EXPECT_EQ(ReadLabels(Write("l.npy", NpyFile(Count({4, 3})))).per_sample, 3U);
  EXPECT_THROW(ReadLabels(Write("bad.txt", "1\ntwo\n")), CompileError);
  EXPECT_THROW(ReadLabels(Write("ragged.txt", "1\n1 2\n")), CompileError);
  EXPECT_THROW(ReadLabels(Write("none.txt", "\n")), CompileError);
}

}  // namespace
}  // namespace zkvm::compiler
