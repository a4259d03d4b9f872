// The compiler's names for arithmetic of float, in place of libgcc's. Floats are given and returned
// as their bits: without floating point in hardware both are in the same registers.
#include "compiler/runtime/soft_float.h"

#include <cstdint>

namespace soft = zkvm::soft_float;

extern "C" {

uint32_t __addsf3(uint32_t a, uint32_t b) { return soft::Add(a, b); }
uint32_t __subsf3(uint32_t a, uint32_t b) { return __addsf3(a, b ^ soft::kSign); }
uint32_t __mulsf3(uint32_t a, uint32_t b) { return soft::Multiply(a, b); }
uint32_t __divsf3(uint32_t a, uint32_t b) { return soft::Divide(a, b); }
uint32_t __floatsisf(int32_t a) {
  const uint32_t sign = a < 0 ? soft::kSign : 0;
  const auto bits = static_cast<uint32_t>(a);
  return soft::FromMagnitude(sign, a < 0 ? 0 - bits : bits);
}
uint32_t __floatunsisf(uint32_t a) { return soft::FromMagnitude(0, a); }
int32_t __fixsfsi(uint32_t a) { return soft::ToInt32(a); }
uint32_t __fixunssfsi(uint32_t a) { return soft::ToUint32(a); }
}
