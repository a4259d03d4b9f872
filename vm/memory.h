// Guest memory and arrays parallel to it.
#ifndef ZKVM_VM_MEMORY_H_
#define ZKVM_VM_MEMORY_H_

#include <cstddef>
#include <cstdint>

#include "isa/program.h"

namespace zkvm {

// `size` words, initially zero, that cost physical memory only where they are touched. Throws
// std::bad_alloc where the address space is limited to less.
class LazyWords {
 public:
  explicit LazyWords(size_t size);
  ~LazyWords();
  LazyWords(const LazyWords&) = delete;
  LazyWords& operator=(const LazyWords&) = delete;

  uint32_t* data() { return data_; }
  const uint32_t* data() const { return data_; }
  size_t size() const { return size_; }
  uint32_t& operator[](size_t i) { return data_[i]; }
  uint32_t operator[](size_t i) const { return data_[i]; }

 private:
  size_t size_;
  uint32_t* data_;
};

// Asks for huge pages where they fit into [begin, begin + bytes): a hint that saves most of the
// page faults of a block that is about to be filled.
void AdviseHugePages(void* begin, size_t bytes);

// One entry for every word below kMemoryEnd, indexed by byte address / 4.
inline constexpr size_t kMemoryWords = kMemoryEnd / 4;

// The memory of a program before its first instruction.
class GuestMemory {
 public:
  explicit GuestMemory(const Program& program);

  uint32_t* words() { return words_.data(); }
  // Memory as bytes, indexed by address (the host is little-endian too).
  const char* bytes() const { return reinterpret_cast<const char*>(words_.data()); }

  // Whether [address, address + size) is memory of the program: every access lies in
  // [image_base, kMemoryEnd).
  bool Contains(uint32_t address, uint64_t size) const {
    return address >= begin_ && address + size <= kMemoryEnd;
  }
  uint32_t begin() const { return begin_; }

 private:
  uint32_t begin_;
  LazyWords words_;
};

}  // namespace zkvm

#endif  // ZKVM_VM_MEMORY_H_
