#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/inputs.h"
#include "cli/numbers.h"
#include "cli/table.h"
#include "vm/prove.h"

namespace zkvm {
namespace {

struct KeygenOptions {
  std::string program, preset, output;
  bool json = false;
};

void Keygen(const KeygenOptions& options) {
  OutputFile output(options.output, {options.program});
  const Program program = LoadProgram(options.program);
  const Preset& preset = *FindPreset(options.preset);
  const VerifyingKey key = MakeProvingKey(program, preset).verifying_key;
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
  command->add_flag("--json", options->json, "Report as JSON");
  command->footer("Example:\n  zkvm keygen guest.elf -o guest.key");
  command->callback([options] { Keygen(*options); });
}

}  // namespace zkvm
