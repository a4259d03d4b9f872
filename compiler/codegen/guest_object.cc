#include "compiler/codegen/guest_object.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>

#include "compiler/codegen/arena.h"
#include "compiler/codegen/node_code.h"
#include "compiler/codegen/target.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {
namespace {

constexpr uint32_t kNever = UINT32_MAX;

// Of a function of the generated code. LLVM takes quadratic time for long ones.
constexpr uint32_t kStepsOfFunction = 512;

// Which memory a value is: an area of the arena, or a constant. Values that are the same under
// another shape share it.
class Memory {
 public:
  explicit Memory(const Program& program) : program_(program), graph_(program.graph) {
    const size_t count = graph_.values.size();
    root_.resize(count);
    for (size_t i = 0; i < count; ++i) root_[i] = static_cast<ValueId>(i);
    lives_.assign(count, {.bytes = 0, .first = kNever, .last = 0});
    for (const Step& step : program.steps) {
      const auto* const code = std::get_if<CodeStep>(&step.what);
      if (code == nullptr) continue;
      const Node& node = graph_.nodes[code->node];
      if (IsRenaming(graph_, node)) root_[Index(node.outputs[0])] = Root(node.inputs[0]);
    }
  }

  ValueId Root(ValueId id) const { return root_[Index(id)]; }
  bool IsConstant(ValueId id) const { return graph_.At(Root(id)).constant.has_value(); }

  void Touch(ValueId id, uint32_t step) {
    Lifetime& life = lives_[Index(Root(id))];
    life.bytes = std::max<uint64_t>(life.bytes, graph_.At(Root(id)).type.bytes());
    life.first = std::min(life.first, step);
    life.last = std::max(life.last, step);
  }

  // Tensor calls read and write whole cells. What fills up the last one has to be zero when it is
  // read: nothing else may ever have been there.
  void TouchCells(ValueId id, uint64_t bytes, bool read, uint32_t step, uint32_t steps) {
    Touch(id, step);
    Lifetime& life = lives_[Index(Root(id))];
    if (bytes <= graph_.At(id).type.bytes()) return;
    life.bytes = std::max(life.bytes, bytes);
    if (!read) return;
    Touch(id, 0);
    Touch(id, steps);
  }

  // Index for Offset.
  size_t AddScratch(uint64_t bytes, uint32_t step) {
    lives_.push_back({.bytes = bytes, .first = step, .last = step});
    return lives_.size() - 1;
  }

  void Plan() {
    std::vector<Lifetime> placed;
    std::vector<size_t> slots;
    for (size_t i = 0; i < lives_.size(); ++i) {
      const bool constant = i < root_.size() && IsConstant(static_cast<ValueId>(i));
      if (lives_[i].first == kNever || constant) continue;
      placed.push_back(lives_[i]);
      slots.push_back(i);
    }
    const Arena arena = PlanArena(placed);
    offsets_.assign(lives_.size(), 0);
    for (size_t i = 0; i < slots.size(); ++i) offsets_[slots[i]] = arena.offsets[i];
    bytes_ = arena.bytes;
  }

  uint64_t Offset(size_t slot) const { return offsets_[slot]; }
  uint64_t OffsetOf(ValueId id) const { return offsets_[Index(Root(id))]; }
  uint64_t bytes() const { return bytes_; }

 private:
  static size_t Index(ValueId id) { return static_cast<size_t>(id); }

  const Program& program_;
  const Graph& graph_;
  std::vector<ValueId> root_;
  std::vector<Lifetime> lives_;
  std::vector<uint64_t> offsets_;
  uint64_t bytes_ = 0;
};

// Printable, without spaces and the sign of versions, and not too long.
std::string SymbolOf(const std::string& layer) {
  constexpr size_t kMaxName = 200;
  std::string symbol = "model:";
  for (const char c : layer.substr(0, kMaxName)) {
    symbol += c > ' ' && c < 127 && c != '@' ? c : '_';
  }
  return symbol;
}

class ObjectBuilder {
 public:
  ObjectBuilder(const Program& program, std::span<const TensorInfo> inputs,
                std::span<const TensorInfo> outputs)
      : program_(program),
        graph_(program.graph),
        inputs_(inputs),
        outputs_(outputs),
        target_(CodeFor::kGuest, Effort::kFull),
        module_(target_.NewModule(context_)),
        builder_(context_),
        memory_(program) {
    if (inputs.size() != graph_.inputs.size() || outputs.size() != graph_.outputs.size()) {
      throw CompileError("the descriptions of inputs and outputs are not those of the graph");
    }
  }

