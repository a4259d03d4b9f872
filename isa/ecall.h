// Environment calls: the number is in a7 (x17), arguments in a0 (x10) to a3 (x13).
#ifndef ZKVM_ISA_ECALL_H_
#define ZKVM_ISA_ECALL_H_

#include <cstdint>

namespace zkvm {

enum class Ecall : uint16_t {
  kHalt = 1,     // ends the program with exit code a0
  kJournal = 2,  // appends the word a0 to the public output
  kHint = 3,     // the host writes exactly a1 >= 1 words of private input at a0 (word aligned)
  kNote = 4,     // no effect on the machine; see Note
  kTensor = 5,   // operation a0 of the model on sources a1..a3; a0 = handle of the result
  kBlake3 = 6,   // BLAKE3 compression: 12 words at a0 (precompiles/blake3), a block at a1
  kSha256 = 7,   // SHA-256 compression: 8 words of state at a0, a block of 64 bytes at a1
};

inline constexpr uint32_t kMaxHintWords = (1 << 24) - 1;  // of one kHint call

// kNote: a0 = what the host does with it. Nothing about it is proven.
enum class Note : uint32_t {
  kPrint = 0,        // a1 = address of a byte string, a2 = its length: to standard error
  kMarkerBegin = 1,  // a1 = address of a zero-terminated name: starts counting cycles under it
  kMarkerEnd = 2,    // a1 = the same name
  kPanic = 3,        // a1, a2 as kPrint: remembered as the reason of a nonzero exit
};

inline constexpr uint8_t kRegA0 = 10;
inline constexpr uint8_t kRegA1 = 11;
inline constexpr uint8_t kRegA2 = 12;
inline constexpr uint8_t kRegA3 = 13;
inline constexpr uint8_t kRegA7 = 17;

}  // namespace zkvm

#endif  // ZKVM_ISA_ECALL_H_
