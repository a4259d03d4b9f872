// Tables of the usual functions, for compilers of models and for guests: constants of a model are
// its own data, so it does not matter to a proof how they were made. Everything is constexpr double
// arithmetic of +, -, *, / alone, the same on every machine.
//
//   constexpr auto kGelu = MakeTable<1 << 12>(Gelu, {.first = -2048, .input = 1 / 256.0,
//                                                    .output = 1 / 32.0, .low = -128, .high =
//                                                    127});
//
// A table of 2^16 entries evaluated by the compiler may need -fconstexpr-ops-limit.
#ifndef ZKVM_PRECOMPILES_TENSOR_STANDARD_TABLES_H_
#define ZKVM_PRECOMPILES_TENSOR_STANDARD_TABLES_H_

#include <cstddef>
#include <cstdint>

#include "precompiles/tensor/descriptor.h"

namespace zkvm::tensor {

// Where a table begins and what its numbers stand for.
struct TableScale {
  int32_t first = 0;                   // argument of the first entry
  double input = 1;                    // real value of argument 1
  double output = 1;                   // real value of result 1
  int32_t low = -32768, high = 32767;  // results are clamped: the element of the result
};

// As it lies in .zkml.data.
template <size_t kCount>
struct TableData {
  TableHeader header{};
  int16_t entries[kCount] = {};
};

// round(f(y input) / output), ties up, clamped.
template <class Function>
constexpr int16_t TableEntry(const Function& f, const TableScale& scale, int32_t y) {
  const double value = f(y * scale.input) / scale.output + 0.5;
  if (!(value > scale.low)) return static_cast<int16_t>(scale.low);
  if (value >= scale.high) return static_cast<int16_t>(scale.high);
  const auto truncated = static_cast<int32_t>(value);
  return static_cast<int16_t>(truncated - (truncated > value ? 1 : 0));
}

template <size_t kCount, class Function>
constexpr TableData<kCount> MakeTable(const Function& f, const TableScale& scale) {
  TableData<kCount> table;
  table.header = {scale.first, kCount};
  for (size_t i = 0; i < kCount; ++i) {
    table.entries[i] = TableEntry(f, scale, scale.first + static_cast<int32_t>(i));
  }
  return table;
}

// --- Functions of real numbers; errors are below 10^-12, relative above 1 ---
//
// Values beyond every table stand for infinity, so that they are clamped.

inline constexpr double kBeyond = 1e30;

constexpr double Exp(double x) {
  constexpr double kLn2 = 0.693147180559945309417232;
  if (x < -700) return 0;
  if (x > 60) return kBeyond;
  const auto power = static_cast<int>(x / kLn2);
  const double r = x - power * kLn2;  // |r| < ln 2
  double term = 1, sum = 1;
  for (int k = 1; k <= 17; ++k) {
    term *= r / k;
    sum += term;
  }
  for (int k = 0; k < power; ++k) sum *= 2;
  for (int k = 0; k > power; --k) sum /= 2;
  return sum;
}

// -kBeyond for x <= 0.
constexpr double Log(double x) {
  constexpr double kLn2 = 0.693147180559945309417232;
  if (!(x > 0)) return -kBeyond;
  int power = 0;
  for (; x > 1.5; x /= 2) ++power;
  for (; x < 0.75; x *= 2) --power;
  // 2 artanh(t), |t| <= 1/5.
  const double t = (x - 1) / (x + 1);
  double odd = t, sum = 0;
  for (int k = 1; k <= 23; k += 2) {
    sum += odd / k;
    odd *= t * t;
  }
  return power * kLn2 + 2 * sum;
}

// kBeyond for x <= 0.
constexpr double Rsqrt(double x) {
  if (!(x > 0)) return kBeyond;
  double scale = 1;
  for (; x > 2; x /= 4) scale /= 2;
  for (; x < 0.5; x *= 4) scale *= 2;
  double r = 0.9;
  for (int k = 0; k < 7; ++k) r *= 1.5 - 0.5 * x * r * r;
  return scale * r;
}

// kBeyond at 0.
constexpr double Reciprocal(double x) { return x == 0 ? kBeyond : 1 / x; }

// The probability that a standard normal variable is below x.
constexpr double NormalCdf(double x) {
  constexpr double kInverseRoot2Pi = 0.398942280401432677939946;
  if (x < 0) return 1 - NormalCdf(-x);
  if (x > 9) return 1;
  // (x + x^3/3 + x^5/15 + ...) times the density.
  double term = x, sum = x;
  for (int k = 3; term > 1e-17 * sum; k += 2) {
    term *= x * x / k;
    sum += term;
  }
  return 0.5 + kInverseRoot2Pi * Exp(-x * x / 2) * sum;
}

constexpr double Identity(double x) { return x; }
constexpr double Relu(double x) { return x > 0 ? x : 0; }
constexpr double Relu6(double x) { return x < 6 ? Relu(x) : 6; }
constexpr double Sigmoid(double x) { return x >= 0 ? 1 / (1 + Exp(-x)) : Exp(x) / (1 + Exp(x)); }
constexpr double Tanh(double x) { return 2 * Sigmoid(2 * x) - 1; }
constexpr double Gelu(double x) { return x * NormalCdf(x); }
constexpr double Silu(double x) { return x * Sigmoid(x); }
constexpr double HardSwish(double x) { return x * Relu6(x + 3) / 6; }

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_STANDARD_TABLES_H_
