// How good predictions are, and how far integers are from the float model.
#ifndef ZKVM_CLI_EVAL_METRICS_H_
#define ZKVM_CLI_EVAL_METRICS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/data/samples.h"
#include "compiler/graph/type.h"

namespace zkvm {

// Differences of many numbers from what they should be.
struct ErrorSum {
  double squares = 0;            // of differences
  double reference_squares = 0;  // of what they should be
  double greatest = 0;           // absolute difference
  uint64_t count = 0;
  uint64_t saturated = 0;

  void Add(double value, double reference);
  void Add(const ErrorSum& other);
  // The root mean square of the differences over that of the reference; nothing without numbers.
  std::optional<double> Relative() const;
  std::optional<double> Saturation() const;
};

// Predictions of one output against labels.
//
//   rows along the last axis, as many as labels of a sample: the greatest element is the class
//   as many elements as labels, which are classes: 0/1 by the threshold, or the class itself
//   as many elements as labels, which are real numbers: the mean absolute difference
class Scoring {
 public:
  // `labels` outlive it. Throws Failure where labels do not fit it.
  Scoring(const compiler::Labels& labels, const compiler::Type& output, double threshold);

  // Sample `i`, whose output has these real values. Throws Failure where they are fewer than the
  // type says, as sizes may depend on data.
  void Add(size_t i, std::span<const double> values);
  void Add(const Scoring& other);

  bool is_regression() const { return kind_ == Kind::kRegression; }
  // The share of right classes, or the mean absolute difference.
  double Score() const;
  uint64_t count() const { return count_; }

 private:
  enum class Kind { kRows, kOneHot, kThreshold, kClass, kRegression };

  const compiler::Labels* labels_;
  Kind kind_{};
  size_t elements_;  // of the output
  double threshold_;
  uint64_t count_ = 0;
  double sum_ = 0;
};

// The place of the greatest (first) element of each row of `width`.
std::vector<size_t> Argmaxes(std::span<const double> values, size_t width);

}  // namespace zkvm

#endif  // ZKVM_CLI_EVAL_METRICS_H_
