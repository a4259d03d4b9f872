#include "compiler/quantize/measurement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "compiler/tensor/interpreter.h"

namespace zkvm::compiler {

double Difference::RelativeError() const {
  if (square == 0) return 0;
  return reference_square > 0 ? std::sqrt(square / reference_square) : 1;
}

double Difference::OutsideShare() const {
  return count > 0 ? static_cast<double>(outside) / static_cast<double>(count) : 0;
}

double Difference::EqualShare() const {
  return count > 0 ? static_cast<double>(equal) / static_cast<double>(count) : 1;
}

double Measurement::OutputError() const {
  double error = 0;
  bool numbers = false;
  for (const Difference& output : outputs) {
    error = std::max(error, output.RelativeError());
    numbers |= output.count > 0;
  }
  return numbers ? error : 1 - Agreement();
}

double Measurement::Agreement() const {
  return rows > 0 ? static_cast<double>(agreeing_rows) / static_cast<double>(rows) : 1;
}

Literal QuantizeInput(const Literal& real, DType dtype, double scale) {
  const double low = dtype == DType::kUint8 ? 0 : dtype == DType::kInt8 ? -128 : -32768;
  const double high = dtype == DType::kUint8 ? 255 : dtype == DType::kInt8 ? 127 : 32767;
  std::vector<uint8_t> bytes;
  for (const double x : real.ToDoubles()) {
    const double lane = std::isnan(x) ? 0 : std::clamp(std::nearbyint(x / scale), low, high);
    const auto bits = static_cast<uint16_t>(static_cast<int32_t>(lane));
    bytes.push_back(static_cast<uint8_t>(bits));
    if (ByteSize(dtype) == 2) bytes.push_back(static_cast<uint8_t>(bits >> 8));
  }
  return Literal({dtype, real.shape()}, std::move(bytes));
}

namespace {

// Scores that a causal mask forbids are not compared.
constexpr double kMasked = -1000;

// Where the size depends on data, `values` has room for more than `reference`. NaN is infinitely
// far from a number.
void Compare(std::span<const double> values, std::span<const double> reference, double scale,
             double low, double high, bool masked, Difference& difference) {
  for (size_t i = 0; i < reference.size(); ++i) {
    const double wanted = reference[i];
    if (!std::isfinite(wanted) || (masked && wanted < kMasked)) continue;
    const double error = std::isnan(values[i]) ? std::numeric_limits<double>::infinity()
                                               : std::abs(values[i] - wanted);
    ++difference.count;
    difference.square += error * error;
    difference.reference_square += wanted * wanted;
    if (scale == 0) {
      difference.largest = std::max(difference.largest, error);
      continue;
    }
    difference.largest = std::max(difference.largest, error / scale);
    if (wanted > (high + 0.5) * scale || wanted < (low - 0.5) * scale) ++difference.outside;
    if (error < scale / 2) ++difference.equal;
  }
}

size_t FirstLargest(std::span<const double> row) {
  return static_cast<size_t>(std::ranges::max_element(row) - row.begin());
}

// One sample: values of the program next to those of the graph.
class Comparison {
 public:
  Comparison(const Graph& graph, const WrittenProgram& written, const Interpreter& run,
             const std::vector<Literal>& reference)
      : graph_(graph), written_(written), run_(run), reference_(reference) {}

  void Value(ValueId value, bool masked, Difference& difference) const {
    if (!IsFloat(graph_.At(value).type.dtype)) return;
    const std::vector<double> wanted = reference_[static_cast<size_t>(value)].ToDoubles();
    const auto view = written_.views.find(value);
    if (view == written_.views.end()) {
      Compare(run_.Get(value).ToDoubles(), wanted, 0, 0, 0, masked, difference);
      return;
    }
    const LaneRange range = RangeOfLanes(view->second.type.element);
    Compare(run_.Read(*written_.lowering, view->second), wanted, view->second.scale, range.low,
            range.high, masked, difference);
  }

  void Output(size_t k, Measurement& measurement) const {
    const ValueId value = graph_.outputs[k];
    if (!IsFloat(graph_.At(value).type.dtype)) return IntegerOutput(k, measurement);
    const double scale = written_.output_scales[k];
    std::vector<double> values = run_.Get(value).ToDoubles();
    if (scale != 0) {
      for (double& v : values) v *= scale;
    }
    const std::vector<double> wanted = reference_[static_cast<size_t>(value)].ToDoubles();
    Compare(values, wanted, 0, 0, 0, false, measurement.outputs[k]);
    const Shape& shape = graph_.At(value).type.shape;
    const auto width = static_cast<size_t>(shape.empty() ? 1 : shape.back());
    if (width < 2 || values.size() != wanted.size()) return;
    for (size_t row = 0; row + width <= values.size(); row += width) {
      ++measurement.rows;
      if (FirstLargest(std::span(values).subspan(row, width)) ==
          FirstLargest(std::span(wanted).subspan(row, width))) {
        ++measurement.agreeing_rows;
      }
    }
  }

 private:
  // Indices of maxima, classes: the same or not.
  void IntegerOutput(size_t k, Measurement& measurement) const {
    const ValueId value = graph_.outputs[k];
    const std::vector<double> values = run_.Get(value).ToDoubles();
    const std::vector<double> wanted = reference_[static_cast<size_t>(value)].ToDoubles();
    if (values.size() < wanted.size()) return;
    if (ByteSize(graph_.At(value).type.dtype) <= 2) {
      Compare(values, wanted, 0, 0, 0, false, measurement.outputs[k]);
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      ++measurement.rows;
      if (values[i] == wanted[i]) ++measurement.agreeing_rows;
    }
  }

  const Graph& graph_;
  const WrittenProgram& written_;
  const Interpreter& run_;
  const std::vector<Literal>& reference_;
};

}  // namespace

Measurement Measure(const Graph& graph, const std::vector<Layer>& layers,
                    const WrittenProgram& written, std::span<const std::vector<Literal>> samples,
                    size_t stride, Evaluator& evaluator) {
  Measurement measurement;
  measurement.layers.resize(layers.size());
  measurement.outputs.resize(graph.outputs.size());
  Interpreter run(*written.program,
                  [&](const Graph& g, const Node& node, std::span<const Literal> inputs) {
                    return evaluator.Run(g, node, inputs);
                  });
  for (size_t s = 0; s < samples.size(); s += stride) {
    for (size_t k = 0; k < graph.inputs.size(); ++k) {
      const ValueId input = graph.inputs[k];
      const float scale = written.input_scales[k];
      const DType dtype = written.program->graph.At(input).type.dtype;
      run.Set(input, scale == 0 ? samples[s][k] : QuantizeInput(samples[s][k], dtype, scale));
    }
    run.Run();
    const std::vector<Literal> reference = evaluator.RunGraph(graph, samples[s]);
    const Comparison comparison(graph, written, run, reference);
    for (size_t i = 0; i < layers.size(); ++i) {
      comparison.Value(layers[i].output(), layers[i].masked, measurement.layers[i]);
    }
    for (size_t k = 0; k < graph.outputs.size(); ++k) comparison.Output(k, measurement);
  }
  return measurement;
}

}  // namespace zkvm::compiler
