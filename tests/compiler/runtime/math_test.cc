// Functions of generated code against the C library's, in units in the last place.
#include "compiler/runtime/math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace zkvm::compiler {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr double kInfDouble = std::numeric_limits<double>::infinity();

// All magnitudes: every exponent, random mantissas, and the neighbours of powers of two.
std::vector<float> Everywhere() {
  std::vector<float> values;
  std::mt19937 random(1);
  for (uint32_t exponent = 0; exponent < 255; ++exponent) {
    for (int i = 0; i < 400; ++i) {
      const uint32_t mantissa = i < 3 ? static_cast<uint32_t>(i) : random() & 0x7fffff;
      const float value = std::bit_cast<float>(exponent << 23 | mantissa);
      values.push_back(value);
      values.push_back(-value);
    }
  }
  return values;
}

std::vector<float> Between(float low, float high) {
  std::vector<float> values;
  constexpr int kCount = 200'000;
  for (int i = 0; i <= kCount; ++i) {
    values.push_back(low + (high - low) * static_cast<float>(i) / kCount);
  }
  return values;
}

// The distance of `value` from the exact result in units of the last place of a float there.
double Error(float value, double exact) {
  if (std::isnan(exact)) return std::isnan(value) ? 0 : 1e9;
  const float rounded = static_cast<float>(exact);
  if (std::isinf(rounded) || std::isinf(value)) {
    return value == rounded || std::nextafterf(rounded, 0) == value ? 0 : 1e9;
  }
  const int exponent = std::max(std::ilogb(exact == 0 ? 1e-300 : exact), -126);
  return std::abs(value - exact) / std::ldexp(1.0, exponent - 23);
}

struct FloatCase {
  const char* name;
  float (*function)(float);
  double (*reference)(double);
  double bound;
  float low, high;  // where values are dense
};

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double Softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

class FloatFunctions : public testing::TestWithParam<FloatCase> {};

TEST_P(FloatFunctions, AreAccurate) {
  const FloatCase& c = GetParam();
  double worst = 0;
  float worst_at = 0;
  for (const auto& values : {Everywhere(), Between(c.low, c.high)}) {
    for (const float x : values) {
      const double error = Error(c.function(x), c.reference(x));
      if (error > worst) {
        worst = error;
        worst_at = x;
      }
    }
  }
  EXPECT_LT(worst, c.bound) << c.name << " at " << worst_at << ": " << c.function(worst_at)
                            << " for " << c.reference(worst_at);
  RecordProperty("worst", std::to_string(worst));
}

