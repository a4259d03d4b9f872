// operator new and delete. Without exceptions a failed allocation ends the program, as an uncaught
// std::bad_alloc would.

#include <malloc.h>

#include <cstdlib>
#include <new>

#include "guest-sdk/runtime/output.h"

namespace {

void* OrPanic(void* payload) {
  static constexpr char kMessage[] = "out of memory";
  if (payload == nullptr) zkvm::guest::Panic(kMessage, sizeof(kMessage) - 1);
  return payload;
}

}  // namespace

const std::nothrow_t std::nothrow{};

void* operator new(size_t size) { return OrPanic(malloc(size)); }
void* operator new[](size_t size) { return OrPanic(malloc(size)); }
void* operator new(size_t size, std::align_val_t alignment) {
  return OrPanic(memalign(static_cast<size_t>(alignment), size));
}
void* operator new[](size_t size, std::align_val_t alignment) {
  return OrPanic(memalign(static_cast<size_t>(alignment), size));
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return malloc(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return malloc(size); }
void* operator new(size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return memalign(static_cast<size_t>(alignment), size);
}
void* operator new[](size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return memalign(static_cast<size_t>(alignment), size);
}

void operator delete(void* payload) noexcept { free(payload); }
void operator delete[](void* payload) noexcept { free(payload); }
void operator delete(void* payload, size_t) noexcept { free(payload); }
void operator delete[](void* payload, size_t) noexcept { free(payload); }
void operator delete(void* payload, std::align_val_t) noexcept { free(payload); }
void operator delete[](void* payload, std::align_val_t) noexcept { free(payload); }
void operator delete(void* payload, size_t, std::align_val_t) noexcept { free(payload); }
void operator delete[](void* payload, size_t, std::align_val_t) noexcept { free(payload); }
void operator delete(void* payload, const std::nothrow_t&) noexcept { free(payload); }
void operator delete[](void* payload, const std::nothrow_t&) noexcept { free(payload); }