  GuestObject Build() {
    EmitFunctions();
    PlanMemory();
    EmitModel();
    EmitRun();
    EmitTensors("zkvm_model_input", inputs_, graph_.inputs);
    EmitTensors("zkvm_model_output", outputs_, graph_.outputs);
    const auto object = target_.Compile(*module_);
    result_.elf = object->getBuffer().str();
    result_.arena_bytes = memory_.bytes();
    return std::move(result_);
  }

 private:
  struct StepCode {
    const NodeCode* code = nullptr;  // null: a tensor call, or nothing to do
    size_t scratch = 0;              // slot of the memory plan, if code needs it
  };

  const Node& NodeOf(const CodeStep& step) const { return graph_.nodes[step.node]; }

  void EmitFunctions() {
    for (const Step& step : program_.steps) {
      StepCode& entry = code_.emplace_back();
      result_.functions.emplace_back();
      const auto* const code = std::get_if<CodeStep>(&step.what);
      if (code == nullptr || IsRenaming(graph_, NodeOf(*code))) continue;
      const Node& node = NodeOf(*code);
      entry.code = cache_.Find(graph_, node);
      if (entry.code == nullptr) {
        NodeCode emitted =
            EmitNode(graph_, node, *module_, SymbolOf(step.layer.empty() ? node.name : step.layer),
                     CodeFor::kGuest);
        const std::vector<size_t> constants = emitted.constants;
        entry.code = &cache_.Add(graph_, node, constants, std::move(emitted));
      }
      result_.functions.back() = entry.code->function->getName().str();
    }
  }

