#include "compiler/tensor/interpreter.h"

#include <cstring>
#include <utility>

#include "precompiles/tensor/tensor_machine.h"

namespace zkvm::compiler {

Interpreter::Interpreter(const Program& program, CodeRunner code)
    : program_(&program),
      code_(std::move(code)),
      model_{program.descriptors, program.data},
      handles_(program.steps.size()),
      calls_(program.steps.size(), SIZE_MAX) {
  for (size_t i = 0; i < program.graph.values.size(); ++i) {
    const auto& constant = program.graph.values[i].constant;
    if (constant && ByteSize(constant->dtype()) != 0) Set(static_cast<ValueId>(i), *constant);
  }
}

// Memory is padded to whole cells.
uint32_t Interpreter::AddressOf(ValueId value) {
  const auto [entry, fresh] = addresses_.try_emplace(value);
  if (fresh) {
    const Type& type = program_->graph.At(value).type;
    const size_t lanes = (static_cast<size_t>(type.elements()) + 15) / 16 * 16;
    entry->second = static_cast<uint32_t>(4 * words_.size());
    words_.resize(words_.size() + (lanes * ByteSize(type.dtype) + 3) / 4);
  }
  return entry->second;
}

void Interpreter::Set(ValueId value, const Literal& literal) {
  const uint32_t address = AddressOf(value);
  const auto bytes = literal.bytes();
  if (!bytes.empty()) std::memcpy(words_.data() + address / 4, bytes.data(), bytes.size());
}

Literal Interpreter::Get(ValueId value) const {
  const Type& type = program_->graph.At(value).type;
  std::vector<uint8_t> bytes(type.bytes());
  const auto at = addresses_.find(value);
  if (at != addresses_.end() && !bytes.empty()) {
    std::memcpy(bytes.data(), words_.data() + at->second / 4, bytes.size());
  }
  return {type, std::move(bytes)};
}

void Interpreter::Run() {
  // Addresses first: memory does not move while calls run.
  for (const Step& step : program_->steps) {
    if (const auto* call = std::get_if<TensorCall>(&step.what)) {
      for (const Operand& operand : call->operands) {
        if (operand.kind == Operand::Kind::kMemory) AddressOf(operand.value);
      }
      if (call->result != kNoValue) AddressOf(call->result);
    } else {
      const Node& node = program_->graph.nodes[std::get<CodeStep>(step.what).node];
      for (const ValueId output : node.outputs) {
        if (output != kNoValue) AddressOf(output);
      }
    }
  }
  record_ = {};
  tensor::TensorMachine machine(model_, &record_);
  for (size_t i = 0; i < program_->steps.size(); ++i) {
    const Step& step = program_->steps[i];
    if (const auto* code = std::get_if<CodeStep>(&step.what)) {
      const Node& node = program_->graph.nodes[code->node];
      if (!code_) throw CompileError("a step is code, and the interpreter was given no runner");
      std::vector<Literal> inputs;
      for (const ValueId input : node.inputs) {
        inputs.push_back(input == kNoValue ? Literal() : Get(input));
      }
      const std::vector<Literal> outputs = code_(program_->graph, node, inputs);
      for (size_t k = 0; k < node.outputs.size(); ++k) {
        if (node.outputs[k] != kNoValue) Set(node.outputs[k], outputs[k]);
      }
      continue;
    }
    const auto& call = std::get<TensorCall>(step.what);
    std::array<uint32_t, 3> sources{};
    for (size_t k = 0; k < 3; ++k) {
      const Operand& operand = call.operands[k];
      if (operand.kind == Operand::Kind::kTensor) {
        sources[k] = handles_[operand.step] + operand.offset;
      } else if (operand.kind == Operand::Kind::kMemory) {
        sources[k] = addresses_.at(operand.value) + operand.offset;
      }
    }
    const tensor::Ram ram{words_.data(), 0, static_cast<uint32_t>(4 * words_.size())};
    calls_[i] = record_.calls.size();
    const auto result = machine.Run(call.descriptor, sources, ram);
    if (const auto* fault = std::get_if<tensor::TensorFault>(&result)) {
      throw CompileError("step " + std::to_string(i) + " (" + step.layer + "): " + fault->message);
    }
    handles_[i] = std::get<uint32_t>(result);
    if (call.result != kNoValue) {
      const size_t size = ByteSize(program_->graph.At(call.result).type.dtype);
      const uint64_t index = handles_[i];
      std::memcpy(reinterpret_cast<uint8_t*>(words_.data()) + addresses_.at(call.result) +
                      size * call.result_offset,
                  &index, size);
    }
  }
  cells_ = machine.TakeCells();
}

std::vector<int16_t> Interpreter::ReadLanes(const CallBuilder& builder, const View& view) const {
  std::vector<int16_t> lanes;
  for (const int64_t lane : LaneList(view)) {
    const CallBuilder::Place place = builder.PlaceOf(view, lane);
    lanes.push_back(
        cells_[size_t{tensor::kLanes} * handles_[place.step] + static_cast<size_t>(place.lane)]);
  }
  return lanes;
}

std::vector<double> Interpreter::Read(const CallBuilder& builder, const View& view) const {
  std::vector<double> values;
  for (const int16_t lane : ReadLanes(builder, view)) values.push_back(view.scale * lane);
  return values;
}

std::span<const int32_t> Interpreter::Accumulators(uint32_t step) const {
  const tensor::TensorCall& call = record_.calls[calls_[step]];
  return std::span(record_.accumulators)
      .subspan(call.first_accumulator, size_t{tensor::kLanes} * call.size);
}

}  // namespace zkvm::compiler
