#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/files.h"
#include "cli/inputs.h"
#include "cli/numbers.h"
#include "cli/table.h"
#include "stark/model_file.h"
#include "vm/machine.h"
#include "vm/prove.h"

namespace zkvm {
namespace {

struct KeygenOptions {
  std::string program, preset, output, prover_key;
  bool json = false;
};

void Keygen(const KeygenOptions& options) {
  OutputFile output(options.output, {options.program});
  std::optional<OutputFile> prover_key;
  if (!options.prover_key.empty()) {
    prover_key.emplace(options.prover_key,
                       std::initializer_list<std::string>{options.program, options.output});
  }
  const Program program = LoadProgram(options.program);
  const Preset& preset = *FindPreset(options.preset);
  const ProvingKey proving_key = MakeProvingKey(program, preset);
  const VerifyingKey& key = proving_key.verifying_key;
  if (prover_key) {
    if (!HasModel(key)) {
      throw Failure(ExitCode::kCannot,
                    "{}: has no model, so a prover needs no key of its own; leave --prover-key out",
                    options.program);
    }
    prover_key->Write([&](const OutputFile::Sink& sink) {
      SerializeModelFile(Rv32Machine(), preset, ModelTag(program, preset), proving_key.fixed, sink);
    });
  }
  output.Write(SerializeKey(key));

  std::FILE* const report = output.is_standard_output() ? stderr : stdout;
  if (options.json) {
    nlohmann::ordered_json json = {{"key", options.output},
                                   {"program_id", Hex(ProgramId(key))},
                                   {"preset", preset.name},
                                   {"instructions", program.text.size()},
                                   {"image_words", program.image.size()}};
    if (HasModel(key)) json["model_id"] = Hex(ModelId(key));
    fmt::print(report, "{}\n", json.dump(2));
    return;
  }
  Facts facts;
  facts.Add("program id", Hex(ProgramId(key)));
  if (HasModel(key)) facts.Add("model id", Hex(ModelId(key)));
  facts.Add("preset", std::string(preset.name));
  facts.Add("key", options.output);
  facts.Print(report);
}

}  // namespace

void AddKeygen(CLI::App& app) {
  auto options = std::make_shared<KeygenOptions>();
  CLI::App* command =
      app.add_subcommand("keygen", "Make the key that verifies proofs of a program");
  command->add_option("program", options->program, "Program (ELF)")->type_name("FILE")->required();
  AddPresetOption(*command, options->preset);
  command->add_option("-o,--output", options->output, "The key")->type_name("FILE")->required();
  command
      ->add_option("--prover-key", options->prover_key,
                   "Also keep what a prover needs of the model, for zkvm prove --prover-key")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Report as JSON");
  command->footer("Example:\n  zkvm keygen guest.elf -o guest.key");
  command->callback([options] { Keygen(*options); });
}

}  // namespace zkvm
