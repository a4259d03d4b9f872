// Writes the code of one node: loops over the elements of its inputs and outputs.
//
// An operator's emit function reads like the definition of the operator:
//
//   void EmitRelu(Emitter& e) {
//     const Array x = e.Input(0), y = e.Output(0);
//     e.For(y.elements(), [&](Scalar i) { e.Store(y, i, Max(e.Load(x, i), e.Zero(x.dtype()))); });
//   }
//
// The same code is compiled for the guest (RV32IM, floating point in software) and for this machine
// (constant folding, calibration, reference), with the same results bit by bit: no contraction, no
// reassociation, and mathematical functions from one source (compiler/runtime/math.h). Only which
// NaN a NaN is may differ.
//
// Nothing of LLVM is needed to use this header.
#ifndef ZKVM_COMPILER_CODEGEN_EMITTER_H_
#define ZKVM_COMPILER_CODEGEN_EMITTER_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/graph/type.h"

namespace llvm {
class Value;
}

namespace zkvm::compiler {

class Emitter;

// A register: bool, an integer type, float or double. Binary operations take two of one type; where
// one operand is a number, it becomes a constant of the other's type.
class Scalar {
 public:
  Scalar() = default;
  Scalar(Emitter* emitter, llvm::Value* value, DType type)
      : emitter_(emitter), value_(value), type_(type) {}

  DType type() const { return type_; }
  llvm::Value* value() const { return value_; }
  Emitter& emitter() const { return *emitter_; }

 private:
  Emitter* emitter_ = nullptr;
  llvm::Value* value_ = nullptr;
  DType type_ = DType::kUndefined;
};

// Integers wrap. Division of integers truncates; by 0 it gives all ones and the remainder is the
// dividend, as in RISC-V. Floating point is IEEE 754 to nearest even.
Scalar operator+(Scalar a, Scalar b);
Scalar operator-(Scalar a, Scalar b);
Scalar operator*(Scalar a, Scalar b);
Scalar operator/(Scalar a, Scalar b);
Scalar operator%(Scalar a, Scalar b);  // the sign of the dividend; fmod for floats
Scalar operator-(Scalar a);
Scalar operator+(Scalar a, double b);
Scalar operator-(Scalar a, double b);
Scalar operator*(Scalar a, double b);
Scalar operator/(Scalar a, double b);
Scalar operator%(Scalar a, double b);
Scalar operator+(double a, Scalar b);
Scalar operator-(double a, Scalar b);
Scalar operator*(double a, Scalar b);
Scalar operator/(double a, Scalar b);
// Bool. Comparisons with NaN are false, but != is true.
Scalar operator<(Scalar a, Scalar b);
Scalar operator<=(Scalar a, Scalar b);
Scalar operator>(Scalar a, Scalar b);
Scalar operator>=(Scalar a, Scalar b);
Scalar operator==(Scalar a, Scalar b);
Scalar operator!=(Scalar a, Scalar b);
Scalar operator<(Scalar a, double b);
Scalar operator<=(Scalar a, double b);
Scalar operator>(Scalar a, double b);
Scalar operator>=(Scalar a, double b);
Scalar operator==(Scalar a, double b);
Scalar operator!=(Scalar a, double b);
// Bools (both operands are evaluated) and integers.
Scalar operator&(Scalar a, Scalar b);
Scalar operator|(Scalar a, Scalar b);
Scalar operator^(Scalar a, Scalar b);
Scalar operator~(Scalar a);                // of a bool: not
Scalar operator<<(Scalar a, Scalar bits);  // 0 from the width on
Scalar operator>>(Scalar a, Scalar bits);  // arithmetic for signed types; saturates at the width

// a < b ? b : a, and b < a ? b : a: the first operand where one is NaN.
Scalar Max(Scalar a, Scalar b);
Scalar Min(Scalar a, Scalar b);
Scalar Abs(Scalar a);
Scalar Select(Scalar condition, Scalar yes, Scalar no);
// As C converts, but floats to integers saturate (NaN: 0), and to bool: != 0. To float16 or
// bfloat16: the float that is nearest in that format.
Scalar Cast(Scalar a, DType to);
// The bits of a float as int32, of a double as int64, and back.
Scalar Bits(Scalar a);
Scalar FromBits(Scalar bits);
// Float or double; from compiler/runtime/math.h: "sqrt", "exp", "log", "sin", ..., by the name of C
// without suffix. One or two arguments.
Scalar Math(std::string_view function, Scalar a);
Scalar Math(std::string_view function, Scalar a, Scalar b);
// To nearest, ties to even; also floor, ceil, trunc.
Scalar Round(Scalar a);
Scalar Floor(Scalar a);
Scalar Ceil(Scalar a);
Scalar Trunc(Scalar a);

// Memory that holds a tensor.
class Array {
 public:
  Array() = default;
  Array(llvm::Value* data, Type type) : data_(data), type_(std::move(type)) {}

