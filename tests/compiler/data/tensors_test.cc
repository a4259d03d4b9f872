// Readers of tensor files: what NumPy, ONNX and JSON can say, and what they cannot.
#include "compiler/data/tensors.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "compiler/data/npy.h"
#include "compiler/graph/graph.h"
#include "tests/compiler/data/data_files.h"

namespace zkvm::compiler {
namespace {

using Doubles = std::vector<double>;

// The message of the CompileError that `body` throws.
template <class Body>
std::string ErrorOf(const Body& body) {
  try {
    body();
  } catch (const CompileError& error) {
    return error.what();
  }
  return "no error";
}

TEST(NpyTest, ReadsEveryNumericType) {
  const auto read = [](const char* descr, const Bytes& data) {
    return ParseNpy(NpyFile(descr, "(2,)", data));
  };
  EXPECT_EQ(read("<f4", BytesOf<float>({1.5F, -2})).ToDoubles(), (Doubles{1.5, -2}));
  EXPECT_EQ(read("<f8", BytesOf<double>({0.1, 3})).ToDoubles(), (Doubles{0.1, 3}));
  EXPECT_EQ(read("<f2", BytesOf<uint16_t>({0x3C00, 0xC000})).ToDoubles(), (Doubles{1, -2}));
  EXPECT_EQ(read("|i1", BytesOf<int8_t>({-1, 5})).ToDoubles(), (Doubles{-1, 5}));
  EXPECT_EQ(read("|u1", BytesOf<uint8_t>({200, 5})).ToDoubles(), (Doubles{200, 5}));
  EXPECT_EQ(read("<i2", BytesOf<int16_t>({-300, 5})).ToDoubles(), (Doubles{-300, 5}));
  EXPECT_EQ(read("<u2", BytesOf<uint16_t>({60000, 5})).ToDoubles(), (Doubles{60000, 5}));
  EXPECT_EQ(read("<i4", BytesOf<int32_t>({-70000, 5})).ToDoubles(), (Doubles{-70000, 5}));
  EXPECT_EQ(read("<u4", BytesOf<uint32_t>({3000000000U, 5})).ToDoubles(), (Doubles{3e9, 5}));
  EXPECT_EQ(read("<i8", BytesOf<int64_t>({-5, 5})).dtype(), DType::kInt64);
  EXPECT_EQ(read("<u8", BytesOf<uint64_t>({7, 5})).dtype(), DType::kUint64);
  EXPECT_EQ(read("|b1", Bytes{2, 0}).As<uint8_t>()[0], 1);
}

TEST(NpyTest, OrdersBytesAndAxes) {
  EXPECT_EQ(ParseNpy(NpyFile(">i2", "(2,)", Bytes{0x01, 0x02, 0xFF, 0xFE})).ToInt64s(),
            (std::vector<int64_t>{0x0102, -2}));
  // [[1, 2, 3], [4, 5, 6]] by columns.
  const Literal fortran = ParseNpy(NpyFile("|u1", "(2, 3)", Bytes{1, 4, 2, 5, 3, 6}, 1, "True"));
  EXPECT_EQ(fortran.ToInt64s(), (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(fortran.shape(), (Shape{2, 3}));
  const Literal cube =
      ParseNpy(NpyFile("|u1", "(2, 2, 2)", Bytes{0, 4, 2, 6, 1, 5, 3, 7}, 1, "True"));
  EXPECT_EQ(cube.ToInt64s(), (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(NpyTest, ReadsEveryVersionAndShape) {
  for (const int version : {1, 2, 3}) {
    EXPECT_EQ(ParseNpy(NpyFile("|u1", "(1, 2)", Bytes{1, 2}, version)).shape(), (Shape{1, 2}));
  }
  EXPECT_EQ(ParseNpy(NpyFile("|u1", "()", Bytes{9})).shape(), Shape());
  EXPECT_EQ(ParseNpy(NpyFile("<f4", "(0, 5)", {})).shape(), (Shape{0, 5}));
  EXPECT_EQ(ParseNpy(NpyFile("|u1", "(2L,)", Bytes{1, 2})).shape(), (Shape{2}));
}

TEST(NpyTest, RefusesWhatItCannotRead) {
  EXPECT_NE(ErrorOf([] { ParseNpy({}); }).find("not an array"), std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseNpy(NpyFile("|u1", "(2,)", Bytes{1, 2}, 4)); }).find("version 4"),
            std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseNpy(NpyFile("<c8", "(1,)", Bytes(8))); }).find("<c8"),
            std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseNpy(NpyFile("|O", "(1,)", Bytes(8))); }).find("|O"),
            std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseNpy(NpyFile("|u1", "(-1,)", Bytes{1})); }).find("header"),
            std::string::npos);
  for (const char* const shape :
       {"(3,)", "(1,)", "(4294967296, 4294967296)", "(9223372036854775807, 2, 0, 9)", "(2, 0)"}) {
    EXPECT_NE(ErrorOf([&] { ParseNpy(NpyFile("|u1", shape, Bytes{1, 2})); }).find("does not fit"),
              std::string::npos)
        << shape;
  }
}

