// Operators of one tensor against the C library, in all types they take.
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <ostream>
#include <string>
#include <vector>

#include "compiler/graph/half.h"
#include "gtest/gtest.h"
#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

using Attributes = std::map<std::string, Attribute, std::less<>>;

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

struct UnaryCase {
  std::string op;
  std::function<double(double)> reference;
  Attributes attributes = {};
  int64_t opset = 20;
};

void PrintTo(const UnaryCase& c, std::ostream* out) { *out << c.op; }

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double Clamp(double x) { return std::isnan(x) ? x : std::min(std::max(x, 0.0), 1.0); }
double Softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double Sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
double Elu(double x, double alpha) { return x < 0 ? alpha * std::expm1(x) : x; }

constexpr float kAlpha = 0.3F, kBeta = 0.25F;
constexpr float kSeluAlpha = 1.67326319217681884765625F, kSeluGamma = 1.05070102214813232421875F;

std::vector<UnaryCase> Cases() {
  const auto real = [](double (*f)(double)) { return f; };
  return {
      {"Abs", real(std::fabs)},
      {"Acos", real(std::acos)},
      {"Acosh", real(std::acosh)},
      {"Asin", real(std::asin)},
      {"Asinh", real(std::asinh)},
      {"Atan", real(std::atan)},
      {"Atanh", real(std::atanh)},
      {"Ceil", real(std::ceil)},
      {"Cos", real(std::cos)},
      {"Cosh", real(std::cosh)},
      {"Erf", real(std::erf)},
      {"Exp", real(std::exp)},
      {"Floor", real(std::floor)},
      {"Identity", [](double x) { return x; }},
      {"Log", real(std::log)},
      {"Neg", [](double x) { return -x; }},
      {"Reciprocal", [](double x) { return 1 / x; }},
      {"Relu", [](double x) { return x < 0 ? 0 : x; }},
      {"Round", real(std::nearbyint)},
      {"Sigmoid", Sigmoid},
      {"Sign", Sign},
      {"Sin", real(std::sin)},
      {"Sinh", real(std::sinh)},
      {"Softplus", Softplus},
      {"Softsign", [](double x) { return x / (1 + std::fabs(x)); }},
      {"Sqrt", real(std::sqrt)},
      {"Tan", real(std::tan)},
      {"Tanh", real(std::tanh)},
      {"Mish", [](double x) { return x * std::tanh(Softplus(x)); }},
      {"Elu", [](double x) { return Elu(x, 1); }},
      {"Elu", [](double x) { return Elu(x, kAlpha); }, {{"alpha", kAlpha}}},
      {"Celu",
       [](double x) { return x < 0 ? kAlpha * std::expm1(x / kAlpha) : x; },
       {{"alpha", kAlpha}}},
      {"Selu", [](double x) { return kSeluGamma * Elu(x, kSeluAlpha); }},
      {"LeakyRelu", [](double x) { return x < 0 ? x * 0.01F : x; }},
      {"LeakyRelu", [](double x) { return x < 0 ? x * kAlpha : x; }, {{"alpha", kAlpha}}},
      {"ThresholdedRelu", [](double x) { return x > 1 ? x : 0; }},
      {"ThresholdedRelu", [](double x) { return x > kAlpha ? x : 0; }, {{"alpha", kAlpha}}},
      {"HardSigmoid", [](double x) { return Clamp(x * 0.2F + 0.5); }},
      {"HardSigmoid",
       [](double x) { return Clamp(x * kAlpha + kBeta); },
       {{"alpha", kAlpha}, {"beta", kBeta}}},
      {"HardSwish", [](double x) { return x * Clamp(x / 6 + 0.5); }},
      {"Gelu", [](double x) { return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2)); }},
      {"Gelu",
       [](double x) {
         return 0.5 * x *
                (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
       },
       {{"approximate", std::string("tanh")}}},
      {"Shrink", [](double x) { return x < -0.5  ? x
                                       : x > 0.5 ? x
                                                 : 0; }},
      {"Shrink",
       [](double x) { return x < -1  ? x + kBeta
                             : x > 1 ? x - kBeta
                                     : 0; },
       {{"lambd", 1.0F}, {"bias", kBeta}}},
      {"Clip",
       [](double x) { return std::isnan(x) ? x : std::min<double>(std::max(x, -1.0), kAlpha); },
       {{"min", -1.0F}, {"max", kAlpha}},
       6},
  };
}

std::vector<double> Inputs() {
  std::vector<double> inputs = {0, -0.0, 1, -1, 0.5, -0.5, 1.5, -2.5, kInf, -kInf, kNan, 100, -100};
  for (double x = -6; x < 6; x += 0.0625 + 1e-3) inputs.push_back(x);
  return inputs;
}

