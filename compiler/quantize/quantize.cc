#include "compiler/quantize/quantize.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "compiler/codegen/evaluator.h"
#include "compiler/passes/linear_forms.h"
#include "compiler/passes/normalization.h"
#include "compiler/passes/passes.h"
#include "compiler/passes/quantized_operators.h"
#include "compiler/passes/recurrent.h"
#include "compiler/passes/rewrite.h"
#include "compiler/passes/split_products.h"
#include "compiler/quantize/distributions.h"
#include "compiler/quantize/layer.h"
#include "compiler/quantize/measurement.h"
#include "compiler/quantize/program_writer.h"
#include "compiler/quantize/report_writer.h"
#include "compiler/quantize/representation.h"

namespace zkvm::compiler {
namespace {

constexpr int kMaxRounds = 6;

// Nodes that are recognised by what they compute together.
void Recognise(Graph& graph, Evaluator& evaluator) {
  WidenQuantizedOperators(graph);
  HoistDequantization(graph);
  SimplifyLinear(graph, /*dequantize=*/true);
  UnrollRecurrent(graph);
  WriteTransposedConvolutions(graph);
  WriteNearestAsGather(graph, evaluator);
  RecogniseNormalizations(graph);
  FlattenNormalizations(graph);
  RecogniseSoftmax(graph);
  WriteMasksAsSums(graph);
  RemoveDeadNodes(graph);
  MoveNormalizationScales(graph);
  SplitProducts(graph);
  RemoveDeadNodes(graph);
}

// A choice of representations and what came of it.
struct Attempt {
  std::set<ValueId> wide;  // roots
  WrittenProgram written;
  Measurement measurement;
};

class Quantizer {
 public:
  Quantizer(Graph graph, std::span<const std::vector<Literal>> samples,
            const QuantizeOptions& options)
      : graph_(std::move(graph)), samples_(samples), options_(options) {}

  Quantized Run() {
    Recognise(graph_, evaluator_);
    Progress("calibrating", 0);
    const Distributions distributions(graph_, samples_, evaluator_);
    const std::vector<Layer> layers = FindLayers(graph_);
    const Representations representations(graph_, layers, distributions);
    layers_ = &layers;
    representations_ = &representations;
    Progress("quantizing", 0.3);

    Attempt best = Try({});
    int rounds = 1;
    for (std::set<ValueId> refused; rounds < kMaxRounds; ++rounds) {
      if (best.measurement.OutputError() <= options_.target_error || options_.target_error == 0) {
        break;
      }
      const std::vector<ValueId> next = Widen(best.wide, refused);
      if (next.empty()) break;
      std::set<ValueId> wide = best.wide;
      wide.insert(next.begin(), next.end());
      Progress("widening", 0.3 + 0.6 * rounds / kMaxRounds);
      Attempt attempt = Try(std::move(wide));
      if (attempt.measurement.OutputError() < best.measurement.OutputError()) {
        best = std::move(attempt);
        refused.clear();
      } else {
        refused.insert(next.begin(), next.end());
      }
    }

    Quantized result;
    result.report = WriteReport(graph_, layers, best.written, best.measurement, distributions);
    AddEquality(best.measurement, layers, result.report);
    result.report.samples = samples_.size();
    result.report.measured = (samples_.size() + Stride() - 1) / Stride();
    result.report.target_error = options_.target_error;
    result.report.rounds = rounds;
    if (options_.target_error > 0 && result.report.output_error > options_.target_error) {
      result.report.warnings.push_back(
          "the target error of " + Percent(options_.target_error) + " was not reached: it is " +
          Percent(result.report.output_error) + " with sixteen bits wherever that helps");
    }
    result.input_scales = std::move(best.written.input_scales);
    result.output_scales = std::move(best.written.output_scales);
    result.program = std::move(*best.written.program);
    Progress("quantizing", 1);
    return result;
  }

 private:
  void Progress(std::string_view phase, double done) const {
    if (options_.progress) options_.progress(phase, done);
  }

  // How close layers come to the integers of a model that came quantized.
  void AddEquality(const Measurement& measurement, const std::vector<Layer>& layers,
                   QuantizationReport& report) const {
    for (size_t i = 0; i < layers.size(); ++i) {
      if (!representations_->IsGiven(layers[i].output())) continue;
      if (measurement.layers[i].count == 0) continue;
      report.layers[i].equal = measurement.layers[i].EqualShare();
    }
  }

  // Every how manieth sample is measured.
  size_t Stride() const {
    const size_t wanted = std::max<size_t>(1, options_.measured_samples);
    return std::max<size_t>(1, (samples_.size() + wanted - 1) / wanted);
  }

  Attempt Try(std::set<ValueId> wide) {
    Attempt attempt;
    attempt.written = WriteProgram(graph_, *layers_, representations_->Choose(wide), evaluator_);
    attempt.measurement =
        Measure(graph_, *layers_, attempt.written, samples_, Stride(), evaluator_);
    attempt.wide = std::move(wide);
    return attempt;
  }

  // The third of the narrow values that are rounded worst, in proportion to what they hold.
  std::vector<ValueId> Widen(const std::set<ValueId>& wide,
                             const std::set<ValueId>& refused) const {
    const auto chosen = representations_->Choose(wide);
    std::vector<std::pair<double, ValueId>> losses;
    for (size_t v = 0; v < chosen.size(); ++v) {
      const auto value = static_cast<ValueId>(v);
      if (!chosen[v] || representations_->Root(value) != value || wide.contains(value) ||
          refused.contains(value) || !representations_->CanWiden(value)) {
        continue;
      }
      const Distribution& d = representations_->DistributionOf(value);
      const double bound = chosen[v]->scale * RangeOfLanes(chosen[v]->element).high;
      if (d.MeanSquare() == 0) continue;
      losses.emplace_back(d.RoundingError(chosen[v]->scale, bound) / d.MeanSquare(), value);
    }
    std::ranges::sort(losses, std::greater());
    losses.resize((losses.size() + 2) / 3);
    std::vector<ValueId> values;
    for (const auto& [loss, value] : losses) values.push_back(value);
    return values;
  }

  Graph graph_;
  std::span<const std::vector<Literal>> samples_;
  const QuantizeOptions& options_;
  Evaluator evaluator_;
  const std::vector<Layer>* layers_ = nullptr;
  const Representations* representations_ = nullptr;
};

}  // namespace

Quantized Quantize(Graph graph, std::span<const std::vector<Literal>> samples,
                   const QuantizeOptions& options) {
  return Quantizer(std::move(graph), samples, options).Run();
}

}  // namespace zkvm::compiler
