// What the calls of hash functions share: the ECALL with two pointers, a0 to what is updated in
// place and a1 to a block of 16 words. Each call is one row; its time names it on the buses.
#ifndef ZKVM_PRECOMPILES_HASH_CALL_H_
#define ZKVM_PRECOMPILES_HASH_CALL_H_

#include <cstdint>

#include "isa/air/call.h"
#include "isa/air/gadgets.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

// prev_a7, prev_a0, prev_a1: times of the previous accesses to a7, a0, a1.
struct HashCallStep {
  uint32_t pc, ts, state_pointer, block_pointer, prev_a7, prev_a0, prev_a1;
};

template <class T>
struct HashCall {
  T pc, ts, real;
  Word<T> state_pointer, block_pointer;  // a0, a1
  T prev_a7, prev_a0, prev_a1;
};

// A pointer below 2^30 - 2^16 as a word address. If it is no multiple of 4, no word of memory has
// that address (docs/protocol.md, section 8.4).
template <class B, class E>
constexpr E WordAddress(const Word<E>& pointer) {
  return (pointer.lo + pointer.hi * Geometry<B>::kLimb) * Geometry<B>::kInverseFour;
}

template <Ecall kNumber, class B, class E>
constexpr void ConstrainHashCall(B& b, const HashCall<E>& call) {
  using G = Geometry<B>;
  AssertBool(b, call.real);
  Call<kNumber>(b, call.real, call.pc, call.prev_a7, call.ts);
  ReadArgument<kRegA0>(b, call.real, call.state_pointer, call.prev_a0, call.ts);
  ReadArgument<kRegA1>(b, call.real, call.block_pointer, call.prev_a1, call.ts);
  State(b, call.real, call.pc, call.pc + call.real * 4, call.ts);
  b.Lookup(kRange, kOnce, G::kHighAddressBits, call.state_pointer.hi + call.real);
  b.Lookup(kRange, kOnce, G::kHighAddressBits, call.block_pointer.hi + call.real);
}

inline void FillHashCall(const HashCallStep& step, HashCall<Fp>& call) {
  call.pc = Fp::FromU32(step.pc);
  call.ts = Fp::FromU32(step.ts);
  call.real = 1;
  call.state_pointer = WordOf(step.state_pointer);
  call.block_pointer = WordOf(step.block_pointer);
  call.prev_a7 = Fp::FromU32(step.prev_a7);
  call.prev_a0 = Fp::FromU32(step.prev_a0);
  call.prev_a1 = Fp::FromU32(step.prev_a1);
}

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_HASH_CALL_H_
