// The journal and the messages of a guest.
#ifndef ZKVM_GUEST_SDK_RUNTIME_OUTPUT_H_
#define ZKVM_GUEST_SDK_RUNTIME_OUTPUT_H_

#include <cstddef>
#include <cstdint>

namespace zkvm::guest {

// A journal has at most 2^20 words, the first of which is its length in bytes.
inline constexpr size_t kMaxJournalBytes = 4 * ((size_t{1} << 20) - 1);

// Bytes collected so far. They are published when the program ends. Public for the inlined byte
// write; everything else goes through the functions.
struct Journal {
  size_t size;
  alignas(4) uint8_t bytes[kMaxJournalBytes];
};
extern Journal journal;

// Appends to the journal. Panics when it is full: a truncated statement must not be provable.
void WriteJournal(const void* bytes, size_t count);
inline void WriteJournalByte(uint8_t byte) {
  if (journal.size == kMaxJournalBytes) [[unlikely]] {
    WriteJournal(&byte, 1);
  }
  journal.bytes[journal.size++] = byte;
}

// Prints to standard error while the program runs. Bytes are held back until a line is complete.
void WriteMessage(const void* bytes, size_t count);
void FlushMessages();

// Publishes the journal as [length in bytes][bytes, zero padded to words] and halts.
[[noreturn]] void Finish(int exit_code);

inline constexpr int kPanicExitCode = 134;  // as a shell reports SIGABRT

// Ends the program with the message as the reason and kPanicExitCode.
[[noreturn]] void Panic(const char* message, size_t length);

}  // namespace zkvm::guest

#endif  // ZKVM_GUEST_SDK_RUNTIME_OUTPUT_H_
