// Neural networks in guests: tensors and operations that the machine proves by themselves, without
// an instruction for each product. C++20.
//
//   namespace ml = zkvm::ml;
//   using Pixels = ml::Sequence<1, 64>;
//   using Scores = ml::Sequence<1, 10, ml::kI16>;
//
//   ZKVM_MODEL constexpr int16_t kWeights[64 * 10] = {...};
//   ZKVM_MODEL constexpr ml::Table<-4096, 4095> kScores([](int y) { return y; });
//   ZKVM_MODEL_OP constexpr ml::Dense<Pixels, Scores> kLayer({.weights = kWeights,
//                                                             .table = kScores});
//
//   static ml::Buffer<Pixels> pixels;
//   ...
//   const uint32_t digit = ml::Argmax(kLayer(ml::Import(pixels)));
//
// docs/writing-a-guest.md has a chapter on it. The same source runs natively, with the same results
// bit for bit.
#ifndef ZKVM_ML_H_
#define ZKVM_ML_H_

#include "zkvm/ml/attention.h"
#include "zkvm/ml/data.h"
#include "zkvm/ml/io.h"
#include "zkvm/ml/layers.h"
#include "zkvm/ml/linear.h"
#include "zkvm/ml/math.h"
#include "zkvm/ml/move.h"
#include "zkvm/ml/operation.h"
#include "zkvm/ml/tensor.h"
#include "zkvm/ml/values.h"

#endif  // ZKVM_ML_H_
