// Runs a program without proving it.
#ifndef ZKVM_VM_EXECUTOR_H_
#define ZKVM_VM_EXECUTOR_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isa/program.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/record.h"
#include "vm/fault.h"

namespace zkvm {

struct ExecutorOptions {
  // The private input, at most 2^32 - 1 bytes; the guest reads FrameBytes(input), in any portions.
  std::span<const uint8_t> input = {};
  uint64_t max_cycles = uint64_t{1} << 32;
  // Receives what the guest prints (Note::kPrint), as it comes.
  std::function<void(std::string_view)> on_stderr = nullptr;
  // ModelOf(program), if the caller has it (vm/guest_model.h); else the first tensor call reads it.
  const tensor::Model* model = nullptr;
  // Where tensor calls are recorded, if anywhere, and a record of the same program with the same
  // input, whose results are then taken over. Both need `model`.
  tensor::TensorRecord* record_tensors = nullptr;
  const tensor::TensorRecord* known_tensors = nullptr;
};

// Cycles counted between Note::kMarkerBegin and kMarkerEnd. A marker begun inside itself counts
// once; one still open at the end counts up to there.
struct Marker {
  std::string name;
  uint64_t entries = 0;
  uint64_t cycles = 0;
};

struct ExecutionResult {
  uint32_t exit_code = 0;
  std::vector<uint32_t> journal;  // the public output; see JournalBytes in isa/framing.h
  uint64_t cycles = 0;            // executed instructions, ECALLs included
  std::string panic;              // the last Note::kPanic: why the exit code is not 0
  std::vector<Marker> markers;    // by first use
  std::optional<Fault> fault;     // set: the program did not halt; exit_code means nothing
};

ExecutionResult Execute(const Program& program, const ExecutorOptions& options);

struct CountedExecution {
  ExecutionResult result;
  std::vector<uint64_t> counts;  // executions of each instruction of Program::text
};

// Execute, a little slower.
CountedExecution ExecuteCounting(const Program& program, const ExecutorOptions& options);

}  // namespace zkvm

#endif  // ZKVM_VM_EXECUTOR_H_
