#include "vm/prove.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/costs.h"
#include "cli/execution.h"
#include "cli/failure.h"
#include "cli/files.h"
#include "cli/inputs.h"
#include "cli/memory_model.h"
#include "cli/model_program.h"
#include "cli/numbers.h"
#include "cli/progress.h"
#include "cli/security_report.h"
#include "cli/table.h"
#include "stark/arena.h"
#include "stark/model_file.h"
#include "stark/status.h"
#include "vm/machine.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

struct ProveOptions {
  std::string program, preset, output, prover_key;
  InputOptions input;
  uint64_t max_cycles = kMaxSteps;
  bool allow_failure = false;
  bool no_check = false;
  bool json = false;
};

struct Prediction {
  MemoryPrediction memory;
  double seconds;
};

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Prediction Predict(const Preset& preset, const Heights& heights) {
  const Prediction prediction = {PredictMemory(preset, heights), PredictSeconds(preset, heights)};
  if (isatty(STDERR_FILENO) != 0) {
    fmt::print(stderr, "zkvm: the proof will take about {} and {} of memory\n",
               FormatSeconds(prediction.seconds), FormatBytes(prediction.memory.process));
  }
  if (const size_t available = AvailableMemory(); prediction.memory.process > available) {
    throw Failure(ExitCode::kCannot,
                  "the proof needs about {} of memory and {} are available; free some, raise the "
                  "limit, or give the program less to do",
                  FormatBytes(prediction.memory.process), FormatBytes(available));
  }
  return prediction;
}

struct ProofSummary {
  uint64_t cycles;
  size_t journal_bytes;
  uint32_t exit_code;
  Heights heights;
  Prediction prediction;
  double execute_seconds, prove_seconds, verify_seconds;
  ProverReport prover;
  size_t proof_bytes;
  SecurityReport security;
};

void PrintSummary(const ProveOptions& options, const ProofSummary& s, std::FILE* file) {
  Facts facts;
  facts.Add("cycles", FormatCount(s.cycles));
  facts.Add("exit code", std::to_string(s.exit_code));
  facts.Add("journal", FormatBytes(s.journal_bytes));
  facts.Add("time", fmt::format("{} (predicted {}), {:.0f} kHz", FormatSeconds(s.prove_seconds),
                                FormatSeconds(s.prediction.seconds),
                                static_cast<double>(s.cycles) / s.prove_seconds / 1e3));
  facts.Add("memory", fmt::format("{} (predicted {})", FormatBytes(PeakMemory()),
                                  FormatBytes(s.prediction.memory.process)));
  facts.Add("proof", fmt::format("{}, {}", options.output, FormatBytes(s.proof_bytes)));
  facts.Add("security", OneLine(s.security));
  facts.Add("verified", options.no_check ? "no (--no-check)"
                                         : fmt::format("in {}", FormatSeconds(s.verify_seconds)));
  facts.Print(file);
}

void PrintJson(const ProveOptions& options, const ProofSummary& s, const VerifyingKey& key,
               std::FILE* file) {
  nlohmann::ordered_json json;
  json["proof"] = options.output;
  json["program_id"] = Hex(ProgramId(key));
  if (HasModel(key)) json["model_id"] = Hex(ModelId(key));
  json["preset"] = options.preset;
  json["cycles"] = s.cycles;
  json["cells"] = CommittedCells(Rv32Machine(), s.heights);
  json["exit_code"] = s.exit_code;
  json["journal_bytes"] = s.journal_bytes;
  json["proof_bytes"] = s.proof_bytes;
  json["seconds"] = {{"execute", s.execute_seconds},
                     {"prove", s.prove_seconds},
                     {"predicted", s.prediction.seconds}};
  if (!options.no_check) json["seconds"]["verify"] = s.verify_seconds;
  for (const auto& [phase, seconds] : s.prover.seconds) {
    json["phases"][std::string(phase)] = seconds;
  }
  json["memory_bytes"] = {{"peak", PeakMemory()},
                          {"predicted", s.prediction.memory.process},
                          {"peak_buffers", CurrentMemoryUse().peak_in_use},
                          {"predicted_buffers", s.prediction.memory.buffers}};
  json["security"] = ToJson(s.security);
  fmt::print(file, "{}\n", json.dump(2));
}