// `unit`: of the rounding of the type; `value` is for the input x as the type has it.
void ExpectClose(const UnaryCase& c, double x, double value, double unit, double largest) {
  const double exact = c.reference(x);
  const auto where = [&] {
    return std::string(c.op)
        .append(" of ")
        .append(std::to_string(x))
        .append(": ")
        .append(std::to_string(value).append(" for ").append(std::to_string(exact)));
  };
  if (std::isnan(exact)) {
    EXPECT_TRUE(std::isnan(value)) << where();
  } else if (std::fabs(exact) > largest) {
    EXPECT_EQ(std::signbit(value), std::signbit(exact)) << where();
    EXPECT_GE(std::fabs(value), largest * (1 - 8 * unit)) << where();
  } else {
    // Activations subtract numbers as large as x or 1.
    const double scale = std::max({std::fabs(exact), std::min(1.0, std::fabs(x)), 1e-3});
    EXPECT_LE(std::fabs(value - exact), 8 * unit * scale) << where();
  }
}

class Unary : public testing::TestWithParam<UnaryCase> {};

TEST_P(Unary, Float) {
  const UnaryCase& c = GetParam();
  std::vector<float> x;
  for (const double value : Inputs()) x.push_back(static_cast<float>(value));
  const auto count = static_cast<int64_t>(x.size());
  const Literal y = RunNode({c.op, {{Floats({count}, x)}}, c.attributes, c.opset})[0];
  ASSERT_EQ(y.type(), (Type{DType::kFloat, {count}}));
  for (size_t i = 0; i < x.size(); ++i) {
    ExpectClose(c, x[i], y.As<float>()[i], 0x1p-24, 3.4028234e38);
  }
}

TEST_P(Unary, Double) {
  const UnaryCase& c = GetParam();
  const std::vector<double> x = Inputs();
  const Shape shape{1, static_cast<int64_t>(x.size())};
  const Literal input = Literal::Of<double>(DType::kDouble, shape, x);
  const Literal y = RunNode({c.op, {{input}}, c.attributes, c.opset})[0];
  ASSERT_EQ(y.type(), (Type{DType::kDouble, shape}));
  for (size_t i = 0; i < x.size(); ++i) ExpectClose(c, x[i], y.As<double>()[i], 0x1p-50, 1.7e308);
}

TEST_P(Unary, Half) {
  const UnaryCase& c = GetParam();
  std::vector<uint16_t> half, bfloat;
  for (const double value : Inputs()) {
    half.push_back(FloatToFloat16(static_cast<float>(value)));
    bfloat.push_back(FloatToBfloat16(static_cast<float>(value)));
  }
  const Shape shape{static_cast<int64_t>(half.size())};
  const Literal y = RunNode(
      {c.op, {{Literal::Of<uint16_t>(DType::kFloat16, shape, half)}}, c.attributes, c.opset})[0];
  const Literal z = RunNode(
      {c.op, {{Literal::Of<uint16_t>(DType::kBfloat16, shape, bfloat)}}, c.attributes, c.opset})[0];
  ASSERT_EQ(y.type(), (Type{DType::kFloat16, shape}));
  ASSERT_EQ(z.type(), (Type{DType::kBfloat16, shape}));
  for (size_t i = 0; i < half.size(); ++i) {
    ExpectClose(c, Float16ToFloat(half[i]), Float16ToFloat(y.As<uint16_t>()[i]), 0x1p-11, 65504);
    ExpectClose(c, Bfloat16ToFloat(bfloat[i]), Bfloat16ToFloat(z.As<uint16_t>()[i]), 0x1p-8, 3e38);
  }
}

INSTANTIATE_TEST_SUITE_P(Operators, Unary, testing::ValuesIn(Cases()), [](const auto& info) {
  return std::string(info.param.op).append(std::to_string(info.index));
});

template <class T>
Literal Of(DType type, std::vector<T> values) {
  return Literal::Of<T>(type, {static_cast<int64_t>(values.size())}, values);
}

TEST(Elementwise, Integers) {
  const Literal bytes = Of<int8_t>(DType::kInt8, {-128, -3, 0, 5, 127});
  EXPECT_EQ(Values<int8_t>(RunNode({"Abs", {{bytes}}})[0]),
            (std::vector<int8_t>{-128, 3, 0, 5, 127}));
  EXPECT_EQ(Values<int8_t>(RunNode({"Neg", {{bytes}}})[0]),
            (std::vector<int8_t>{-128, 3, 0, -5, -127}));
  EXPECT_EQ(Values<int8_t>(RunNode({"Sign", {{bytes}}})[0]),
            (std::vector<int8_t>{-1, -1, 0, 1, 1}));
  EXPECT_EQ(Values<int8_t>(RunNode({"Relu", {{bytes}}})[0]),
            (std::vector<int8_t>{0, 0, 0, 5, 127}));
  EXPECT_EQ(Values<int8_t>(RunNode({"BitwiseNot", {{bytes}}})[0]),
            (std::vector<int8_t>{127, 2, -1, -6, -128}));
  EXPECT_EQ(Values<int8_t>(RunNode({"Shrink", {{bytes}}, {{"lambd", 3.0F}, {"bias", 2.0F}}})[0]),
            (std::vector<int8_t>{-126, 0, 0, 3, 125}));
  const Literal words = Of<uint64_t>(DType::kUint64, {0, 1, ~uint64_t{0}});
  EXPECT_EQ(Values<uint64_t>(RunNode({"Sign", {{words}}})[0]), (std::vector<uint64_t>{0, 1, 1}));
  EXPECT_EQ(Values<uint64_t>(RunNode({"Abs", {{words}}})[0]), Values<uint64_t>(words));
}

