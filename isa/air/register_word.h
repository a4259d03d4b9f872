// A register's value as its tuples hold it.
#ifndef ZKVM_ISA_AIR_REGISTER_WORD_H_
#define ZKVM_ISA_AIR_REGISTER_WORD_H_

#include <cstdint>

#include "isa/air/gadgets.h"
#include "isa/instruction.h"
#include "stark/field/fp.h"

namespace zkvm {

// Two limbs, except that the journal counter and the tensor pointer are one field element, in the
// low place.
inline Word<Fp> RegisterWord(uint32_t reg, uint32_t value) {
  const bool counter = reg == kJournalRegister || reg == kTensorPointer;
  return counter ? Word<Fp>{Fp::FromU32(value), 0} : WordOf(value);
}

}  // namespace zkvm

#endif  // ZKVM_ISA_AIR_REGISTER_WORD_H_
