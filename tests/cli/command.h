// Runs a program of this machine and keeps what it says.
#ifndef ZKVM_TESTS_CLI_COMMAND_H_
#define ZKVM_TESTS_CLI_COMMAND_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace zkvm {

struct CommandResult {
  int exit_code;  // -1 if a signal ended it
  std::string out;
  std::string err;
};

// Runs argv[0], found in PATH, with `input` as its standard input, and waits for it.
CommandResult RunCommand(const std::vector<std::string>& argv, const std::string& input = "");

// Starts it with nothing to read and nobody to listen.
pid_t StartCommand(const std::vector<std::string>& argv);

}  // namespace zkvm

#endif  // ZKVM_TESTS_CLI_COMMAND_H_
