#include "mlp.h"

#include <algorithm>
#include <cstddef>

namespace digits {
namespace {

template <size_t N>
int32_t Dot(const int8_t* weights, const std::array<int8_t, N>& values) {
  int32_t sum = 0;
  for (size_t i = 0; i < N; ++i) sum += int32_t{weights[i]} * values[i];
  return sum;
}

}  // namespace

std::array<int32_t, kClasses> Scores(const Grid& input) {
  static_assert(kInputs == kGrid * kGrid);
  std::array<int8_t, kHidden> hidden;
  for (size_t i = 0; i < kHidden; ++i) {
    const int64_t sum = Dot(kWeights1 + i * kInputs, input) + kBias1[i];
    hidden[i] = static_cast<int8_t>(std::clamp<int64_t>(sum * kMultiplier >> kShift, 0, 127));
  }
  std::array<int32_t, kClasses> scores;
  for (size_t i = 0; i < kClasses; ++i) {
    scores[i] = Dot(kWeights2 + i * kHidden, hidden) + kBias2[i];
  }
  return scores;
}

}  // namespace digits
