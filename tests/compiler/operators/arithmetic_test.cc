// Operators of several tensors against loops over all indices.
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInf = std::numeric_limits<float>::infinity();

template <class T>
std::vector<T> Binary(const char* op, DType type, std::vector<T> a, std::vector<T> b,
                      std::map<std::string, Attribute, std::less<>> attributes = {}) {
  const auto count = static_cast<int64_t>(a.size());
  return Values<T>(RunNode({op, {{Of(type, {count}, a)}, {Of(type, {count}, b)}}, attributes})[0]);
}

// The position in a tensor of `shape` of element `i` of the result.
size_t PositionOf(const Shape& shape, const Shape& result, int64_t i) {
  int64_t position = 0, stride = 1;
  for (size_t k = 0; k < result.size(); ++k) {
    const int64_t extent = result[result.size() - 1 - k];
    const int64_t index = i % extent;
    i /= extent;
    if (k >= shape.size()) continue;
    const int64_t own = shape[shape.size() - 1 - k];
    if (own != 1) position += index * stride;
    stride *= own;
  }
  return static_cast<size_t>(position);
}

TEST(Arithmetic, BroadcastsAsNumpy) {
  const std::vector<std::pair<Shape, Shape>> shapes = {
      {{}, {}},
      {{3}, {}},
      {{}, {2, 3}},
      {{2, 3}, {3}},
      {{2, 3}, {2, 1}},
      {{2, 1}, {1, 3}},
      {{4, 1, 6, 1}, {3, 1, 5}},
      {{2, 3, 4, 5}, {3, 1, 1}},
      {{2, 3, 4, 5}, {1, 1, 4, 5}},
      {{1, 3, 1, 5}, {2, 1, 4, 1}},
      {{1, 1}, {1}},
      {{2, 2, 3, 3}, {2, 2, 3, 3}},
      {{0, 3}, {1, 3}},
      {{2, 1, 3}, {2, 0, 3}},
  };
  for (const auto& [a_shape, b_shape] : shapes) {
    const Literal a = [&] {
      std::vector<int64_t> values(static_cast<size_t>(ElementCount(a_shape)));
      for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(1000 * i);
      return Ints(a_shape, values);
    }();
    const Literal b = [&] {
      std::vector<int64_t> values(static_cast<size_t>(ElementCount(b_shape)));
      for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i);
      return Ints(b_shape, values);
    }();
    const Literal y = RunNode({"Sub", {{a}, {b}}})[0];
    ASSERT_EQ(y.shape().size(), std::max(a_shape.size(), b_shape.size()));
    for (int64_t i = 0; i < y.type().elements(); ++i) {
      EXPECT_EQ(y.As<int64_t>()[static_cast<size_t>(i)],
                a.As<int64_t>()[PositionOf(a_shape, y.shape(), i)] -
                    b.As<int64_t>()[PositionOf(b_shape, y.shape(), i)])
          << ToString(a_shape) << " " << ToString(b_shape) << " at " << i;
    }
  }
}

TEST(Arithmetic, RefusesWhatDoesNotFit) {
  const Literal a = Floats({2, 3}, std::vector<float>(6)), b = Floats({2}, {1, 2});
  for (const char* op : {"Add", "Mul", "Max", "Mean", "PRelu", "Pow", "Mod"}) {
    EXPECT_THROW(RunNode({op, {{a}, {b}}}), CompileError) << op;
    if (std::string(op) != "Pow") {
      EXPECT_THROW(RunNode({op, {{a}, {Ints({3}, {1, 2, 3})}}}), CompileError) << op;
    }
    EXPECT_THROW(RunNode({op, {{a}, {Of<uint8_t>(DType::kBool, {1}, {1})}}}), CompileError) << op;
  }
  EXPECT_THROW(RunNode({"Add", {{a}}}), CompileError);
  EXPECT_THROW(RunNode({"Max", {}}), CompileError);
  EXPECT_THROW(RunNode({"BitwiseAnd", {{a}, {a}}}), CompileError);
  EXPECT_THROW(RunNode({"PRelu", {{b}, {Floats({2, 2}, {1, 2, 3, 4})}}}), CompileError);
  const Literal words = Of<uint32_t>(DType::kUint32, {1}, {1});
  EXPECT_THROW(RunNode({"BitShift", {{words}, {words}}}), CompileError);
  EXPECT_THROW(RunNode({"BitShift", {{words}, {words}}, {{"direction", std::string("UP")}}}),
               CompileError);
}

