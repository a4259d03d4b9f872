// Operations on floating-point numbers as integers, which are code like any other: rounding to
// integers and the two formats of 16 bits.
#ifndef ZKVM_COMPILER_CODEGEN_FORMATS_H_
#define ZKVM_COMPILER_CODEGEN_FORMATS_H_

#include "compiler/codegen/emitter.h"

namespace zkvm::compiler {

// `bits` kUint16, `value` kFloat; to nearest even.
Scalar Float16ToFloat(Scalar bits);
Scalar FloatToFloat16(Scalar value);
Scalar Bfloat16ToFloat(Scalar bits);
Scalar FloatToBfloat16(Scalar value);

// A double as a float from which rounding to a format of at most 22 bits of mantissa gives what
// rounding the double gives: toward zero, and where that is inexact with the last bit set.
Scalar RoundToOdd(Scalar value);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_FORMATS_H_
