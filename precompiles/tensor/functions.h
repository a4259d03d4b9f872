// The functions that softmax and normalization read from tables. Part of the machine, not of a
// model. Every entry is the exactly rounded value, computed with integers alone.
#ifndef ZKVM_PRECOMPILES_TENSOR_FUNCTIONS_H_
#define ZKVM_PRECOMPILES_TENSOR_FUNCTIONS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zkvm::tensor {

// Arguments 0 <= d < kExpEntries: a difference of scores up to 2^15, plus 512 ln(65535) + 1.
inline constexpr uint32_t kExpEntries = (1 << 15) + (1 << 13);
// Normalised mantissas lie in [kMantissa, 2 kMantissa).
inline constexpr uint32_t kMantissa = 1 << 14;
inline constexpr uint32_t kLn2Entries = 32;
// Arguments |u| <= kMaxDeviation.
inline constexpr int32_t kMaxDeviation = 32767;

// a * b / 2^64, rounded down.
constexpr uint64_t MulHigh(uint64_t a, uint64_t b) {
  const uint64_t a0 = a & 0xFFFFFFFF, a1 = a >> 32, b0 = b & 0xFFFFFFFF, b1 = b >> 32;
  const uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  return a1 * b1 + (middle >> 32) + (((middle & 0xFFFFFFFF) + a0 * b1) >> 32);
}

// 2^64 exp(-1 / n) for n >= 2, within n units: the alternating series.
constexpr uint64_t ExpOfMinusInverse(uint64_t n) {
  uint64_t sum = 0, term = ~uint64_t{0} / n;  // 2^64 (1 - 1/n + ...) modulo 2^64
  for (uint64_t k = 2; term != 0; ++k) {
    sum = k % 2 == 0 ? sum - term : sum + term;
    term /= n * k;
  }
  return sum;
}

// EXP[d] = round(2^15 exp(-d / 512)), but EXP[0] = 2^15 - 1. Scores count in units of 2^-9 nat.
inline std::vector<uint16_t> MakeExp() {
  constexpr uint64_t kRatio = ExpOfMinusInverse(512);
  std::vector<uint16_t> table(kExpEntries);
  table[0] = 32767;
  uint64_t e = kRatio;  // 2^64 exp(-d / 512), within d + 512 units
  for (size_t d = 1; d < table.size(); ++d, e = MulHigh(e, kRatio)) {
    table[d] = static_cast<uint16_t>(((e >> 48) + 1) >> 1);
  }
  return table;
}

// LOG[mu - 2^14] = round(512 ln(mu / 2^15)), 2^14 <= mu < 2^15: from -355 to 0.
inline std::vector<int16_t> MakeLog() {
  constexpr uint64_t kRatio = ExpOfMinusInverse(512);
  std::vector<int16_t> table(kMantissa);
  uint64_t threshold = ExpOfMinusInverse(1024);  // 2^64 exp((log - 1/2) / 512)
  int16_t log = 0;
  for (uint64_t mu = 2 * kMantissa - 1; mu >= kMantissa; --mu) {
    while (mu << 49 < threshold) {
      --log;
      threshold = MulHigh(threshold, kRatio);
    }
    table[mu - kMantissa] = log;
  }
  return table;
}

// LN2[t] = round(512 t ln 2), t < 32.
constexpr uint32_t Ln2(uint32_t t) {
  constexpr uint64_t kLn2 = 0xB17217F7D1CF79AB;  // 2^64 ln 2
  return static_cast<uint32_t>((t * (kLn2 >> 20) + (1ULL << 34)) >> 35);
}

// RSQRT[m - 2^14 + 2^14 p] = min(2^15 - 1, round(2^22 / sqrt((m + 1/2) 2^p))), 2^14 <= m < 2^15,
// p = 0 or 1: from 2^14 to 2^15 - 1.
inline std::vector<uint16_t> MakeRsqrt() {
  std::vector<uint16_t> table(2 * kMantissa);
  uint64_t f = 32767;
  for (uint64_t i = 0; i < table.size(); ++i) {
    const uint64_t p = i / kMantissa;
    const uint64_t x = (2 * (kMantissa + i % kMantissa) + 1) << p;  // twice the radicand
    while ((2 * f - 1) * (2 * f - 1) * x > uint64_t{1} << 47) --f;
    table[i] = static_cast<uint16_t>(f);
  }
  return table;
}

// SQ[u] = floor(u^2 / 2^14).
constexpr int32_t Sq(int32_t u) { return static_cast<int32_t>(int64_t{u} * u >> 14); }

// The tables, made on first use.
inline const std::vector<uint16_t>& ExpTable() {
  static const std::vector<uint16_t> table = MakeExp();
  return table;
}
inline const std::vector<int16_t>& LogTable() {
  static const std::vector<int16_t> table = MakeLog();
  return table;
}
inline const std::vector<uint16_t>& RsqrtTable() {
  static const std::vector<uint16_t> table = MakeRsqrt();
  return table;
}

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_FUNCTIONS_H_