TEST(Arithmetic, IntegersWrap) {
  EXPECT_EQ(Binary<int8_t>("Add", DType::kInt8, {127, -128}, {1, -1}),
            (std::vector<int8_t>{-128, 127}));
  EXPECT_EQ(Binary<uint8_t>("Sub", DType::kUint8, {0, 5}, {1, 3}), (std::vector<uint8_t>{255, 2}));
  EXPECT_EQ(Binary<int16_t>("Mul", DType::kInt16, {300, -300}, {300, 300}),
            (std::vector<int16_t>{24464, -24464}));
  EXPECT_EQ(Binary<uint32_t>("Mul", DType::kUint32, {0x10001}, {0x10001}),
            (std::vector<uint32_t>{0x20001}));
  EXPECT_EQ(Binary<int64_t>("Add", DType::kInt64, {INT64_MAX}, {1}),
            (std::vector<int64_t>{INT64_MIN}));
}

TEST(Arithmetic, DivisionTruncatesAndNeverStops) {
  EXPECT_EQ(
      Binary<int32_t>("Div", DType::kInt32, {7, -7, 7, -7, 5, INT32_MIN}, {2, 2, -2, -2, 0, -1}),
      (std::vector<int32_t>{3, -3, -3, 3, -1, INT32_MIN}));
  EXPECT_EQ(Binary<uint64_t>("Div", DType::kUint64, {~uint64_t{0}, 9}, {10, 2}),
            (std::vector<uint64_t>{1844674407370955161, 4}));
  EXPECT_EQ(Binary<uint8_t>("Div", DType::kUint8, {200, 255}, {7, 16}),
            (std::vector<uint8_t>{28, 15}));
  const auto real = Binary<float>("Div", DType::kFloat, {1, -1, 0, 3}, {0, 0, 0, 7});
  EXPECT_EQ(real[0], kInf);
  EXPECT_EQ(real[1], -kInf);
  EXPECT_TRUE(std::isnan(real[2]));
  EXPECT_EQ(real[3], 3.0F / 7.0F);
}

TEST(Arithmetic, Remainders) {
  const std::vector<int32_t> a = {7, -7, 7, -7, 6, -6}, b = {3, 3, -3, -3, 3, 3};
  EXPECT_EQ(Binary<int32_t>("Mod", DType::kInt32, a, b),
            (std::vector<int32_t>{1, 2, -2, -1, 0, 0}));
  EXPECT_EQ(Binary<int32_t>("Mod", DType::kInt32, a, b, {{"fmod", int64_t{1}}}),
            (std::vector<int32_t>{1, -1, 1, -1, 0, 0}));
  EXPECT_EQ(Binary<uint8_t>("Mod", DType::kUint8, {250}, {200}), (std::vector<uint8_t>{50}));
  EXPECT_EQ(
      Binary<float>("Mod", DType::kFloat, {5.5F, -5.5F, 5.5F}, {2, 2, -2}, {{"fmod", int64_t{1}}}),
      (std::vector<float>{1.5F, -1.5F, 1.5F}));
  EXPECT_EQ(Binary<double>("Mod", DType::kDouble, {-5.5}, {2}, {{"fmod", int64_t{1}}}),
            (std::vector<double>{-1.5}));
}

