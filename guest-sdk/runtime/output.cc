#include "guest-sdk/runtime/output.h"

#include <cstring>

#include "guest-sdk/runtime/ecall.h"

namespace zkvm::guest {
namespace {

struct Messages {
  size_t size;
  char bytes[256];
};
Messages messages;

void Print(const void* bytes, size_t count) { SendNote(Note::kPrint, bytes, count); }

}  // namespace

Journal journal;

void WriteJournal(const void* bytes, size_t count) {
  if (count > kMaxJournalBytes - journal.size) {
    static constexpr char kMessage[] = "the output is longer than 4194300 bytes";
    Panic(kMessage, sizeof(kMessage) - 1);
  }
  memcpy(journal.bytes + journal.size, bytes, count);
  journal.size += count;
}

void WriteMessage(const void* bytes, size_t count) {
  const char* const text = static_cast<const char*>(bytes);
  const bool complete = count != 0 && text[count - 1] == '\n';
  if (count > sizeof(messages.bytes) - messages.size) {
    FlushMessages();
    if (count > sizeof(messages.bytes)) {
      Print(text, count);
      return;
    }
  }
  memcpy(messages.bytes + messages.size, text, count);
  messages.size += count;
  if (complete) FlushMessages();
}

void FlushMessages() {
  if (messages.size == 0) return;
  Print(messages.bytes, messages.size);
  messages.size = 0;
}

void Finish(int exit_code) {
  FlushMessages();
  JournalWord(journal.size);
  const uint32_t* const words = reinterpret_cast<const uint32_t*>(journal.bytes);
  const size_t count = (journal.size + 3) / 4;
  for (size_t i = 0; i < count; ++i) JournalWord(words[i]);
  Halt(static_cast<uint32_t>(exit_code));
}

void Panic(const char* message, size_t length) {
  FlushMessages();
  SendNote(Note::kPanic, message, length);
  Finish(kPanicExitCode);
}

}  // namespace zkvm::guest