  void PlanMemory() {
    const auto steps = static_cast<uint32_t>(program_.steps.size());
    for (uint32_t s = 0; s < steps; ++s) {
      if (const auto* const call = std::get_if<TensorCall>(&program_.steps[s].what)) {
        if (call->descriptor >= program_.descriptors.size()) {
          throw CompileError("a tensor call has no descriptor");
        }
        const tensor::Descriptor& descriptor = program_.descriptors[call->descriptor];
        for (const Operand& operand : call->operands) {
          if (operand.kind != Operand::Kind::kMemory) continue;
          memory_.TouchCells(operand.value,
                             operand.offset + uint64_t{4} * tensor::RamWords(descriptor),
                             descriptor.op != tensor::Op::kExport, s, steps);
        }
        if (call->result != kNoValue) memory_.Touch(call->result, s);
        continue;
      }
      if (code_[s].code == nullptr) continue;
      const Node& node = NodeOf(std::get<CodeStep>(program_.steps[s].what));
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.HasInput(i) && code_[s].code->input_used[i]) memory_.Touch(node.inputs[i], s);
      }
      for (const ValueId id : node.outputs) {
        if (id != kNoValue) memory_.Touch(id, s);
      }
      if (code_[s].code->scratch_bytes != 0) {
        code_[s].scratch = memory_.AddScratch(code_[s].code->scratch_bytes, s);
      }
    }
    // Inputs are there before the first step and stay as they are, outputs stay until the end.
    for (const ValueId id : graph_.inputs) {
      memory_.Touch(id, 0);
      memory_.Touch(id, steps);
    }
    for (const ValueId id : graph_.outputs) memory_.Touch(id, steps);
    memory_.Plan();
    // Nothing of the guest lies higher than 1 GiB, and the stack has 256 MiB of it.
    if (memory_.bytes() > uint64_t{640} << 20) {
      throw CompileError("the values of the model need " + std::to_string(memory_.bytes() >> 20) +
                         " MiB at once, more than the guest's memory");
    }
    llvm::Type* const type = llvm::ArrayType::get(builder_.getInt8Ty(), memory_.bytes());
    arena_ = new llvm::GlobalVariable(*module_, type, false, llvm::GlobalValue::InternalLinkage,
                                      llvm::Constant::getNullValue(type), "zkvm_model_arena");
    arena_->setAlignment(llvm::Align(kArenaAlignment));
  }

  llvm::Constant* Bytes(std::span<const uint8_t> bytes) {
    return llvm::ConstantDataArray::get(context_,
                                        llvm::ArrayRef<uint8_t>(bytes.data(), bytes.size()));
  }

  llvm::GlobalVariable* NewConstant(llvm::Constant* value, const llvm::Twine& name,
                                    uint64_t alignment) {
    auto* const global = new llvm::GlobalVariable(*module_, value->getType(), true,
                                                  llvm::GlobalValue::InternalLinkage, value, name);
    global->setAlignment(llvm::Align(alignment));
    return global;
  }

  llvm::Constant* AtOffset(llvm::Constant* base, uint64_t offset) {
    return llvm::ConstantExpr::getInBoundsGetElementPtr(
        builder_.getInt8Ty(), base, builder_.getInt32(static_cast<uint32_t>(offset)));
  }

  llvm::Constant* AddressOf(ValueId id) {
    const std::optional<Literal>& constant = graph_.At(memory_.Root(id)).constant;
    if (!constant) return AtOffset(arena_, memory_.OffsetOf(id));
    const Literal& literal = *constant;
    llvm::Constant* const value = Bytes(literal.bytes());
    const uint64_t alignment = std::max<uint64_t>(kPointerAlignment, ByteSize(literal.dtype()));
    llvm::GlobalVariable*& global = constants_[{value, alignment}];
    if (global == nullptr) {
      global = NewConstant(value, "zkvm_model_constant", alignment);
      result_.constant_bytes += literal.bytes().size();
    }
    return global;
  }

  llvm::Constant* ExtentOf(ValueId id) {
    llvm::GlobalVariable*& global = extents_[id];
    if (global == nullptr) {
      global = new llvm::GlobalVariable(*module_, builder_.getInt32Ty(), false,
                                        llvm::GlobalValue::InternalLinkage, builder_.getInt32(0),
                                        "zkvm_model_extent");
    }
    return global;
  }

  // Descriptors and their data, in the sections that the linker script knows.
  void EmitModel() {
    if (program_.descriptors.empty()) return;
    llvm::GlobalVariable* data = nullptr;
    if (!program_.data.empty()) {
      data = NewConstant(Bytes(program_.data), "zkvm_model_data", 4);
      data->setSection(".zkml.data");
    }
    constexpr size_t kWords = sizeof(tensor::Descriptor) / 4;
    std::set<size_t> addresses = {offsetof(tensor::Descriptor, bias) / 4,
                                  offsetof(tensor::Descriptor, table) / 4};
    for (size_t g = 0; g < tensor::kMaxSources; ++g) {
      addresses.insert((offsetof(tensor::Descriptor, group) + g * sizeof(tensor::Group) +
                        offsetof(tensor::Group, weights)) /
                       4);
    }
    std::vector<llvm::Constant*> words;
    for (const tensor::Descriptor& descriptor : program_.descriptors) {
      std::array<uint32_t, kWords> raw;
      std::memcpy(raw.data(), &descriptor, sizeof(descriptor));
      for (size_t w = 0; w < kWords; ++w) {
        if (addresses.contains(w) && raw[w] != tensor::kNoData) {
          if (raw[w] >= program_.data.size()) {
            throw CompileError("a descriptor names data outside of the model");
          }
          words.push_back(
              llvm::ConstantExpr::getPtrToInt(AtOffset(data, raw[w]), builder_.getInt32Ty()));
        } else {
          words.push_back(builder_.getInt32(raw[w]));
        }
      }
    }
    descriptors_ = NewConstant(llvm::ConstantStruct::getAnon(context_, words),
                               "zkvm_model_descriptors", sizeof(tensor::Descriptor));
    descriptors_->setSection(".zkml.desc");
  }

  llvm::Function* NewFunction(llvm::GlobalValue::LinkageTypes linkage, const llvm::Twine& name) {
    llvm::Function* const function = llvm::Function::Create(
        llvm::FunctionType::get(builder_.getVoidTy(), false), linkage, name, *module_);
    function->setDoesNotThrow();
    function->addFnAttr(llvm::Attribute::NoInline);
    return function;
  }

  // One function, or one that calls the parts.
  void EmitRun() {
    const auto steps = static_cast<uint32_t>(program_.steps.size());
    FindHandlesOfOtherParts();
    llvm::Function* const run = NewFunction(llvm::GlobalValue::ExternalLinkage, "zkvm_model_run");
    if (steps <= kStepsOfFunction) return EmitPart(run, 0, steps);
    std::vector<llvm::Function*> parts;
    for (uint32_t begin = 0; begin < steps; begin += kStepsOfFunction) {
      parts.push_back(NewFunction(llvm::GlobalValue::InternalLinkage, "zkvm_model_part"));
      EmitPart(parts.back(), begin, std::min(steps, begin + kStepsOfFunction));
    }
    builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "entry", run));
    for (llvm::Function* const part : parts) builder_.CreateCall(part);
    builder_.CreateRetVoid();
  }

  // Handles that another part reads are kept in memory.
  void FindHandlesOfOtherParts() {
    handles_.assign(program_.steps.size(), nullptr);
    handle_slots_.assign(program_.steps.size(), nullptr);
    for (uint32_t s = 0; s < program_.steps.size(); ++s) {
      const auto* const call = std::get_if<TensorCall>(&program_.steps[s].what);
      if (call == nullptr) continue;
      for (const Operand& operand : call->operands) {
        if (operand.kind != Operand::Kind::kTensor || operand.step >= s) continue;
        llvm::GlobalVariable*& slot = handle_slots_[operand.step];
        if (operand.step / kStepsOfFunction == s / kStepsOfFunction || slot != nullptr) continue;
        slot = new llvm::GlobalVariable(*module_, builder_.getInt32Ty(), false,
                                        llvm::GlobalValue::InternalLinkage, builder_.getInt32(0),
                                        "zkvm_model_handle");
      }
    }
  }

  void EmitPart(llvm::Function* function, uint32_t begin, uint32_t end) {
    builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "entry", function));
    if (descriptors_ != nullptr) {
      llvm::Value* const address = builder_.CreatePtrToInt(descriptors_, builder_.getInt32Ty());
      first_descriptor_ =
          builder_.CreateUDiv(address, builder_.getInt32(sizeof(tensor::Descriptor)));
    }
    for (uint32_t s = begin; s < end; ++s) {
      if (const auto* const call = std::get_if<TensorCall>(&program_.steps[s].what)) {
        EmitCall(*call, s);
      } else if (code_[s].code != nullptr) {
        EmitStep(NodeOf(std::get<CodeStep>(program_.steps[s].what)), code_[s]);
      }
    }
    builder_.CreateRetVoid();
  }

  void EmitStep(const Node& node, const StepCode& step) {
    llvm::Constant* const null = llvm::ConstantPointerNull::get(builder_.getPtrTy());
    std::vector<llvm::Value*> arguments;
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) arguments.push_back(AddressOf(id));
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!node.HasInput(i)) continue;
      arguments.push_back(step.code->input_used[i] ? AddressOf(node.inputs[i]) : null);
    }
    for (const ValueId id : node.outputs) {
      if (id != kNoValue && graph_.At(id).dynamic_axis >= 0) arguments.push_back(ExtentOf(id));
    }
    arguments.push_back(
        step.code->scratch_bytes != 0 ? AtOffset(arena_, memory_.Offset(step.scratch)) : null);
    builder_.CreateCall(step.code->function, arguments);
  }

  llvm::Value* ValueOf(const Operand& operand, uint32_t step) {
    switch (operand.kind) {
      case Operand::Kind::kNone:
        return builder_.getInt32(0);
      case Operand::Kind::kTensor:
        if (operand.step >= step || handles_[operand.step] == nullptr) {
          throw CompileError("a tensor call takes the result of a step that has none");
        }
        return builder_.CreateAdd(HandleOf(operand.step, step), builder_.getInt32(operand.offset));
      case Operand::Kind::kMemory:
        break;
    }
    return builder_.CreateAdd(
        builder_.CreatePtrToInt(AddressOf(operand.value), builder_.getInt32Ty()),
        builder_.getInt32(operand.offset));
  }

  llvm::Value* HandleOf(uint32_t producer, uint32_t step) {
    if (producer / kStepsOfFunction == step / kStepsOfFunction) return handles_[producer];
    return builder_.CreateLoad(builder_.getInt32Ty(), handle_slots_[producer]);
  }

  void EmitCall(const TensorCall& call, uint32_t step) {
    constexpr uint32_t kTensor = 5;  // isa/ecall.h
    llvm::Type* const word = builder_.getInt32Ty();
    llvm::InlineAsm* const ecall = llvm::InlineAsm::get(
        llvm::FunctionType::get(word, {word, word, word, word, word}, false), "ecall",
        "={x10},{x10},{x11},{x12},{x13},{x17},~{memory}", /*hasSideEffects=*/true);
    llvm::Value* const index =
        builder_.CreateAdd(first_descriptor_, builder_.getInt32(call.descriptor));
    handles_[step] = builder_.CreateCall(
        ecall, {index, ValueOf(call.operands[0], step), ValueOf(call.operands[1], step),
                ValueOf(call.operands[2], step), builder_.getInt32(kTensor)});
    if (handle_slots_[step] != nullptr) builder_.CreateStore(handles_[step], handle_slots_[step]);
    if (call.result == kNoValue) return;
    const DType type = graph_.At(call.result).type.dtype;
    if (type != DType::kInt32 && type != DType::kInt64) {
      throw CompileError("the result of a tensor call is no int32 or int64");
    }
    llvm::Value* const result = type == DType::kInt64
                                    ? builder_.CreateZExt(handles_[step], builder_.getInt64Ty())
                                    : handles_[step];
    builder_.CreateStore(
        result, AtOffset(AddressOf(call.result), uint64_t{call.result_offset} * ByteSize(type)));
  }

  // zkvm_model_tensor[] `name`s and their number `name`_count.
  void EmitTensors(const std::string& name, std::span<const TensorInfo> infos,
                   const std::vector<ValueId>& ids) {
    llvm::Type* const pointer = builder_.getPtrTy();
    llvm::Type* const byte = builder_.getInt8Ty();
    llvm::Type* const word = builder_.getInt32Ty();
    llvm::StructType* const type = llvm::StructType::get(
        context_,
        {pointer, byte, byte, byte, byte, pointer, builder_.getFloatTy(), pointer, word, pointer});
    llvm::Constant* const null = llvm::ConstantPointerNull::get(builder_.getPtrTy());
    std::vector<llvm::Constant*> tensors;
    for (size_t i = 0; i < ids.size(); ++i) {
      const TensorInfo& info = infos[i];
      const Value& value = graph_.At(ids[i]);
      if (info.type != value.type) {
        throw CompileError("'" + info.name + "' is described as " + ToString(info.type) +
                           ", not as " + ToString(value.type));
      }
      std::vector<uint32_t> extents(value.type.shape.begin(), value.type.shape.end());
      llvm::Constant* const shape =
          NewConstant(llvm::ConstantDataArray::get(context_, extents), name + "_shape", 4);
      tensors.push_back(llvm::ConstantStruct::get(
          type, {builder_.CreateGlobalString(info.name, name + "_name", 0, module_.get()),
                 builder_.getInt8(static_cast<uint8_t>(value.type.dtype)),
                 builder_.getInt8(static_cast<uint8_t>(info.visibility)),
                 builder_.getInt8(static_cast<uint8_t>(extents.size())),
                 builder_.getInt8(static_cast<uint8_t>(value.dynamic_axis)), shape,
                 llvm::ConstantFP::get(context_, llvm::APFloat(info.scale)), AddressOf(ids[i]),
                 builder_.getInt32(static_cast<uint32_t>(value.type.bytes())),
                 value.dynamic_axis >= 0 ? ExtentOf(ids[i]) : null}));
    }
    const auto define = [&](llvm::Constant* value, const std::string& symbol) {
      llvm::GlobalVariable* const global = NewConstant(value, symbol, 4);
      global->setLinkage(llvm::GlobalValue::ExternalLinkage);
      return global;
    };
    // Reports read them, even of programs that do not.
    llvm::appendToUsed(
        *module_,
        {define(llvm::ConstantArray::get(llvm::ArrayType::get(type, tensors.size()), tensors),
                name + "s"),
         define(builder_.getInt32(static_cast<uint32_t>(ids.size())), name + "_count")});
  }

  const Program& program_;
  const Graph& graph_;
  std::span<const TensorInfo> inputs_, outputs_;
  llvm::LLVMContext context_;
  Target target_;
  std::unique_ptr<llvm::Module> module_;
  llvm::IRBuilder<> builder_;
  Memory memory_;
  NodeCache<NodeCode> cache_;
  std::vector<StepCode> code_;  // for each step
  llvm::GlobalVariable* arena_ = nullptr;
  llvm::GlobalVariable* descriptors_ = nullptr;
  llvm::Value* first_descriptor_ = nullptr;  // its index in .zkml.desc
  std::vector<llvm::Value*> handles_;        // for each step, null where there is none
  std::vector<llvm::GlobalVariable*> handle_slots_;
  std::map<std::pair<llvm::Constant*, uint64_t>, llvm::GlobalVariable*> constants_;
  std::map<ValueId, llvm::GlobalVariable*> extents_;
  GuestObject result_;
};

}  // namespace

