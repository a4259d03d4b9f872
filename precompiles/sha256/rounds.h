// The 64 rounds of SHA-256, four in a row (docs/protocol.md, section 14.2).
//
//   bus        multiplicity   message
//   SHA_STATE  receives       init: the state before, last: the state after the rounds
//   SHA_BLOCK  receives       phase 0: four words of the block
//
// A block of rows is init, then 16 rows of rounds: 4 phases of 4 steps; step 3 of phase 3 is the
// last. Row n >= 1 holds words 4 (n - 1) .. 4 (n - 1) + 3 of the message schedule and of the two
// sequences that the rounds are: with a and e from before the round, after round t
//
//   e_t = a_(t-4) + e_(t-4) + Sigma1(e_(t-1)) + Ch(e_(t-1), e_(t-2), e_(t-3)) + K_t + w_t
//   a_t = e_t - a_(t-4) + Sigma0(a_(t-1)) + Maj(a_(t-1), a_(t-2), a_(t-3))
//
// so that four rounds look at the four words before them: the row before; row init holds
// a_(-4..-1) = d, c, b, a and e_(-4..-1) = h, g, f, e. The schedule looks back 16 words. Its sum is
// begun where they are and handed on from row to row:
//
//   partial[0]   w_t + sigma0(w_(t+1)), from the row before
//   partial[1]   + w_(t+9) where that is in this row
//   partial[2]   + w_(t+9) where it was not; to which the next row adds sigma1(w_(t+14))
//
// Sums of bits have degree 3, so nothing can switch them off. They hold on every row, but on rows
// that are to be free one half of their carry is any field element.
#ifndef ZKVM_PRECOMPILES_SHA256_ROUNDS_H_
#define ZKVM_PRECOMPILES_SHA256_ROUNDS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "precompiles/bits.h"
#include "precompiles/memory/quad_access.h"
#include "precompiles/sha256/buses.h"
#include "precompiles/sha256/call.h"
#include "precompiles/sha256/compress.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

struct Sha256Rounds {
  static constexpr std::string_view kName = "sha256_rounds";
  static constexpr uint32_t kRowsOfCall = 17;

  // The blocks, and one row below the last that Fill writes too.
  static constexpr size_t RowsOf(size_t calls) { return calls == 0 ? 0 : calls * kRowsOfCall + 1; }

  template <class T>
  using Fixed = NoColumns<T>;

  // low + 3 high: `high` is 0 or 1 where the sum must hold, `low` one of three consecutive numbers.
  template <class T>
  struct Carry {
    T low, high;
  };
  template <class T>
  using Four = std::array<T, 4>;

  template <class T>
  struct Main {
    T call;
    T init;
    Four<T> phase;
    std::array<T, 3> step;  // of 0..2; 3 is a phase and none of these
    T last;
    Four<Bits<T>> a, e, w;
    Four<Word<Carry<T>>> carry_a, carry_e, carry_w;
    std::array<Four<Word<T>>, 3> partial;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Sha256Rounds, typename B::Expr>& w) {
    using E = typename B::Expr;
    const auto& r = w.row;
    const auto& next = w.next;
    ConstrainOrder(b, r, next);

    // Word k of a sequence, counted from the first one of this row.
    const auto a = [&](size_t k) -> const Bits<E>& { return k < 4 ? r.a[k] : next.a[k - 4]; };
    const auto e = [&](size_t k) -> const Bits<E>& { return k < 4 ? r.e[k] : next.e[k - 4]; };
    const auto s = [&](size_t k) -> const Bits<E>& { return k < 4 ? r.w[k] : next.w[k - 4]; };
    const E rounds = Rounds(r);
    const E next_rounds = Rounds(next);
    const std::array<E, 16> position = Position(next);
    for (size_t j = 0; j < 4; ++j) {
      AssertBits(b, r.a[j]);
      AssertBits(b, r.e[j]);
      AssertBits(b, r.w[j]);
      AssertCarry(b, kLeastCarryOfA, rounds, r.carry_a[j]);
      AssertCarry(b, kLeastCarry, rounds, r.carry_e[j]);
      AssertCarry(b, kLeastCarry, rounds - r.phase[0], r.carry_w[j]);

      const Word<E> first = JoinBits(s(j)) + Schedule<E, 7, 18, 3>(s(j + 1));
      b.AssertZero(next.partial[0][j].lo - first.lo);
      b.AssertZero(next.partial[0][j].hi - first.hi);
      AssertEqual(b, next_rounds, next.partial[1][j],
                  j < 3 ? r.partial[0][j] + JoinBits(next.w[j + 1]) : r.partial[0][j]);
      AssertEqual(b, next_rounds, next.partial[2][j],
                  j < 3 ? r.partial[1][j] : r.partial[1][j] + JoinBits(next.w[0]));
      AssertSum(b, r.partial[2][j] + Schedule<E, 17, 19, 10>(s(j + 2)), next.w[j], next.carry_w[j]);

      const Word<E> before = JoinBits(a(j));
      const Word<E> choice =
          JoinBits<E>([&](size_t i) { return Choose(e(j + 3)[i], e(j + 2)[i], e(j + 1)[i]); });
      const Word<E> majority =
          JoinBits<E>([&](size_t i) { return Majority(a(j + 3)[i], a(j + 2)[i], a(j + 1)[i]); });
      AssertSum(b,
                before + JoinBits(e(j)) + Rotations<E, 6, 11, 25>(e(j + 3)) + choice +
                    RoundConstant(position, j) + JoinBits(next.w[j]),
                next.e[j], next.carry_e[j]);
      AssertSum(b, JoinBits(next.e[j]) - before + Rotations<E, 2, 13, 22>(a(j + 3)) + majority,
                next.a[j], next.carry_a[j]);
    }
    ReceiveMessages(b, r);
  }