TEST(Elementwise, ClipWithInputs) {
  const auto scalar = [](int64_t v) { return Literal::Of<int64_t>(DType::kInt64, {}, {{v}}); };
  const Literal x = Ints({2, 3}, {-9, -2, 0, 2, 5, INT64_MAX});
  EXPECT_EQ(Values<int64_t>(RunNode({"Clip", {{x}, {scalar(-2)}, {scalar(4)}}})[0]),
            (std::vector<int64_t>{-2, -2, 0, 2, 4, 4}));
  EXPECT_EQ(Values<int64_t>(RunNode({"Clip", {{x}, {scalar(1)}}})[0]),
            (std::vector<int64_t>{1, 1, 1, 2, 5, INT64_MAX}));
  EXPECT_EQ(Values<int64_t>(RunNode({"Clip", {{x}, {{}, false, true}, {scalar(1)}}})[0]),
            (std::vector<int64_t>{-9, -2, 0, 1, 1, 1}));
  // The upper bound counts where they cross.
  EXPECT_EQ(Values<int64_t>(RunNode({"Clip", {{x}, {scalar(3)}, {scalar(1)}}})[0]),
            std::vector<int64_t>(6, 1));
  EXPECT_EQ(Values<int64_t>(RunNode({"Clip", {{x}}})[0]), Values<int64_t>(x));
  EXPECT_THROW(RunNode({"Clip", {{x}, {Ints({2}, {1, 2})}}}), CompileError);
  EXPECT_THROW(RunNode({"Clip", {{x}, {Floats({}, {1})}}}), CompileError);
}

TEST(Elementwise, SpecialNumbers) {
  const auto inf = static_cast<float>(kInf);
  const Literal x = Floats({5}, {inf, -inf, 1, static_cast<float>(kNan), -0.0F});
  EXPECT_EQ(Values<uint8_t>(RunNode({"IsNaN", {{x}}})[0]), (std::vector<uint8_t>{0, 0, 0, 1, 0}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"IsInf", {{x}}})[0]), (std::vector<uint8_t>{1, 1, 0, 0, 0}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"IsInf", {{x}}, {{"detect_negative", int64_t{0}}}})[0]),
            (std::vector<uint8_t>{1, 0, 0, 0, 0}));
  EXPECT_EQ(Values<uint8_t>(RunNode({"IsInf", {{x}}, {{"detect_positive", int64_t{0}}}})[0]),
            (std::vector<uint8_t>{0, 1, 0, 0, 0}));
  const Attributes none = {{"detect_positive", int64_t{0}}, {"detect_negative", int64_t{0}}};
  EXPECT_EQ(Values<uint8_t>(RunNode({"IsInf", {{x}}, none})[0]), std::vector<uint8_t>(5, 0));
  // Rounding keeps the sign of zero, and ties go to even.
  const Literal ties = Floats({6}, {0.5F, 1.5F, 2.5F, -0.5F, -1.5F, -0.2F});
  const Literal rounded = RunNode({"Round", {{ties}}})[0];
  EXPECT_EQ(Values<float>(rounded), (std::vector<float>{0, 2, 2, 0, -2, 0}));
  EXPECT_TRUE(std::signbit(rounded.As<float>()[3]) && std::signbit(rounded.As<float>()[5]));
}

TEST(Elementwise, EmptyTensors) {
  const Literal empty = Floats({0, 3}, {});
  EXPECT_EQ(RunNode({"Exp", {{empty}}})[0].type(), empty.type());
  EXPECT_EQ(RunNode({"Clip", {{empty}}, {{"min", 0.0F}}, 6})[0].type(), empty.type());
}

TEST(Elementwise, RefusesOtherTypes) {
  const Literal numbers = Ints({2}, {1, 2});
  for (const char* op : {"Exp", "Sigmoid", "Floor", "Gelu", "IsNaN", "Elu", "HardSwish"}) {
    EXPECT_THROW(RunNode({op, {{numbers}}}), CompileError) << op;
  }
  const Literal truth = Of<uint8_t>(DType::kBool, {1, 0});
  for (const char* op : {"Abs", "Neg", "Relu", "Sign", "BitwiseNot", "Clip"}) {
    EXPECT_THROW(RunNode({op, {{truth}}}), CompileError) << op;
  }
  EXPECT_THROW(RunNode({"BitwiseNot", {{Floats({1}, {1})}}}), CompileError);
  EXPECT_THROW(RunNode({"Abs", {}}), CompileError);
  EXPECT_THROW(RunNode({"Gelu", {{Floats({1}, {1})}}, {{"approximate", std::string("no")}}}),
               CompileError);
  EXPECT_THROW(RunNode({"Elu", {{Floats({1}, {1})}}, {{"alpha", int64_t{1}}}}), CompileError);
}

}  // namespace
}  // namespace zkvm::compiler
