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
ExitCalls first_program_calls;
ExitCalls first_thread_calls;
ExitCalls* program_calls = &first_program_calls;
ExitCalls* thread_calls = &first_thread_calls;

bool Register(ExitCalls** list, void (*function)(void*), void* argument) {
  ExitCalls* top = *list;
  if (top->count == ExitCalls::kBlock) {
    top = static_cast<ExitCalls*>(calloc(1, sizeof(ExitCalls)));
    if (top == nullptr) return false;
    top->below = *list;
    *list = top;
  }
  top->calls[top->count++] = {function, argument};
  return true;
}

// Calls may register further calls.
void Run(ExitCalls** list) {
  for (;;) {
    ExitCalls* const top = *list;
    if (top->count == 0) {
      if (top->below == nullptr) return;
      *list = top->below;
      continue;
    }
    const ExitCall call = top->calls[--top->count];
    call.function(call.argument);
  }
}

void CallWithoutArgument(void* function) { reinterpret_cast<void (*)()>(function)(); }

}  // namespace

// Called by exit. The one thread ends first.
void RunExitCalls() {
  Run(&thread_calls);
  Run(&program_calls);
}

}  // namespace zkvm::guest

extern "C" {

// The address identifies the program to __cxa_atexit; nothing is ever unloaded.
void* __dso_handle = nullptr;

int atexit(void (*function)()) {
  using namespace zkvm::guest;
  return Register(&program_calls, CallWithoutArgument, reinterpret_cast<void*>(function)) ? 0 : -1;
}

int __cxa_atexit(void (*function)(void*), void* argument, void*) {
  return zkvm::guest::Register(&zkvm::guest::program_calls, function, argument) ? 0 : -1;
}

int __cxa_thread_atexit(void (*function)(void*), void* argument, void*) {
  return zkvm::guest::Register(&zkvm::guest::thread_calls, function, argument) ? 0 : -1;
}
}
