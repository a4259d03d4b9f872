#include "mlp.h"

#include <zkvm/ml.h>

#include <algorithm>
#include <cstdint>

#include "weights.h"

namespace digits {
namespace {

namespace ml = zkvm::ml;

// One row each: pixels and hidden values are int8, scores int16.
using Pixels = ml::Sequence<1, kInputs>;
using Hidden = ml::Sequence<1, kHidden>;
using Scores = ml::Sequence<1, kClasses, ml::kI16>;

ZKVM_MODEL constexpr ml::Table<-kHiddenReach, kHiddenReach> kRelu([](int y) {
  return std::clamp(y, 0, 127);
});
ZKVM_MODEL constexpr ml::Table<-kScoresReach, kScoresReach> kScore([](int y) { return y; });

ZKVM_MODEL_OP constexpr ml::Dense<Pixels, Hidden> kFirst({.weights = kWeights1,
                                                          .bias = kBias1,
                                                          .table = kRelu});
ZKVM_MODEL_OP constexpr ml::Dense<Hidden, Scores> kSecond({.weights = kWeights2,
                                                           .bias = kBias2,
                                                           .table = kScore});

}  // namespace

uint32_t Classify(const Grid& image) {
  static ml::Buffer<Pixels> pixels;
  pixels.Assign(image);
  return ml::Argmax(kSecond(kFirst(ml::Import(pixels))));
}

}  // namespace digits
