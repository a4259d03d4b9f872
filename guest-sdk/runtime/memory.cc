// The memory functions by words: picolibc is built for size and works by bytes.

#include <cstddef>
#include <cstdint>

namespace {

using Byte = uint8_t;
using Word [[gnu::may_alias]] = uint32_t;

constexpr size_t kBlock = 8;  // words in an unrolled block

bool Aligned(const void* p) { return (reinterpret_cast<uintptr_t>(p) & 3) == 0; }

// Copies by ascending addresses. The ranges may overlap if to < from.
[[gnu::always_inline]] inline void CopyUp(Byte* to, const Byte* from, size_t count) {
  Byte* const end = to + count;
  if (count >= 8) {
    while (!Aligned(to)) *to++ = *from++;
    Word* t = reinterpret_cast<Word*>(to);
    Word* const t_end = t + static_cast<size_t>(end - to) / 4;
    const uint32_t skew = reinterpret_cast<uintptr_t>(from) & 3;
    const Word* f = reinterpret_cast<const Word*>(from - skew);
    if (skew == 0) {
      for (; static_cast<size_t>(t_end - t) >= kBlock; t += kBlock, f += kBlock) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < kBlock; ++i) t[i] = f[i];
      }
#pragma clang loop unroll(disable)
      while (t != t_end) *t++ = *f++;
    } else {
      const uint32_t low = 8 * skew;
      const uint32_t high = 32 - low;
      Word held = *f++;
      const auto step = [&](size_t i) {
        const Word next = f[i];
        t[i] = held >> low | next << high;
        held = next;
      };
      for (; static_cast<size_t>(t_end - t) >= kBlock; t += kBlock, f += kBlock) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < kBlock; ++i) step(i);
      }
#pragma clang loop unroll(disable)
      for (; t != t_end; ++t, ++f) step(0);
      --f;
    }
    to = reinterpret_cast<Byte*>(t);
    from = reinterpret_cast<const Byte*>(f) + skew;
  }
#pragma clang loop unroll(disable)
  while (to != end) *to++ = *from++;
}

// Copies by descending addresses: for overlapping ranges with to > from.
[[gnu::always_inline]] inline void CopyDown(Byte* to, const Byte* from, size_t count) {
  Byte* t = to + count;
  const Byte* f = from + count;
  if (count >= 8) {
    while (!Aligned(t)) *--t = *--f;
    if (Aligned(f)) {
#pragma clang loop unroll_count(4)
      for (; t - to >= 4; t -= 4, f -= 4) {
        *reinterpret_cast<Word*>(t - 4) = *reinterpret_cast<const Word*>(f - 4);
      }
    }
  }
#pragma clang loop unroll(disable)
  while (t != to) *--t = *--f;
}

}  // namespace

extern "C" {

[[clang::no_builtin]] void* memcpy(void* to, const void* from, size_t count) {
  CopyUp(static_cast<Byte*>(to), static_cast<const Byte*>(from), count);
  return to;
}

[[clang::no_builtin]] void* memmove(void* to, const void* from, size_t count) {
  Byte* const t = static_cast<Byte*>(to);
  const Byte* const f = static_cast<const Byte*>(from);
  if (static_cast<size_t>(t - f) >= count) {  // t before f, or behind its end
    CopyUp(t, f, count);
  } else {
    CopyDown(t, f, count);
  }
  return to;
}

[[clang::no_builtin]] void* memset(void* to, int value, size_t count) {
  Byte* t = static_cast<Byte*>(to);
  Byte* const end = t + count;
  const Byte byte = static_cast<Byte>(value);
  if (count >= 8) {
    while (!Aligned(t)) *t++ = byte;
    const Word word = byte * 0x01010101U;
    for (; static_cast<size_t>(end - t) >= 4 * kBlock; t += 4 * kBlock) {
#pragma clang loop unroll(full)
      for (size_t i = 0; i < kBlock; ++i) reinterpret_cast<Word*>(t)[i] = word;
    }
#pragma clang loop unroll(disable)
    for (; end - t >= 4; t += 4) *reinterpret_cast<Word*>(t) = word;
  }
#pragma clang loop unroll(disable)
  while (t != end) *t++ = byte;
  return to;
}

[[clang::no_builtin]] int memcmp(const void* a, const void* b, size_t count) {
  const Byte* x = static_cast<const Byte*>(a);
  const Byte* y = static_cast<const Byte*>(b);
  const Byte* const end = x + count;
  if (Aligned(x) && Aligned(y)) {
#pragma clang loop unroll(disable)
    for (; end - x >= 4; x += 4, y += 4) {
      if (*reinterpret_cast<const Word*>(x) != *reinterpret_cast<const Word*>(y)) break;
    }
  }
#pragma clang loop unroll(disable)
  for (; x != end; ++x, ++y) {
    if (*x != *y) return *x - *y;
  }
  return 0;
}

[[clang::no_builtin]] size_t strlen(const char* text) {
  const char* p = text;
#pragma clang loop unroll(disable)
  for (; !Aligned(p); ++p) {
    if (*p == 0) return static_cast<size_t>(p - text);
  }
  const Word* words = reinterpret_cast<const Word*>(p);  // reads at most 3 bytes past the end
#pragma clang loop unroll(disable)
  while (((*words - 0x01010101U) & ~*words & 0x80808080U) == 0) ++words;
  p = reinterpret_cast<const char*>(words);
#pragma clang loop unroll(disable)
  while (*p != 0) ++p;
  return static_cast<size_t>(p - text);
}
}
