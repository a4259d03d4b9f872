#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/execution.h"
#include "cli/failure.h"
#include "cli/files.h"
#include "cli/inputs.h"
#include "cli/journal_report.h"
#include "cli/model_program.h"
#include "cli/numbers.h"
#include "cli/run_report.h"
#include "vm/executor.h"

namespace zkvm {
namespace {

struct RunOptions {
  std::string program, preset, journal;
  InputOptions input;
  uint64_t max_cycles = ExecutorOptions().max_cycles;
  bool stats = false;
  bool json = false;
};

void Run(const RunOptions& options) {
  const ModelProgram program = LoadModelProgram(options.program);
  // What a model says is a table, unless bytes are asked for.
  std::optional<OutputFile> journal_file;
  if (!options.journal.empty() || (!options.json && !program.info)) {
    journal_file.emplace(options.journal.empty() ? "-" : options.journal,
                         std::initializer_list{options.program, options.input.file});
  }
  const std::vector<uint8_t> input = LoadInput(program, options.input);
  ExecutorOptions host = HostOptions(input);
  host.max_cycles = options.max_cycles;

  CountedExecution execution;
  if (options.stats || options.json) {
    execution = ExecuteCounting(program.program, host);
  } else {
    execution.result = Execute(program.program, host);
  }
  const ExecutionResult& result = execution.result;
  RequireHalt(options.program, result);
  const std::vector<uint8_t> journal = BytesOfJournal(result.journal);
  const auto blocks = compiler::ParseJournal(journal);
  if (journal_file) {
    journal_file->Write(journal);
  } else if (!options.json) {
    if (blocks) {
      PrintJournal(*blocks, stdout);
    } else {
      OutputFile("-", {}).Write(journal);
    }
  }

  if (options.stats || options.json) {
    const Preset& preset = *FindPreset(options.preset);
    const RunReport report(program, execution, host, preset);
    const bool journal_on_stdout =
        journal_file ? journal_file->is_standard_output() : !options.json && !blocks;
    std::FILE* const file = journal_on_stdout ? stderr : stdout;
    if (!journal_file && !options.json && blocks) fmt::print("\n");
    if (options.json) {
      nlohmann::ordered_json json = report.Json();
      json["journal_hex"] = Hex(journal);
      if (blocks) json["journal"] = ToJson(*blocks);
      fmt::print(file, "{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      report.Print(file);
    }
  }
  RequireSuccess(options.program, result);
}

}  // namespace

void AddRun(CLI::App& app) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run a program without proving it");
  command->add_option("program", options->program, "Program (ELF)")->type_name("FILE")->required();
  AddInputOptions(*command, options->input);
  command
      ->add_option("--journal", options->journal,
                   "Write the program's output here (standard output if not given; of a compiled "
                   "model as a table)")
      ->type_name("FILE");
  command->add_flag("--stats", options->stats, "Say where the cycles went, and what a proof costs");
  AddPresetOption(*command, options->preset);
  command->add_option("--max-cycles", options->max_cycles, "Give up after so many instructions")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Statistics and output as JSON, on standard output");
  command->footer(
      "Example:\n  zkvm run guest.elf --input data.bin --stats\n"
      "  zkvm run model.elf --input images.npy --sample 3");
  command->callback([options] { Run(*options); });
}

}  // namespace zkvm
