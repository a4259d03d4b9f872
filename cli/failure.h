// How a command ends when it does not end well.
#ifndef ZKVM_CLI_FAILURE_H_
#define ZKVM_CLI_FAILURE_H_

#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>

namespace zkvm {

enum class ExitCode {
  kDone = 0,
  kFailed = 1,  // the program or the proof: it was judged, and it is not good
  kCannot = 2,  // bad usage, bad files, or no memory or disk: nothing was judged
};

// Ends the command with one line on standard error: what is wrong, where, and what to do.
class Failure : public std::exception {
 public:
  template <class... Args>
  Failure(ExitCode code, fmt::format_string<Args...> format, Args&&... args)
      : code_(code), message_(fmt::format(format, std::forward<Args>(args)...)) {}

  ExitCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ExitCode code_;
  std::string message_;
};

}  // namespace zkvm

#endif  // ZKVM_CLI_FAILURE_H_
