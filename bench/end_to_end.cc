// Whole proofs of the guests in bench/programs, from 2^16 to 2^22 cycles: a table on standard
// output and, with --json, the same numbers for machines. bench/README.md explains the columns.
//
// Every case runs in a process of its own: nothing is warm, and the peak of memory is its own.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "stark/arena.h"
#include "stark/commitment.h"
#include "stark/layout.h"
#include "stark/parallel.h"
#include "vm/machine.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

std::vector<uint8_t> InputOf(uint32_t rounds) {
  std::vector<uint8_t> input(4);
  for (size_t i = 0; i < 4; ++i) input[i] = static_cast<uint8_t>(rounds >> (8 * i));
  return input;
}

uint64_t CyclesOf(const Program& program, uint32_t rounds) {
  const std::vector<uint8_t> input = InputOf(rounds);
  const ExecutionResult result = Execute(program, {.input = input});
  if (result.fault) Fail(result.fault->Message());
  return result.cycles;
}

// The most rounds that take no more than `cycles`.
uint32_t RoundsFor(const Program& program, uint64_t cycles) {
  uint32_t rounds = 1;
  while (CyclesOf(program, 2 * rounds) <= cycles) rounds *= 2;
  for (uint32_t step = rounds / 2; step > 0; step /= 2) {
    if (CyclesOf(program, rounds + step) <= cycles) rounds += step;
  }
  return rounds;
}

// The kernels alone: low-degree extension and Merkle tree of the columns that the proof commits to,
// filled with anything.
double FloorSeconds(const Preset& preset, const Heights& heights) {
  const Layout layout(Rv32Machine(), preset, heights);
  double seconds = 0;
  for (const TreeId id : {kMainTree, kGarbageTree, kFoldTree, kBusTree, kQuotientTree}) {
    const Tree& tree = layout.trees[id];
    if (!tree.exists()) continue;
    std::vector<Matrix> values;
    for (const ColumnGroup& group : tree.groups) {
      Matrix& matrix = values.emplace_back(size_t{1} << group.log_n, group.words());
      ParallelFor(0, matrix.cols(), 1, [&](size_t begin, size_t end) {
        for (size_t j = begin; j < end; ++j) {
          for (size_t i = 0; i < matrix.rows(); ++i) {
            matrix.column(j)[i] = Fp::FromU32(static_cast<uint32_t>(i * 2654435761u + j));
          }
        }
      });
    }
    Stopwatch watch;
    std::vector<Matrix> words;
    for (const Matrix& matrix : values) words.push_back(Extend(matrix, preset.log_blowup));
    const Commitment commitment(tree, std::move(words));
    seconds += watch.Lap();
  }
  return seconds;
}

Json Measure(const Program& program, const std::vector<uint8_t>& input, const Preset& preset) {
  Json json;
  Stopwatch watch;
  const ProvingKey key = MakeProvingKey(program, preset);
  const double key_seconds = watch.Lap();
  Recording recording = RecordExecution(program, {.input = input});
  const double record_seconds = watch.Lap();
  const double cycles = static_cast<double>(recording.result.cycles);
  const Outcome outcome{recording.result.exit_code, recording.result.journal};
  ProverReport report;
  watch.Lap();
  const std::vector<uint8_t> proof =
      ProveExecution(key, program, std::move(recording.record), outcome, &report);
  const double prove_seconds = watch.Lap();
  const double peak = PeakMiB();

  VerifiedProof verified;
  double verify_seconds = 1e9;
  for (int i = 0; i < 3; ++i) {
    watch.Lap();
    const Status status = VerifyProof(key.verifying_key, proof, &verified);
    verify_seconds = std::min(verify_seconds, watch.Lap());
    if (!status.ok()) Fail("the proof is rejected: " + status.message());
  }
  FloorSeconds(preset, verified.heights);  // warms the memory up
  const double floor_seconds = FloorSeconds(preset, verified.heights);

  json["cycles"] = recording.result.cycles;
  json["khz"] = cycles / (record_seconds + prove_seconds) / 1e3;
  json["cells_per_cycle"] =
      static_cast<double>(CommittedCells(Rv32Machine(), verified.heights)) / cycles;
  json["seconds"] = record_seconds + prove_seconds;
  json["key_seconds"] = key_seconds;
  json["phases"]["record"] = record_seconds;
  for (const auto& [name, seconds] : report.seconds) json["phases"][std::string(name)] = seconds;
  json["floor_seconds"] = floor_seconds;
  json["ratio"] = prove_seconds / floor_seconds;
  json["peak_mib"] = peak;
  json["proof_kib"] = static_cast<double>(proof.size()) / 1024;
  json["verify_ms"] = 1e3 * verify_seconds;
  return json;
}

