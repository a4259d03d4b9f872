#include "compiler/quantize/report_writer.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "precompiles/tensor/names.h"

namespace zkvm::compiler {
namespace {

// What is worth a warning: a layer with more of its values beyond the reach of its integers, and
// one whose result is further from the float model.
constexpr double kMuchSaturation = 0.001, kMuchError = 0.1;

uint64_t CountConstants(const Graph& graph, const Layer& layer) {
  uint64_t count = 0;
  for (const int32_t node : layer.nodes) {
    for (const ValueId input : graph.nodes[static_cast<size_t>(node)].inputs) {
      if (input == kNoValue || !graph.At(input).constant) continue;
      if (IsFloat(graph.At(input).type.dtype)) {
        count += static_cast<uint64_t>(graph.At(input).type.elements());
      }
    }
  }
  return count;
}

LayerReport ReportLayer(const Graph& graph, const Layer& layer, const WrittenLayer& written,
                        const std::map<ValueId, View>& views, const Difference& difference) {
  LayerReport report;
  report.name = graph.nodes[static_cast<size_t>(layer.node)].name;
  report.operators = OperatorsOf(graph, layer);
  report.tensor = written.tensor;
  const Type& type = graph.At(layer.output()).type;
  report.shape = type.shape;
  report.weights = CountConstants(graph, layer);
  report.error = difference.RelativeError();
  report.max_difference = difference.largest;
  report.saturation = difference.OutsideShare();
  report.note = written.reason;
  report.weight_bits = written.facts.weight_bits;
  const auto view = views.find(layer.output());
  if (written.tensor && view != views.end()) {
    report.element = tensor::NameOf(view->second.type.element);
    report.scale = view->second.scale;
  } else {
    report.element = NameOf(type.dtype);
  }
  return report;
}

void Warn(const LayerReport& layer, std::vector<std::string>& warnings) {
  const std::string who = fmt::format("layer '{}' ({})", layer.name, layer.operators);
  if (!layer.tensor) warnings.push_back(fmt::format("{} runs as code: {}", who, layer.note));
  if (layer.saturation > kMuchSaturation) {
    warnings.push_back(fmt::format("{} saturates: {} of its values are beyond its {} range", who,
                                   Percent(layer.saturation), layer.element));
  }
  if (layer.error > kMuchError) {
    warnings.push_back(fmt::format("{} loses accuracy: it is off by {} of the float values", who,
                                   Percent(layer.error)));
  }
}

}  // namespace

std::string Percent(double share) { return fmt::format("{:.3g} %", 100 * share); }

QuantizationReport WriteReport(const Graph& graph, const std::vector<Layer>& layers,
                               const WrittenProgram& written, const Measurement& measurement,
                               const Distributions& distributions) {
  QuantizationReport report;
  for (size_t i = 0; i < layers.size(); ++i) {
    report.layers.push_back(
        ReportLayer(graph, layers[i], written.layers[i], written.views, measurement.layers[i]));
    Warn(report.layers.back(), report.warnings);
    if (distributions.Of(layers[i].output()).not_finite() > 0) {
      report.warnings.push_back(
          fmt::format("layer '{}' is infinite or NaN for some samples, already in the float model",
                      report.layers.back().name));
    }
  }
  report.output_error = measurement.OutputError();
  report.agreement = measurement.Agreement();
  return report;
}

std::string ToJson(const QuantizationReport& report) {
  using nlohmann::json;
  json layers = json::array();
  for (const LayerReport& l : report.layers) {
    json layer = {{"name", l.name},
                  {"operators", l.operators},
                  {"kind", l.tensor ? "tensor" : "code"},
                  {"element", l.element},
                  {"shape", l.shape},
                  {"scale", l.scale},
                  {"weights", l.weights},
                  {"weight_bits", l.weight_bits},
                  {"error", l.error},
                  {"max_difference", l.max_difference},
                  {"saturation", l.saturation}};
    if (l.equal) layer["equal"] = *l.equal;
    if (!l.note.empty()) layer["note"] = l.note;
    layers.push_back(std::move(layer));
  }
  const json root = {{"layers", std::move(layers)},         {"warnings", report.warnings},
                     {"samples", report.samples},           {"measured", report.measured},
                     {"target_error", report.target_error}, {"output_error", report.output_error},
                     {"agreement", report.agreement},       {"rounds", report.rounds}};
  return root.dump(1);
}

}  // namespace zkvm::compiler
