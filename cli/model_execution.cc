#include "cli/model_execution.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "cli/failure.h"
#include "compiler/runtime/model_abi.h"
#include "precompiles/tensor/trace.h"
#include "vm/interpreter.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

using compiler::Literal;
using compiler::TensorInfo;

// zkvm_model_tensor (compiler/runtime/model_abi.h) as the guest lays it out, in words.
struct GuestTensor {
  uint32_t name, kinds, shape, scale, data, bytes, extent;
};
static_assert(sizeof(GuestTensor) == 28);

// The guest's memory, of which a program may say anything.
class GuestBytes {
 public:
  explicit GuestBytes(const uint32_t* words) : words_(words) {}

  void Read(uint32_t address, void* to, size_t size) const {
    std::memcpy(to, Part(address, size).data(), size);
  }
  std::vector<uint8_t> Read(uint32_t address, size_t size) const {
    const std::span<const uint8_t> part = Part(address, size);
    return {part.begin(), part.end()};
  }

 private:
  std::span<const uint8_t> Part(uint32_t address, size_t size) const {
    if (address > kMemoryEnd || size > kMemoryEnd - address) {
      throw Failure(ExitCode::kCannot,
                    "the tables of the model's inputs and outputs are damaged: compile it again");
    }
    return {reinterpret_cast<const uint8_t*>(words_) + address, size};
  }

  const uint32_t* words_;
};

std::vector<Literal> ReadTensors(const GuestBytes& memory, uint32_t table,
                                 const std::vector<TensorInfo>& tensors) {
  std::vector<Literal> values;
  for (size_t i = 0; i < tensors.size(); ++i) {
    GuestTensor tensor;
    memory.Read(table + static_cast<uint32_t>(i * sizeof(tensor)), &tensor, sizeof(tensor));
    compiler::Type type = tensors[i].type;
    if (const int axis = tensors[i].dynamic_axis; axis >= 0) {
      uint32_t extent;
      memory.Read(tensor.extent, &extent, sizeof(extent));
      int64_t& bound = type.shape[static_cast<size_t>(axis)];
      bound = std::min(bound, int64_t{extent});
    }
    std::vector<uint8_t> bytes = memory.Read(tensor.data, type.bytes());
    values.emplace_back(std::move(type), std::move(bytes));
  }
  return values;
}

// Follows the program into the model, and there from step to step: a step begins at the entry of
// its function or with its tensor call. Steps come in their order; what comes otherwise (calls of
// the user's own) belongs to none.
class LayerTracer : public NoTracer {
 public:
  LayerTracer(const ModelProgram& program, ModelExecution& execution)
      : program_(program),
        info_(*program.info),
        text_base_(program.program.text_base),
        events_(program.program.text.size() + 1),
        execution_(execution) {
    Mark(program.symbols.run, kRunEntry);
    for (const auto& [name, entry] : program.symbols.functions) {
      if (entry != 0) Mark(entry, kFunctionEntry);
    }
    counts_.resize(info_.layers.size() + 1);
    layer_ = info_.layers.size();
  }

  // Before the first instruction.
  void SetMemory(const uint32_t* words) { memory_.emplace(words); }

  void OnInstruction(const Slot& s) {
    const uint8_t event = events_[(s.pc - text_base_) / 4];
    if (event != kNone) OnEvent(s.pc, event);
    last_pc_ = s.pc;
    ++counts_[layer_][s.code % kImmediateFlag];
  }

  tensor::TensorRecord* tensor_record() { return &execution_.tensors; }

  void OnTensor(const Slot&) {
    const uint32_t descriptor = execution_.tensors.calls.back().descriptor;
    execution_.call_steps.push_back(inside_ ? EnterStep([&](const compiler::StepInfo& step) {
      return step.descriptor == descriptor;
    })
                                            : kNoStep);
  }

  void Finish() {
    for (const auto& counts : counts_) {
      std::array<uint64_t, kNumFamilies>& families = execution_.instructions.emplace_back();
      families.fill(0);
      for (size_t op = 0; op < counts.size(); ++op) {
        if (counts[op] == 0) continue;
        const Op name = static_cast<Op>(op);
        if (name == Op::kTrap || name == Op::kEcall) continue;
        families[static_cast<size_t>(FamilyOf(name))] += counts[op];
      }
    }
  }

 private:
  enum Event : uint8_t { kNone = 0, kRunEntry = 1, kFunctionEntry = 2, kReturn = 4 };

  void Mark(uint32_t pc, Event event) {
    const size_t slot = (pc - text_base_) / 4;
    if (pc >= text_base_ && slot < events_.size()) events_[slot] |= event;
  }

