#include "compiler/link/build_guest.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <system_error>

#include "compiler/link/temporary.h"

extern char** environ;

namespace zkvm {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCCompiler = "clang-19";
constexpr const char* kCxxCompiler = "clang++-19";

enum class Kind { kC, kCxx, kAssembly, kLinked, kUnknown };

Kind KindOf(const fs::path& source) {
  const std::string extension = source.extension();
  const auto is_one_of = [&](std::initializer_list<std::string_view> list) {
    for (const std::string_view candidate : list) {
      if (extension == candidate) return true;
    }
    return false;
  };
  if (is_one_of({".c"})) return Kind::kC;
  if (is_one_of({".cc", ".cpp", ".cxx", ".c++", ".C"})) return Kind::kCxx;
  if (is_one_of({".s", ".S"})) return Kind::kAssembly;
  if (is_one_of({".o", ".a"})) return Kind::kLinked;
  return Kind::kUnknown;
}

// Runs a program found in PATH and waits for it. Nothing if it succeeded.
std::optional<BuildError> Run(const std::vector<std::string>& command, const std::string& doing) {
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child;
  const int error = posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ);
  if (error == ENOENT) {
    return BuildError{command[0] + " is not installed (Debian: apt install clang-19 lld-19)"};
  }
  if (error != 0) return BuildError{"cannot run " + command[0] + ": " + strerror(error)};
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return BuildError{"lost " + command[0] + ": " + strerror(errno)};
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return BuildError{doing + " failed"};
  return std::nullopt;
}

constexpr const char* kNoSdk =
    "the guest SDK was not found; set ZKVM_SDK to the folder with guest.cfg";

std::string ConfigOf(const std::string& sdk) { return "--config=" + sdk + "/guest.cfg"; }

std::optional<BuildError> CheckSource(const std::string& source) {
  std::error_code ignored;
  if (!fs::exists(source, ignored)) return BuildError{source + " does not exist"};
  if (KindOf(source) == Kind::kUnknown) {
    return BuildError{source + " is not a C, C++ or assembly file by its name"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> SdkDirectory() {
  const auto complete = [](const fs::path& sdk) {
    std::error_code ignored;
    return fs::exists(sdk / "guest.cfg", ignored) && fs::exists(sdk / "libzkvm_guest.a", ignored);
  };
  if (const char* const sdk = getenv("ZKVM_SDK"); sdk != nullptr && *sdk != 0) {
    return complete(sdk) ? std::optional<std::string>(sdk) : std::nullopt;
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  const fs::path root = program.parent_path().parent_path();
  for (const char* const place : {"guest-sdk", "share/zkvm/guest-sdk"}) {
    if (complete(root / place)) return (root / place).string();
  }
  return std::nullopt;
}

std::optional<BuildError> CompileGuestSource(const std::string& source,
                                             const std::vector<std::string>& flags,
                                             const std::string& object) {
  const std::optional<std::string> sdk = SdkDirectory();
  if (!sdk) return BuildError{kNoSdk};
  if (auto error = CheckSource(source)) return error;
  const Kind kind = KindOf(source);
  if (kind == Kind::kLinked) return BuildError{source + " is no source file"};
  std::vector<std::string> command = {kind == Kind::kCxx ? kCxxCompiler : kCCompiler,
                                      ConfigOf(*sdk)};
  if (kind == Kind::kCxx) command.push_back("-std=c++20");
  command.insert(command.end(), flags.begin(), flags.end());
  // Options for the linker are among the flags.
  command.insert(command.end(), {"-Wno-unused-command-line-argument", "-c", source, "-o", object});
  return Run(command, "compiling " + source);
}

std::optional<BuildError> BuildGuest(const BuildOptions& options) {
  if (options.sources.empty()) return BuildError{"no source files"};
  const std::optional<std::string> sdk = SdkDirectory();
  if (!sdk) return BuildError{kNoSdk};
  for (const std::string& source : options.sources) {
    if (auto error = CheckSource(source)) return error;
  }
  const TemporaryDirectory objects;
  if (objects.path().empty()) return BuildError{"cannot make a temporary directory"};

  std::vector<std::string> inputs;
  for (size_t i = 0; i < options.sources.size(); ++i) {
    const std::string& source = options.sources[i];
    if (KindOf(source) == Kind::kLinked) {
      inputs.push_back(source);
      continue;
    }
    inputs.push_back(objects.path() / (std::to_string(i) + ".o"));
    if (auto error = CompileGuestSource(source, options.flags, inputs.back())) return error;
  }

  const fs::path target = options.output.empty()
                              ? fs::path(options.sources[0]).stem().concat(".elf")
                              : fs::path(options.output);
  const PendingFile output(target);
  std::vector<std::string> command = {kCxxCompiler, ConfigOf(*sdk)};
  command.insert(command.end(), options.flags.begin(), options.flags.end());
  command.insert(command.end(), inputs.begin(), inputs.end());
  command.insert(command.end(), {"-o", output.path()});
  if (auto error = Run(command, "linking " + target.string())) return error;
  if (const std::error_code error = output.Commit()) {
    return BuildError{"cannot write " + target.string() + ": " + error.message()};
  }
  return std::nullopt;
}

}  // namespace zkvm
