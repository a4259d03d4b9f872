#ifndef ZKVM_TESTS_SUPPORT_RUN_PROGRAM_H_
#define ZKVM_TESTS_SUPPORT_RUN_PROGRAM_H_

#include <gtest/gtest.h>

#include "tests/support/assembler.h"
#include "vm/executor.h"

namespace zkvm {

// Runs code that is expected to halt.
inline ExecutionResult RunToHalt(Asm& code, const ExecutorOptions& options = {}) {
  const ExecutionResult result = Execute(code.Build(), options);
  if (result.fault) ADD_FAILURE() << result.fault->Message();
  return result;
}

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_RUN_PROGRAM_H_
