#include "compiler/tensor/linear_layer.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::compiler {

using tensor::Element;
using tensor::Kind;
using tensor::Use;

namespace {

constexpr double kCut = 1 << tensor::kCutBits;
// |v| + 2^13 < 2^29, as check_model.cc has it.
constexpr double kMaxValue = (1 << 29) - (1 << 13) - 1;
constexpr double kMaxMultiplier = 32767;
constexpr double kMaxWeight = 32767;

struct Interval {
  double low = 0, high = 0;
};

Interval RangeWithZero(Element element) {
  const tensor::Range r = tensor::RangeOf(element);
  return {std::min(0.0, static_cast<double>(r.low)), static_cast<double>(r.high)};
}

// Bounds of the sum over one plane (or of pixels of all channels) with weights w, in units of acc.
class PlaneSum {
 public:
  void Add(double w) {
    positive_ += std::max(w, 0.0);
    negative_ += std::min(w, 0.0);
    least_ = first_ ? w : std::min(least_, w);
    greatest_ = first_ ? w : std::max(greatest_, w);
    first_ = false;
  }
  Interval Bounds(const tensor::TensorType& type) const {
    if (type.element == Element::kOneHot) return {least_, greatest_};
    const Interval e = RangeWithZero(type.element);
    Interval range{positive_ * e.low + negative_ * e.high, positive_ * e.high + negative_ * e.low};
    if (type.element == Element::kU15) {
      const auto sum = static_cast<double>(tensor::MaxProbabilitySum(type.width));
      range.low = std::max(range.low, sum * std::min(0.0, least_));
      range.high = std::min(range.high, sum * std::max(0.0, greatest_));
    }
    return range;
  }

