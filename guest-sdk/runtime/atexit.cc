// The functions registered to run at exit: atexit and the destructors of static objects.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace zkvm::guest {
namespace {

struct ExitCall {
  void (*function)(void*);
  void* argument;
};

// Registered calls, run last first. The first block is static, so that a program with few static
// objects needs no heap.
struct ExitCalls {
  static constexpr size_t kBlock = 32;
  ExitCalls* below;
  size_t count;
  ExitCall calls[kBlock];
};
ExitCalls first_calls;
ExitCalls* exit_calls = &first_calls;

bool AtExit(void (*function)(void*), void* argument) {
  if (exit_calls->count == ExitCalls::kBlock) {
    ExitCalls* block = static_cast<ExitCalls*>(calloc(1, sizeof(ExitCalls)));
    if (block == nullptr) return false;
    block->below = exit_calls;
    exit_calls = block;
  }
  exit_calls->calls[exit_calls->count++] = {function, argument};
  return true;
}

void CallWithoutArgument(void* function) { reinterpret_cast<void (*)()>(function)(); }

}  // namespace

// Called by exit.
void RunExitCalls() {
  for (;;) {
    if (exit_calls->count == 0) {
      if (exit_calls->below == nullptr) return;
      exit_calls = exit_calls->below;
      continue;
    }
    const ExitCall call = exit_calls->calls[--exit_calls->count];
    call.function(call.argument);
  }
}

}  // namespace zkvm::guest

extern "C" {

// The address identifies the program to __cxa_atexit; nothing is ever unloaded.
void* __dso_handle = nullptr;

int atexit(void (*function)()) {
  using zkvm::guest::AtExit;
  return AtExit(zkvm::guest::CallWithoutArgument, reinterpret_cast<void*>(function)) ? 0 : -1;
}

int __cxa_atexit(void (*function)(void*), void* argument, void*) {
  return zkvm::guest::AtExit(function, argument) ? 0 : -1;
}

// Destructors of thread-local objects: the one thread ends with the program.
int __cxa_thread_atexit(void (*function)(void*), void* argument, void*) {
  return zkvm::guest::AtExit(function, argument) ? 0 : -1;
}
}