TEST(Arithmetic, ZerosOfRemaindersHaveTheSignOfTheDivisor) {
  const auto y =
      Binary<float>("Mod", DType::kFloat, {0, -0.0F, 4, -5.5F, 5.5F}, {-2, 2, -2, 2, -2});
  EXPECT_EQ(y, (std::vector<float>{0, 0, 0, 0.5F, -0.5F}));
  EXPECT_TRUE(std::signbit(y[0]) && !std::signbit(y[1]) && std::signbit(y[2]));
}

TEST(Arithmetic, SwiGlu) {
  const auto y =
      Binary<float>("SwiGLU", DType::kFloat, {1, -2, 3}, {0.5F, 1, -1}, {{"alpha", 0.5F}});
  EXPECT_NEAR(y[0], 0.5 / (1 + std::exp(-0.5)), 1e-7);
  EXPECT_NEAR(y[1], -2 / (1 + std::exp(1.0)), 1e-7);
  EXPECT_NEAR(y[2], -3 / (1 + std::exp(-1.5)), 3e-7);
  EXPECT_THROW(RunNode({"SwiGLU", {{Floats({2}, {1, 2})}, {Floats({}, {1})}}}), CompileError);
  EXPECT_THROW(RunNode({"SwiGLU", {{Floats({2}, {1, 2})}}}), CompileError);
}

TEST(Arithmetic, Bits) {
  const std::map<std::string, Attribute, std::less<>> left = {{"direction", std::string("LEFT")}};
  const std::map<std::string, Attribute, std::less<>> right = {{"direction", std::string("RIGHT")}};
  EXPECT_EQ(Binary<uint8_t>("BitShift", DType::kUint8, {16, 4, 255, 1}, {1, 2, 7, 8}, left),
            (std::vector<uint8_t>{32, 16, 128, 0}));
  EXPECT_EQ(Binary<uint64_t>("BitShift", DType::kUint64, {16, 1, ~uint64_t{0}}, {1, 64, 63}, right),
            (std::vector<uint64_t>{8, 0, 1}));
  EXPECT_EQ(Binary<int8_t>("BitShift", DType::kInt8, {-8, 4, -1, -8}, {1, 9, 127, -1}, right),
            (std::vector<int8_t>{-4, 0, -1, -1}));
  EXPECT_EQ(Binary<int32_t>("BitShift", DType::kInt32, {-8, 4, 1 << 30}, {1, -1, 1}, left),
            (std::vector<int32_t>{-16, 0, INT32_MIN}));
  EXPECT_EQ(Binary<int16_t>("BitwiseAnd", DType::kInt16, {0x0ff0, -1}, {0x00ff, 7}),
            (std::vector<int16_t>{0x00f0, 7}));
  EXPECT_EQ(Binary<uint8_t>("BitwiseOr", DType::kUint8, {0xf0}, {0x0f}),
            (std::vector<uint8_t>{0xff}));
  EXPECT_EQ(Binary<int32_t>("BitwiseXor", DType::kInt32, {-1}, {1}), (std::vector<int32_t>{-2}));
}

TEST(Arithmetic, ExtremesKeepNan) {
  const std::vector<float> a = {1, kNan, 2, -kInf, kNan}, b = {2, 1, kNan, 0, kNan};
  for (const char* op : {"Max", "Min"}) {
    const auto y = Binary<float>(op, DType::kFloat, a, b);
    EXPECT_EQ(y[0], std::string(op) == "Max" ? 2 : 1);
    EXPECT_EQ(y[3], std::string(op) == "Max" ? 0 : -kInf);
    EXPECT_TRUE(std::isnan(y[1]) && std::isnan(y[2]) && std::isnan(y[4])) << op;
  }
  EXPECT_EQ(Binary<uint64_t>("Max", DType::kUint64, {~uint64_t{0}}, {1}),
            (std::vector<uint64_t>{~uint64_t{0}}));
  EXPECT_EQ(Binary<int8_t>("Min", DType::kInt8, {-128}, {127}), (std::vector<int8_t>{-128}));
}

