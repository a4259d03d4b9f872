#include "cli/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cli/memory_model.h"
#include "cli/numbers.h"
#include "cli/table.h"
#include "isa/disassemble.h"
#include "stark/prover.h"
#include "vm/machine.h"
#include "vm/recorder.h"

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

RunReport::RunReport(const Program& program, const CountedExecution& execution,
                     const ExecutorOptions& options, const Preset& preset)
    : stats_(MakeStats(program, execution)), markers_(execution.result.markers), preset_(preset) {
  ExecutorOptions silent = options;
  silent.on_stderr = nullptr;
  const Recording recording = RecordExecution(program, silent);
  if (recording.result.fault) {
    does_not_fit_ = recording.result.fault->reason;
    return;
  }
  tables_ = TableCosts(program, recording.record);
  const Heights heights = HeightsOf(tables_);
  cells_ = CommittedCells(Rv32Machine(), heights);
  memory_ = PredictMemory(preset, heights).process;
  seconds_ = PredictSeconds(preset, heights);
}

std::string RunReport::Share(uint64_t cycles) const {
  return FormatShare(static_cast<double>(cycles) / static_cast<double>(stats_.cycles));
}

void RunReport::Print(std::FILE* file) const {
  Facts facts;
  facts.Add("cycles", FormatCount(stats_.cycles));
  if (tables_.empty()) {
    facts.Add("proof", "does not fit one: " + does_not_fit_);
  } else {
    facts.Add("proof", fmt::format("about {} and {} of memory ({})", FormatSeconds(seconds_),
                                   FormatBytes(memory_), preset_.name));
    facts.Add("cells",
              fmt::format("{}, {:.1f} a cycle", FormatCount(cells_),
                          static_cast<double>(cells_) / static_cast<double>(stats_.cycles)));
  }
  facts.Print(file);
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
  if (tables_.empty()) return;
  Table table(
      {{"table", Table::Align::kLeft}, {"rows"}, {"padded"}, {"columns"}, {"cells"}, {"share"}});
  for (const TableCost& cost : tables_) {
    if (cost.height == 0) continue;
    table.Add({std::string(cost.name), FormatCount(cost.rows), FormatCount(cost.height),
               std::to_string(cost.columns), FormatCount(cost.cells()),
               FormatShare(static_cast<double>(cost.cells()) / static_cast<double>(cells_))});
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
  if (tables_.empty()) {
    json["does_not_fit"] = does_not_fit_;
    return json;
  }
  for (const TableCost& cost : tables_) {
    json["tables"].push_back({{"name", cost.name},
                              {"rows", cost.rows},
                              {"padded", cost.height},
                              {"columns", cost.columns},
                              {"cells", cost.cells()}});
  }
  json["prediction"] = {{"preset", preset_.name},
                        {"cells", cells_},
                        {"memory_bytes", memory_},
                        {"seconds", seconds_}};
  return json;
}

}  // namespace zkvm