  void OnEvent(uint32_t pc, uint8_t event) {
    if ((event & kReturn) != 0 && inside_ && pc == return_pc_) {
      execution_.runs.back().outputs =
          ReadTensors(*memory_, program_.symbols.outputs, info_.outputs);
      inside_ = false;
      layer_ = info_.layers.size();
    }
    if ((event & kRunEntry) != 0 && !inside_) {
      inside_ = true;
      next_step_ = 0;
      return_pc_ = last_pc_ + 4;
      Mark(return_pc_, kReturn);
      execution_.runs.push_back({ReadTensors(*memory_, program_.symbols.inputs, info_.inputs), {}});
    }
    if ((event & kFunctionEntry) != 0 && inside_) {
      EnterStep([&](const compiler::StepInfo& step) {
        const auto function = program_.symbols.functions.find(step.function);
        return function != program_.symbols.functions.end() && function->second == pc;
      });
    }
  }

  // Moves on to the next step that matches.
  template <class Matches>
  uint32_t EnterStep(const Matches& matches) {
    for (size_t i = next_step_; i < info_.steps.size(); ++i) {
      if (!matches(info_.steps[i])) continue;
      next_step_ = i + 1;
      layer_ = info_.steps[i].layer;
      return static_cast<uint32_t>(i);
    }
    return kNoStep;
  }

  const ModelProgram& program_;
  const compiler::ModelInfo& info_;
  const uint32_t text_base_;
  std::vector<uint8_t> events_;  // by instruction
  ModelExecution& execution_;
  std::optional<GuestBytes> memory_;
  std::vector<std::array<uint64_t, kImmediateFlag>> counts_;  // by layer and op
  size_t layer_;
  bool inside_ = false;
  size_t next_step_ = 0;
  uint32_t last_pc_ = 0, return_pc_ = 0;
};

// Cells of a row of each table.
uint64_t CellsPerRow(size_t table) {
  return Rv32Machine().tables[table].air->shape().committed_columns();
}

}  // namespace

ModelExecution ExecuteModel(const ModelProgram& program, const ExecutorOptions& options) {
  ModelExecution execution;
  LayerTracer tracer(program, execution);
  Interpreter interpreter(program.program, options, tracer);
  tracer.SetMemory(interpreter.memory_words());
  execution.result = interpreter.Run();
  tracer.Finish();
  execution.tensors.cells = interpreter.tensors().TakeCells();
  return execution;
}

std::vector<int16_t> LanesOf(const tensor::TensorRecord& record, const tensor::TensorCall& call,
                             const tensor::TensorType& type) {
  if (call.size == 0 || type.kind == tensor::Kind::kNone ||
      type.element == tensor::Element::kOneHot) {
    return {};
  }
  const bool image = type.kind == tensor::Kind::kImage;
  const size_t pitch = image ? tensor::Pitch(type.width) : 0;
  const size_t rows = image ? type.height : 1;
  std::vector<int16_t> lanes;
  lanes.reserve(type.planes * rows * type.width);
  for (size_t plane = 0; plane < type.planes; ++plane) {
    const int16_t* const cells =
        &record.cells[tensor::kLanes * (call.result + plane * tensor::PlaneCells(type))];
    for (size_t row = 0; row < rows; ++row) {
      lanes.insert(lanes.end(), cells + row * pitch, cells + row * pitch + type.width);
    }
  }
  return lanes;
}

std::vector<LayerCost> LayerCosts(const ModelProgram& program, const ModelExecution& execution,
                                  const tensor::Lowered* lowered) {
  std::vector<LayerCost> costs(program.info->layers.size() + 1);
  for (size_t layer = 0; layer < costs.size(); ++layer) {
    for (size_t f = 0; f < kNumFamilies; ++f) {
      const uint64_t rows = execution.instructions[layer][f];
      costs[layer].cycles += rows;
      costs[layer].instruction_cells += rows * CellsPerRow(kTableOf<AddSub> + f);
    }
  }
  if (lowered == nullptr) return costs;
  for (size_t i = 0; i < execution.tensors.calls.size(); ++i) {
    const uint32_t step = execution.call_steps[i];
    LayerCost& cost = step == kNoStep ? costs.back() : costs[program.info->steps[step].layer];
    ++cost.cycles;
    // The rows of one call, as if it were alone.
    tensor::TensorRecord alone;
    alone.calls.push_back(execution.tensors.calls[i]);
    const auto rows = tensor::CallRows(*lowered, alone).Rows();
    for (size_t t = 0; t < rows.size(); ++t) {
      if (Rv32Machine().tables[kFirstTensorTable + t].air->shape().fixed_columns > 0) continue;
      cost.tensor_cells += rows[t] * CellsPerRow(kFirstTensorTable + t);
    }
  }
  return costs;
}

}  // namespace zkvm
