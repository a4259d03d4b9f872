// Runs a program and leaves the trace of its execution.
#ifndef ZKVM_VM_RECORDER_H_
#define ZKVM_VM_RECORDER_H_

#include <cstdint>
#include <vector>

#include "isa/program.h"
#include "vm/executor.h"
#include "vm/record.h"

namespace zkvm {

// Steps of one proof: the lookups of more of them would not fit the field (protocol.md, 10).
inline constexpr uint64_t kMaxSteps = uint64_t{1} << 26;

struct Recording {
  ExecutionResult result;        // with a fault, the record is empty
  std::vector<uint64_t> counts;  // as CountedExecution::counts
  Record record;
};

// Runs the program twice: once to count (and print), so that the record can be allocated exactly,
// and once to record. An execution that exceeds kMaxSteps or the rows of a table is a fault.
Recording RecordExecution(const Program& program, const ExecutorOptions& options);

}  // namespace zkvm

#endif  // ZKVM_VM_RECORDER_H_
