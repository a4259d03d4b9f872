// The heap: blocks of fixed size classes, one free list for each, carved from untouched memory.
// No operation searches and blocks are never joined: cycles are what a guest pays for, address
// space is not.
//
// A block's payload is 16-byte aligned and preceded by one word: the block's class, or for an
// over-aligned payload kShifted plus its distance from the block's own payload.

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" char __heap_start[];
extern "C" char __heap_end[];

namespace zkvm::guest {
namespace {

constexpr uint32_t kAlignment = 16;
constexpr uint32_t kHeader = 4;
constexpr uint32_t kShifted = 1U << 31;

// Classes below kSmall: blocks of 16 (class + 1) bytes. From there on four classes for each
// doubling: 1.25, 1.5, 1.75 and 2 times a power of two.
constexpr uint32_t kSmall = 32;
constexpr uint32_t kSmallBytes = kAlignment * kSmall;  // 512
constexpr uint32_t kClasses = kSmall + 4 * 21;         // up to 2^30 bytes

struct FreeBlock {
  FreeBlock* next;
};
FreeBlock* free_lists[kClasses];

// Address of the next block's payload less kAlignment; 0 before the first allocation.
uintptr_t heap_top;

uint32_t BlockBytes(uint32_t size_class) {
  if (size_class < kSmall) return kAlignment * (size_class + 1);
  const uint32_t k = size_class - kSmall;
  return (5 + k % 4) * (kSmallBytes / 4) << k / 4;
}

// The smallest class whose blocks hold `size` payload bytes. REQUIRES: size < 2^30 - kHeader.
uint32_t ClassOf(uint32_t size) {
  const uint32_t bytes = size + kHeader;
  if (bytes <= kSmallBytes) return (bytes - 1) / kAlignment;
  uint32_t quarter = kSmallBytes / 4;
  uint32_t size_class = kSmall;
  while (bytes > 8 * quarter) {
    quarter *= 2;
    size_class += 4;
  }
  return size_class + (bytes - 4 * quarter - 1) / quarter;
}

uint32_t& Header(void* payload) { return static_cast<uint32_t*>(payload)[-1]; }

// The block's own payload of what may be an over-aligned one.
void* OwnPayload(void* payload) {
  const uint32_t header = Header(payload);
  if ((header & kShifted) == 0) return payload;
  return static_cast<char*>(payload) - (header & ~kShifted);
}

// A block of memory that was never used, or null.
void* Carve(uint32_t size_class) {
  if (heap_top == 0) heap_top = reinterpret_cast<uintptr_t>(__heap_start);
  const uintptr_t left = reinterpret_cast<uintptr_t>(__heap_end) - kAlignment - heap_top;
  const uint32_t bytes = BlockBytes(size_class);
  if (bytes > left) return nullptr;
  void* payload = reinterpret_cast<void*>(heap_top + kAlignment);
  heap_top += bytes;
  Header(payload) = size_class;
  return payload;
}

void* Allocate(size_t size, bool* fresh) {
  if (size >= (1U << 30) - kHeader) {
    errno = ENOMEM;
    return nullptr;
  }
  const uint32_t size_class = ClassOf(size);
  FreeBlock* const block = free_lists[size_class];
  *fresh = block == nullptr;
  if (block != nullptr) {
    free_lists[size_class] = block->next;
    return block;
  }
  void* payload = Carve(size_class);
  if (payload == nullptr) errno = ENOMEM;
  return payload;
}

}  // namespace
}  // namespace zkvm::guest

extern "C" {

void* malloc(size_t size) {
  bool fresh;
  return zkvm::guest::Allocate(size, &fresh);
}

void free(void* payload) {
  using namespace zkvm::guest;
  if (payload == nullptr) return;
  FreeBlock* const block = static_cast<FreeBlock*>(OwnPayload(payload));
  FreeBlock** const list = &free_lists[Header(block)];
  block->next = *list;
  *list = block;
}

void* calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  bool fresh;
  void* payload = zkvm::guest::Allocate(bytes, &fresh);
  if (payload != nullptr && !fresh) memset(payload, 0, bytes);
  return payload;
}

size_t malloc_usable_size(void* payload) {
  using namespace zkvm::guest;
  if (payload == nullptr) return 0;
  void* const own = OwnPayload(payload);
  const size_t shift = static_cast<size_t>(static_cast<char*>(payload) - static_cast<char*>(own));
  return BlockBytes(Header(own)) - kHeader - shift;
}

void* realloc(void* payload, size_t size) {
  if (payload == nullptr) return malloc(size);
  const size_t capacity = malloc_usable_size(payload);
  if (size <= capacity) return payload;
  void* const moved = malloc(size);
  if (moved == nullptr) return nullptr;
  memcpy(moved, payload, capacity);
  free(payload);
  return moved;
}

void* memalign(size_t alignment, size_t size) {
  using namespace zkvm::guest;
  if (alignment <= kAlignment) return malloc(size);
  if (size >= (1U << 30) || alignment >= (1U << 30)) {
    errno = ENOMEM;
    return nullptr;
  }
  char* const own = static_cast<char*>(malloc(size + alignment - kAlignment));
  if (own == nullptr) return nullptr;
  const uint32_t shift = -reinterpret_cast<uintptr_t>(own) & (alignment - 1);
  if (shift != 0) Header(own + shift) = kShifted | shift;
  return own + shift;
}

void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** payload, size_t alignment, size_t size) {
  void* const found = memalign(alignment, size);
  if (found == nullptr) return ENOMEM;
  *payload = found;
  return 0;
}
}
