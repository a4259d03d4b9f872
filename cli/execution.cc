#include "cli/execution.h"

#include <cstdio>
#include <string_view>

#include "cli/failure.h"

namespace zkvm {

ExecutorOptions HostOptions(std::span<const uint8_t> input) {
  ExecutorOptions options;
  options.input = input;
  options.on_stderr = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
  return options;
}

void RequireHalt(const std::string& program, const ExecutionResult& result) {
  if (result.fault) {
    throw Failure(ExitCode::kFailed, "{}: {}", program, result.fault->Message());
  }
}

void RequireSuccess(const std::string& program, const ExecutionResult& result) {
  if (result.exit_code == 0) return;
  throw Failure(ExitCode::kFailed, "{} exited with code {}{}{}", program, result.exit_code,
                result.panic.empty() ? "" : ": ", result.panic);
}

}  // namespace zkvm