// The proof has to convince the verifier before anyone else sees it.
double CheckProof(const VerifyingKey& key, const std::vector<uint8_t>& proof) {
  const Stopwatch watch;
  VerifiedProof verified;
  if (const Status status = VerifyProof(key, proof, &verified); !status.ok()) {
    throw Failure(ExitCode::kFailed,
                  "the new proof does not verify ({}); this is an error of zkvm, please report it",
                  status.message());
  }
  return watch.Seconds();
}

// With the model's part from the file that keygen left, if there is one.
ProvingKey MakeKey(const ProveOptions& options, const Program& program, const Preset& preset,
                   const Record& record) {
  if (options.prover_key.empty()) return MakeProvingKey(program, preset, record.model.get());
  std::optional<MappedModel> model;
  const Status status =
      MapModelFile(options.prover_key, Rv32Machine(), preset, ModelTag(program, preset), &model);
  if (!status.ok()) throw Failure(ExitCode::kCannot, "{}", status.message());
  return MakeProvingKey(program, preset, std::move(*model));
}

void Prove(const ProveOptions& options) {
  OutputFile output(options.output, {options.program, options.input.file});
  const Preset& preset = *FindPreset(options.preset);
  const ModelProgram model_program = LoadModelProgram(options.program);
  const Program& program = model_program.program;
  const std::vector<uint8_t> input = LoadInput(model_program, options.input);

  ProofSummary summary{};
  const Stopwatch execute_watch;
  ExecutorOptions host = HostOptions(input);
  host.max_cycles = options.max_cycles;
  Recording recording = RecordExecution(program, host);
  summary.execute_seconds = execute_watch.Seconds();
  RequireHalt(options.program, recording.result);
  if (!options.allow_failure) RequireSuccess(options.program, recording.result);
  const Outcome outcome = {recording.result.exit_code, std::move(recording.result.journal)};

  summary.cycles = recording.result.cycles;
  summary.exit_code = outcome.exit_code;
  summary.journal_bytes = BytesOfJournal(outcome.journal).size();
  summary.heights = HeightsOf(TableCosts(program, recording.record));
  summary.prediction = Predict(preset, summary.heights);

  std::vector<uint8_t> proof;
  VerifyingKey verifying_key;
  const Stopwatch prove_watch;
  try {
    Progress progress(summary.prediction.seconds);
    summary.prover.progress = [&](std::string_view phase, double done) {
      progress.Update(phase, done);
    };
    const ProvingKey key = MakeKey(options, program, preset, recording.record);
    verifying_key = key.verifying_key;
    proof = ProveExecution(key, program, std::move(recording.record), outcome, &summary.prover);
  } catch (const std::length_error& error) {
    throw Failure(ExitCode::kFailed, "{}: this run does not fit one proof: {}", options.program,
                  error.what());
  }
  summary.prove_seconds = prove_watch.Seconds();
  summary.proof_bytes = proof.size();
  summary.security =
      MakeSecurityReport(preset, MakeStatement(verifying_key, outcome), summary.heights);
  if (!options.no_check) summary.verify_seconds = CheckProof(verifying_key, proof);
  output.Write(proof);

  std::FILE* const report = output.is_standard_output() ? stderr : stdout;
  if (options.json) {
    PrintJson(options, summary, verifying_key, report);
  } else {
    PrintSummary(options, summary, report);
  }
}

}  // namespace

void AddProve(CLI::App& app) {
  auto options = std::make_shared<ProveOptions>();
  CLI::App* command = app.add_subcommand(
      "prove", "Run a program and prove what it put out; the input stays out of the proof file");
  command->add_option("program", options->program, "Program (ELF)")->type_name("FILE")->required();
  AddInputOptions(*command, options->input);
  AddPresetOption(*command, options->preset);
  command->add_option("-o,--output", options->output, "The proof")->type_name("FILE")->required();
  command
      ->add_option("--prover-key", options->prover_key,
                   "The model's part of the key, as zkvm keygen --prover-key left it")
      ->type_name("FILE");
  command->add_option("--max-cycles", options->max_cycles, "Give up after so many instructions")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--allow-failure", options->allow_failure,
                    "Prove a run with an exit code other than 0 too");
  command->add_flag("--no-check", options->no_check, "Do not verify the proof before writing it");
  command->add_flag("--json", options->json, "Report as JSON");
  command->footer(
      "Example:\n  zkvm prove guest.elf --input data.bin -o guest.proof\n"
      "  zkvm prove model.elf --input images.npy --sample 3 -o model.proof");
  command->callback([options] { Prove(*options); });
}

}  // namespace zkvm
