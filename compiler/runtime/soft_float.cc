// The compiler's names for arithmetic of float, in place of libgcc's.
#include "compiler/runtime/soft_float.h"

#include <bit>
#include <cstdint>

namespace {

uint32_t BitsOf(float x) { return std::bit_cast<uint32_t>(x); }
float FromBits(uint32_t bits) { return std::bit_cast<float>(bits); }

}  // namespace

extern "C" {

float __addsf3(float a, float b) { return FromBits(zkvm::soft_float::Add(BitsOf(a), BitsOf(b))); }
float __subsf3(float a, float b) {
  return FromBits(zkvm::soft_float::Add(BitsOf(a), BitsOf(b) ^ zkvm::soft_float::kSign));
}
float __mulsf3(float a, float b) {
  return FromBits(zkvm::soft_float::Multiply(BitsOf(a), BitsOf(b)));
}
float __divsf3(float a, float b) {
  return FromBits(zkvm::soft_float::Divide(BitsOf(a), BitsOf(b)));
}
float __floatsisf(int32_t a) {
  const uint32_t sign = a < 0 ? zkvm::soft_float::kSign : 0;
  const auto bits = static_cast<uint32_t>(a);
  return FromBits(zkvm::soft_float::FromMagnitude(sign, a < 0 ? 0 - bits : bits));
}
float __floatunsisf(uint32_t a) { return FromBits(zkvm::soft_float::FromMagnitude(0, a)); }
int32_t __fixsfsi(float a) { return zkvm::soft_float::ToInt32(BitsOf(a)); }
uint32_t __fixunssfsi(float a) { return zkvm::soft_float::ToUint32(BitsOf(a)); }
}