TEST(NpzTest, ReadsArchives) {
  const Literal image = Literal::Floats({1, 2}, std::vector<float>{1, 2});
  const Literal mask = Literal::Int64s(std::vector<int64_t>{5, 6, 7});
  for (const bool deflated : {false, true}) {
    for (const bool zip64 : {false, true}) {
      const Bytes file = ZipFile(
          {{"image.npy", NpyFile(image)}, {"readme.txt", Bytes{'x'}}, {"mask.npy", NpyFile(mask)}},
          deflated, zip64);
      const std::vector<NamedTensor> tensors = ParseNpz(file);
      ASSERT_EQ(tensors.size(), 2U);
      EXPECT_EQ(tensors[0].name, "image");
      EXPECT_EQ(tensors[0].value, image);
      EXPECT_EQ(tensors[1].name, "mask");
      EXPECT_EQ(tensors[1].value, mask);
    }
  }
}

TEST(NpzTest, RefusesDamage) {
  const Bytes good = ZipFile({{"a.npy", NpyFile("|u1", "(4,)", Bytes{1, 2, 3, 4})}}, true, false);
  EXPECT_EQ(ErrorOf([&] { ParseNpz(std::span(good).first(good.size() - 1)); }),
            "not an archive of numpy.savez");
  Bytes changed = good;
  changed[50] ^= 1;
  EXPECT_NE(ErrorOf([&] { ParseNpz(changed); }), "no error");
  const Bytes empty = ZipFile({}, false, false);
  EXPECT_EQ(ErrorOf([&] { ParseNpz(empty); }), "the archive has no arrays");
}

// A member that claims to be small and inflates without end.
TEST(NpzTest, InflatesNoMoreThanIsClaimed) {
  Bytes file = ZipFile({{"a.npy", Bytes(1 << 24)}}, true, false);
  ASSERT_LT(file.size(), size_t{1} << 16);
  const size_t directory = file.size() - 22 - (46 + 5);
  file[directory + 24] = 100;  // the size
  file[directory + 25] = file[directory + 26] = file[directory + 27] = 0;
  EXPECT_NE(ErrorOf([&] { ParseNpz(file); }).find("damaged"), std::string::npos);
}

