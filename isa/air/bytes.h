// Words as bytes.
#ifndef ZKVM_ISA_AIR_BYTES_H_
#define ZKVM_ISA_AIR_BYTES_H_

#include <array>
#include <cstdint>

#include "isa/air/gadgets.h"

namespace zkvm {

// Little-endian.
template <class T>
using Bytes = std::array<T, 4>;

template <class G, class E>
constexpr E JoinBytes(const E& low, const E& high) {
  return low + high * G::kByte;
}

template <class G, class E>
constexpr Word<E> WordOf(const Bytes<E>& bytes) {
  return {JoinBytes<G>(bytes[0], bytes[1]), JoinBytes<G>(bytes[2], bytes[3])};
}

template <class B, class E>
constexpr void AssertBytes(B& b, const Bytes<E>& bytes) {
  b.Lookup(kPair, kOnce, bytes[0], bytes[1]);
  b.Lookup(kPair, kOnce, bytes[2], bytes[3]);
}

inline Bytes<Fp> FillBytes(uint32_t value) {
  return {Fp::FromU32(value & 0xFF), Fp::FromU32((value >> 8) & 0xFF),
          Fp::FromU32((value >> 16) & 0xFF), Fp::FromU32(value >> 24)};
}

}  // namespace zkvm

#endif  // ZKVM_ISA_AIR_BYTES_H_
