#include <memory>
#include <optional>

#include "cli/build_guest.h"
#include "cli/commands.h"
#include "cli/failure.h"

namespace zkvm {

void AddBuild(CLI::App& app) {
  auto options = std::make_shared<BuildOptions>();
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
  command->footer("Example:\n  zkvm build main.c parser.cc -o guest.elf");
  command->callback([options] {
    if (const std::optional<BuildError> error = BuildGuest(*options)) {
      throw Failure(ExitCode::kCannot, "{}", error->message);
    }
  });
}

}  // namespace zkvm
