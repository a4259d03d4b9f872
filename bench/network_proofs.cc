// Proofs of whole networks with random weights (bench/networks.cc): a table on standard output and,
// with --json, the same numbers for machines. bench/README.md explains the columns.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "bench/networks.h"
#include "vm/machine.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

// Committed cells by table, equal names together.
std::map<std::string, size_t> CellsByChip(const Heights& heights) {
  std::map<std::string, size_t> cells;
  for (size_t t = 0; t < heights.log_heights.size(); ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = Rv32Machine().tables[t].air->shape();
    cells[std::string(shape.name)] += shape.committed_columns() * heights.rows(t);
  }
  return cells;
}

// Proves twice: on new memory, whose pages the system has to clear first, and on used memory.
Json Measure(const Network& network, const Preset& preset) {
  Json json;
  const NetworkBuilder net = network.build();
  const Program program = NetworkBuilder(net).Build();
  Stopwatch watch;
  const ProvingKey key = MakeProvingKey(program, preset);
  json["key_seconds"] = watch.Lap();
  std::vector<uint8_t> proof;
  for (const char* run : {"cold_seconds", "seconds"}) {
    watch.Lap();
    Recording recording = RecordExecution(program, {.input = net.input()});
    const double record_seconds = watch.Lap();
    if (recording.result.fault) Fail(recording.result.fault->Message());
    const Outcome outcome{recording.result.exit_code, recording.result.journal};
    ProverReport report;
    proof = ProveExecution(key, program, std::move(recording.record), outcome, &report);
    json[run] = record_seconds + watch.Lap();
    json["cycles"] = recording.result.cycles;
    json["phases"]["record"] = record_seconds;
    for (const auto& [name, seconds] : report.seconds) json["phases"][std::string(name)] = seconds;
  }
  json["peak_mib"] = PeakMiB();

  VerifiedProof verified;
  double verify_seconds = 1e9;
  for (int i = 0; i < 3; ++i) {
    watch.Lap();
    const Status status = VerifyProof(key.verifying_key, proof, &verified);
    verify_seconds = std::min(verify_seconds, watch.Lap());
    if (!status.ok()) Fail("the proof is rejected: " + status.message());
  }
  json["weights"] = net.weights();
  json["outputs"] = net.outputs();
  json["multiplications"] = net.multiplications();
  json["proof_kib"] = static_cast<double>(proof.size()) / 1024;
  json["verify_ms"] = 1e3 * verify_seconds;
  json["cells"] = CommittedCells(Rv32Machine(), verified.heights);
  for (const auto& [chip, cells] : CellsByChip(verified.heights)) json["chips"][chip] = cells;
  return json;
}

void PrintRow(std::string_view name, const Json& j) {
  const auto millions = [&](const char* key) { return j[key].get<double>() / 1e6; };
  fmt::print(
      "| {} | {:.2f} | {:.3f} | {:.1f} | {:.1f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} "
      "| {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.0f} | {:.0f} | {:.1f} |\n",
      name, millions("weights"), millions("outputs"), millions("multiplications"),
      millions("cells"), j["key_seconds"].get<double>(), j["cold_seconds"].get<double>(),
      j["seconds"].get<double>(), PhaseSeconds(j, {"record"}), PhaseSeconds(j, {"trace"}),
      PhaseSeconds(j, {"main columns"}), PhaseSeconds(j, {"fold columns"}),
      PhaseSeconds(j, {"bus columns"}), PhaseSeconds(j, {"quotient"}),
      PhaseSeconds(j, {"openings", "batch"}), PhaseSeconds(j, {"FRI", "queries"}),
      j["peak_mib"].get<double>(), j["proof_kib"].get<double>(), j["verify_ms"].get<double>());
}

void PrintChips(const Json& j) {
  std::vector<std::pair<size_t, std::string>> chips;
  for (const auto& [name, cells] : j["chips"].items())
    chips.emplace_back(cells.get<size_t>(), name);
  std::sort(chips.rbegin(), chips.rend());
  fmt::print("|   |");
  for (size_t i = 0; i < std::min<size_t>(chips.size(), 10); ++i) {
    fmt::print(" {} {:.2f}M", chips[i].second, static_cast<double>(chips[i].first) / 1e6);
  }
  fmt::print(" |\n");
}

int Main(int argc, char** argv) {
  std::vector<std::string> names;
  std::string preset_name = "fast100";
  std::string json_path;
  bool chips = false;
  CLI::App app("Proves networks with random weights and prints what it took.");
  app.add_option("--network", names, "networks to prove; default: all")->delimiter(',');
  app.add_option("--preset", preset_name, "fast100 or std100");
  app.add_option("--json", json_path, "also write the numbers to this file");
  app.add_flag("--chips", chips, "also print the largest tables");
  CLI11_PARSE(app, argc, argv);
  const Preset* preset = FindPreset(std::string_view(preset_name));
  if (preset == nullptr) Fail("no preset " + preset_name);

  fmt::print(
      "| network | weights M | outputs M | MAC M | cells M | key s | cold s | s | record | trace | "
      "main "
      "| folds | bus | quotient | openings | FRI | MiB | proof KiB | verify ms |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  Json all = Json::array();
  for (const Network& network : Networks()) {
    if (!names.empty() && std::find(names.begin(), names.end(), network.name) == names.end()) {
      continue;
    }
    auto json = MeasureInChild([&] { return Measure(network, *preset); });
    if (!json) Fail(std::string(network.name) + ": the measurement failed");
    PrintRow(network.name, *json);
    if (chips) PrintChips(*json);
    std::fflush(stdout);
    (*json)["network"] = network.name;
    (*json)["preset"] = preset_name;
    all.push_back(std::move(*json));
  }
  if (!json_path.empty()) std::ofstream(json_path) << all.dump(1) << "\n";
  return 0;
}

}  // namespace
}  // namespace zkvm

int main(int argc, char** argv) { return zkvm::Main(argc, argv); }
