// Runs of a guest as commands see them.
#ifndef ZKVM_CLI_EXECUTION_H_
#define ZKVM_CLI_EXECUTION_H_

#include <cstdint>
#include <span>
#include <string>

#include "vm/executor.h"

namespace zkvm {

// Hands on to standard error what the guest prints there.
ExecutorOptions HostOptions(std::span<const uint8_t> input);

// Throws if the program did not halt.
void RequireHalt(const std::string& program, const ExecutionResult& result);

// Throws if it halted with another exit code than 0. REQUIRES: it halted.
void RequireSuccess(const std::string& program, const ExecutionResult& result);

}  // namespace zkvm

#endif  // ZKVM_CLI_EXECUTION_H_
