// Loops over the elements of tensors that are combined element by element, with ONNX's broadcasting
// and with few instructions an element.
#ifndef ZKVM_COMPILER_OPERATORS_BROADCAST_H_
#define ZKVM_COMPILER_OPERATORS_BROADCAST_H_

#include <functional>
#include <span>
#include <vector>

#include "compiler/codegen/emitter.h"

namespace zkvm::compiler {

// Calls body(position in the result, positions in the operands) for all elements of a result of
// shape `shape`. Dimensions along which the same operands repeat are one loop: without broadcasting
// there is a single loop, and all positions are the same.
// REQUIRES: the shapes of the operands broadcast to `shape`.
void ForBroadcast(Emitter& e, const Shape& shape, std::span<const Array> operands,
                  const std::function<void(Scalar, std::span<const Scalar>)>& body);

// output[i] = f(operands[i]) for loaded elements.
void EmitElementwise(Emitter& e, const Array& output, std::span<const Array> operands,
                     const std::function<Scalar(std::span<const Scalar>)>& f);

// then() where the condition holds, else `otherwise`: unlike Select this computes then() only where
// it is needed.
Scalar Choose(Emitter& e, Scalar condition, const std::function<Scalar()>& then, Scalar otherwise);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_BROADCAST_H_
