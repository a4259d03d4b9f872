// The constants of the tensor chips: monomials in gamma, delta, zx, zy.
//
// Chips name them by position: b.Constant(kZx16), b.Dot(kDeltaPowers, lanes, 64). A name that ends
// in a number of lanes is the first of that many consecutive entries.
#ifndef ZKVM_PRECOMPILES_TENSOR_CONSTANTS_H_
#define ZKVM_PRECOMPILES_TENSOR_CONSTANTS_H_

#include <array>
#include <cstddef>

#include "stark/air/challenges.h"

namespace zkvm::tensor {

// Powers by lane j < 16 (kDeltaPowers: j < 256).
inline constexpr size_t kZxPowers = 0;          // zx^j
inline constexpr size_t kZxInversePowers = 16;  // zx^-j
inline constexpr size_t kPitch8 = 32;           // zx^(j mod 8) zy^(j div 8)
inline constexpr size_t kPitch4 = 48;           // zx^(j mod 4) zy^(j div 4)
inline constexpr size_t kPitch16Stride2 = 64;   // the squares of kZxPowers,
inline constexpr size_t kPitch8Stride2 = 80;    // of kPitch8
inline constexpr size_t kPitch4Stride2 = 96;    // and of kPitch4
inline constexpr size_t kDeltaPowers = 112;     // delta^j
inline constexpr size_t kNumDeltaPowers = 256;

// Single monomials.
inline constexpr size_t kOne = kZxPowers;
inline constexpr size_t kZx = kZxPowers + 1;
inline constexpr size_t kZx2 = kZxPowers + 2;
inline constexpr size_t kZx8 = kZxPowers + 8;
inline constexpr size_t kZxInverse = kZxInversePowers + 1;
inline constexpr size_t kZxInverse8 = kZxInversePowers + 8;
inline constexpr size_t kDelta = kDeltaPowers + 1;
inline constexpr size_t kDelta16 = kDeltaPowers + 16;
inline constexpr size_t kDelta64 = kDeltaPowers + 64;
inline constexpr size_t kGamma = kDeltaPowers + kNumDeltaPowers;
inline constexpr size_t kDelta256 = kGamma + 1;
inline constexpr size_t kZx16 = kGamma + 2;
inline constexpr size_t kZxInverse16 = kGamma + 3;
inline constexpr size_t kZx32 = kGamma + 4;
inline constexpr size_t kZx256 = kGamma + 5;
inline constexpr size_t kZy = kGamma + 6;
inline constexpr size_t kZy2 = kGamma + 7;
inline constexpr size_t kZy4 = kGamma + 8;
inline constexpr size_t kZy8 = kGamma + 9;
inline constexpr size_t kZyInverse = kGamma + 10;
inline constexpr size_t kDeltaOverZx = kGamma + 11;
inline constexpr size_t kNumConstants = kGamma + 12;

inline constexpr std::array<Monomial, kNumConstants> kMonomials = [] {
  std::array<Monomial, kNumConstants> m{};
  for (int j = 0; j < 16; ++j) {
    const auto lane = static_cast<size_t>(j);
    m[kZxPowers + lane] = {0, 0, j, 0};
    m[kZxInversePowers + lane] = {0, 0, -j, 0};
    m[kPitch8 + lane] = {0, 0, j % 8, j / 8};
    m[kPitch4 + lane] = {0, 0, j % 4, j / 4};
    m[kPitch16Stride2 + lane] = {0, 0, 2 * j, 0};
    m[kPitch8Stride2 + lane] = {0, 0, 2 * (j % 8), 2 * (j / 8)};
    m[kPitch4Stride2 + lane] = {0, 0, 2 * (j % 4), 2 * (j / 4)};
  }
  for (int j = 0; j < static_cast<int>(kNumDeltaPowers); ++j) {
    m[kDeltaPowers + static_cast<size_t>(j)] = {0, j, 0, 0};
  }
  m[kGamma] = {1, 0, 0, 0};
  m[kDelta256] = {0, 256, 0, 0};
  m[kZx16] = {0, 0, 16, 0};
  m[kZxInverse16] = {0, 0, -16, 0};
  m[kZx32] = {0, 0, 32, 0};
  m[kZx256] = {0, 0, 256, 0};
  m[kZy] = {0, 0, 0, 1};
  m[kZy2] = {0, 0, 0, 2};
  m[kZy4] = {0, 0, 0, 4};
  m[kZy8] = {0, 0, 0, 8};
  m[kZyInverse] = {0, 0, 0, -1};
  m[kDeltaOverZx] = {0, 1, -1, 0};
  return m;
}();

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CONSTANTS_H_
