#include "stark/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <new>
#include <utility>

namespace zkvm {
namespace {

constexpr size_t kLarge = size_t{5} << 20;

bool IsAligned(const void* address) { return reinterpret_cast<uintptr_t>(address) % 64 == 0; }

TEST(Buffer, MovesItsMemory) {
  Buffer a(100);
  char* const data = a.As<char>();
  Buffer b = std::move(a);
  EXPECT_EQ(b.As<char>(), data);
  EXPECT_EQ(b.size(), 100u);
  const size_t before = CurrentMemoryUse().in_use;
  b = Buffer();
  EXPECT_EQ(b.As<char>(), nullptr);
  EXPECT_LT(CurrentMemoryUse().in_use, before);
}

TEST(Buffer, LargeBlocksAreReused) {
  ReleasePooledMemory();
  const size_t before = CurrentMemoryUse().in_use;
  const void* first = nullptr;
  {
    Buffer buffer(kLarge);
    first = buffer.As<char>();
    EXPECT_GE(CurrentMemoryUse().in_use, before + kLarge);
  }
  EXPECT_EQ(CurrentMemoryUse().in_use, before);
  EXPECT_GE(CurrentMemoryUse().pooled, kLarge);
  {
    const Buffer buffer(kLarge - 1000);
    EXPECT_EQ(buffer.As<char>(), first);
    EXPECT_EQ(CurrentMemoryUse().pooled, 0u);
  }
  EXPECT_GE(CurrentMemoryUse().peak_in_use, before + kLarge);
  ReleasePooledMemory();
  EXPECT_EQ(CurrentMemoryUse().pooled, 0u);
}

TEST(Buffer, FailureIsBadAlloc) {
  EXPECT_THROW(Buffer(SIZE_MAX), std::bad_alloc);
  EXPECT_THROW(Buffer(size_t{1} << 60), std::bad_alloc);
  EXPECT_THROW(Matrix(size_t{1} << 40, size_t{1} << 40), std::bad_alloc);
}

TEST(Matrix, ColumnsAreDisjointAndAligned) {
  Matrix matrix(1000, 7);
  for (size_t j = 0; j < 7; ++j) {
    EXPECT_TRUE(IsAligned(matrix.column(j)));
    for (size_t i = 0; i < 1000; ++i) matrix.column(j)[i] = Fp(static_cast<int>(1000 * j + i));
  }
  for (size_t j = 0; j < 7; ++j) {
    for (size_t i = 0; i < 1000; ++i) {
      ASSERT_EQ(matrix.column(j)[i], Fp(static_cast<int>(1000 * j + i)));
    }
  }
}

TEST(Matrix, ColumnsOfPowerOfTwoLengthAreStaggered) {
  Matrix matrix(size_t{1} << 12, 2);
  const auto distance = static_cast<size_t>(matrix.column(1) - matrix.column(0)) * sizeof(Fp);
  EXPECT_NE(distance % 4096, 0u);
}

}  // namespace
}  // namespace zkvm
