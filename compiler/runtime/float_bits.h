// Bits of float, as IEEE 754 has them.
#ifndef ZKVM_COMPILER_RUNTIME_FLOAT_BITS_H_
#define ZKVM_COMPILER_RUNTIME_FLOAT_BITS_H_

#include <cstdint>

namespace zkvm::float_bits {

inline constexpr uint32_t kSign = 0x80000000;
inline constexpr uint32_t kInfinity = 0x7f800000;
inline constexpr uint32_t kNan = 0x7fc00000;  // the quiet one without sign: every NaN that results
inline constexpr uint32_t kOne = 0x3f800000;

}  // namespace zkvm::float_bits

#endif  // ZKVM_COMPILER_RUNTIME_FLOAT_BITS_H_