void PrintHeader() {
  fmt::print(
      "| program | cycles | kHz | cells/cycle | s | record | trace | main | bus | quotient | "
      "openings | FRI | floor | ratio | MiB | proof KiB | verify ms |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
}

void PrintRow(const std::string& name, const Json& j) {
  fmt::print(
      "| {} | {} | {:.0f} | {:.1f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} "
      "| {:.2f} | {:.2f} | {:.2f} | {:.0f} | {:.0f} | {:.1f} |\n",
      name, j["cycles"].get<uint64_t>(), j["khz"].get<double>(), j["cells_per_cycle"].get<double>(),
      j["seconds"].get<double>(), PhaseSeconds(j, {"record"}), PhaseSeconds(j, {"trace"}),
      PhaseSeconds(j, {"main columns"}), PhaseSeconds(j, {"bus columns", "bus commitment"}),
      PhaseSeconds(j, {"quotient"}), PhaseSeconds(j, {"openings", "batch"}),
      PhaseSeconds(j, {"FRI", "queries"}), j["floor_seconds"].get<double>(),
      j["ratio"].get<double>(), j["peak_mib"].get<double>(), j["proof_kib"].get<double>(),
      j["verify_ms"].get<double>());
  std::fflush(stdout);
}

int Main(int argc, char** argv) {
  std::vector<std::string> programs = {"loop", "sha256", "sort", "floats", "mix"};
  std::vector<int> log_cycles = {16, 18, 20, 22};
  std::string preset_name = "fast100";
  std::string folder = ZKVM_BENCH_PROGRAMS;
  std::string json_path;
  CLI::App app("Proves the benchmark programs and prints what it took.");
  app.add_option("--program", programs, "programs to prove")->delimiter(',');
  app.add_option("--log-cycles", log_cycles, "log2 of the cycles to reach")->delimiter(',');
  app.add_option("--preset", preset_name, "fast100 or std100");
  app.add_option("--folder", folder, "folder of the compiled programs");
  app.add_option("--json", json_path, "also write the numbers to this file");
  CLI11_PARSE(app, argc, argv);
  const Preset* preset = FindPreset(std::string_view(preset_name));
  if (preset == nullptr) Fail("no preset " + preset_name);

  Json all = Json::array();
  PrintHeader();
  for (const std::string& name : programs) {
    const Program program = LoadGuest(folder + "/" + name + ".elf");
    for (const int log_n : log_cycles) {
      const uint32_t rounds = RoundsFor(program, uint64_t{1} << log_n);
      auto json = MeasureInChild([&] { return Measure(program, InputOf(rounds), *preset); });
      if (!json) Fail(name + ": the measurement failed");
      PrintRow(name, *json);
      (*json)["program"] = name;
      (*json)["preset"] = preset_name;
      all.push_back(std::move(*json));
    }
  }
  if (!json_path.empty()) std::ofstream(json_path) << all.dump(1) << "\n";
  return 0;
}

}  // namespace
}  // namespace zkvm

int main(int argc, char** argv) { return zkvm::Main(argc, argv); }