TEST_P(FloatFunctions, KeepSpecialCases) {
  const FloatCase& c = GetParam();
  for (const float x : {0.0F, -0.0F, kInf, -kInf, 1.0F, -1.0F}) {
    const float value = c.function(x), exact = static_cast<float>(c.reference(x));
    if (std::isnan(exact)) {
      EXPECT_EQ(std::bit_cast<uint32_t>(value), 0x7fc00000u) << c.name << " of " << x;
    } else {
      EXPECT_LE(Error(value, c.reference(x)), c.bound) << c.name << " of " << x;
      EXPECT_EQ(std::signbit(value), std::signbit(exact)) << c.name << " of " << x;
    }
  }
  for (const uint32_t nan : {0x7fc00001u, 0xffc00000u, 0x7f800001u}) {
    EXPECT_EQ(std::bit_cast<uint32_t>(c.function(std::bit_cast<float>(nan))), 0x7fc00000u);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Math, FloatFunctions,
    testing::Values(FloatCase{"sqrt", zkvm_math_sqrtf, std::sqrt, 0.5001, 0, 4},
                    FloatCase{"exp", zkvm_math_expf, std::exp, 0.9, -20, 20},
                    FloatCase{"exp2", zkvm_math_exp2f, std::exp2, 0.9, -20, 20},
                    FloatCase{"expm1", zkvm_math_expm1f, std::expm1, 0.9, -3, 3},
                    FloatCase{"log", zkvm_math_logf, std::log, 0.9, 0.25, 4},
                    FloatCase{"log2", zkvm_math_log2f, std::log2, 0.5001, 0.25, 4},
                    FloatCase{"log10", zkvm_math_log10f, std::log10, 0.5001, 0.25, 4},
                    FloatCase{"log1p", zkvm_math_log1pf, std::log1p, 0.5001, -0.9F, 4},
                    FloatCase{"sin", zkvm_math_sinf, std::sin, 0.9, -20, 20},
                    FloatCase{"cos", zkvm_math_cosf, std::cos, 0.9, -20, 20},
                    FloatCase{"tan", zkvm_math_tanf, std::tan, 1, -20, 20},
                    FloatCase{"asin", zkvm_math_asinf, std::asin, 0.5001, -1, 1},
                    FloatCase{"acos", zkvm_math_acosf, std::acos, 0.5001, -1, 1},
                    FloatCase{"atan", zkvm_math_atanf, std::atan, 0.9, -4, 4},
                    FloatCase{"sinh", zkvm_math_sinhf, std::sinh, 0.5001, -4, 4},
                    FloatCase{"cosh", zkvm_math_coshf, std::cosh, 0.5001, -4, 4},
                    FloatCase{"tanh", zkvm_math_tanhf, std::tanh, 0.9, -10, 10},
                    FloatCase{"asinh", zkvm_math_asinhf, std::asinh, 0.5001, -4, 4},
                    FloatCase{"acosh", zkvm_math_acoshf, std::acosh, 0.5001, 1, 4},
                    FloatCase{"atanh", zkvm_math_atanhf, std::atanh, 0.5001, -1, 1},
                    FloatCase{"erf", zkvm_math_erff, std::erf, 0.9, -5, 5},
                    FloatCase{"sigmoid", zkvm_math_sigmoidf, Sigmoid, 0.9, -20, 20},
                    FloatCase{"softplus", zkvm_math_softplusf, Softplus, 0.9, -20, 20}),
    [](const auto& info) { return std::string(info.param.name); });

struct DoubleCase {
  const char* name;
  double (*function)(double);
  long double (*reference)(long double);
};

long double LongSigmoid(long double x) { return 1 / (1 + std::exp(-x)); }
long double LongSoftplus(long double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

class DoubleFunctions : public testing::TestWithParam<DoubleCase> {};

TEST_P(DoubleFunctions, AreAccurate) {
  const DoubleCase& c = GetParam();
  double worst = 0, worst_at = 0;
  std::mt19937_64 random(2);
  std::vector<double> values = {0, -0.0, 1, -1, kInfDouble, -kInfDouble, 5e-324, 1e-310};
  for (uint64_t exponent = 900; exponent < 2047; exponent += 1) {
    for (int i = 0; i < (exponent < 1040 ? 300 : 10); ++i) {
      const double value = std::bit_cast<double>(exponent << 52 | random() >> 12);
      values.push_back(value);
      values.push_back(-value);
    }
  }
  for (const double x : values) {
    const double value = c.function(x);
    const long double exact = c.reference(x);
    const double rounded = static_cast<double>(exact);
    if (std::isnan(exact)) {
      EXPECT_EQ(std::bit_cast<uint64_t>(value), 0x7ff8000000000000u) << c.name << " of " << x;
      continue;
    }
    EXPECT_EQ(std::signbit(value), std::signbit(rounded)) << c.name << " of " << x;
    if (std::isinf(rounded) || std::abs(rounded) < 1e-307) {
      const double tolerance = std::abs(rounded) < 1e-307 ? 1e-320 : 0;
      EXPECT_TRUE(value == rounded || std::abs(value - rounded) <= tolerance)
          << c.name << " of " << x << ": " << value << " for " << rounded;
      continue;
    }
    const double error = static_cast<double>(std::abs((value - exact) / exact));
    if (error > worst) {
      worst = error;
      worst_at = x;
    }
  }
  EXPECT_LT(worst, 1.5e-15) << c.name << " at " << worst_at;
  EXPECT_TRUE(std::isnan(c.function(std::nan(""))));
}

INSTANTIATE_TEST_SUITE_P(Math, DoubleFunctions,
                         testing::Values(DoubleCase{"sqrt", zkvm_math_sqrt, std::sqrt},
                                         DoubleCase{"exp", zkvm_math_exp, std::exp},
                                         DoubleCase{"exp2", zkvm_math_exp2, std::exp2},
                                         DoubleCase{"expm1", zkvm_math_expm1, std::expm1},
                                         DoubleCase{"log", zkvm_math_log, std::log},
                                         DoubleCase{"log2", zkvm_math_log2, std::log2},
                                         DoubleCase{"log10", zkvm_math_log10, std::log10},
                                         DoubleCase{"log1p", zkvm_math_log1p, std::log1p},
                                         DoubleCase{"sin", zkvm_math_sin, std::sin},
                                         DoubleCase{"cos", zkvm_math_cos, std::cos},
                                         DoubleCase{"tan", zkvm_math_tan, std::tan},
                                         DoubleCase{"asin", zkvm_math_asin, std::asin},
                                         DoubleCase{"acos", zkvm_math_acos, std::acos},
                                         DoubleCase{"atan", zkvm_math_atan, std::atan},
                                         DoubleCase{"sinh", zkvm_math_sinh, std::sinh},
                                         DoubleCase{"cosh", zkvm_math_cosh, std::cosh},
                                         DoubleCase{"tanh", zkvm_math_tanh, std::tanh},
                                         DoubleCase{"asinh", zkvm_math_asinh, std::asinh},
                                         DoubleCase{"acosh", zkvm_math_acosh, std::acosh},
                                         DoubleCase{"atanh", zkvm_math_atanh, std::atanh},
                                         DoubleCase{"erf", zkvm_math_erf, std::erf},
                                         DoubleCase{"sigmoid", zkvm_math_sigmoid, LongSigmoid},
                                         DoubleCase{"softplus", zkvm_math_softplus, LongSoftplus}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Math, SquareRootsAreRounded) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    const float x = std::bit_cast<float>(static_cast<uint32_t>(random() % 0x7f800000));
    ASSERT_EQ(zkvm_math_sqrtf(x), std::sqrt(x)) << x;
    const double y = std::bit_cast<double>(random() % 0x7ff0000000000000);
    ASSERT_EQ(zkvm_math_sqrt(y), std::sqrt(y)) << y;
  }
  for (uint32_t n = 1; n < 5000; ++n) {
    EXPECT_EQ(zkvm_math_sqrtf(static_cast<float>(n * n)), static_cast<float>(n));
  }
}

TEST(Math, RemaindersAreExact) {
  std::mt19937_64 random(4);
  for (int i = 0; i < 100'000; ++i) {
    const float x = std::bit_cast<float>(static_cast<uint32_t>(random()));
    const float y = std::bit_cast<float>(static_cast<uint32_t>(random()));
    const float rest = std::fmod(x, y), ours = zkvm_math_fmodf(x, y);
    if (std::isnan(rest)) {
      ASSERT_TRUE(std::isnan(ours)) << x << " " << y;
    } else {
      ASSERT_EQ(std::bit_cast<uint32_t>(ours), std::bit_cast<uint32_t>(rest)) << x << " " << y;
    }
    // Exponents that are near, and subnormal divisors.
    const double a = std::bit_cast<double>(random()) * (i % 2 ? 1 : 1e-300);
    const double b = i % 3 ? a * 1e-3 * static_cast<double>(random() % 1000) : 5e-324 * (i + 1);
    const double wide = std::fmod(a, b), wide_ours = zkvm_math_fmod(a, b);
    if (std::isnan(wide)) {
      ASSERT_TRUE(std::isnan(wide_ours)) << a << " " << b;
    } else {
      ASSERT_EQ(std::bit_cast<uint64_t>(wide_ours), std::bit_cast<uint64_t>(wide)) << a << " " << b;
    }
  }
}

TEST(Math, Powers) {
  const double special[] = {0.0,    -0.0,   1,    -1,         0.5,
                            -0.5,   2,      -2,   3,          -3,
                            4,      2.5,    -2.5, kInfDouble, -kInfDouble,
                            1e9,    -1e9,   0.1,  10,         1e300,
                            1e-300, 5e-324, 64,   65,         9007199254740993.0};
  for (const double x : special) {
    for (const double y : special) {
      const double exact = std::pow(x, y), value = zkvm_math_pow(x, y);
      if (std::isnan(exact)) {
        EXPECT_TRUE(std::isnan(value)) << x << " " << y;
      } else if (std::isinf(exact) || std::abs(exact) < 1e-307) {
        EXPECT_NEAR(std::isinf(exact) ? (value == exact ? 0 : 1) : value, 0, 1e-307)
            << x << " " << y;
        EXPECT_EQ(std::signbit(value), std::signbit(exact)) << x << " " << y;
      } else {
        EXPECT_NEAR(value / exact, 1, 1e-12) << x << " " << y;
      }
    }
  }
  std::mt19937 random(5);
  std::uniform_real_distribution<float> base(0, 10), exponent(-8, 8);
  for (int i = 0; i < 100'000; ++i) {
    const float x = base(random), y = exponent(random);
    ASSERT_LT(Error(zkvm_math_powf(x, y), std::pow(double{x}, double{y})), 0.6) << x << " " << y;
  }
  // Bases next to 1, and exponents that bring the result back to where floats are.
  for (int i = 0; i < 100'000; ++i) {
    const float x =
        std::bit_cast<float>(0x3f800000 + static_cast<uint32_t>(random() % 4000) - 2000);
    const float y =
        static_cast<float>(std::ldexp(exponent(random), static_cast<int>(random() % 24)));
    ASSERT_LT(Error(zkvm_math_powf(x, y), std::pow(double{x}, double{y})), 0.6) << x << " " << y;
    const float a = std::bit_cast<float>(static_cast<uint32_t>(random() % 0x7f800000));
    const float b = static_cast<float>(exponent(random)) / 4;
    ASSERT_LT(Error(zkvm_math_powf(a, b), std::pow(double{a}, double{b})), 0.6) << a << " " << b;
  }
  for (const float x : {0.0F, -0.0F, 1.0F, -1.0F, 0.5F, -2.0F, 1e38F, 1e-44F, kInf, -kInf}) {
    for (const float y :
         {0.0F, -0.0F, 1.0F, -1.0F, 2.0F, 3.0F, 0.5F, -149.0F, 127.0F, 1e10F, kInf, -kInf}) {
      const float exact = std::pow(x, y), value = zkvm_math_powf(x, y);
      if (std::isnan(exact)) {
        EXPECT_TRUE(std::isnan(value)) << x << " " << y;
      } else {
        EXPECT_EQ(std::signbit(value), std::signbit(exact)) << x << " " << y;
        EXPECT_LT(Error(value, std::pow(double{x}, double{y})), 0.6) << x << " " << y;
      }
    }
  }
  EXPECT_EQ(zkvm_math_powf(10, 3), 1000);
  EXPECT_EQ(zkvm_math_pow(3, 5), 243);
  EXPECT_EQ(zkvm_math_pow(2, -1074), 5e-324);
}

TEST(Math, AnglesOfTwoCoordinates) {
  const double values[] = {0.0, -0.0, 1, -1, 2.5, -1e-3, 1e300, -1e-300, kInfDouble, -kInfDouble};
  for (const double y : values) {
    for (const double x : values) {
      const double exact = std::atan2(y, x), value = zkvm_math_atan2(y, x);
      EXPECT_NEAR(value, exact, 1e-15 * std::abs(exact)) << y << " " << x;
      EXPECT_EQ(std::signbit(value), std::signbit(exact)) << y << " " << x;
    }
  }
}

TEST(Math, FunctionsAreListedOnce) {
  const auto functions = MathFunctions();
  EXPECT_EQ(functions.size(), 52u);
  for (size_t i = 0; i < functions.size(); ++i) {
    EXPECT_EQ(std::string(functions[i].name).substr(0, 10), "zkvm_math_");
    for (size_t j = 0; j < i; ++j) EXPECT_STRNE(functions[i].name, functions[j].name);
  }
}

}  // namespace
}  // namespace zkvm::compiler
