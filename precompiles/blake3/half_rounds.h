// The seven rounds of BLAKE3, half a round in a row (docs/protocol.md, section 14.3).
//
//   bus          multiplicity   message
//   BLAKE_STATE  receives       init: before, last: after the rounds
//   BLAKE_WORDS  receives real  what the next row adds; in the last row, half of the result
//
// A block of rows is init, then 14 rows of four G each, side by side in lanes. G alternates sums
// and exclusive ors,
//
//   a1 = a + b + x,   d1 = (d ^ a1) >>> 16,   c1 = c + d1,   b1 = (b ^ c1) >>> 12,
//   a2 = a1 + b1 + y, d2 = (d1 ^ a2) >>> 8,   c2 = c1 + d2,  b2 = (b1 ^ c2) >>> 7,
//
// and only the bits of b and d are columns: a1 = d ^ (d1 <<< 16), a2 = d1 ^ (d2 <<< 8), and c1, c2
// likewise, are what the sums are compared with.
//
// Between two rows, lane i takes a from lane -i, b from lane 1 - i, c from 2 - i and d from 3 - i
// (mod 4). That leads from the columns to the diagonals (in opposite order) and back, so init and
// the last row are arranged like diagonals: v_j is in lane -j, v_(4+j) in 1 - j, v_(8+j) in 2 - j,
// v_(12+j) in 3 - j.
#ifndef ZKVM_PRECOMPILES_BLAKE3_HALF_ROUNDS_H_
#define ZKVM_PRECOMPILES_BLAKE3_HALF_ROUNDS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "precompiles/bits.h"
#include "precompiles/blake3/buses.h"
#include "precompiles/blake3/call.h"
#include "precompiles/blake3/compress.h"
#include "precompiles/memory/quad_access.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

struct Blake3HalfRounds {
  static constexpr std::string_view kName = "blake3_half_rounds";
  static constexpr int kHalfRounds = 14;
  static constexpr size_t kRowsOfCall = kHalfRounds + 1;

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  using Four = std::array<T, 4>;

  template <class T>
  struct Main {
    T call;
    T real, init, last;
    T step;                      // rows since init
    Four<Bits<T>> d1, b1, d, b;  // halfway through G, and after it
    Four<Word<T>> carry_a1, carry_c1, carry_a, carry_c;
    std::array<Word<T>, 8> words;  // x and y of the lanes in the next row
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Blake3HalfRounds, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const auto& next = w.next;
    ConstrainOrder(b, r, next);

    // In init a is 0 and c the initial value; in the last row both are sent.
    for (size_t j = 0; j < 4; ++j) {
      const Word<E> a = JoinBits<E>(A(r, LaneOf(0, j)));
      const Word<E> c = JoinBits<E>(C(r, LaneOf(2, j)));
      const uint32_t value = blake3::kInitialValue[j];
      AssertEqual(b, r.init, a, {E(0), E(0)});
      AssertEqual(b, r.init, c,
                  {E(static_cast<int>(value & 0xFFFF)), E(static_cast<int>(value >> 16))});
      AssertEqual(b, r.last, r.words[j], a);
      AssertEqual(b, r.last, r.words[4 + j], c);
    }

    const E enable = next.real - next.init;
    for (size_t i = 0; i < 4; ++i) {
      for (const auto* bits : {&r.d1[i], &r.b1[i], &r.d[i], &r.b[i]}) AssertBits(b, *bits);
      AssertUpToTwo(b, r.carry_a1[i]);
      AssertUpToTwo(b, r.carry_a[i]);
      AssertUpToOne(b, r.carry_c1[i]);
      AssertUpToOne(b, r.carry_c[i]);

      const Bits<E>& d = r.d[LaneOf(3, i)];
      const Bits<E>& old_b = r.b[LaneOf(1, i)];
      const Word<E> a1 = JoinBits<E>(XorRotated(d, next.d1[i], 16));
      const Word<E> c1 = JoinBits<E>(XorRotated(old_b, next.b1[i], 12));
      AssertSum(b, enable, JoinBits<E>(A(r, LaneOf(0, i))) + JoinBits(old_b) + r.words[2 * i], a1,
                next.carry_a1[i]);
      AssertSum(b, enable, JoinBits<E>(C(r, LaneOf(2, i))) + JoinBits(next.d1[i]), c1,
                next.carry_c1[i]);
      AssertSum(b, enable, a1 + JoinBits(next.b1[i]) + r.words[2 * i + 1], JoinBits<E>(A(next, i)),
                next.carry_a[i]);
      AssertSum(b, enable, c1 + JoinBits(next.d[i]), JoinBits<E>(C(next, i)), next.carry_c[i]);
    }
    ReceiveMessages(b, r);
  }