  // Flags are boolean, and rows follow each other from init to last.
  template <class B, class E>
  static constexpr void ConstrainOrder(B& b, const Main<E>& r, const Main<E>& next) {
    const E rounds = Rounds(r);
    const E real = r.init + rounds;
    const E last_step = LastStep(r);
    AssertBool(b, r.init);
    for (const E& flag : r.phase) AssertBool(b, flag);
    AssertBool(b, real);
    for (const E& flag : r.step) AssertBool(b, flag);
    AssertBool(b, last_step);
    b.AssertZero(r.last - r.phase[3] * last_step);

    b.AssertZero(r.init * (E(1) - next.phase[0]));
    b.AssertZero((r.init + last_step - r.last) * (E(1) - next.step[0]));
    b.AssertZero(r.step[0] * (E(1) - next.step[1]));
    b.AssertZero(r.step[1] * (E(1) - next.step[2]));
    b.AssertZero(r.step[2] * (E(1) - LastStep(next)));
    for (size_t i = 0; i < 4; ++i) {
      b.AssertZero(r.phase[i] * (E(1) - last_step) * (E(1) - next.phase[i]));
    }
    for (size_t i = 0; i < 3; ++i) {
      b.AssertZero(r.phase[i] * last_step * (E(1) - next.phase[i + 1]));
    }
    const E open = real - r.last;
    b.AssertZero(open * (next.call - r.call));
    b.AssertZero((E(1) - open) * Rounds(next));
    b.First(rounds);
    b.LastActive(open);
  }

  // Row n of the block of `step`: 0..16. `above` is the call whose block ends above row 0, if any.
  // Without a step, row 0 is the one behind the last block: not zero, but inert.
  static void Fill(const Sha256Step* above, const Sha256Step* step, size_t n, Main<Fp>& row) {
    const Traces traces = {step != nullptr ? TraceOf(*step) : Trace(),
                           above != nullptr && n < 4 ? TraceOf(*above) : Trace()};
    if (step != nullptr) {
      row.call = Fp::FromU32(step->call.ts);
      row.init = n == 0 ? 1 : 0;
      if (n > 0) row.phase[(n - 1) / 4] = 1;
      if (n > 0 && n % 4 != 0) row.step[(n - 1) % 4] = 1;
      row.last = n + 1 == kRowsOfCall ? 1 : 0;
    }
    FillRounds(traces, static_cast<int>(n), row);
    FillSchedule(traces, static_cast<int>(n), row);
  }

 private:
  // A carry of six limbs is at most 5; that of a_t, where one is subtracted, is -1..2.
  static constexpr int kLeastCarry = 0;
  static constexpr int kLeastCarryOfA = -1;

  // 1 in the rows of rounds.
  template <class E>
  static constexpr E Rounds(const Main<E>& row) {
    return row.phase[0] + row.phase[1] + row.phase[2] + row.phase[3];
  }
  template <class E>
  static constexpr E LastStep(const Main<E>& row) {
    return Rounds(row) - row.step[0] - row.step[1] - row.step[2];
  }

  template <class B, class E>
  static constexpr void ReceiveMessages(B& b, const Main<E>& r) {
    Quad<E> a, e, m;
    for (size_t j = 0; j < 4; ++j) {
      a[j] = JoinBits(r.a[j]);
      e[j] = JoinBits(r.e[j]);
      // Byte k of a word in memory is byte 3 - k of the word of the schedule.
      m[j] = JoinBits<E>([&](size_t i) { return r.w[j][24 - i / 8 * 8 + i % 8]; });
    }
    b.Receive(kShaState, r.init + r.last, r.call, r.last, a[3].lo, a[3].hi, a[2].lo, a[2].hi,
              a[1].lo, a[1].hi, a[0].lo, a[0].hi, e[3].lo, e[3].hi, e[2].lo, e[2].hi, e[1].lo,
              e[1].hi, e[0].lo, e[0].hi);
    const E step = r.step[1] + LastStep(r) * 3 + r.step[2] * 2;
    b.Receive(kShaBlock, r.phase[0], r.call, step, m[0].lo, m[0].hi, m[1].lo, m[1].hi, m[2].lo,
              m[2].hi, m[3].lo, m[3].hi);
  }

