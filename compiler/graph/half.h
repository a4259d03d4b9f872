// The two 16-bit floating-point formats, which models store and no arithmetic is done in.
#ifndef ZKVM_COMPILER_GRAPH_HALF_H_
#define ZKVM_COMPILER_GRAPH_HALF_H_

#include <cstdint>

namespace zkvm::compiler {

// IEEE 754 binary16. Exact one way, to nearest even the other; a NaN stays one.
float Float16ToFloat(uint16_t bits);
uint16_t FloatToFloat16(float value);

// The upper half of a float.
float Bfloat16ToFloat(uint16_t bits);
uint16_t FloatToBfloat16(float value);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_GRAPH_HALF_H_
