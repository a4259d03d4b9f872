#include "tests/fuzz/counted_memory.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace zkvm {
namespace {

std::atomic<size_t> live = 0;
std::atomic<size_t> peak = 0;

// Null if there is no memory.
void* Allocate(size_t size) noexcept {
  void* p = std::malloc(size);
  if (p == nullptr) return nullptr;
  const size_t now = live += malloc_usable_size(p);
  size_t most = peak;
  while (now > most && !peak.compare_exchange_weak(most, now)) {
  }
  return p;
}

void Free(void* p) {
  if (p != nullptr) live -= malloc_usable_size(p);
  std::free(p);
}

}  // namespace

size_t LiveBytes() { return live; }
size_t PeakBytes() { return peak; }
void ResetPeak() { peak = live.load(); }

}  // namespace zkvm

void* operator new(size_t size) {
  void* p = zkvm::Allocate(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return zkvm::Allocate(size); }
void operator delete(void* p) noexcept { zkvm::Free(p); }
void operator delete(void* p, size_t) noexcept { zkvm::Free(p); }