  template <class E, size_t kX, size_t kY, size_t kZ>
  static constexpr Word<E> Rotations(const Bits<E>& x) {
    return JoinBits<E>(
        [&](size_t i) { return Xor(x[(i + kX) % 32], Xor(x[(i + kY) % 32], x[(i + kZ) % 32])); });
  }
  // Two rotations and a shift.
  template <class E, size_t kX, size_t kY, size_t kShift>
  static constexpr Word<E> Schedule(const Bits<E>& x) {
    return JoinBits<E>([&](size_t i) {
      const E rotations = Xor(x[(i + kX) % 32], x[(i + kY) % 32]);
      return i + kShift < 32 ? Xor(x[i + kShift], rotations) : rotations;
    });
  }

  // 1 in the rows of rounds 4 i .. 4 i + 3.
  template <class E>
  static constexpr std::array<E, 16> Position(const Main<E>& row) {
    const std::array<E, 4> step = {row.step[0], row.step[1], row.step[2], LastStep(row)};
    std::array<E, 16> position;
    for (size_t i = 0; i < 16; ++i) position[i] = row.phase[i / 4] * step[i % 4];
    return position;
  }
  template <class E>
  static constexpr Word<E> RoundConstant(const std::array<E, 16>& position, size_t j) {
    Word<E> sum{E(0), E(0)};
    for (size_t i = 0; i < 16; ++i) {
      const uint32_t k = sha256::kRoundConstants[4 * i + j];
      sum.lo = sum.lo + position[i] * static_cast<int>(k & 0xFFFF);
      sum.hi = sum.hi + position[i] * static_cast<int>(k >> 16);
    }
    return sum;
  }

  // The carry where `bound` is 1; anything where it is 0.
  template <class B, class E>
  static constexpr void AssertCarry(B& b, int least, const E& bound, const Word<Carry<E>>& carry) {
    for (const Carry<E>* c : {&carry.lo, &carry.hi}) {
      b.AssertZero((c->low - least) * (c->low - (least + 1)) * (c->low - (least + 2)));
      b.AssertZero(bound * c->high * (c->high - 1));
    }
  }
  template <class E>
  static constexpr E ValueOf(const Carry<E>& carry) {
    return carry.low + carry.high * 3;
  }
  // sum = bits modulo 2^32.
  template <class B, class E>
  static constexpr void AssertSum(B& b, const Word<E>& sum, const Bits<E>& bits,
                                  const Word<Carry<E>>& carry) {
    using G = Geometry<B>;
    const Word<E> rest = sum - JoinBits(bits);
    const E carry_lo = ValueOf(carry.lo);
    b.AssertZero(rest.lo - carry_lo * G::kLimb);
    b.AssertZero(rest.hi + carry_lo - ValueOf(carry.hi) * G::kLimb);
  }
  template <class B, class E>
  static constexpr void AssertEqual(B& b, const E& enable, const Word<E>& x, const Word<E>& y) {
    b.AssertZero(enable * (x.lo - y.lo));
    b.AssertZero(enable * (x.hi - y.hi));
  }

  // All words of a compression: of a and e the four before the rounds come first.
  struct Trace {
    std::array<uint32_t, 68> a{}, e{};
    std::array<uint32_t, 64> w{};
  };
  // Of a call and of the one above it. Rows below 0 are those of the latter.
  struct Traces {
    Trace call, above;

    const Trace& Of(int n) const { return n >= 0 ? call : above; }
    static size_t RowIn(int n) { return static_cast<size_t>(n >= 0 ? n : n + kRows); }

    uint32_t A(int n, size_t j) const { return Of(n).a[4 * RowIn(n) + j]; }
    uint32_t E(int n, size_t j) const { return Of(n).e[4 * RowIn(n) + j]; }
    uint32_t W(int n, size_t j) const { return RowIn(n) == 0 ? 0 : Of(n).w[4 * RowIn(n) - 4 + j]; }
  };
  static constexpr int kRows = kRowsOfCall;

  static Trace TraceOf(const Sha256Step& step) {
    Trace trace;
    trace.w = sha256::ExpandMessage(step.block);
    sha256::State state = step.state;
    for (size_t j = 0; j < 4; ++j) {
      trace.a[j] = state[3 - j];
      trace.e[j] = state[7 - j];
    }
    for (size_t t = 0; t < 64; ++t) {
      sha256::Round(sha256::kRoundConstants[t] + trace.w[t], state);
      trace.a[t + 4] = state[0];
      trace.e[t + 4] = state[4];
    }
    return trace;
  }