  // Flags are boolean, and rows follow each other from init to last.
  template <class B, class E>
  static constexpr void ConstrainOrder(B& b, const Main<E>& r, const Main<E>& next) {
    AssertBool(b, r.real);
    AssertBool(b, r.init);
    AssertBool(b, r.last);
    b.AssertZero(r.init * (E(1) - r.real));
    b.AssertZero(r.last * (E(1) - r.real));
    b.AssertZero(r.init * r.step);
    b.AssertZero(r.last * (r.step - kHalfRounds));
    const E open = r.real - r.last;
    b.AssertZero(open * (E(1) - next.real));
    b.AssertZero(open * next.init);
    b.AssertZero(open * (next.call - r.call));
    b.AssertZero(open * (next.step - r.step - 1));
    b.AssertZero((E(1) - open) * (next.real - next.init));
    b.First(r.real - r.init);
    b.LastActive(open);
  }

  // Row n of the block of a call: 0..14.
  static void Fill(const Blake3Step& step, size_t n, Main<Fp>& row) {
    row.call = Fp::FromU32(step.call.ts);
    row.real = 1;
    row.init = n == 0 ? 1 : 0;
    row.last = n + 1 == kRowsOfCall ? 1 : 0;
    row.step = static_cast<int>(n);

    std::array<uint32_t, 16> v = blake3::BeforeRounds(step.state);
    for (size_t k = 0; k + 1 < n; ++k) blake3::HalfRound(k, step.block, v);
    if (n == 0) {
      FillInit(v, row);
    } else {
      FillHalfRound(n - 1, step.block, v, row);
    }
    FillWords(n, step, v, row);
  }

 private:
  // The lane, in init and the last row, of word j of a (k = 0), b (1), c (2), d (3); and where lane
  // j of the next row takes its word from.
  static constexpr size_t LaneOf(size_t k, size_t j) { return (4 + k - j) % 4; }

  // Bit i of x ^ (y <<< shift).
  template <class E>
  static constexpr auto XorRotated(const Bits<E>& x, const Bits<E>& y, size_t shift) {
    return [&x, &y, shift](size_t i) { return Xor(x[i], y[(i + 32 - shift) % 32]); };
  }
  // a and c after the row.
  template <class E>
  static constexpr auto A(const Main<E>& row, size_t lane) {
    return XorRotated(row.d1[lane], row.d[lane], 8);
  }
  template <class E>
  static constexpr auto C(const Main<E>& row, size_t lane) {
    return XorRotated(row.b1[lane], row.b[lane], 7);
  }

  template <class B, class E>
  static constexpr void ReceiveMessages(B& b, const Main<E>& r) {
    Quad<E> x, y;
    for (size_t j = 0; j < 4; ++j) {
      x[j] = JoinBits(r.b[LaneOf(1, j)]);
      y[j] = JoinBits(r.d[LaneOf(3, j)]);
    }
    Receive(b, kBlakeState, r.init + r.last, r.call, r.last, x, y);
    Receive(b, kBlakeWords, r.real, r.call, r.step, QuadOf(r.words, 0), QuadOf(r.words, 4));
  }
  template <class B, class E>
  static constexpr void Receive(B& b, const Bus& bus, const E& enable, const E& call,
                                const E& index, const Quad<E>& x, const Quad<E>& y) {
    b.Receive(bus, enable, call, index, x[0].lo, x[0].hi, x[1].lo, x[1].hi, x[2].lo, x[2].hi,
              x[3].lo, x[3].hi, y[0].lo, y[0].hi, y[1].lo, y[1].hi, y[2].lo, y[2].hi, y[3].lo,
              y[3].hi);
  }

