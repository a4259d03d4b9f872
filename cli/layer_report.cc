#include "cli/layer_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "cli/numbers.h"
#include "cli/table.h"

namespace zkvm {
namespace {

using compiler::LayerInfo;
using compiler::ModelInfo;

constexpr size_t kLongestName = 40;

// The end of a name says more than its beginning ("/encoder/layers.0/attention/MatMul").
std::string Shortened(const std::string& name) {
  if (name.size() <= kLongestName) return name;
  return "..." + name.substr(name.size() - (kLongestName - 3));
}

std::string FormatError(const std::optional<double>& error) {
  return error ? fmt::format("{:.3f} %", 100 * *error) : "";
}

// Layers that are nothing but another view of a tensor are not worth a line.
bool IsShown(const LayerInfo& layer, const std::string& means) {
  return means != "free" || !layer.note.empty();
}

// Whether a layer is tensor calls, code, or both; "fused": its work is part of another layer's;
// "free": it has none.
std::vector<std::string> Means(const ModelInfo& info) {
  std::vector<std::pair<size_t, size_t>> counts(info.layers.size());  // calls, code
  for (const compiler::StepInfo& step : info.steps) {
    ++(step.descriptor ? counts[step.layer].first : counts[step.layer].second);
  }
  std::vector<std::string> means;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto [calls, code] = counts[i];
    std::string text;
    if (calls > 0) text = calls == 1 ? "1 call" : fmt::format("{} calls", calls);
    if (code > 0) text += text.empty() ? "code" : " + code";
    if (text.empty()) text = info.layers[i].weights > 0 ? "fused" : "free";
    means.push_back(text);
  }
  return means;
}

void AddTensors(Table& table, const char* kind, const std::vector<compiler::TensorInfo>& tensors) {
  for (const compiler::TensorInfo& tensor : tensors) {
    table.Add({kind, tensor.name, compiler::ToString(tensor.type),
               tensor.scale == 0 ? "" : fmt::format("{:.6g}", tensor.scale),
               NameOf(tensor.visibility)});
  }
}

}  // namespace

void PrintModel(const ModelInfo& info, std::FILE* file) {
  Facts facts;
  facts.Add("model", fmt::format("{} (BLAKE3 {})", info.source, info.source_blake3));
  for (const auto& [name, extent] : info.dims) {
    facts.Add("dimension", fmt::format("{} = {}", name, extent));
  }
  if (const auto& calibration = info.calibration) {
    facts.Add("arithmetic",
              fmt::format("integers, calibrated on {} samples: outputs differ by {} "
                          "from the float model",
                          calibration->samples, FormatError(calibration->output_error)));
  } else {
    facts.Add("arithmetic", "exact: that of the model, floating point in software");
  }
  const std::pair<bool, const char*> own[] = {{info.own_preprocess, "zkvm_preprocess"},
                                              {info.own_postprocess, "zkvm_postprocess"},
                                              {info.own_main, "main"}};
  for (const auto& [defined, name] : own) {
    if (defined) facts.Add("own code", name);
  }
  facts.Print(file);
  Table table({{"", Table::Align::kLeft},
               {"name", Table::Align::kLeft},
               {"type", Table::Align::kLeft},
               {"scale"},
               {"journal", Table::Align::kLeft}});
  AddTensors(table, "input", info.inputs);
  AddTensors(table, "output", info.outputs);
  fmt::print(file, "\n");
  table.Print(file);
}

LayerReport::LayerReport(const ModelInfo& info, std::vector<LayerCost> costs,
                         std::vector<LayerError> errors)
    : info_(info), costs_(std::move(costs)), errors_(std::move(errors)) {
  for (const LayerCost& cost : costs_) cells_ += cost.cells();
  if (!errors_.empty()) return;
  for (const LayerInfo& layer : info.layers) errors_.push_back({layer.error, layer.saturation});
}

double LayerReport::TensorShare() const {
  uint64_t tensor_cells = 0;
  for (const LayerCost& cost : costs_) tensor_cells += cost.tensor_cells;
  return cells_ == 0 ? 0 : static_cast<double>(tensor_cells) / static_cast<double>(cells_);
}

