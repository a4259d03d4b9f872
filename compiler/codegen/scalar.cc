#include <cmath>
#include <string>

#include "compiler/codegen/emitter_impl.h"
#include "compiler/codegen/formats.h"

namespace zkvm::compiler {
namespace {

using llvm::CmpInst;
using llvm::ConstantInt;

llvm::IRBuilder<>& BuilderOf(Scalar a) { return a.emitter().impl().builder; }

bool IsReal(Scalar a) { return a.type() == DType::kFloat || a.type() == DType::kDouble; }
unsigned WidthOf(Scalar a) { return a.value()->getType()->getScalarSizeInBits(); }

[[noreturn]] void FailTypes(const char* operation, Scalar a) {
  a.emitter().Fail(std::string("the code generator has no ")
                       .append(operation)
                       .append(" of ")
                       .append(NameOf(a.type())));
}

void RequireSame(const char* operation, Scalar a, Scalar b) {
  if (a.type() == b.type()) return;
  a.emitter().Fail(std::string("the code generator met operands of different types in ")
                       .append(operation)
                       .append(": ")
                       .append(NameOf(a.type()))
                       .append(" and ")
                       .append(NameOf(b.type())));
}

Scalar Same(Scalar like, llvm::Value* value) { return Scalar(&like.emitter(), value, like.type()); }
Scalar Bool(Scalar like, llvm::Value* value) {
  return Scalar(&like.emitter(), value, DType::kBool);
}
Scalar Like(Scalar a, double number) { return a.emitter().Number(a.type(), number); }

llvm::Value* IntegerOf(Scalar like, uint64_t value) {
  return ConstantInt::get(like.value()->getType(), value, true);
}

// An i32 that is ordered as the float is; both zeros are 0. Not for NaN.
llvm::Value* OrderKey(llvm::IRBuilder<>& builder, llvm::Value* bits) {
  llvm::Value* const sign = builder.CreateAShr(bits, 31);
  llvm::Value* const magnitude = builder.CreateAnd(bits, 0x7fffffff);
  return builder.CreateSub(builder.CreateXor(magnitude, sign), sign);
}

llvm::Value* IsNanBits(llvm::IRBuilder<>& builder, llvm::Value* bits) {
  return builder.CreateICmpUGT(builder.CreateAnd(bits, 0x7fffffff), builder.getInt32(0x7f800000));
}

// Comparisons of floats by their bits: without floating point in hardware a third of what a call
// of the library costs.
llvm::Value* CompareBits(CmpInst::Predicate integer, Scalar a, Scalar b) {
  llvm::IRBuilder<>& builder = BuilderOf(a);
  const auto is_zero = [](llvm::Value* value) {
    const auto* const constant = llvm::dyn_cast<llvm::ConstantFP>(value);
    return constant != nullptr && constant->isZero();
  };
  llvm::Value* const x = builder.CreateBitCast(a.value(), builder.getInt32Ty());
  llvm::Value* const y = builder.CreateBitCast(b.value(), builder.getInt32Ty());
  // x > 0: from the least positive number to infinity; x < 0 likewise.
  const bool greater = integer == CmpInst::ICMP_SGT, less = integer == CmpInst::ICMP_SLT;
  const auto between = [&](llvm::Value* bits, uint32_t least) {
    llvm::Value* const offset = builder.CreateSub(bits, builder.getInt32(least));
    return builder.CreateICmpULT(offset, builder.getInt32(0x7f800000));
  };
  if (is_zero(b.value()) && (greater || less)) return between(x, greater ? 1 : 0x80000001);
  if (is_zero(a.value()) && (greater || less)) return between(y, less ? 1 : 0x80000001);

  llvm::Value* const compared =
      builder.CreateICmp(integer, OrderKey(builder, x), OrderKey(builder, y));
  llvm::Value* const nan = builder.CreateOr(IsNanBits(builder, x), IsNanBits(builder, y));
  return integer == CmpInst::ICMP_NE ? builder.CreateOr(compared, nan)
                                     : builder.CreateAnd(compared, builder.CreateNot(nan));
}

Scalar Compare(const char* operation, CmpInst::Predicate real, CmpInst::Predicate with_sign,
               CmpInst::Predicate without, Scalar a, Scalar b) {
  RequireSame(operation, a, b);
  if (a.type() == DType::kFloat && a.emitter().impl().guest) {
    return Bool(a, CompareBits(with_sign, a, b));
  }
  const CmpInst::Predicate predicate = IsReal(a) ? real : IsSigned(a.type()) ? with_sign : without;
  return Bool(a, BuilderOf(a).CreateCmp(predicate, a.value(), b.value()));
}

// A function of the runtime without side effects.
llvm::Value* CallPure(Emitter::Impl& impl, const std::string& name, llvm::Type* result,
                      llvm::ArrayRef<llvm::Value*> arguments) {
  llvm::SmallVector<llvm::Type*, 2> types;
  for (const llvm::Value* const argument : arguments) types.push_back(argument->getType());
  llvm::FunctionCallee callee =
      impl.module.getOrInsertFunction(name, llvm::FunctionType::get(result, types, false));
  auto* const declared = llvm::cast<llvm::Function>(callee.getCallee());
  declared->setDoesNotAccessMemory();
  declared->setDoesNotThrow();
  declared->setWillReturn();
  return impl.builder.CreateCall(callee, arguments);
}

// Of at most 32 bits, by the guest's runtime (soft_float.h), whose conversions saturate.
llvm::Value* FloatToIntegerInGuest(Scalar a, DType to) {
  Emitter::Impl& impl = a.emitter().impl();
  llvm::IRBuilder<>& builder = impl.builder;
  llvm::Type* const word = builder.getInt32Ty();
  if (to == DType::kUint32) return CallPure(impl, "__fixunssfsi", word, {a.value()});
  llvm::Value* const whole = CallPure(impl, "__fixsfsi", word, {a.value()});
  llvm::Type* const type = impl.RegisterType(to);
  const unsigned width = type->getScalarSizeInBits();
  if (width == 32) return whole;
  const int32_t least = IsSigned(to) ? -(1 << (width - 1)) : 0;
  const int32_t greatest = IsSigned(to) ? (1 << (width - 1)) - 1 : (1 << width) - 1;
  const auto word_of = [&](int32_t value) {
    return builder.getInt32(static_cast<uint32_t>(value));
  };
  llvm::Value* const raised =
      builder.CreateSelect(builder.CreateICmpSLT(whole, word_of(least)), word_of(least), whole);
  llvm::Value* const clamped = builder.CreateSelect(
      builder.CreateICmpSGT(raised, word_of(greatest)), word_of(greatest), raised);
  return builder.CreateTrunc(clamped, type);
}

struct Divisor {
  llvm::Value* value;    // with 1 in place of what would overflow
  llvm::Value* is_zero;  // null: never
};

Divisor SafeDivisor(Scalar a, Scalar b) {
  llvm::IRBuilder<>& builder = BuilderOf(a);
  const auto* const constant = llvm::dyn_cast<ConstantInt>(b.value());
  if (constant != nullptr && !constant->isZero() && !constant->isMinusOne()) {
    return {b.value(), nullptr};
  }
  llvm::Value* const is_zero = builder.CreateICmpEQ(b.value(), IntegerOf(b, 0));
  llvm::Value* unsafe = is_zero;
  if (IsSigned(a.type())) {
    const auto least = llvm::APInt::getSignedMinValue(WidthOf(a));
    llvm::Value* const overflows = builder.CreateAnd(
        builder.CreateICmpEQ(a.value(), ConstantInt::get(a.value()->getType(), least)),
        builder.CreateICmpEQ(b.value(), IntegerOf(b, ~uint64_t{0})));
    unsafe = builder.CreateOr(is_zero, overflows);
  }
  return {builder.CreateSelect(unsafe, IntegerOf(b, 1), b.value()), is_zero};
}

void RequireInteger(const char* operation, Scalar a) {
  if (!IsInteger(a.type())) FailTypes(operation, a);
}

}  // namespace

Scalar operator+(Scalar a, Scalar b) {
  RequireSame("+", a, b);
  llvm::IRBuilder<>& builder = BuilderOf(a);
  if (IsReal(a)) return Same(a, builder.CreateFAdd(a.value(), b.value()));
  RequireInteger("+", a);
  return Same(a, builder.CreateAdd(a.value(), b.value()));
}

Scalar operator-(Scalar a, Scalar b) {
  RequireSame("-", a, b);
  llvm::IRBuilder<>& builder = BuilderOf(a);
  if (IsReal(a)) return Same(a, builder.CreateFSub(a.value(), b.value()));
  RequireInteger("-", a);
  return Same(a, builder.CreateSub(a.value(), b.value()));
}

Scalar operator*(Scalar a, Scalar b) {
  RequireSame("*", a, b);
  llvm::IRBuilder<>& builder = BuilderOf(a);
  if (IsReal(a)) return Same(a, builder.CreateFMul(a.value(), b.value()));
  RequireInteger("*", a);
  return Same(a, builder.CreateMul(a.value(), b.value()));
}

Scalar operator/(Scalar a, Scalar b) {
  RequireSame("/", a, b);
  llvm::IRBuilder<>& builder = BuilderOf(a);
  if (IsReal(a)) return Same(a, builder.CreateFDiv(a.value(), b.value()));
  RequireInteger("/", a);
  const Divisor divisor = SafeDivisor(a, b);
  llvm::Value* const quotient = IsSigned(a.type()) ? builder.CreateSDiv(a.value(), divisor.value)
                                                   : builder.CreateUDiv(a.value(), divisor.value);
  if (divisor.is_zero == nullptr) return Same(a, quotient);
  return Same(a, builder.CreateSelect(divisor.is_zero, IntegerOf(a, ~uint64_t{0}), quotient));
}

Scalar operator%(Scalar a, Scalar b) {
  RequireSame("%", a, b);
  if (IsReal(a)) return Math("fmod", a, b);
  RequireInteger("%", a);
  llvm::IRBuilder<>& builder = BuilderOf(a);
  const Divisor divisor = SafeDivisor(a, b);
  llvm::Value* const remainder = IsSigned(a.type()) ? builder.CreateSRem(a.value(), divisor.value)
                                                    : builder.CreateURem(a.value(), divisor.value);
  if (divisor.is_zero == nullptr) return Same(a, remainder);
  return Same(a, builder.CreateSelect(divisor.is_zero, a.value(), remainder));
}

Scalar operator-(Scalar a) {
  if (IsReal(a)) return Same(a, BuilderOf(a).CreateFNeg(a.value()));
  RequireInteger("-", a);
  return Same(a, BuilderOf(a).CreateNeg(a.value()));
}

Scalar operator+(Scalar a, double b) { return a + Like(a, b); }
Scalar operator-(Scalar a, double b) { return a - Like(a, b); }
Scalar operator*(Scalar a, double b) { return a * Like(a, b); }
Scalar operator/(Scalar a, double b) { return a / Like(a, b); }
Scalar operator%(Scalar a, double b) { return a % Like(a, b); }
Scalar operator+(double a, Scalar b) { return Like(b, a) + b; }
Scalar operator-(double a, Scalar b) { return Like(b, a) - b; }
Scalar operator*(double a, Scalar b) { return Like(b, a) * b; }
Scalar operator/(double a, Scalar b) { return Like(b, a) / b; }

Scalar operator<(Scalar a, Scalar b) {
  return Compare("<", CmpInst::FCMP_OLT, CmpInst::ICMP_SLT, CmpInst::ICMP_ULT, a, b);
}
Scalar operator<=(Scalar a, Scalar b) {
  return Compare("<=", CmpInst::FCMP_OLE, CmpInst::ICMP_SLE, CmpInst::ICMP_ULE, a, b);
}
Scalar operator>(Scalar a, Scalar b) {
  return Compare(">", CmpInst::FCMP_OGT, CmpInst::ICMP_SGT, CmpInst::ICMP_UGT, a, b);
}
Scalar operator>=(Scalar a, Scalar b) {
  return Compare(">=", CmpInst::FCMP_OGE, CmpInst::ICMP_SGE, CmpInst::ICMP_UGE, a, b);
}
Scalar operator==(Scalar a, Scalar b) {
  return Compare("==", CmpInst::FCMP_OEQ, CmpInst::ICMP_EQ, CmpInst::ICMP_EQ, a, b);
}
Scalar operator!=(Scalar a, Scalar b) {
  return Compare("!=", CmpInst::FCMP_UNE, CmpInst::ICMP_NE, CmpInst::ICMP_NE, a, b);
}
Scalar operator<(Scalar a, double b) { return a < Like(a, b); }
Scalar operator<=(Scalar a, double b) { return a <= Like(a, b); }
Scalar operator>(Scalar a, double b) { return a > Like(a, b); }
Scalar operator>=(Scalar a, double b) { return a >= Like(a, b); }
Scalar operator==(Scalar a, double b) { return a == Like(a, b); }
Scalar operator!=(Scalar a, double b) { return a != Like(a, b); }

Scalar operator&(Scalar a, Scalar b) {
  RequireSame("&", a, b);
  if (IsReal(a)) FailTypes("&", a);
  return Same(a, BuilderOf(a).CreateAnd(a.value(), b.value()));
}
Scalar operator|(Scalar a, Scalar b) {
  RequireSame("|", a, b);
  if (IsReal(a)) FailTypes("|", a);
  return Same(a, BuilderOf(a).CreateOr(a.value(), b.value()));
}
Scalar operator^(Scalar a, Scalar b) {
  RequireSame("^", a, b);
  if (IsReal(a)) FailTypes("^", a);
  return Same(a, BuilderOf(a).CreateXor(a.value(), b.value()));
}
Scalar operator~(Scalar a) {
  if (IsReal(a)) FailTypes("~", a);
  return Same(a, BuilderOf(a).CreateNot(a.value()));
}

Scalar operator<<(Scalar a, Scalar bits) {
  RequireSame("<<", a, bits);
  RequireInteger("<<", a);
  llvm::IRBuilder<>& builder = BuilderOf(a);
  llvm::Value* const inside = builder.CreateICmpULT(bits.value(), IntegerOf(bits, WidthOf(a)));
  llvm::Value* const amount = builder.CreateSelect(inside, bits.value(), IntegerOf(bits, 0));
  llvm::Value* const shifted = builder.CreateShl(a.value(), amount);
  return Same(a, builder.CreateSelect(inside, shifted, IntegerOf(a, 0)));
}

Scalar operator>>(Scalar a, Scalar bits) {
  RequireSame(">>", a, bits);
  RequireInteger(">>", a);
  llvm::IRBuilder<>& builder = BuilderOf(a);
  llvm::Value* const inside = builder.CreateICmpULT(bits.value(), IntegerOf(bits, WidthOf(a)));
  if (IsSigned(a.type())) {
    llvm::Value* const amount =
        builder.CreateSelect(inside, bits.value(), IntegerOf(a, WidthOf(a) - 1));
    return Same(a, builder.CreateAShr(a.value(), amount));
  }
  llvm::Value* const amount = builder.CreateSelect(inside, bits.value(), IntegerOf(bits, 0));
  llvm::Value* const shifted = builder.CreateLShr(a.value(), amount);
  return Same(a, builder.CreateSelect(inside, shifted, IntegerOf(a, 0)));
}

Scalar Max(Scalar a, Scalar b) { return Select(a < b, b, a); }
Scalar Min(Scalar a, Scalar b) { return Select(b < a, b, a); }

Scalar Abs(Scalar a) {
  llvm::IRBuilder<>& builder = BuilderOf(a);
  if (IsReal(a)) return Same(a, builder.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a.value()));
  RequireInteger("Abs", a);
  return IsSigned(a.type()) ? Select(a < 0.0, -a, a) : a;
}

