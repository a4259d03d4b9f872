// What the classifiers and regressors of ai.onnx.ml have in common: labels, and the transforms of
// scores. Formulas are those of onnxruntime, in float.
#ifndef ZKVM_COMPILER_OPERATORS_SCORES_H_
#define ZKVM_COMPILER_OPERATORS_SCORES_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/codegen/emitter.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {

enum class PostTransform { kNone, kLogistic, kSoftmax, kSoftmaxZero, kProbit, kUnknown };

PostTransform PostTransformOf(const Node& node);
// Fails for an unknown one.
void CheckPostTransform(const InferContext& ctx);

// 1 / (1 + exp(-x))
Scalar Logistic(Emitter& e, Scalar x);
// sqrt(2) * the inverse of erf at 2 x - 1, approximated (Winitzki).
Scalar Probit(Emitter& e, Scalar x);

// In place, scores begin .. begin + count - 1.
void Transform(Emitter& e, PostTransform transform, const Array& scores, Scalar begin,
               int64_t count);

// The first of the greatest of scores begin .. begin + count - 1, relative to `begin`; without
// floating point.
Scalar ArgMax(Emitter& e, const Array& scores, Scalar begin, int64_t count);

// Labels of classes: integers, or the numbers 0, 1, ... where the model has strings.
std::vector<int64_t> Labels(const Node& node, std::string_view integers, std::string_view strings);
// An int64.
Scalar LabelOf(Emitter& e, const std::vector<int64_t>& labels, Scalar index);

// Rows of features: [rows, features], or [features] for one row.
struct Rows {
  int64_t rows = 0, features = 0;
};
Rows RowsOf(const InferContext& ctx, const Type& x);
Rows RowsOf(const Type& x);

// A feature as float.
Scalar LoadFloat(Emitter& e, const Array& array, Scalar position);
// Attributes as a table of floats.
Array FloatTable(Emitter& e, const std::vector<float>& values);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_SCORES_H_