  // Limbs of a sum of words, before carries.
  struct Limbs {
    int lo = 0, hi = 0;

    Limbs& Add(uint32_t word) {
      lo += static_cast<int>(word & 0xFFFF);
      hi += static_cast<int>(word >> 16);
      return *this;
    }
    Limbs& Subtract(uint32_t word) {
      lo -= static_cast<int>(word & 0xFFFF);
      hi -= static_cast<int>(word >> 16);
      return *this;
    }
  };

  // The carries of `rest`, a sum less its result; any, where they are not bound.
  static void FillCarry(const Limbs& rest, int least, bool bound, Word<Carry<Fp>>& carry) {
    if (!bound) {
      static constexpr Fp kInverseThree = Fp(3).Inverse();
      const Fp lo = Fp(rest.lo) * Rv32Geometry::kInverseLimb;
      carry.lo = {0, lo * kInverseThree};
      carry.hi = {0, (Fp(rest.hi) + lo) * Rv32Geometry::kInverseLimb * kInverseThree};
      return;
    }
    const auto split = [least](int c) {
      const int high = c >= least + 3 ? 1 : 0;
      return Carry<Fp>{c - 3 * high, high};
    };
    const int lo = rest.lo >> 16;
    carry.lo = split(lo);
    carry.hi = split((rest.hi + lo) >> 16);
  }

  static void FillRounds(const Traces& traces, int n, Main<Fp>& row) {
    const bool bound = n > 0;
    // Word k of a sequence, counted from the first one of the row above.
    const auto a = [&](size_t k) { return traces.A(k < 4 ? n - 1 : n, k % 4); };
    const auto e = [&](size_t k) { return traces.E(k < 4 ? n - 1 : n, k % 4); };
    for (size_t j = 0; j < 4; ++j) {
      row.a[j] = FillBits(a(j + 4));
      row.e[j] = FillBits(e(j + 4));
      const uint32_t x = e(j + 3);
      Limbs sum_e;
      sum_e.Add(a(j)).Add(e(j)).Add(std::rotr(x, 6) ^ std::rotr(x, 11) ^ std::rotr(x, 25));
      sum_e.Add((x & e(j + 2)) ^ (~x & e(j + 1))).Add(traces.W(n, j)).Subtract(e(j + 4));
      if (bound) sum_e.Add(sha256::kRoundConstants[4 * static_cast<size_t>(n) - 4 + j]);
      FillCarry(sum_e, kLeastCarry, bound, row.carry_e[j]);
      const uint32_t y = a(j + 3);
      Limbs sum_a;
      sum_a.Add(e(j + 4)).Subtract(a(j)).Subtract(a(j + 4));
      sum_a.Add(std::rotr(y, 2) ^ std::rotr(y, 13) ^ std::rotr(y, 22));
      sum_a.Add((y & a(j + 2)) ^ (y & a(j + 1)) ^ (a(j + 2) & a(j + 1)));
      FillCarry(sum_a, kLeastCarryOfA, bound, row.carry_a[j]);
    }
  }

  // partial[i][j] of row n. In row 0 only partial[0] is said to be anything.
  static Limbs Partial(const Traces& traces, size_t i, int n, size_t j) {
    if (i == 0) {
      const uint32_t x = j < 3 ? traces.W(n - 1, j + 1) : traces.W(n, 0);
      const uint32_t sigma = std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3;
      return Limbs().Add(traces.W(n - 1, j)).Add(sigma);
    }
    if (n == 0) return {};
    Limbs sum = Partial(traces, i - 1, n - 1, j);
    if (i == 1 && j < 3) sum.Add(traces.W(n, j + 1));
    if (i == 2 && j == 3) sum.Add(traces.W(n, 0));
    return sum;
  }

  static void FillSchedule(const Traces& traces, int n, Main<Fp>& row) {
    for (size_t j = 0; j < 4; ++j) {
      const uint32_t word = traces.W(n, j);
      row.w[j] = FillBits(word);
      for (size_t i = 0; i < 3; ++i) {
        const Limbs sum = Partial(traces, i, n, j);
        row.partial[i][j] = {sum.lo, sum.hi};
      }
      const uint32_t y = j < 2 ? traces.W(n - 1, j + 2) : traces.W(n, j - 2);
      Limbs sum = Partial(traces, 2, n - 1, j);
      sum.Add(std::rotr(y, 17) ^ std::rotr(y, 19) ^ y >> 10).Subtract(word);
      FillCarry(sum, kLeastCarry, n > 4, row.carry_w[j]);
    }
  }
};

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_SHA256_ROUNDS_H_