void LayerReport::Print(std::FILE* file) const {
  std::vector<Table::Column> columns = {
      {"layer", Table::Align::kLeft}, {"operation", Table::Align::kLeft},
      {"as", Table::Align::kLeft},    {"element", Table::Align::kLeft},
      {"shape", Table::Align::kLeft}, {"weights"}};
  if (info_.quantized()) columns.insert(columns.end(), {{"error"}, {"saturated"}});
  if (!costs_.empty()) columns.insert(columns.end(), {{"cycles"}, {"cells"}, {"share"}});
  Table table(std::move(columns));
  const auto add_cost = [&](std::vector<std::string>& row, const LayerCost& cost) {
    row.push_back(FormatCount(cost.cycles));
    row.push_back(FormatCount(cost.cells()));
    row.push_back(FormatShare(static_cast<double>(cost.cells()) /
                              static_cast<double>(std::max<uint64_t>(cells_, 1))));
  };
  const std::vector<std::string> means = Means(info_);
  size_t hidden = 0;
  for (size_t i = 0; i < info_.layers.size(); ++i) {
    const LayerInfo& layer = info_.layers[i];
    if (!IsShown(layer, means[i])) {
      ++hidden;
      continue;
    }
    std::vector<std::string> row = {Shortened(layer.name),
                                    layer.op.empty() ? "(copy)" : Shortened(layer.op),
                                    means[i],
                                    layer.element,
                                    layer.op.empty() ? "" : compiler::ToString(layer.shape),
                                    layer.weights == 0 ? "" : FormatCount(layer.weights)};
    if (info_.quantized()) {
      row.push_back(FormatError(errors_[i].error));
      row.push_back(FormatError(errors_[i].saturation));
    }
    if (!costs_.empty()) add_cost(row, costs_[i]);
    table.Add(std::move(row));
  }
  if (!costs_.empty()) {
    std::vector<std::string> row = {"(the rest of the program)", "", "code", "", "", ""};
    if (info_.quantized()) row.insert(row.end(), 2, "");
    add_cost(row, costs_.back());
    table.Add(std::move(row));
  }
  table.Print(file);
  if (hidden > 0) {
    fmt::print(file, "(and {} that only see elements otherwise, at no cost)\n", hidden);
  }
  std::set<std::string> noted;
  for (const LayerInfo& layer : info_.layers) {
    if (layer.note.empty()) continue;
    if (noted.empty()) fmt::print(file, "\n");
    if (noted.insert(layer.name + layer.note).second) {
      fmt::print(file, "{}: {}\n", layer.name, layer.note);
    }
  }
}

nlohmann::ordered_json LayerReport::Json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  const std::vector<std::string> means = Means(info_);
  const auto add_cost = [&](nlohmann::ordered_json& item, const LayerCost& cost) {
    item["cycles"] = cost.cycles;
    item["cells"] = cost.cells();
    item["tensor_cells"] = cost.tensor_cells;
    item["share"] =
        cells_ == 0 ? 0.0 : static_cast<double>(cost.cells()) / static_cast<double>(cells_);
  };
  for (size_t i = 0; i < info_.layers.size(); ++i) {
    const LayerInfo& layer = info_.layers[i];
    nlohmann::ordered_json item = {{"name", layer.name},   {"op", layer.op},
                                   {"as", means[i]},       {"element", layer.element},
                                   {"shape", layer.shape}, {"weights", layer.weights}};
    if (errors_[i].error) item["error"] = *errors_[i].error;
    if (errors_[i].saturation) item["saturation"] = *errors_[i].saturation;
    if (!layer.note.empty()) item["note"] = layer.note;
    if (!costs_.empty()) add_cost(item, costs_[i]);
    json.push_back(std::move(item));
  }
  if (!costs_.empty()) {
    nlohmann::ordered_json rest = {{"name", nullptr}};
    add_cost(rest, costs_.back());
    json.push_back(std::move(rest));
  }
  return json;
}

}  // namespace zkvm