  template <class B, class E>
  static constexpr void AssertEqual(B& b, const E& enable, const Word<E>& x, const Word<E>& y) {
    b.AssertZero(enable * (x.lo - y.lo));
    b.AssertZero(enable * (x.hi - y.hi));
  }
  template <class B, class E>
  static constexpr void AssertUpToOne(B& b, const Word<E>& carry) {
    AssertBool(b, carry.lo);
    AssertBool(b, carry.hi);
  }
  template <class B, class E>
  static constexpr void AssertUpToTwo(B& b, const Word<E>& carry) {
    b.AssertZero(carry.lo * (carry.lo - 1) * (carry.lo - 2));
    b.AssertZero(carry.hi * (carry.hi - 1) * (carry.hi - 2));
  }
  // sum = word modulo 2^32.
  template <class B, class E>
  static constexpr void AssertSum(B& b, const E& enable, const Word<E>& sum, const Word<E>& word,
                                  const Word<E>& carry) {
    using G = Geometry<B>;
    const Word<E> rest = sum - word;
    b.AssertZero(enable * (rest.lo - carry.lo * G::kLimb));
    b.AssertZero(enable * (rest.hi + carry.lo - carry.hi * G::kLimb));
  }

  static void FillInit(const std::array<uint32_t, 16>& v, Main<Fp>& row) {
    for (size_t j = 0; j < 4; ++j) {
      const uint32_t b = v[4 + j];
      const uint32_t d = v[12 + j];
      row.b[LaneOf(1, j)] = FillBits(b);
      row.d[LaneOf(3, j)] = FillBits(d);
    }
    for (size_t lane = 0; lane < 4; ++lane) {
      const uint32_t b = v[4 + LaneOf(1, lane)];
      const uint32_t d = v[12 + LaneOf(3, lane)];
      row.d1[lane] = FillBits(std::rotl(d, 8));
      row.b1[lane] = FillBits(v[8 + LaneOf(2, lane)] ^ std::rotl(b, 7));
    }
  }

  static Word<Fp> CarryOf(uint32_t x, uint32_t y, uint32_t z = 0) {
    const uint32_t lo = (x & 0xFFFF) + (y & 0xFFFF) + (z & 0xFFFF);
    const uint32_t hi = (x >> 16) + (y >> 16) + (z >> 16) + (lo >> 16);
    return {Fp::FromU32(lo >> 16), Fp::FromU32(hi >> 16)};
  }

  // `v` is the state before the half round, and is left as the one after it.
  static void FillHalfRound(size_t k, const blake3::Block& block, std::array<uint32_t, 16>& v,
                            Main<Fp>& row) {
    const std::array<size_t, 8> words = blake3::MessageWords(k);
    for (size_t lane = 0; lane < 4; ++lane) {
      const size_t shift = k % 2;
      const size_t g = shift == 0 ? lane : LaneOf(0, lane);
      uint32_t& a = v[g];
      uint32_t& b = v[4 + (g + shift) % 4];
      uint32_t& c = v[8 + (g + 2 * shift) % 4];
      uint32_t& d = v[12 + (g + 3 * shift) % 4];
      const uint32_t x = block[words[2 * g]];
      const uint32_t y = block[words[2 * g + 1]];

      row.carry_a1[lane] = CarryOf(a, b, x);
      const uint32_t a1 = a + b + x;
      const uint32_t d1 = std::rotr(d ^ a1, 16);
      row.carry_c1[lane] = CarryOf(c, d1);
      const uint32_t c1 = c + d1;
      const uint32_t b1 = std::rotr(b ^ c1, 12);
      row.carry_a[lane] = CarryOf(a1, b1, y);
      blake3::G(a, b, c, d, x, y);
      row.carry_c[lane] = CarryOf(c1, d);
      row.d1[lane] = FillBits(d1);
      row.b1[lane] = FillBits(b1);
      row.d[lane] = FillBits(d);
      row.b[lane] = FillBits(b);
    }
  }

  // `v` is the state after the row.
  static void FillWords(size_t n, const Blake3Step& step, const std::array<uint32_t, 16>& v,
                        Main<Fp>& row) {
    if (n == kHalfRounds) {
      for (size_t j = 0; j < 4; ++j) {
        row.words[j] = WordOf(v[j]);
        row.words[4 + j] = WordOf(v[8 + j]);
      }
      return;
    }
    const std::array<size_t, 8> words = blake3::MessageWords(n);
    for (size_t lane = 0; lane < 4; ++lane) {
      const size_t g = n % 2 == 0 ? lane : LaneOf(0, lane);
      row.words[2 * lane] = WordOf(step.block[words[2 * g]]);
      row.words[2 * lane + 1] = WordOf(step.block[words[2 * g + 1]]);
      if (n == 0) row.words[2 * lane] = row.words[2 * lane] + WordOf(step.state[lane]);
    }
  }
};

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_BLAKE3_HALF_ROUNDS_H_
