#include "guest-sdk/include/zkvm/guest.h"

#include <cstring>

#include "guest-sdk/runtime/ecall.h"
#include "guest-sdk/runtime/input.h"
#include "guest-sdk/runtime/output.h"

extern "C" {

size_t zkvm_input_left() { return zkvm::guest::InputLeft(); }

size_t zkvm_read_input(void* to, size_t count) { return zkvm::guest::ReadInput(to, count); }

void zkvm_write_journal(const void* bytes, size_t count) {
  zkvm::guest::WriteJournal(bytes, count);
}

void zkvm_panic(const char* message) { zkvm::guest::Panic(message, strlen(message)); }

void zkvm_marker_begin(const char* name) {
  zkvm::guest::SendNote(zkvm::Note::kMarkerBegin, name, 0);
}

void zkvm_marker_end(const char* name) { zkvm::guest::SendNote(zkvm::Note::kMarkerEnd, name, 0); }
}
