#include "stark/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

namespace zkvm {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// Blocks of at least a huge page come from mmap in multiples of huge pages. Freed ones are kept as
// regions, joined with their neighbours, and cut for the next request (best fit), so that a phase
// works in the pages of the one before. Smaller blocks belong to the allocator.
class Pool {
 public:
  static Pool& Instance() {
    static Pool* const pool = new Pool;  // outlives every static Buffer
    return *pool;
  }

  // Sets *capacity to the usable size, >= bytes, which Free takes back.
  void* Allocate(size_t bytes, size_t* capacity) {
    if (bytes > SIZE_MAX / 2) throw std::bad_alloc();
    void* block = nullptr;
    if (bytes < kHugePage) {
      *capacity = RoundUp(bytes, kCacheLine);
      block = ::operator new(*capacity, std::align_val_t{kCacheLine});
    } else {
      *capacity = RoundUp(bytes, kHugePage);
      block = Reuse(*capacity);
      if (block == nullptr) block = Map(*capacity);
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    use_.in_use += *capacity;
    use_.peak_in_use = std::max(use_.peak_in_use, use_.in_use);
    return block;
  }

  void Free(void* block, size_t capacity) {
    const std::lock_guard<std::mutex> lock(mutex_);
    use_.in_use -= capacity;
    if (capacity < kHugePage) {
      ::operator delete(block, std::align_val_t{kCacheLine});
    } else {
      use_.pooled += capacity;
      Join(static_cast<std::byte*>(block), capacity);
    }
  }

  MemoryUse Use() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return use_;
  }

  void Release() {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [region, size] : free_) munmap(region, size);
    free_.clear();
    use_.pooled = 0;
  }

 private:
  // The front of the smallest free region of at least `capacity` bytes, or null.
  void* Reuse(size_t capacity) {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto best = free_.end();
    for (auto it = free_.begin(); it != free_.end(); ++it) {
      if (it->second < capacity) continue;
      if (best == free_.end() || it->second < best->second) best = it;
    }
    if (best == free_.end()) return nullptr;
    const auto [region, size] = *best;
    free_.erase(best);
    if (size > capacity) free_.emplace(region + capacity, size - capacity);
    use_.pooled -= capacity;
    return region;
  }

  // Adds a region to the free ones, as one with those that it touches. REQUIRES: mutex_ held.
  void Join(std::byte* region, size_t size) {
    auto next = free_.lower_bound(region);
    if (next != free_.end() && region + size == next->first) {
      size += next->second;
      next = free_.erase(next);
    }
    if (next != free_.begin()) {
      const auto before = std::prev(next);
      if (before->first + before->second == region) {
        before->second += size;
        return;
      }
    }
    free_.emplace(region, size);
  }

  void* Map(size_t capacity) {
    void* block = TryMap(capacity);
    if (block == nullptr) {
      Release();
      block = TryMap(capacity);
    }
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }

  // Maps `capacity` bytes aligned to huge pages, or returns null.
  static void* TryMap(size_t capacity) {
    const size_t length = capacity + kHugePage;
    void* const mapped =
        mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return nullptr;
    auto* const bytes = static_cast<std::byte*>(mapped);
    const size_t head = RoundUp(reinterpret_cast<uintptr_t>(mapped), kHugePage) -
                        reinterpret_cast<uintptr_t>(mapped);
    if (head > 0) munmap(bytes, head);
    if (head < kHugePage) munmap(bytes + head + capacity, kHugePage - head);
    madvise(bytes + head, capacity, MADV_HUGEPAGE);  // a hint; small pages are only slower
    return bytes + head;
  }

  std::mutex mutex_;
  std::map<std::byte*, size_t> free_;  // regions and their sizes
  MemoryUse use_{};
};

}  // namespace

MemoryUse CurrentMemoryUse() { return Pool::Instance().Use(); }
void ReleasePooledMemory() { Pool::Instance().Release(); }

Buffer::Buffer(size_t bytes) : size_(bytes) {
  if (bytes > 0) data_ = Pool::Instance().Allocate(bytes, &capacity_);
}

Buffer::~Buffer() {
  if (capacity_ > 0) Pool::Instance().Free(data_, capacity_);
}

Buffer Buffer::Borrow(const void* data, size_t bytes) {
  Buffer buffer;
  buffer.data_ = const_cast<void*>(data);
  buffer.size_ = bytes;
  return buffer;
}

namespace {

// Bytes between column bases. Throws std::bad_alloc where it does not fit.
size_t StrideBytes(size_t rows) {
  if (rows > SIZE_MAX / 16) throw std::bad_alloc();
  return RoundUp(rows * sizeof(Fp), kCacheLine) + kCacheLine;
}

}  // namespace

size_t Matrix::BytesOf(size_t rows, size_t cols) {
  const size_t stride = StrideBytes(rows);
  if (cols > SIZE_MAX / stride) throw std::bad_alloc();
  return stride * cols;
}

Matrix::Matrix(size_t rows, size_t cols)
    : buffer_(BytesOf(rows, cols)),
      rows_(rows),
      cols_(cols),
      stride_(StrideBytes(rows) / sizeof(Fp)) {}

Matrix Matrix::Borrow(const Fp* data, size_t rows, size_t cols) {
  Matrix matrix;
  matrix.buffer_ = Buffer::Borrow(data, BytesOf(rows, cols));
  matrix.rows_ = rows;
  matrix.cols_ = cols;
  matrix.stride_ = StrideBytes(rows) / sizeof(Fp);
  return matrix;
}

}  // namespace zkvm