Scalar Select(Scalar condition, Scalar yes, Scalar no) {
  RequireSame("Select", yes, no);
  if (condition.type() != DType::kBool) FailTypes("condition", condition);
  return Same(yes, BuilderOf(yes).CreateSelect(condition.value(), yes.value(), no.value()));
}

Scalar Cast(Scalar a, DType to) {
  if (a.type() == to) return a;
  Emitter& e = a.emitter();
  llvm::IRBuilder<>& builder = BuilderOf(a);
  if (to == DType::kFloat16 || to == DType::kBfloat16) {
    const Scalar wide = a.type() == DType::kDouble ? RoundToOdd(a) : Cast(a, DType::kFloat);
    return to == DType::kFloat16 ? Float16ToFloat(FloatToFloat16(wide))
                                 : Bfloat16ToFloat(FloatToBfloat16(wide));
  }
  if (to == DType::kBool) return a != 0.0;
  llvm::Type* const type = e.impl().RegisterType(to);
  llvm::Value* value = nullptr;
  const bool to_real = to == DType::kFloat || to == DType::kDouble;
  if (IsReal(a)) {
    if (to_real) {
      value = builder.CreateFPCast(a.value(), type);
    } else if (e.impl().guest && a.type() == DType::kFloat && type->getScalarSizeInBits() <= 32) {
      value = FloatToIntegerInGuest(a, to);
    } else {
      value = builder.CreateIntrinsic(
          IsSigned(to) ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat,
          {type, a.value()->getType()}, {a.value()});
    }
  } else if (to_real) {
    value = IsSigned(a.type()) ? builder.CreateSIToFP(a.value(), type)
                               : builder.CreateUIToFP(a.value(), type);
  } else {
    value = builder.CreateIntCast(a.value(), type, IsSigned(a.type()));
  }
  return Scalar(&e, value, to);
}

