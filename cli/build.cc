#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands.h"
#include "cli/failure.h"
#include "compiler/link/build_guest.h"

namespace zkvm {
namespace {

void Build(BuildOptions options, bool json) {
  if (options.output.empty()) {
    options.output = std::filesystem::path(options.sources[0]).stem().concat(".elf");
  }
  if (const std::optional<BuildError> error = BuildGuest(options)) {
    throw Failure(ExitCode::kCannot, "{}", error->message);
  }
  if (json) fmt::print("{}\n", nlohmann::ordered_json{{"program", options.output}}.dump(2));
}

}  // namespace

void AddBuild(CLI::App& app) {
  auto options = std::make_shared<BuildOptions>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("build", "Compile C and C++ sources into a guest program");
  command
      ->add_option("sources", options->sources,
                   "C, C++ and assembly files; objects and archives are linked as they are")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("-o,--output", options->output,
                   "The program (the first source's name with .elf if not given)")
      ->type_name("FILE");
  command->add_option("-X,--flag", options->flags, "An option for the compiler, as in -X -DNDEBUG")
      ->type_name("OPTION")
      ->allow_extra_args(false);
  command->add_flag("--json", *json, "Report as JSON");
  command->footer("Example:\n  zkvm build main.c parser.cc -o guest.elf");
  command->callback([options, json] { Build(*options, *json); });
}

}  // namespace zkvm
