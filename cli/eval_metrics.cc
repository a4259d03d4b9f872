#include "cli/eval_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/failure.h"

namespace zkvm {
namespace {

bool AllOf(std::span<const double> values, bool (*holds)(double)) {
  return std::ranges::all_of(values, holds);
}
bool IsBit(double x) { return x == 0 || x == 1; }
bool IsWhole(double x) { return x == std::floor(x); }

}  // namespace

void ErrorSum::Add(double value, double reference) {
  ++count;
  if (!std::isfinite(reference)) return;
  const double difference =
      std::isnan(value) ? std::numeric_limits<double>::infinity() : value - reference;
  squares += difference * difference;
  reference_squares += reference * reference;
  greatest = std::max(greatest, std::abs(difference));
}

void ErrorSum::Add(const ErrorSum& other) {
  squares += other.squares;
  reference_squares += other.reference_squares;
  greatest = std::max(greatest, other.greatest);
  count += other.count;
  saturated += other.saturated;
}

std::optional<double> ErrorSum::Relative() const {
  if (count == 0) return std::nullopt;
  if (squares == 0) return 0;
  return reference_squares == 0 ? 1 : std::sqrt(squares / reference_squares);
}

std::optional<double> ErrorSum::Saturation() const {
  if (count == 0) return std::nullopt;
  return static_cast<double>(saturated) / static_cast<double>(count);
}

std::vector<size_t> Argmaxes(std::span<const double> values, size_t width) {
  std::vector<size_t> result;
  for (size_t at = 0; width > 0 && at + width <= values.size(); at += width) {
    const auto row = values.subspan(at, width);
    result.push_back(static_cast<size_t>(std::ranges::max_element(row) - row.begin()));
  }
  return result;
}

Scoring::Scoring(const compiler::Labels& labels, const compiler::Type& output, double threshold)
    : labels_(&labels), elements_(static_cast<size_t>(output.elements())), threshold_(threshold) {
  const size_t width =
      output.shape.empty() ? 1 : static_cast<size_t>(std::max<int64_t>(output.shape.back(), 1));
  const size_t per_sample = labels.per_sample;
  const bool whole = AllOf(labels.values, IsWhole);
  if (width > 1 && elements_ / width == per_sample && whole) {
    kind_ = Kind::kRows;
  } else if (width > 1 && elements_ == width && per_sample == width &&
             AllOf(labels.values, IsBit)) {
    kind_ = Kind::kOneHot;
  } else if (elements_ != per_sample) {
    throw Failure(ExitCode::kCannot,
                  "{} labels for each sample do not fit an output of {} (--output chooses another)",
                  per_sample, compiler::ToString(output));
  } else if (!whole) {
    kind_ = Kind::kRegression;
  } else if (!compiler::IsFloat(output.dtype)) {
    kind_ = Kind::kClass;
  } else {
    kind_ = AllOf(labels.values, IsBit) ? Kind::kThreshold : Kind::kRegression;
  }
}

void Scoring::Add(size_t i, std::span<const double> values) {
  const std::span<const double> labels =
      std::span(labels_->values).subspan(i * labels_->per_sample, labels_->per_sample);
  if (values.size() != elements_) {
    throw Failure(ExitCode::kCannot,
                  "sample {}: the output has {} elements instead of {}, and labels are for all of "
                  "them (--output chooses another)",
                  i, values.size(), elements_);
  }
  if (kind_ == Kind::kOneHot) {
    ++count_;
    sum_ += Argmaxes(values, values.size()) == Argmaxes(labels, labels.size());
    return;
  }
  if (kind_ == Kind::kRows) {
    const std::vector<size_t> classes = Argmaxes(values, values.size() / labels.size());
    for (size_t k = 0; k < labels.size(); ++k) {
      sum_ += static_cast<double>(classes[k]) == labels[k];
    }
  } else {
    for (size_t k = 0; k < labels.size(); ++k) {
      if (kind_ == Kind::kRegression) {
        sum_ += std::abs(values[k] - labels[k]);
      } else if (kind_ == Kind::kThreshold) {
        sum_ += (values[k] > threshold_) == (labels[k] == 1);
      } else {
        sum_ += std::round(values[k]) == labels[k];
      }
    }
  }
  count_ += labels.size();
}

void Scoring::Add(const Scoring& other) {
  count_ += other.count_;
  sum_ += other.sum_;
}

double Scoring::Score() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

}  // namespace zkvm