 private:
  double positive_ = 0, negative_ = 0, least_ = 0, greatest_ = 0;
  bool first_ = true;
};

// acc by output, as check_model.cc bounds it.
template <class Weight>
std::vector<Interval> Accumulators(const LinearCall& call, const LinearSource& s,
                                   std::span<const Weight> weights) {
  const tensor::TensorType& type = s.source.type;
  const bool image = call.out.kind == Kind::kImage;
  const size_t outputs = image ? call.out.planes : call.out.width;
  std::vector<Interval> bounds(outputs);
  if (s.source.use == Use::kResidual) {
    std::ranges::fill(bounds, RangeWithZero(type.element));
  } else if (weights.empty()) {
    // A product of two tensors.
    for (const LinearSource& y : call.sources) {
      if (y.source.use != Use::kOperandK && y.source.use != Use::kOperandV) continue;
      const Interval a = RangeWithZero(type.element), b = RangeWithZero(y.source.type.element);
      const auto [low, high] =
          std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
      const double terms = tensor::Lanes(type);
      Interval all{terms * std::min(0.0, low), terms * std::max(0.0, high)};
      if (type.element == Element::kU15) {
        const auto sum = static_cast<double>(tensor::MaxProbabilitySum(type.width));
        all = {std::max(all.low, sum * b.low), std::min(all.high, sum * b.high)};
      }
      std::ranges::fill(bounds, all);
    }
  } else if (type.kind == Kind::kSequence) {
    const size_t lanes = tensor::Lanes(type);
    std::vector<PlaneSum> sums(outputs);
    for (size_t row = 0; row * outputs < weights.size(); ++row) {
      for (size_t o = 0; o < outputs; ++o) sums[o].Add(weights[row * outputs + o]);
      if ((row + 1) % lanes != 0) continue;
      for (size_t o = 0; o < outputs; ++o) {
        const Interval plane = sums[o].Bounds(type);
        bounds[o].low += plane.low;
        bounds[o].high += plane.high;
        sums[o] = {};
      }
    }
  } else {
    const size_t taps = weights.size() / outputs;
    for (size_t o = 0; o < outputs; ++o) {
      PlaneSum sum;
      for (const Weight w : weights.subspan(o * taps, taps)) sum.Add(w);
      bounds[o] = sum.Bounds(type);
    }
  }
  return bounds;
}

bool IsTerm(const LinearSource& s) {
  return s.source.use == Use::kWeights || s.source.use == Use::kResidual;
}

double Largest(const std::vector<float>& weights) {
  double largest = 0;
  for (const float w : weights) {
    if (!std::isfinite(w)) throw CompileError("a weight is infinite or not a number");
    largest = std::max(largest, std::abs(static_cast<double>(w)));
  }
  return largest;
}

// The least value_scale for which everything fits, before rounding.
double LeastValueScale(std::span<const LinearCall> calls) {
  double least = 0;
  for (const LinearCall& call : calls) {
    std::vector<Interval> v(call.out.kind == Kind::kImage ? call.out.planes : call.out.width);
    for (size_t o = 0; o < call.bias.size(); ++o) v[o] = {call.bias[o], call.bias[o]};
    for (const LinearSource& s : call.sources) {
      if (!IsTerm(s)) continue;
      const auto acc = Accumulators<float>(call, s, s.weights);
      for (size_t o = 0; o < v.size(); ++o) {
        v[o].low += s.scale * acc[o].low;
        v[o].high += s.scale * acc[o].high;
      }
      const double largest = s.weights.empty() ? kMaxWeight : Largest(s.weights);
      least = std::max(least, s.scale * largest / kMaxWeight / kMaxMultiplier);
    }
    for (const Interval& r : v) {
      least = std::max(least, std::max(-r.low, r.high) / kMaxValue);
    }
  }
  return least;
}

// value_scale for which the result is as fine as it can use (or, where that does not fit, as it can
// be), and tables are small.
double ChooseValueScale(std::span<const LinearCall> calls, const LaneTarget& target,
                        const TableOptions& options) {
  // A margin for rounded weights; where it is too small, the caller widens.
  double least = 1.0005 * LeastValueScale(calls);
  const bool wide = tensor::RangeOf(target.element).Magnitude() > 256;
  // Such results have steps to spare.
  if (wide) least *= static_cast<double>(1 << 16) / options.wide_entries;
  const double unit = target.scale / kCut;
  double terms = 0, smallest = INFINITY;
  for (const LinearCall& call : calls) {
    for (const LinearSource& s : call.sources) {
      if (!IsTerm(s)) continue;
      ++terms;
      if (s.weights.empty()) smallest = std::min(smallest, s.scale);
    }
  }
  const double steps =
      IsClip(target) ? 1 : options.resolution * std::clamp(MaxSlope(target), 1.0 / 16, 4.0);
  double scale = unit / steps;
  if (scale < least) {
    // Powers of two, so that layers share tables; bytes need all the steps they can get.
    const double possible = unit / least;
    scale = wide || possible >= 2 ? unit / std::exp2(std::floor(std::log2(possible))) : least;
  }
  if (smallest == INFINITY || smallest / scale >= 512) return scale;
  // Multipliers of what has no weights are integers, and not to be coarse.
  if (terms == 1) {
    const double multiplier =
        std::max(1.0, std::min(std::ceil(4 * smallest / unit), std::floor(smallest / least)));
    if (smallest / multiplier < least / 1.0005) {
      throw CompileError("a product too large for the bound of the sum");
    }
    return smallest / multiplier;
  }
  while (smallest / scale < 512 && scale / 2 >= least) scale /= 2;
  if (smallest / scale >= 512) return scale;
  const double multiplier = std::floor(smallest / scale);
  if (multiplier < 1) throw CompileError("a term is too fine for the bound of the sum");
  return std::max(scale, smallest / multiplier);
}

std::vector<int16_t> RoundWeights(const std::vector<float>& weights, double scale) {
  std::vector<int16_t> rounded(weights.size());
  std::ranges::transform(weights, rounded.begin(), [&](float w) {
    return static_cast<int16_t>(
        std::clamp(std::nearbyint(static_cast<double>(w) / scale), -kMaxWeight, kMaxWeight));
  });
  return rounded;
}

// False: v may leave its bound.
bool TryScale(std::span<const LinearCall> calls, double scale, QuantizedLayer& layer) {
  layer.value_scale = scale;
  layer.multipliers.assign(calls.size(), {});
  layer.weights.assign(calls.size(), {});
  layer.bias.assign(calls.size(), {});
  layer.facts = {};
  layer.facts.value_scale = scale;
  int64_t first = INT64_MAX, last = INT64_MIN;
  // The weights of corresponding sources have one scale in all calls.
  std::vector<double> largest(tensor::kMaxSources);
  for (const LinearCall& call : calls) {
    for (size_t g = 0; g < call.sources.size(); ++g) {
      const LinearSource& s = call.sources[g];
      if (!s.weights.empty()) largest[g] = std::max(largest[g], s.scale * Largest(s.weights));
    }
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    const LinearCall& call = calls[i];
    std::vector<Interval> v(call.out.kind == Kind::kImage ? call.out.planes : call.out.width);
    if (!call.bias.empty()) {
      for (size_t o = 0; o < v.size(); ++o) {
        const double b = std::nearbyint(call.bias[o] / scale);
        if (!(std::abs(b) < kMaxValue)) return false;
        layer.bias[i].push_back(static_cast<int32_t>(b));
        v[o] = {b, b};
      }
    }
    for (size_t g = 0; g < call.sources.size(); ++g) {
      const LinearSource& s = call.sources[g];
      layer.weights[i].emplace_back();
      layer.multipliers[i].push_back(1);
      if (!IsTerm(s)) continue;
      double multiplier = 0;
      std::vector<Interval> acc;
      if (s.weights.empty()) {
        multiplier = std::nearbyint(s.scale / scale);
        if (multiplier < 1) throw CompileError("a term is too fine for the bound of the sum");
        acc = Accumulators<float>(call, s, {});
      } else {
        multiplier = std::max(1.0, std::ceil(largest[g] / kMaxWeight / scale));
        const double weight_scale = scale * multiplier / s.scale;
        layer.weights[i][g] = RoundWeights(s.weights, weight_scale);
        acc = Accumulators<int16_t>(call, s, layer.weights[i][g]);
        int16_t greatest = 0;
        for (const int16_t w : layer.weights[i][g]) {
          greatest = std::max(greatest, static_cast<int16_t>(std::abs(w)));
        }
        if (layer.facts.weight_scale == 0) layer.facts.weight_scale = weight_scale;
        layer.facts.weight_bits =
            std::max(layer.facts.weight_bits, 1 + std::bit_width(static_cast<uint16_t>(greatest)));
      }
      if (multiplier > kMaxMultiplier) return false;
      layer.multipliers[i][g] = static_cast<uint32_t>(multiplier);
      for (size_t o = 0; o < v.size(); ++o) {
        v[o].low += multiplier * acc[o].low;
        v[o].high += multiplier * acc[o].high;
      }
    }
    for (const Interval& r : v) {
      if (std::max(-r.low, r.high) > kMaxValue) return false;
      first = std::min(first, tensor::Requantize(static_cast<int64_t>(r.low)));
      last = std::max(last, tensor::Requantize(static_cast<int64_t>(r.high)));
    }
  }
  layer.facts.first_y = first;
  layer.facts.last_y = last;
  return true;
}

}  // namespace