Scalar Bits(Scalar a) {
  if (!IsReal(a)) FailTypes("Bits", a);
  const DType type = a.type() == DType::kFloat ? DType::kInt32 : DType::kInt64;
  Emitter& e = a.emitter();
  return Scalar(&e, BuilderOf(a).CreateBitCast(a.value(), e.impl().RegisterType(type)), type);
}

Scalar FromBits(Scalar bits) {
  const unsigned width = WidthOf(bits);
  if (!IsInteger(bits.type()) || width < 32) FailTypes("FromBits", bits);
  const DType type = width == 32 ? DType::kFloat : DType::kDouble;
  Emitter& e = bits.emitter();
  return Scalar(&e, BuilderOf(bits).CreateBitCast(bits.value(), e.impl().RegisterType(type)), type);
}

namespace {

Scalar CallMath(std::string_view function, std::initializer_list<Scalar> arguments) {
  const Scalar first = *arguments.begin();
  if (!IsReal(first)) FailTypes(std::string(function).c_str(), first);
  llvm::SmallVector<llvm::Value*, 2> values;
  for (const Scalar argument : arguments) {
    RequireSame("a function", first, argument);
    values.push_back(argument.value());
  }
  std::string name = std::string("zkvm_math_").append(function);
  if (first.type() == DType::kFloat) name += 'f';
  return Same(first, CallPure(first.emitter().impl(), name, first.value()->getType(), values));
}

}  // namespace

Scalar Math(std::string_view function, Scalar a) { return CallMath(function, {a}); }
Scalar Math(std::string_view function, Scalar a, Scalar b) { return CallMath(function, {a, b}); }

}  // namespace zkvm::compiler
