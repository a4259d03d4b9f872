// Large memory of the prover: buffers on huge pages, recycled.
//
// The first touch of a page costs more than all later work on it, so freed blocks are kept in a
// process-wide pool and handed out again. All functions are thread-safe.
#ifndef ZKVM_STARK_ARENA_H_
#define ZKVM_STARK_ARENA_H_

#include <cstddef>
#include <utility>

#include "stark/field/fp.h"

namespace zkvm {

struct MemoryUse {
  size_t in_use;       // bytes held by live buffers
  size_t peak_in_use;  // the largest in_use so far
  size_t pooled;       // bytes of freed blocks, kept for reuse
};

MemoryUse CurrentMemoryUse();

// Gives pooled blocks back to the system.
void ReleasePooledMemory();

// Uninitialised memory, aligned to 64 bytes. Move-only.
class Buffer {
 public:
  Buffer() = default;
  // Throws std::bad_alloc.
  explicit Buffer(size_t bytes);
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer taken(std::move(other));
    std::swap(data_, taken.data_);
    std::swap(size_, taken.size_);
    std::swap(capacity_, taken.capacity_);
    return *this;
  }
  ~Buffer();

  // Memory that somebody else owns and that outlives the buffer; it may be read-only.
  static Buffer Borrow(const void* data, size_t bytes);

  size_t size() const { return size_; }
  template <class T>
  T* As() {
    return static_cast<T*>(data_);
  }
  template <class T>
  const T* As() const {
    return static_cast<const T*>(data_);
  }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// A column-major matrix of field elements, uninitialised. Columns are aligned to 64 bytes, and
// staggered: equal rows of neighbouring columns fall into different cache sets.
class Matrix {
 public:
  Matrix() = default;
  // Throws std::bad_alloc.
  Matrix(size_t rows, size_t cols);
  // A matrix that lies elsewhere, as data() of one of the same shape holds it. Read-only.
  static Matrix Borrow(const Fp* data, size_t rows, size_t cols);
  Matrix(Matrix&&) noexcept = default;
  Matrix& operator=(Matrix&&) noexcept = default;

  size_t rows() const { return rows_; }
  size_t cols() const { return cols_; }
  // All columns, with what lies between them.
  const Fp* data() const { return buffer_.As<Fp>(); }
  // Bytes of data() for a shape.
  static size_t BytesOf(size_t rows, size_t cols);
  Fp* column(size_t j) { return buffer_.As<Fp>() + j * stride_; }
  const Fp* column(size_t j) const { return buffer_.As<Fp>() + j * stride_; }

 private:
  Buffer buffer_;
  size_t rows_ = 0;
  size_t cols_ = 0;
  size_t stride_ = 0;  // elements between column bases
};

}  // namespace zkvm

#endif  // ZKVM_STARK_ARENA_H_
