// What <zkvm/ml.h> refuses to compile, one mistake in each namespace, if MISTAKES is defined.

#include <zkvm/ml.h>

#include <cstdint>

namespace ml = zkvm::ml;

using In = ml::Sequence<2, 16>;
using Out = ml::Sequence<2, 8>;
using Picture = ml::Image<1, 8, 8>;

ZKVM_MODEL constexpr int16_t kWeights[128] = {};
ZKVM_MODEL constexpr int16_t kTaps[9] = {};
ZKVM_MODEL constexpr ml::Table<-10, 10> kTable([](int y) { return y; });

ZKVM_MODEL_OP constexpr ml::Dense<In, Out> kLayer({.weights = kWeights, .table = kTable});
Out Call(const In& x) { return kLayer(x); }

#ifdef MISTAKES

namespace another_shape {
ZKVM_MODEL_OP constexpr ml::Dense<In, Out> kLayer({.weights = kWeights, .table = kTable});
Out Call(const ml::Sequence<2, 17>& x) { return kLayer(x); }
}  // namespace another_shape

namespace few_weights {
ZKVM_MODEL_OP constexpr ml::Dense<In, Out> kLayer({.weights = kTaps, .table = kTable});
}  // namespace few_weights

namespace int8_weights {
ZKVM_MODEL constexpr int8_t kBytes[128] = {};
ZKVM_MODEL_OP constexpr ml::Dense<In, Out> kLayer({.weights = kBytes, .table = kTable});
}  // namespace int8_weights

namespace table_range {
ZKVM_MODEL constexpr ml::Table<-10, 1000> kWide([](int y) { return y; });
ZKVM_MODEL_OP constexpr ml::Dense<In, Out> kLayer({.weights = kWeights, .table = kWide});
}  // namespace table_range

namespace rows {
using OneRow = ml::Sequence<1, 8>;
ZKVM_MODEL_OP constexpr ml::Dense<In, OneRow> kLayer({.weights = kWeights, .table = kTable});
}  // namespace rows

namespace window {
using Smaller = ml::Image<1, 7, 8>;
ZKVM_MODEL_OP constexpr ml::Conv2d<Picture, Smaller, ml::Square(3, 1)> kLayer({.weights = kTaps,
                                                                               .table = kTable});
}  // namespace window

namespace role {
using Square = ml::Sequence<2, 2>;
ZKVM_MODEL_OP constexpr ml::Scores<In, In, Square> kScores({.table = kTable});
}  // namespace role

namespace wide_scores {
auto Call(const ml::Sequence<2, 16, ml::kI16>& x) { return ml::Softmax(x); }
}  // namespace wide_scores

namespace padding {
auto Call(const ml::Image<2, 5, 5>& x) { return ml::Flatten(x); }
}  // namespace padding

namespace elements {
ZKVM_MODEL_OP constexpr ml::Multiply<In, Out, Out> kProduct({.table = kTable});
}  // namespace elements

namespace table_entry {
ZKVM_MODEL constexpr ml::Table<-10, 10> kLarge([](int y) { return y * 10000; });
}  // namespace table_entry

namespace multiplier {
ZKVM_MODEL_OP constexpr ml::Map<In, In> kMap({.table = kTable, .multiplier = 0});
}  // namespace multiplier

#endif
