#include "vm/executor.h"

#include <utility>

#include "vm/interpreter.h"

namespace zkvm {
namespace {

struct CountTracer : NoTracer {
  explicit CountTracer(const Program& program)
      : text_base(program.text_base), counts(program.text.size() + 1) {}

  void OnInstruction(const Slot& s) { ++counts[(s.pc - text_base) / 4]; }

  uint32_t text_base;
  std::vector<uint64_t> counts;
};

}  // namespace

ExecutionResult Execute(const Program& program, const ExecutorOptions& options) {
  NoTracer tracer;
  return Interpreter(program, options, tracer).Run();
}

CountedExecution ExecuteCounting(const Program& program, const ExecutorOptions& options) {
  CountTracer tracer(program);
  CountedExecution execution;
  Interpreter interpreter(program, options, tracer);
  execution.result = interpreter.Run();
  if (options.record_tensors != nullptr) {
    options.record_tensors->cells = interpreter.tensors().TakeCells();
  }
  tracer.counts.pop_back();
  execution.counts = std::move(tracer.counts);
  return execution;
}

}  // namespace zkvm
