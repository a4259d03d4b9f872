#include "cli/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cli/numbers.h"
#include "cli/table.h"
#include "isa/disassemble.h"

namespace zkvm {
namespace {

constexpr size_t kFunctionsShown = 20;
constexpr size_t kLongestName = 60;

std::string Shortened(const std::string& name) {
  return name.size() <= kLongestName ? name : name.substr(0, kLongestName - 3) + "...";
}

// The ops that were executed, most often first.
std::vector<std::pair<uint64_t, Op>> OpsByCycles(const Stats& stats) {
  std::vector<std::pair<uint64_t, Op>> ops;
  for (size_t op = 0; op < stats.op_cycles.size(); ++op) {
    if (stats.op_cycles[op] > 0) ops.emplace_back(stats.op_cycles[op], static_cast<Op>(op));
  }
  std::ranges::stable_sort(ops, [](const auto& a, const auto& b) { return a.first > b.first; });
  return ops;
}

}  // namespace

RunReport::RunReport(const ModelProgram& program, const CountedExecution& execution,
                     const ExecutorOptions& options, const Preset& preset)
    : stats_(MakeStats(program.program, execution)),
      markers_(execution.result.markers),
      proof_(EstimateProof(program.program, options, preset)) {
  if (!program.info || !proof_.does_not_fit.empty()) return;
  ExecutorOptions silent = options;
  silent.on_stderr = nullptr;
  silent.model = proof_.model ? &proof_.model->model : nullptr;
  layers_.emplace(*program.info, LayerCosts(program, ExecuteModel(program, silent),
                                            proof_.model ? &proof_.model->lowered : nullptr));
}

std::string RunReport::Share(uint64_t cycles) const {
  return FormatShare(static_cast<double>(cycles) / static_cast<double>(stats_.cycles));
}

void RunReport::Print(std::FILE* file) const {
  Facts facts;
  facts.Add("cycles", FormatCount(stats_.cycles));
  facts.Add("proof", proof_.OneLine());
  if (!proof_.tables.empty()) {
    facts.Add("cells",
              fmt::format("{}, {:.1f} a cycle", FormatCount(proof_.cells),
                          static_cast<double>(proof_.cells) / static_cast<double>(stats_.cycles)));
  }
  if (layers_) {
    facts.Add("in precompiles",
              FormatShare(layers_->TensorShare()) + " of the cells of instructions and calls");
  }
  facts.Print(file);
  if (layers_) {
    fmt::print(file, "\n");
    layers_->Print(file);
  }
  PrintInstructions(file);
  PrintFunctions(file);
  PrintMarkers(file);
  PrintTables(file);
}

void RunReport::PrintInstructions(std::FILE* file) const {
  Table table({{"instruction", Table::Align::kLeft}, {"cycles"}, {"share"}});
  for (const auto& [cycles, op] : OpsByCycles(stats_)) {
    table.Add({std::string(Mnemonic(op)), FormatCount(cycles), Share(cycles)});
  }
  fmt::print(file, "\n");
  table.Print(file);
}

void RunReport::PrintFunctions(std::FILE* file) const {
  Table table({{"function", Table::Align::kLeft}, {"cycles"}, {"share"}});
  uint64_t rest = 0;
  for (size_t i = 0; i < stats_.functions.size(); ++i) {
    const FunctionCycles& function = stats_.functions[i];
    if (i < kFunctionsShown) {
      table.Add({Shortened(function.name), FormatCount(function.cycles), Share(function.cycles)});
    } else {
      rest += function.cycles;
    }
  }
  if (rest > 0) {
    const size_t others = stats_.functions.size() - kFunctionsShown;
    table.Add({fmt::format("({} others)", others), FormatCount(rest), Share(rest)});
  }
  fmt::print(file, "\n");
  table.Print(file);
}

void RunReport::PrintMarkers(std::FILE* file) const {
  if (markers_.empty()) return;
  Table table({{"marker", Table::Align::kLeft}, {"entries"}, {"cycles"}, {"share"}});
  for (const Marker& marker : markers_) {
    table.Add({Shortened(marker.name), FormatCount(marker.entries), FormatCount(marker.cycles),
               Share(marker.cycles)});
  }
  fmt::print(file, "\n");
  table.Print(file);
}

void RunReport::PrintTables(std::FILE* file) const {
  if (proof_.tables.empty()) return;
  Table table(
      {{"table", Table::Align::kLeft}, {"rows"}, {"padded"}, {"columns"}, {"cells"}, {"share"}});
  for (const TableCost& cost : proof_.tables) {
    if (cost.height == 0) continue;
    table.Add({std::string(cost.name), FormatCount(cost.rows), FormatCount(cost.height),
               std::to_string(cost.columns), FormatCount(cost.cells()),
               FormatShare(static_cast<double>(cost.cells()) / static_cast<double>(proof_.cells))});
  }
  fmt::print(file, "\n");
  table.Print(file);
}

nlohmann::ordered_json RunReport::Json() const {
  nlohmann::ordered_json json;
  json["cycles"] = stats_.cycles;
  for (const auto& [cycles, op] : OpsByCycles(stats_)) {
    json["instructions"][std::string(Mnemonic(op))] = cycles;
  }
  for (const FunctionCycles& function : stats_.functions) {
    json["functions"].push_back({{"name", function.name}, {"cycles", function.cycles}});
  }
  json["markers"] = nlohmann::ordered_json::array();
  for (const Marker& marker : markers_) {
    json["markers"].push_back(
        {{"name", marker.name}, {"entries", marker.entries}, {"cycles", marker.cycles}});
  }
  if (layers_) json["layers"] = layers_->Json();
  if (!proof_.does_not_fit.empty()) {
    json["does_not_fit"] = proof_.does_not_fit;
    return json;
  }
  for (const TableCost& cost : proof_.tables) {
    json["tables"].push_back({{"name", cost.name},
                              {"rows", cost.rows},
                              {"padded", cost.height},
                              {"columns", cost.columns},
                              {"cells", cost.cells()}});
  }
  json["prediction"] = proof_.Json();
  return json;
}

}  // namespace zkvm
