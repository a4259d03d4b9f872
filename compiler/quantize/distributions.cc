#include "compiler/quantize/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace zkvm::compiler {

double Distribution::magnitude() const { return std::max(-min_, max_); }

void Distribution::Reach(double magnitude) {
  if (bins_.empty()) {
    bins_.resize(kBins);
    // Doubles near the least would have bins of width 0.
    width_ = std::max(std::exp2(std::ceil(std::log2(magnitude)) + 1) / kBins,
                      std::numeric_limits<double>::min());
  }
  while (magnitude >= width_ * kBins) {
    for (size_t i = 0; i < kBins; ++i) {
      const uint64_t pair = 2 * i < kBins ? bins_[2 * i] + bins_[2 * i + 1] : 0;
      bins_[i] = pair;
    }
    width_ *= 2;
  }
}

void Distribution::Add(std::span<const double> elements) {
  for (const double x : elements) {
    if (!std::isfinite(x)) {
      ++not_finite_;
      continue;
    }
    min_ = count_ == 0 ? x : std::min(min_, x);
    max_ = count_ == 0 ? x : std::max(max_, x);
    ++count_;
    if (x == 0) continue;  // no error, whatever the step
    if (bins_.empty() || std::abs(x) >= width_ * kBins) Reach(std::abs(x));
    ++bins_[static_cast<size_t>(std::abs(x) / width_)];
  }
}

void Distribution::Merge(const Distribution& other) {
  not_finite_ += other.not_finite_;
  if (other.count_ == 0) return;
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = count_ == 0 ? other.max_ : std::max(max_, other.max_);
  count_ += other.count_;
  for (size_t i = 0; i < other.bins_.size(); ++i) {
    if (other.bins_[i] == 0) continue;
    const double centre = (static_cast<double>(i) + 0.5) * other.width_;
    if (bins_.empty() || centre >= width_ * kBins) Reach(centre);
    bins_[static_cast<size_t>(centre / width_)] += other.bins_[i];
  }
}

double Distribution::RoundingError(double step, double bound) const {
  if (count_ == 0) return 0;
  double sum = 0;
  for (size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i] == 0) continue;
    const double x = (static_cast<double>(i) + 0.5) * width_;
    const double error = x > bound ? (x - bound) * (x - bound) : step * step / 12;
    sum += static_cast<double>(bins_[i]) * error;
  }
  return sum / static_cast<double>(count_);
}

double Distribution::MeanSquare() const {
  double sum = 0;
  for (size_t i = 0; i < bins_.size(); ++i) {
    const double x = (static_cast<double>(i) + 0.5) * width_;
    sum += static_cast<double>(bins_[i]) * x * x;
  }
  return count_ == 0 ? 0 : sum / static_cast<double>(count_);
}

namespace {

void CheckSample(const Graph& graph, const std::vector<Literal>& sample, size_t index) {
  const std::string where = "calibration sample " + std::to_string(index);
  if (sample.size() != graph.inputs.size()) {
    throw CompileError(where + " has " + std::to_string(sample.size()) +
                       " tensors, the model has " + std::to_string(graph.inputs.size()) +
                       " inputs");
  }
  for (size_t k = 0; k < sample.size(); ++k) {
    const Value& input = graph.At(graph.inputs[k]);
    if (sample[k].type() != input.type) {
      throw CompileError(where + ": input '" + input.name + "' is " + ToString(input.type) +
                         ", the sample is " + ToString(sample[k].type()));
    }
  }
}

}  // namespace

Distributions::Distributions(const Graph& graph, std::span<const std::vector<Literal>> samples,
                             Evaluator& evaluator)
    : distributions_(graph.values.size()) {
  if (samples.empty()) {
    throw CompileError(
        "no calibration samples: quantization needs inputs as the model will see them, at least "
        "one, better 50");
  }
  for (size_t s = 0; s < samples.size(); ++s) {
    CheckSample(graph, samples[s], s);
    const std::vector<Literal> values = evaluator.RunGraph(graph, samples[s]);
    for (size_t v = 0; v < values.size(); ++v) {
      if (graph.values[v].constant || !IsFloat(graph.values[v].type.dtype)) continue;
      distributions_[v].Add(values[v].ToDoubles());
    }
  }
}

}  // namespace zkvm::compiler
