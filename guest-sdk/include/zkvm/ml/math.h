// Functions for tables, in constant expressions: the standard library's are not constexpr. Accurate
// to a few units of the last place of a double, and the same on every machine.
#ifndef ZKVM_ML_MATH_H_
#define ZKVM_ML_MATH_H_

namespace zkvm::ml {

constexpr double Exp(double x) {
  if (x > 709) x = 709;
  if (x < -745) return 0;
  constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
  const int k = static_cast<int>(x / (kLn2High + kLn2Low) + (x < 0 ? -0.5 : 0.5));
  const double r = x - k * kLn2High - k * kLn2Low;  // |r| <= 0.35
  double sum = 1;
  for (int n = 14; n >= 1; --n) sum = 1 + sum * r / n;
  for (int i = 0; i < k; ++i) sum *= 2;
  for (int i = 0; i > k; --i) sum /= 2;
  return sum;
}

constexpr double Sigmoid(double x) {
  const double e = Exp(x < 0 ? x : -x);
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

constexpr double Tanh(double x) { return 2 * Sigmoid(2 * x) - 1; }

constexpr double Silu(double x) { return x * Sigmoid(x); }

// By its integral, a series of positive terms; beyond 6 it is 1.
constexpr double Erf(double x) {
  if (x < 0) return -Erf(-x);
  if (x >= 6) return 1;
  constexpr double kTwoOverRootPi = 1.1283791670955126;
  double term = x, sum = x;
  for (int n = 1; n < 200 && term > 1e-17 * sum; ++n) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return kTwoOverRootPi * Exp(-x * x) * sum;
}

constexpr double Gelu(double x) { return x * (1 + Erf(x / 1.4142135623730951)) / 2; }

constexpr double Relu(double x) { return x < 0 ? 0 : x; }

}  // namespace zkvm::ml

#endif  // ZKVM_ML_MATH_H_