  llvm::Value* data() const { return data_; }
  const Type& type() const { return type_; }
  DType dtype() const { return type_.dtype; }
  const Shape& shape() const { return type_.shape; }
  int64_t rank() const { return static_cast<int64_t>(type_.shape.size()); }
  int64_t dim(int64_t i) const { return type_.shape[static_cast<size_t>(i)]; }
  int64_t elements() const { return type_.elements(); }
  // The same memory under another shape of as many elements.
  Array Reshaped(Shape shape) const { return Array(data_, {type_.dtype, std::move(shape)}); }

 private:
  llvm::Value* data_ = nullptr;
  Type type_;
};

// A register that changes: accumulators, flags, positions.
class Variable {
 public:
  Variable() = default;
  Variable(Emitter* emitter, llvm::Value* slot, DType type)
      : emitter_(emitter), slot_(slot), type_(type) {}
  Scalar Get() const;
  void Set(Scalar value) const;

 private:
  Emitter* emitter_ = nullptr;
  llvm::Value* slot_ = nullptr;
  DType type_ = DType::kUndefined;
};

using Index = std::span<const Scalar>;  // of type kInt32, outermost first

class Emitter {
 public:
  class Impl;
  explicit Emitter(std::unique_ptr<Impl> impl);
  ~Emitter();
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;

  const Node& node() const;
  size_t inputs() const;
  size_t outputs() const;
  bool Has(size_t i) const;    // input
  bool Wants(size_t i) const;  // output
  // REQUIRES: Has(i), Wants(i).
  Array Input(size_t i) const;
  Array Output(size_t i) const;
  // Null if the input is no constant. Nodes that differ in a constant which is asked for here do
  // not share code; the others may.
  const Literal* Constant(size_t i) const;
  // Of an output with a dynamic axis: its extent, which the operator has to set (kInt32). The
  // elements lie without gaps as of a tensor of that extent, at the beginning of the array.
  void SetExtent(size_t i, Scalar extent);
  [[noreturn]] void Fail(std::string_view what) const { compiler::Fail(node(), what); }

  Scalar Zero(DType type) { return Number(type, 0); }
  Scalar Number(DType type, double value);    // converted as by C
  Scalar Integer(DType type, int64_t value);  // exact
  Scalar Int(int64_t value) { return Integer(DType::kInt32, value); }
  // The least (-inf) and greatest (+inf) value.
  Scalar Lowest(DType type);
  Scalar Highest(DType type);

  // Elements by their row-major position (kInt32). float16 and bfloat16 are loaded as float and
  // rounded when stored; bool is loaded as bool. The scalar has the array's type otherwise.
  Scalar Load(const Array& array, Scalar position);
  void Store(const Array& array, Scalar position, Scalar value);
  Scalar Load(const Array& array, int64_t position) { return Load(array, Int(position)); }
  void Store(const Array& array, int64_t position, Scalar value) {
    Store(array, Int(position), value);
  }
  // Elements by index; one Scalar for each dimension.
  Scalar Load(const Array& array, Index index) { return Load(array, Position(array, index)); }
  void Store(const Array& array, Index index, Scalar value) {
    Store(array, Position(array, index), value);
  }
  Scalar Position(const Array& array, Index index);
  Scalar Position(const Array& array, std::initializer_list<Scalar> index) {
    return Position(array, Index(index.begin(), index.size()));
  }
  // For broadcasting: the position in `array` of an element of a larger result. Missing leading
  // dimensions and those of extent 1 do not count.
  Scalar BroadcastPosition(const Array& array, Index index);

  // Zero-initialized nothing: memory with any contents, for the time of this node.
  Array Temporary(Type type);
  // A constant of the program.
  Array Table(const Literal& literal);
  void Copy(const Array& from, const Array& to);  // all elements; the same type and count
  // `count` elements from row-major positions on; arrays of the same type that do not overlap.
  void CopyRange(const Array& from, Scalar from_position, const Array& to, Scalar to_position,
                 Scalar count);
  void CopyRange(const Array& from, Scalar from_position, const Array& to, Scalar to_position,
                 int64_t count) {
    CopyRange(from, from_position, to, to_position, Int(count));
  }

  Variable Local(Scalar initial);

  // i = begin .. end - 1, kInt32.
  void For(Scalar begin, Scalar end, const std::function<void(Scalar)>& body);
  void For(int64_t begin, int64_t end, const std::function<void(Scalar)>& body) {
    For(Int(begin), Int(end), body);
  }
  void For(int64_t count, const std::function<void(Scalar)>& body) { For(0, count, body); }
  // All indices of a shape, the last dimension fastest.
  void ForEach(const Shape& shape, const std::function<void(Index)>& body);
  void While(const std::function<Scalar()>& condition, const std::function<void()>& body);
  void If(Scalar condition, const std::function<void()>& then,
          const std::function<void()>& otherwise = nullptr);
  // acc = body(i, acc) for i = 0 .. count - 1.
  Scalar Fold(int64_t count, Scalar initial, const std::function<Scalar(Scalar, Scalar)>& body);

  // Stops the program: data that the operator does not allow. The guest panics with the message,
  // the Evaluator throws CompileError.
  void Trap(std::string_view message);
  void Check(Scalar ok, std::string_view message);  // traps unless ok

  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_EMITTER_H_
