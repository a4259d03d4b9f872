#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "cli/commands.h"
#include "cli/failure.h"

namespace zkvm {
namespace {

int End(ExitCode code, std::string message) {
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  message.erase(message.find_last_not_of(' ') + 1);
  fmt::print(stderr, "zkvm: {}\n", message);
  return static_cast<int>(code);
}

int Main(int argc, char** argv) {
  CLI::App app("Runs RISC-V programs (RV32IM), proves what they put out, and verifies such proofs.",
               "zkvm");
  app.require_subcommand(1);
  app.footer(
      "Example:\n"
      "  zkvm build guest.c -o guest.elf\n"
      "  zkvm keygen guest.elf -o guest.key\n"
      "  zkvm prove guest.elf --input data.bin -o guest.proof\n"
      "  zkvm verify guest.proof --key guest.key --journal output.bin\n"
      "\n"
      "Exit codes: 0 done; 1 the program or the proof failed; 2 bad usage or input.");
  AddBuild(app);
  AddCompile(app);
  AddEval(app);
  AddRun(app);
  AddKeygen(app);
  AddProve(app);
  AddVerify(app);
  AddInspect(app);

  try {
    app.parse(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      return End(ExitCode::kCannot, "cannot write standard output");
    }
    return static_cast<int>(ExitCode::kDone);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    if (chosen.empty()) {
      return End(
          ExitCode::kCannot,
          "the first argument is build, compile, eval, run, keygen, prove, verify or inspect; "
          "see zkvm --help");
    }
    return End(ExitCode::kCannot,
               fmt::format("{}; see zkvm {} --help", error.what(), chosen.front()->get_name()));
  } catch (const Failure& failure) {
    std::fflush(stdout);
    return End(failure.code(), failure.message());
  } catch (const std::bad_alloc&) {
    return End(ExitCode::kCannot,
               "out of memory; free some, raise the limit (ulimit -v), or give it less to do");
  } catch (const std::exception& error) {
    return End(ExitCode::kCannot, fmt::format("internal error: {}", error.what()));
  }
}

}  // namespace
}  // namespace zkvm

int main(int argc, char** argv) { return zkvm::Main(argc, argv); }
