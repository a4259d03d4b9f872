// What tensor operations cost: cells and seconds of a proof for every output, and next to it, where
// there is a program for it, the same work as plain RV32IM, proven in the same run. bench/README.md
// explains the columns.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "tests/support/network_builder.h"
#include "vm/machine.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

struct Cost {
  double seconds = 0;
  double cells = 0;
};

// On used memory: the second of two proofs.
Cost Measure(const Program& program, const std::vector<uint8_t>& input) {
  const ProvingKey key = MakeProvingKey(program, kFast100);
  Cost cost;
  for (int run = 0; run < 2; ++run) {
    Stopwatch watch;
    Recording recording = RecordExecution(program, {.input = input});
    if (recording.result.fault) Fail(recording.result.fault->Message());
    const Outcome outcome{recording.result.exit_code, recording.result.journal};
    const std::vector<uint8_t> proof =
        ProveExecution(key, program, std::move(recording.record), outcome);
    cost.seconds = watch.Lap();
    VerifiedProof verified;
    const Status status = VerifyProof(key.verifying_key, proof, &verified);
    if (!status.ok()) Fail("the proof is rejected: " + status.message());
    cost.cells = static_cast<double>(CommittedCells(Rv32Machine(), verified.heights));
  }
  return cost;
}

// An operation, done `copies` times in one proof: often enough that its tables are nearly full.
struct Operation {
  std::string name;
  Tensor (*input)(NetworkBuilder& net);
  Tensor (*apply)(NetworkBuilder& net, const Tensor& x);
  uint32_t copies;
  double outputs;     // of one copy
  std::string plain;  // program in bench/programs for `plain_outputs` outputs a round; or empty
  double plain_outputs = 0;
  uint32_t plain_rounds = 0;
};

const std::vector<Operation>& Operations() {
  static const std::vector<Operation> kOperations = {
      {"dense 256 to 256, 64 tokens",
       [](NetworkBuilder& net) { return net.Input(SequenceType(64, 256)); },
       [](NetworkBuilder& net, const Tensor& x) { return net.Dense(x, {.outputs = 256}); }, 63,
       64 * 256, "dense", 256, 16},
      {"conv 3x3, 16 to 16 channels, 16x16",
       [](NetworkBuilder& net) { return net.Input(ImageType(16, 16, 16)); },
       [](NetworkBuilder& net, const Tensor& x) {
         return net.Conv(x, {.outputs = 16, .kernel = 3, .pad = 1});
       },
       255, 16 * 256, "conv", 16 * 256, 2},
      {"depthwise 3x3, 64 channels, 32x32",
       [](NetworkBuilder& net) { return net.Input(ImageType(64, 32, 32)); },
       [](NetworkBuilder& net, const Tensor& x) {
         return net.Conv(x, {.outputs = 64, .kernel = 3, .pad = 1, .depthwise = true});
       },
       15, 64 * 1024, ""},
      {"max pool 2x2, 64 channels, 64x64",
       [](NetworkBuilder& net) { return net.Input(ImageType(64, 64, 64)); },
       [](NetworkBuilder& net, const Tensor& x) { return net.MaxPool(x, 2, 2, 0), x; }, 3,
       64 * 1024, ""},
      {"multiply, 64 x 256", [](NetworkBuilder& net) { return net.Input(SequenceType(64, 256)); },
       [](NetworkBuilder& net, const Tensor& x) { return net.Mul(x, x); }, 63, 64 * 256, ""},
      {"layer norm, 64 x 256", [](NetworkBuilder& net) { return net.Input(SequenceType(64, 256)); },
       [](NetworkBuilder& net, const Tensor& x) { return net.Norm(x); }, 63, 64 * 256, ""},
  };
  return kOperations;
}

// What copies - 1 further copies add to one, per output.
Cost PerOutput(const Operation& operation) {
  const auto measure = [&](uint32_t copies) {
    NetworkBuilder net(1, 25);
    Tensor x = operation.input(net);
    for (uint32_t i = 0; i < copies; ++i) x = operation.apply(net, x);
    return Measure(net.Build(), net.input());
  };
  const Cost one = measure(1);
  const Cost all = measure(operation.copies);
  const double outputs = operation.outputs * (operation.copies - 1);
  return {(all.seconds - one.seconds) / outputs, (all.cells - one.cells) / outputs};
}

Cost PlainPerOutput(const Operation& operation, const std::string& folder) {
  const Program program = LoadGuest(folder + "/" + operation.plain + ".elf");
  const auto rounds = static_cast<uint8_t>(operation.plain_rounds);
  const Cost cost = Measure(program, {rounds, 0, 0, 0});
  const double outputs = operation.plain_outputs * operation.plain_rounds;
  return {cost.seconds / outputs, cost.cells / outputs};
}

int Main(int argc, char** argv) {
  std::string folder = ZKVM_BENCH_PROGRAMS;
  std::string json_path;
  CLI::App app("Proves tensor operations, and the same work in plain RV32IM.");
  app.add_option("--folder", folder, "folder of the compiled programs");
  app.add_option("--json", json_path, "also write the numbers to this file");
  CLI11_PARSE(app, argc, argv);

  fmt::print(
      "| operation | cells/output | ns/output | plain cells/output | plain ns/output | factor |\n"
      "|---|---|---|---|---|---|\n");
  Json all = Json::array();
  for (const Operation& operation : Operations()) {
    const auto json = MeasureInChild([&] {
      Json j;
      const Cost cost = PerOutput(operation);
      j["cells"] = cost.cells;
      j["seconds"] = cost.seconds;
      if (operation.plain.empty()) return j;
      const Cost plain = PlainPerOutput(operation, folder);
      j["plain_cells"] = plain.cells;
      j["plain_seconds"] = plain.seconds;
      return j;
    });
    if (!json) Fail(operation.name + ": the measurement failed");
    const double seconds = (*json)["seconds"];
    fmt::print("| {} | {:.1f} | {:.0f} |", operation.name, (*json)["cells"].get<double>(),
               1e9 * seconds);
    if (json->contains("plain_seconds")) {
      const double plain = (*json)["plain_seconds"];
      fmt::print(" {:.0f} | {:.0f} | {:.0f} |\n", (*json)["plain_cells"].get<double>(), 1e9 * plain,
                 plain / seconds);
    } else {
      fmt::print(" | | |\n");
    }
    std::fflush(stdout);
    all.push_back(*json);
    all.back()["operation"] = operation.name;
  }
  if (!json_path.empty()) std::ofstream(json_path) << all.dump(1) << "\n";
  return 0;
}

}  // namespace
}  // namespace zkvm

int main(int argc, char** argv) { return zkvm::Main(argc, argv); }
