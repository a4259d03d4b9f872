#include "vm/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace zkvm {

LazyWords::LazyWords(size_t size) : size_(size) {
  void* p = mmap(nullptr, size * sizeof(uint32_t), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<uint32_t*>(p);
}

LazyWords::~LazyWords() { munmap(data_, size_ * sizeof(uint32_t)); }

void AdviseHugePages(void* begin, size_t bytes) {
  constexpr uintptr_t kHugePage = uintptr_t{2} << 20;
  const uintptr_t from =
      (reinterpret_cast<uintptr_t>(begin) + kHugePage - 1) / kHugePage * kHugePage;
  const uintptr_t to = (reinterpret_cast<uintptr_t>(begin) + bytes) / kHugePage * kHugePage;
  if (from < to) madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
}

GuestMemory::GuestMemory(const Program& program)
    : begin_(program.image_base), words_(kMemoryWords) {
  std::ranges::copy(program.image, words_.data() + program.image_base / 4);
}

}  // namespace zkvm