bool IsClip(const LaneTarget& target) {
  if (!target.function) return true;
  const tensor::Range range = tensor::RangeOf(target.element);
  const double reach = 1.5 * target.scale * static_cast<double>(range.Magnitude());
  constexpr int kPoints = 97;
  const double step = reach / (8 * kPoints), tolerance = 1e-6 * reach;
  std::vector<double> points;  // each with its neighbours
  for (int i = -kPoints; i <= kPoints; ++i) {
    const double x = reach * i / kPoints;
    points.insert(points.end(), {x - step, x, x + step});
  }
  const std::vector<double> values = target.function(points);
  for (size_t i = 0; i < points.size(); i += 3) {
    const double y = values[i + 1];
    const bool same = std::abs(y - points[i + 1]) <= tolerance;
    const bool flat =
        std::abs(values[i + 2] - y) <= tolerance / 8 || std::abs(values[i] - y) <= tolerance / 8;
    if (!same && !flat) return false;
  }
  return true;
}

double MaxSlope(const LaneTarget& target) {
  const tensor::Range range = tensor::RangeOf(target.element);
  const double low = target.scale * static_cast<double>(range.low);
  const double high = target.scale * static_cast<double>(range.high);
  const double reach = target.scale * static_cast<double>(range.Magnitude());
  std::vector<double> points;
  constexpr int kPoints = 512;
  for (const double span : {2.0, 64.0}) {
    for (int i = -kPoints; i <= kPoints; ++i) {
      const double x = span * reach * i / kPoints;
      points.insert(points.end(), {x, x + target.scale});
    }
  }
  const std::vector<double> values = target.function(points);
  double slope = 0;
  for (size_t i = 0; i < points.size(); i += 2) {
    const double a = std::clamp(values[i], low, high), b = std::clamp(values[i + 1], low, high);
    if (std::isfinite(a) && std::isfinite(b)) slope = std::max(slope, std::abs(b - a));
  }
  return slope / target.scale;
}

TableData MakeTable(const LaneTarget& target, int64_t first, int64_t last, double unit) {
  const tensor::Range range = tensor::RangeOf(target.element);
  const auto low = static_cast<double>(range.low), high = static_cast<double>(range.high);
  if (!(target.scale > 0) || !std::isfinite(target.scale)) {
    throw CompileError("the scale of a result is not positive");
  }
  TableData table;
  table.first = static_cast<int32_t>(first);
  std::vector<double> points;
  points.reserve(static_cast<size_t>(last - first + 1));
  for (int64_t y = first; y <= last; ++y) points.push_back(static_cast<double>(y) * unit);
  table.entries.reserve(points.size());
  for (const double image : target.function(points)) {
    const double lane = std::isnan(image) ? 0 : std::nearbyint(image / target.scale);
    table.entries.push_back(static_cast<int16_t>(std::clamp(lane, low, high)));
  }
  return table;
}

QuantizedLayer QuantizeLayer(std::span<const LinearCall> calls, const LaneTarget& target,
                             const TableOptions& options) {
  if (!(target.scale > 0) || !std::isfinite(target.scale)) {
    throw CompileError("the scale of a result is not positive");
  }
  double scale = ChooseValueScale(calls, target, options);
  QuantizedLayer layer;
  for (int tries = 0; !TryScale(calls, scale, layer); ++tries) {
    if (tries == 200)
      throw CompileError("the sum leaves the bound 2^29 at any scale of its weights");
    scale *= 1.01;
  }
  layer.facts.steps_per_unit = target.scale / (scale * kCut);
  layer.table = MakeTable(target, layer.facts.first_y, layer.facts.last_y, scale * kCut);
  return layer;
}

}  // namespace zkvm::compiler
