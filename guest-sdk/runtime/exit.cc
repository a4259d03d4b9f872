// How a program ends: exit, abort and failed assertions.

#include <stdlib.h>
#include <unistd.h>

#include <cstring>

#include "guest-sdk/runtime/output.h"

namespace zkvm::guest {

[[gnu::weak]] void RunExitCalls();  // linked if anything registers a call (atexit.cc)

}  // namespace zkvm::guest

extern "C" {

using ExitFunction = void (*)();
extern const ExitFunction __fini_array_start[];
extern const ExitFunction __fini_array_end[];

void _exit(int code) { zkvm::guest::Finish(code); }

void exit(int code) {
  if (zkvm::guest::RunExitCalls != nullptr) zkvm::guest::RunExitCalls();
  for (const ExitFunction* f = __fini_array_end; f != __fini_array_start;) (*--f)();
  _exit(code);
}

void abort() {
  static constexpr char kMessage[] = "abort";
  zkvm::guest::Panic(kMessage, sizeof(kMessage) - 1);
}

void __assert_func(const char* file, int line, const char* function, const char* expression) {
  char message[512];
  size_t size = 0;
  const auto append = [&](const char* text) {
    const size_t length = strnlen(text, sizeof(message) - size);
    memcpy(message + size, text, length);
    size += length;
  };
  char digits[12];
  char* number = digits + sizeof(digits) - 1;
  *number = 0;
  for (unsigned rest = static_cast<unsigned>(line);
       *--number = static_cast<char>('0' + rest % 10), rest /= 10, rest != 0;) {
  }
  append(file);
  append(":");
  append(number);
  append(": ");
  if (function != nullptr) {
    append(function);
    append(": ");
  }
  append("assertion failed: ");
  append(expression);
  zkvm::guest::Panic(message, size);
}
}
