// <zkvm/guest.h> on an ordinary machine, for debugging: the private input is standard input, the
// journal is standard output, and markers do nothing.

#include <stdio.h>
#include <stdlib.h>
#include <zkvm/guest.h>

// All of standard input, read when it is first asked for.
static unsigned char* input;
static size_t input_size;
static size_t input_at;
static int input_read;

static void ReadAll(void) {
  size_t capacity = 0;
  input_read = 1;
  for (;;) {
    if (input_size == capacity) {
      capacity = 2 * capacity + 65536;
      input = realloc(input, capacity);
      if (input == NULL) abort();
    }
    size_t count = fread(input + input_size, 1, capacity - input_size, stdin);
    if (count == 0) return;
    input_size += count;
  }
}

size_t zkvm_input_left(void) {
  if (!input_read) ReadAll();
  return input_size - input_at;
}

size_t zkvm_read_input(void* to, size_t count) {
  const size_t left = zkvm_input_left();
  if (count > left) count = left;
  unsigned char* bytes = to;
  for (size_t i = 0; i < count; ++i) bytes[i] = input[input_at + i];
  input_at += count;
  return count;
}

void zkvm_write_journal(const void* bytes, size_t count) { fwrite(bytes, 1, count, stdout); }

_Noreturn void zkvm_panic(const char* message) {
  fflush(stdout);
  fprintf(stderr, "panic: %s\n", message);
  exit(134);
}

void zkvm_marker_begin(const char* name) { (void)name; }
void zkvm_marker_end(const char* name) { (void)name; }