bool IsRenaming(const Graph& graph, const Node& node) {
  if (!node.domain.empty() || !node.HasInput(0) || !node.HasOutput(0)) return false;
  static constexpr std::array<std::string_view, 5> kRenamings = {"Flatten", "Identity", "Reshape",
                                                                 "Squeeze", "Unsqueeze"};
  if (std::find(kRenamings.begin(), kRenamings.end(), node.op) == kRenamings.end()) return false;
  const Value& from = graph.At(node.inputs[0]);
  const Value& to = graph.At(node.outputs[0]);
  return from.type.dtype == to.type.dtype && from.type.bytes() == to.type.bytes() &&
         from.dynamic_axis < 0 && to.dynamic_axis < 0;
}

GuestObject EmitGuestObject(const Program& program, std::span<const TensorInfo> inputs,
                            std::span<const TensorInfo> outputs) {
  return ObjectBuilder(program, inputs, outputs).Build();
}

std::string EmitInfoObject(std::string_view json) {
  const Target target(CodeFor::kGuest, Effort::kFast);
  llvm::LLVMContext context;
  const std::unique_ptr<llvm::Module> module = target.NewModule(context);
  std::string assembly = std::string(".section ").append(kInfoSection).append(",\"\",@progbits\n");
  // Lines of bytes as octal escapes where they are not plain.
  constexpr size_t kLine = 4096;
  for (size_t begin = 0; begin < json.size(); begin += kLine) {
    assembly += ".ascii \"";
    for (const char c : json.substr(begin, kLine)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= ' ' && byte < 127 && byte != '"' && byte != '\\') {
        assembly += c;
        continue;
      }
      assembly += '\\';
      for (const int shift : {6, 3, 0}) assembly += static_cast<char>('0' + (byte >> shift & 7));
    }
    assembly += "\"\n";
  }
  module->setModuleInlineAsm(assembly);
  return target.Compile(*module)->getBuffer().str();
}

}  // namespace zkvm::compiler
