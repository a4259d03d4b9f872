#include "compiler/codegen/emitter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "compiler/codegen/emitter_impl.h"
#include "compiler/codegen/formats.h"
#include "compiler/operators/inference.h"

namespace zkvm::compiler {

using llvm::BasicBlock;
using llvm::ConstantInt;

llvm::Type* Emitter::Impl::RegisterType(DType type) {
  switch (type) {
    case DType::kBool:
      return builder.getInt1Ty();
    case DType::kUint8:
    case DType::kInt8:
      return builder.getInt8Ty();
    case DType::kUint16:
    case DType::kInt16:
      return builder.getInt16Ty();
    case DType::kUint32:
    case DType::kInt32:
      return builder.getInt32Ty();
    case DType::kUint64:
    case DType::kInt64:
      return builder.getInt64Ty();
    case DType::kFloat:
    case DType::kFloat16:
    case DType::kBfloat16:
      return builder.getFloatTy();
    case DType::kDouble:
      return builder.getDoubleTy();
    case DType::kUndefined:
    case DType::kString:
      break;
  }
  compiler::Fail(
      node, std::string("no code can be generated for elements of type ").append(NameOf(type)));
}

llvm::Type* Emitter::Impl::MemoryType(DType type) {
  switch (type) {
    case DType::kBool:
      return builder.getInt8Ty();
    case DType::kFloat16:
    case DType::kBfloat16:
      return builder.getInt16Ty();
    default:
      return RegisterType(type);
  }
}

llvm::Value* Emitter::Impl::ElementAddress(const Array& array, Scalar position) {
  if (position.type() != DType::kInt32)
    compiler::Fail(node, "the code generator met a position not int32");
  return builder.CreateInBoundsGEP(MemoryType(array.dtype()), array.data(), position.value());
}

llvm::Constant* Emitter::Impl::String(std::string_view text) {
  return builder.CreateGlobalString(text, "message", 0, &module);
}

Emitter::Emitter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Emitter::~Emitter() = default;

const Node& Emitter::node() const { return impl_->node; }
size_t Emitter::inputs() const { return impl_->inputs.size(); }
size_t Emitter::outputs() const { return impl_->outputs.size(); }
bool Emitter::Has(size_t i) const { return node().HasInput(i); }
bool Emitter::Wants(size_t i) const { return node().HasOutput(i); }

Array Emitter::Input(size_t i) const {
  if (!Has(i)) Fail(std::string("input ").append(std::to_string(i)).append(" is missing"));
  impl_->input_used[i] = true;
  return Array(impl_->inputs[i], impl_->graph.At(node().inputs[i]).type);
}

Array Emitter::Output(size_t i) const {
  if (!Wants(i)) Fail(std::string("output ").append(std::to_string(i)).append(" is missing"));
  return Array(impl_->outputs[i], impl_->graph.At(node().outputs[i]).type);
}

const Literal* Emitter::Constant(size_t i) const {
  if (!Has(i)) return nullptr;
  std::vector<size_t>& asked = impl_->constants_asked_for;
  if (std::find(asked.begin(), asked.end(), i) == asked.end()) asked.push_back(i);
  const std::optional<Literal>& constant = impl_->graph.At(node().inputs[i]).constant;
  return constant.has_value() ? &*constant : nullptr;
}

void Emitter::SetExtent(size_t i, Scalar extent) {
  if (!Wants(i)) return;
  if (impl_->extents[i] == nullptr) Fail("the extent of an output without a dynamic axis is set");
  impl_->builder.CreateStore(Cast(extent, DType::kInt32).value(), impl_->extents[i]);
}

Scalar Emitter::Number(DType type, double value) {
  if (type == DType::kBool) return Integer(type, value != 0 ? 1 : 0);
  llvm::Type* const llvm_type = impl_->RegisterType(type);
  if (llvm_type->isFloatTy() || llvm_type->isDoubleTy()) {
    llvm::Value* const constant =
        llvm_type->isFloatTy()
            ? llvm::ConstantFP::get(impl_->context(), llvm::APFloat(static_cast<float>(value)))
            : llvm::ConstantFP::get(impl_->context(), llvm::APFloat(value));
    return Scalar(this, constant, llvm_type->isFloatTy() ? DType::kFloat : DType::kDouble);
  }
  // Through the 64-bit type of the same signedness; outside of it the nearest number.
  if (std::isnan(value)) return Integer(type, 0);
  if (value < 0) {
    return Integer(type, value <= -0x1p63 ? INT64_MIN : static_cast<int64_t>(value));
  }
  const uint64_t whole = value >= 0x1p64 ? UINT64_MAX : static_cast<uint64_t>(value);
  return Integer(type, static_cast<int64_t>(whole));
}

Scalar Emitter::Integer(DType type, int64_t value) {
  llvm::Type* const llvm_type = impl_->RegisterType(type);
  if (!llvm_type->isIntegerTy()) return Number(type, static_cast<double>(value));
  return Scalar(this, ConstantInt::get(llvm_type, static_cast<uint64_t>(value), true), type);
}

Scalar Emitter::Lowest(DType type) {
  llvm::Type* const llvm_type = impl_->RegisterType(type);
  if (!llvm_type->isIntegerTy()) return Number(type, -std::numeric_limits<double>::infinity());
  const unsigned width = llvm_type->getScalarSizeInBits();
  return Scalar(this,
                ConstantInt::get(llvm_type, IsSigned(type) ? llvm::APInt::getSignedMinValue(width)
                                                           : llvm::APInt::getMinValue(width)),
                type);
}

Scalar Emitter::Highest(DType type) {
  llvm::Type* const llvm_type = impl_->RegisterType(type);
  if (!llvm_type->isIntegerTy()) return Number(type, std::numeric_limits<double>::infinity());
  const unsigned width = llvm_type->getScalarSizeInBits();
  return Scalar(this,
                ConstantInt::get(llvm_type, IsSigned(type) ? llvm::APInt::getSignedMaxValue(width)
                                                           : llvm::APInt::getMaxValue(width)),
                type);
}

Scalar Emitter::Load(const Array& array, Scalar position) {
  llvm::IRBuilder<>& builder = impl_->builder;
  llvm::Value* const address = impl_->ElementAddress(array, position);
  llvm::Value* const value = builder.CreateLoad(impl_->MemoryType(array.dtype()), address);
  switch (array.dtype()) {
    case DType::kBool:
      return Scalar(this, builder.CreateICmpNE(value, builder.getInt8(0)), DType::kBool);
    case DType::kFloat16:
      return Float16ToFloat(Scalar(this, value, DType::kUint16));
    case DType::kBfloat16:
      return Bfloat16ToFloat(Scalar(this, value, DType::kUint16));
    default:
      return Scalar(this, value, array.dtype());
  }
}

void Emitter::Store(const Array& array, Scalar position, Scalar value) {
  llvm::IRBuilder<>& builder = impl_->builder;
  llvm::Value* stored = value.value();
  DType type = array.dtype();
  if (type == DType::kBool) {
    if (value.type() == type) stored = builder.CreateZExt(stored, builder.getInt8Ty());
  } else if (type == DType::kFloat16 || type == DType::kBfloat16) {
    const Scalar narrow = value.type() == DType::kDouble ? RoundToOdd(value) : value;
    type = DType::kFloat;
    if (narrow.type() == type) {
      stored = (array.dtype() == DType::kFloat16 ? FloatToFloat16(narrow) : FloatToBfloat16(narrow))
                   .value();
    }
    value = narrow;
  }
  if (value.type() != type) {
    Fail(std::string("the code generator was to store ")
             .append(NameOf(value.type()))
             .append(" as ")
             .append(NameOf(array.dtype())));
  }
  builder.CreateStore(stored, impl_->ElementAddress(array, position));
}

// Positions inside arrays do not overflow, which lets loops be vectorized.
Scalar Emitter::Position(const Array& array, Index index) {
  if (index.size() != array.shape().size()) Fail("the code generator met an index of another rank");
  llvm::IRBuilder<>& builder = impl_->builder;
  llvm::Value* position = nullptr;
  for (size_t i = 0; i < index.size(); ++i) {
    if (index[i].type() != DType::kInt32) Fail("the code generator met an index not int32");
    if (position == nullptr) {
      position = index[i].value();
      continue;
    }
    llvm::Value* const extent = builder.getInt32(static_cast<uint32_t>(array.shape()[i]));
    position = builder.CreateNSWAdd(builder.CreateNSWMul(position, extent), index[i].value());
  }
  return position == nullptr ? Int(0) : Scalar(this, position, DType::kInt32);
}

Scalar Emitter::BroadcastPosition(const Array& array, Index index) {
  const size_t rank = array.shape().size();
  if (index.size() < rank) Fail("the code generator met an index of lower rank");
  std::vector<Scalar> own(index.end() - static_cast<std::ptrdiff_t>(rank), index.end());
  for (size_t i = 0; i < rank; ++i) {
    if (array.shape()[i] == 1) own[i] = Int(0);
  }
  return Position(array, own);
}

Array Emitter::Temporary(Type type) {
  const uint64_t offset = (impl_->scratch_bytes + 15) & ~uint64_t{15};
  impl_->scratch_bytes = offset + type.bytes();
  if (impl_->scratch_bytes > static_cast<uint64_t>(kMaxValueBytes)) {
    Fail("it needs more memory to compute in than a guest has");
  }
  llvm::Value* const data =
      impl_->builder.CreateConstInBoundsGEP1_64(impl_->builder.getInt8Ty(), impl_->scratch, offset);
  return Array(data, std::move(type));
}

Array Emitter::Table(const Literal& literal) {
  const auto bytes = literal.bytes();
  llvm::Constant* const data = llvm::ConstantDataArray::get(
      impl_->context(), llvm::ArrayRef<uint8_t>(bytes.data(), bytes.size()));
  // Equal tables of the module are one.
  for (llvm::GlobalVariable& existing : impl_->module.globals()) {
    if (existing.isConstant() && existing.hasInitializer() && existing.getInitializer() == data &&
        existing.hasPrivateLinkage() && existing.getAlign().valueOrOne() >= 16) {
      return Array(&existing, literal.type());
    }
  }
  auto* const table = new llvm::GlobalVariable(impl_->module, data->getType(), true,
                                               llvm::GlobalValue::PrivateLinkage, data, "table");
  table->setAlignment(llvm::Align(16));
  return Array(table, literal.type());
}

void Emitter::Copy(const Array& from, const Array& to) {
  CopyRange(from, Int(0), to, Int(0), Int(from.elements()));
}

void Emitter::CopyRange(const Array& from, Scalar from_position, const Array& to,
                        Scalar to_position, Scalar count) {
  if (from.dtype() != to.dtype()) Fail("the code generator was to copy between types");
  if (count.type() != DType::kInt32) Fail("the code generator met a count not int32");
  llvm::IRBuilder<>& builder = impl_->builder;
  const auto size = static_cast<uint32_t>(ByteSize(from.dtype()));
  const llvm::Align align(size);
  llvm::Value* const bytes = builder.CreateMul(count.value(), builder.getInt32(size));
  builder.CreateMemCpy(impl_->ElementAddress(to, to_position), align,
                       impl_->ElementAddress(from, from_position), align, bytes);
}

Scalar Variable::Get() const {
  Emitter::Impl& impl = emitter_->impl();
  return Scalar(emitter_, impl.builder.CreateLoad(impl.RegisterType(type_), slot_), type_);
}

void Variable::Set(Scalar value) const {
  if (value.type() != type_) emitter_->Fail("the code generator met a variable of another type");
  emitter_->impl().builder.CreateStore(value.value(), slot_);
}

// Slots are in the entry block, where mem2reg takes them up.
Variable Emitter::Local(Scalar initial) {
  BasicBlock& entry = impl_->function.getEntryBlock();
  llvm::IRBuilder<> at_entry(&entry, entry.getFirstInsertionPt());
  Variable variable(this, at_entry.CreateAlloca(impl_->RegisterType(initial.type())),
                    initial.type());
  variable.Set(initial);
  return variable;
}

void Emitter::For(Scalar begin, Scalar end, const std::function<void(Scalar)>& body) {
  if (begin.type() != DType::kInt32 || end.type() != DType::kInt32) {
    Fail("the code generator met the bound of a loop that is not int32");
  }
  const auto* const first = llvm::dyn_cast<ConstantInt>(begin.value());
  const auto* const last = llvm::dyn_cast<ConstantInt>(end.value());
  if (first != nullptr && last != nullptr) {
    const int64_t count = last->getSExtValue() - first->getSExtValue();
    if (count <= 0) return;
    if (count == 1) return body(begin);
  }
  llvm::IRBuilder<>& builder = impl_->builder;
  BasicBlock* const before = builder.GetInsertBlock();
  BasicBlock* const inside = impl_->NewBlock("loop");
  BasicBlock* const after = impl_->NewBlock("done");
  // With constant bounds this folds to a jump.
  builder.CreateCondBr(builder.CreateICmpSLT(begin.value(), end.value()), inside, after);
  builder.SetInsertPoint(inside);
  llvm::PHINode* const index = builder.CreatePHI(builder.getInt32Ty(), 2);
  index->addIncoming(begin.value(), before);
  body(Scalar(this, index, DType::kInt32));
  llvm::Value* const next = builder.CreateNSWAdd(index, builder.getInt32(1));
  index->addIncoming(next, builder.GetInsertBlock());
  builder.CreateCondBr(builder.CreateICmpSLT(next, end.value()), inside, after);
  builder.SetInsertPoint(after);
}

void Emitter::ForEach(const Shape& shape, const std::function<void(Index)>& body) {
  std::vector<Scalar> index(shape.size());
  const std::function<void(size_t)> nest = [&](size_t axis) {
    if (axis == shape.size()) return body(index);
    For(shape[axis], [&](Scalar i) {
      index[axis] = i;
      nest(axis + 1);
    });
  };
  nest(0);
}

void Emitter::While(const std::function<Scalar()>& condition, const std::function<void()>& body) {
  llvm::IRBuilder<>& builder = impl_->builder;
  BasicBlock* const head = impl_->NewBlock("while");
  BasicBlock* const inside = impl_->NewBlock("loop");
  BasicBlock* const after = impl_->NewBlock("done");
  builder.CreateBr(head);
  builder.SetInsertPoint(head);
  builder.CreateCondBr(condition().value(), inside, after);
  builder.SetInsertPoint(inside);
  body();
  builder.CreateBr(head);
  builder.SetInsertPoint(after);
}

void Emitter::If(Scalar condition, const std::function<void()>& then,
                 const std::function<void()>& otherwise) {
  llvm::IRBuilder<>& builder = impl_->builder;
  BasicBlock* const yes = impl_->NewBlock("then");
  BasicBlock* const no = otherwise ? impl_->NewBlock("else") : nullptr;
  BasicBlock* const after = impl_->NewBlock("endif");
  builder.CreateCondBr(condition.value(), yes, no != nullptr ? no : after);
  builder.SetInsertPoint(yes);
  then();
  builder.CreateBr(after);
  if (no != nullptr) {
    builder.SetInsertPoint(no);
    otherwise();
    builder.CreateBr(after);
  }
  builder.SetInsertPoint(after);
}

Scalar Emitter::Fold(int64_t count, Scalar initial,
                     const std::function<Scalar(Scalar, Scalar)>& body) {
  const Variable result = Local(initial);
  For(count, [&](Scalar i) { result.Set(body(i, result.Get())); });
  return result.Get();
}

void Emitter::Trap(std::string_view message) {
  llvm::IRBuilder<>& builder = impl_->builder;
  // Nodes that share code have an operator in common, not a name.
  llvm::Constant* const text = impl_->String(
      impl_->guest ? std::string(node().op).append(": ").append(message) : std::string(message));
  if (impl_->guest) {
    const auto panic =
        impl_->module.getOrInsertFunction("zkvm_panic", builder.getVoidTy(), builder.getPtrTy());
    llvm::CallInst* const call = builder.CreateCall(panic, {text});
    call->setDoesNotReturn();
    builder.CreateUnreachable();
  } else {
    builder.CreateRet(text);
  }
  builder.SetInsertPoint(impl_->NewBlock("unreachable"));  // for what the caller adds
}

void Emitter::Check(Scalar ok, std::string_view message) {
  If(~ok, [&] { Trap(message); });
}

}  // namespace zkvm::compiler