TEST(TensorProtoTest, ReadsEveryForm) {
  const Literal raw = Literal::Floats({2}, std::vector<float>{1.5F, -3});
  const NamedTensor tensor = ParseTensorProto(TensorProtoFile("input_0", raw));
  EXPECT_EQ(tensor.name, "input_0");
  EXPECT_EQ(tensor.value, raw);
  // dims: 2 (packed), data_type: INT8, int32_data: -1, 7 (packed)
  const Bytes packed = {0x0A, 1,    2,    0x10, 3,    0x2A, 11,   0xFF, 0xFF,
                        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 7};
  EXPECT_EQ(ParseTensorProto(packed).value.ToInt64s(), (std::vector<int64_t>{-1, 7}));
  // dims: 1, data_type: FLOAT, float_data: 2 (not packed)
  const Bytes single = {0x08, 1, 0x10, 1, 0x25, 0, 0, 0, 0x40};
  EXPECT_EQ(ParseTensorProto(single).value.ToDoubles(), Doubles{2});
  // data_type: INT64, int64_data: 300; no dims: a scalar
  const Bytes scalar = {0x10, 7, 0x38, 0xAC, 0x02};
  EXPECT_EQ(ParseTensorProto(scalar).value.shape(), Shape());
  EXPECT_EQ(ParseTensorProto(scalar).value.ToInt64s(), std::vector<int64_t>{300});
}

TEST(TensorProtoTest, RefusesWhatItCannotRead) {
  EXPECT_NE(ErrorOf([] { ParseTensorProto({}); }).find("not a tensor"), std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseTensorProto(Bytes{0x10, 8}); }).find("type 8"), std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseTensorProto(Bytes{0x10, 1, 0x70, 1}); }).find("another file"),
            std::string::npos);
  // dims: 2^62 twice, of float, without data
  const Bytes huge = {0x10, 1,    0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                      0x40, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40};
  EXPECT_NE(ErrorOf([&] { ParseTensorProto(huge); }).find("does not fit"), std::string::npos);
}

TEST(JsonTest, ReadsArrays) {
  const auto nested = ParseJsonTensors("[[1, 2.5], [3, -4e2]]");
  ASSERT_EQ(nested.size(), 1U);
  EXPECT_EQ(nested[0].value.shape(), (Shape{2, 2}));
  EXPECT_EQ(nested[0].value.ToDoubles(), (Doubles{1, 2.5, 3, -400}));
  EXPECT_EQ(ParseJsonTensors("[1, 2]")[0].value.dtype(), DType::kInt64);
  EXPECT_EQ(ParseJsonTensors("[true, 18446744073709551615]")[0].value.ToDoubles(),
            (Doubles{1, 18446744073709551615.0}));
  EXPECT_EQ(ParseJsonTensors("7")[0].value.shape(), Shape());
  const auto named = ParseJsonTensors(R"({"b": [1], "a": [[2, 3]], "note": "text"})");
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(named[0].name, "b");
  EXPECT_EQ(named[1].value.shape(), (Shape{1, 2}));
}

TEST(JsonTest, ReadsInputsOfEzkl) {
  const auto tensors = ParseJsonTensors(R"({"input_data": [[0.1, 0.2, 0.3], [1]]})");
  ASSERT_EQ(tensors.size(), 2U);
  EXPECT_EQ(tensors[0].name, "");
  EXPECT_EQ(tensors[0].value.shape(), (Shape{3}));
  EXPECT_EQ(tensors[1].value.ToInt64s(), std::vector<int64_t>{1});
}

TEST(JsonTest, RefusesWhatIsNoTensor) {
  for (const char* const text : {"[[1], [1, 2]]", "[[1], 2]", "[1, [2]]", "[1, [[]]]"}) {
    EXPECT_NE(ErrorOf([&] { ParseJsonTensors(text); }).find("different lengths"), std::string::npos)
        << text;
  }
  EXPECT_NE(ErrorOf([] { ParseJsonTensors("[1,"); }).find("not JSON at byte"), std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseJsonTensors("[\"a\"]"); }).find("string is where a number"),
            std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseJsonTensors("[1e999]"); }), "no error");
  EXPECT_NE(ErrorOf([] { ParseJsonTensors("{}"); }).find("no array"), std::string::npos);
  EXPECT_NE(ErrorOf([] { ParseJsonTensors(std::string(100000, '[')); }).find("too deeply"),
            std::string::npos);
}

}  // namespace
}  // namespace zkvm::compiler
