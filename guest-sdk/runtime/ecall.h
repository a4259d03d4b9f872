// The environment calls of isa/ecall.h as functions.
#ifndef ZKVM_GUEST_SDK_RUNTIME_ECALL_H_
#define ZKVM_GUEST_SDK_RUNTIME_ECALL_H_

#include <cstddef>
#include <cstdint>

#include "isa/ecall.h"

namespace zkvm::guest {

// Performs ecall `number` with arguments a0 and a1. The machine leaves all registers as they are.
inline void CallMachine(Ecall number, uint32_t arg0, uint32_t arg1) {
  register uint32_t a0 asm("a0") = arg0;
  register uint32_t a1 asm("a1") = arg1;
  register uint32_t a7 asm("a7") = static_cast<uint32_t>(number);
  asm volatile("ecall" : : "r"(a0), "r"(a1), "r"(a7) : "memory");
}

[[noreturn]] inline void Halt(uint32_t exit_code) {
  CallMachine(Ecall::kHalt, exit_code, 0);
  __builtin_unreachable();
}

inline void JournalWord(uint32_t word) { CallMachine(Ecall::kJournal, word, 0); }

// Receives the next `words` >= 1 words of the private input at `to`.
inline void Hint(uint32_t* to, size_t words) {
  CallMachine(Ecall::kHint, reinterpret_cast<uintptr_t>(to), words);
}

// Has the host do something outside the proof: `argument` and `length` as Note says.
inline void SendNote(Note note, const void* argument, size_t length) {
  register uint32_t a0 asm("a0") = static_cast<uint32_t>(note);
  register uint32_t a1 asm("a1") = reinterpret_cast<uintptr_t>(argument);
  register uint32_t a2 asm("a2") = length;
  register uint32_t a7 asm("a7") = static_cast<uint32_t>(Ecall::kNote);
  asm volatile("ecall" : : "r"(a0), "r"(a1), "r"(a2), "r"(a7) : "memory");
}

}  // namespace zkvm::guest

#endif  // ZKVM_GUEST_SDK_RUNTIME_ECALL_H_