TEST(Arithmetic, AnyNumberOfOperands) {
  const Literal a = Floats({2, 1}, {1, 2}), b = Floats({3}, {10, 20, 30}), c = Floats({}, {100});
  EXPECT_EQ(Values<float>(RunNode({"Sum", {{a}, {b}, {c}}})[0]),
            (std::vector<float>{111, 121, 131, 112, 122, 132}));
  EXPECT_EQ(Values<float>(RunNode({"Mean", {{a}, {b}, {c}}})[0]),
            (std::vector<float>{37, 121.0F / 3, 131.0F / 3, 112.0F / 3, 122.0F / 3, 44}));
  EXPECT_EQ(Values<float>(RunNode({"Max", {{a}, {b}, {c}}})[0]), std::vector<float>(6, 100));
  EXPECT_EQ(Values<float>(RunNode({"Min", {{a}}})[0]), (std::vector<float>{1, 2}));
}

TEST(Arithmetic, SlopesOfNegativeNumbers) {
  const Literal x = Floats({2, 2, 2}, {-1, 1, -2, 2, -3, 3, -4, -0.0F});
  EXPECT_EQ(Values<float>(RunNode({"PRelu", {{x}, {Floats({2, 1}, {0.5F, 2})}}})[0]),
            (std::vector<float>{-0.5F, 1, -4, 2, -1.5F, 3, -8, 0}));
  const Literal integers = Of<int32_t>(DType::kInt32, {2}, {-3, 3});
  EXPECT_EQ(
      Values<int32_t>(RunNode({"PRelu", {{integers}, {Of<int32_t>(DType::kInt32, {}, {2})}}})[0]),
      (std::vector<int32_t>{-6, 3}));
}

TEST(Arithmetic, Powers) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> base(0.01F, 5);
  for (const float exponent :
       {0.0F, 1.0F, 2.0F, 3.0F, 4.0F, -1.0F, 0.5F, -0.5F, 1.7F, -2.0F, 7.0F}) {
    std::vector<float> x(50);
    for (float& value : x) value = base(random);
    for (const bool constant : {false, true}) {
      const Literal y =
          RunNode({"Pow", {{Floats({50}, x)}, {Floats({}, {exponent}), constant}}})[0];
      for (size_t i = 0; i < x.size(); ++i) {
        const float exact = std::pow(x[i], exponent);
        EXPECT_NEAR(y.As<float>()[i], exact, 3e-7F * exact) << x[i] << "^" << exponent;
      }
    }
  }
  EXPECT_EQ(Binary<float>("Pow", DType::kFloat, {-2, -2, 0, -8}, {3, 2, 0, 0.5F})[0], -8);
  EXPECT_TRUE(std::isnan(Binary<float>("Pow", DType::kFloat, {-8}, {0.5F})[0]));
  EXPECT_EQ(Binary<int64_t>("Pow", DType::kInt64, {3, -3, 2, -1, -1, 2, 0, 1},
                            {4, 3, 62, 5, -3, -1, 0, -7}),
            (std::vector<int64_t>{81, -27, int64_t{1} << 62, -1, -1, 0, 1, 1}));
  // The result has the type of the base.
  const Literal integers = Of<int32_t>(DType::kInt32, {3}, {2, 3, 9});
  const Literal y = RunNode({"Pow", {{integers}, {Floats({3}, {3, 2, 0.5F})}}})[0];
  EXPECT_EQ(Values<int32_t>(y), (std::vector<int32_t>{8, 9, 3}));
  const Literal reals = Floats({2}, {1.5F, -2});
  EXPECT_EQ(Values<float>(RunNode({"Pow", {{reals}, {Ints({2}, {2, 3})}}})[0]),
            (std::vector<float>{2.25F, -8}));
}

}  // namespace
}  // namespace zkvm::compiler
