// What values a model's tensors take on sample data.
#ifndef ZKVM_COMPILER_QUANTIZE_DISTRIBUTIONS_H_
#define ZKVM_COMPILER_QUANTIZE_DISTRIBUTIONS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// Of the elements of a value, over all samples.
class Distribution {
 public:
  // Infinities and NaN are counted and otherwise left out.
  void Add(std::span<const double> elements);
  void Merge(const Distribution& other);

  uint64_t count() const { return count_; }
  uint64_t not_finite() const { return not_finite_; }
  double min() const { return min_; }
  double max() const { return max_; }
  double magnitude() const;  // the largest

  // The mean of the squared difference between elements and their nearest multiple of `step` of at
  // most `bound` in magnitude.
  double RoundingError(double step, double bound) const;
  double MeanSquare() const;

 private:
  static constexpr size_t kBins = 4096;

  // Doubles the width of bins until they reach `magnitude`.
  void Reach(double magnitude);

  uint64_t count_ = 0, not_finite_ = 0;
  double min_ = 0, max_ = 0;
  double width_ = 0;  // of a bin of magnitudes
  std::vector<uint64_t> bins_;
};

class Distributions {
 public:
  // Runs the graph over the samples (inputs in the order of the graph). Throws CompileError if
  // there are none, or one does not have the graph's types.
  Distributions(const Graph& graph, std::span<const std::vector<Literal>> samples,
                Evaluator& evaluator);

  // Empty for values that are not floating point.
  const Distribution& Of(ValueId value) const { return distributions_[static_cast<size_t>(value)]; }

 private:
  std::vector<Distribution> distributions_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_DISTRIBUTIONS_H_
