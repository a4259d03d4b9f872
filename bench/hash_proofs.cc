// Compressions of SHA-256 and BLAKE3: in plain instructions and as calls of the machine. A table on
// standard output; bench/README.md says what it shows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "stark/layout.h"
#include "vm/machine.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

struct Case {
  std::string program;
  uint32_t compressions;
};

// The calls fill tables of 2^14 and 2^18 rows.
const std::vector<Case> kCases = {{"sha256", 200}, {"sha256_call", 963},  {"sha256_call", 15420},
                                  {"blake3", 400}, {"blake3_call", 1092}, {"blake3_call", 17476}};

Json Measure(const Program& program, uint32_t compressions, const Preset& preset) {
  std::vector<uint8_t> input(4);
  for (size_t i = 0; i < 4; ++i) input[i] = static_cast<uint8_t>(compressions >> (8 * i));
  const ProvingKey key = MakeProvingKey(program, preset);
  Stopwatch watch;
  Recording recording = RecordExecution(program, {.input = input});
  if (recording.result.fault) Fail(recording.result.fault->Message());
  const Outcome outcome{recording.result.exit_code, recording.result.journal};
  const std::vector<uint8_t> proof =
      ProveExecution(key, program, std::move(recording.record), outcome);
  const double seconds = watch.Lap();
  const double peak = PeakMiB();
  VerifiedProof verified;
  watch.Lap();
  const Status status = VerifyProof(key.verifying_key, proof, &verified);
  const double verify_seconds = watch.Lap();
  if (!status.ok()) Fail("the proof is rejected: " + status.message());
  Json json;
  json["cycles"] = recording.result.cycles;
  json["cells"] = CommittedCells(Rv32Machine(), verified.heights);
  json["seconds"] = seconds;
  json["peak_mib"] = peak;
  json["proof_kib"] = static_cast<double>(proof.size()) / 1024;
  json["verify_ms"] = 1e3 * verify_seconds;
  return json;
}

int Main(int argc, char** argv) {
  std::string preset_name = "fast100";
  std::string folder = ZKVM_BENCH_PROGRAMS;
  CLI::App app("Proves compressions of hash functions and prints what one takes.");
  app.add_option("--preset", preset_name, "fast100 or std100");
  app.add_option("--folder", folder, "folder of the compiled programs");
  CLI11_PARSE(app, argc, argv);
  const Preset* preset = FindPreset(std::string_view(preset_name));
  if (preset == nullptr) Fail("no preset " + preset_name);

  fmt::print(
      "| program | compressions | cycles each | cells each | ms each | s | MiB | proof KiB | "
      "verify ms |\n|---|---|---|---|---|---|---|---|---|\n");
  for (const auto& [name, compressions] : kCases) {
    const Program program = LoadGuest(folder + "/" + name + ".elf");
    const auto json =
        MeasureInChild([&, n = compressions] { return Measure(program, n, *preset); });
    if (!json) Fail(name + ": the measurement failed");
    const double each = 1.0 / compressions;
    const Json& j = *json;
    fmt::print("| {} | {} | {:.0f} | {:.0f} | {:.3f} | {:.2f} | {:.0f} | {:.0f} | {:.1f} |\n", name,
               compressions, j["cycles"].get<double>() * each, j["cells"].get<double>() * each,
               1e3 * j["seconds"].get<double>() * each, j["seconds"].get<double>(),
               j["peak_mib"].get<double>(), j["proof_kib"].get<double>(),
               j["verify_ms"].get<double>());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace zkvm

int main(int argc, char** argv) { return zkvm::Main(argc, argv); }
