// The environment call of BLAKE3 compression (docs/protocol.md, section 14.3): the twelve words at
// a0 are chaining value, counter, block length and flags, of which the first eight are replaced by
// the new chaining value; the sixteen at a1 are the block.
//
//   bus          multiplicity   message
//   PROG         real           ECALL at pc
//   product      -              state; a7, a0, a1 at +0
//   QUAD         sends real     4 of the block at +1, 2 of the chaining value at +2, 1 at +3
//   BLAKE_STATE  sends real     before and after the rounds
//   BLAKE_WORDS  sends real     15
//   BYTES        1              32 of v_i, v_(i+8) and both
//   RANGE(16)    1              3 time gaps
//   RANGE(14)    1              high halves of the pointers (+ 1)
#ifndef ZKVM_PRECOMPILES_BLAKE3_CALL_H_
#define ZKVM_PRECOMPILES_BLAKE3_CALL_H_

#include <array>
#include <cstddef>
#include <string_view>

#include "isa/air/bytes.h"
#include "precompiles/bits.h"
#include "precompiles/blake3/buses.h"
#include "precompiles/blake3/compress.h"
#include "precompiles/hash_call.h"
#include "precompiles/memory/quad_access.h"
#include "stark/air/chip.h"

namespace zkvm {

struct Blake3Step {
  HashCallStep call;
  blake3::State state;
  blake3::Block block;
};

struct Blake3Call {
  static constexpr std::string_view kName = "blake3";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    HashCall<T> call;
    std::array<Word<T>, 12> state;
    std::array<Word<T>, 16> block;
    std::array<Bytes<T>, 8> low, high, both;  // v_i, v_(i+8) after the rounds, and low & high
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Blake3Call, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const HashCall<E>& call = r.call;
    ConstrainHashCall<Ecall::kBlake3>(b, call);

    std::array<Word<E>, 8> low, high, result;
    for (size_t i = 0; i < 8; ++i) {
      low[i] = WordOf<G>(r.low[i]);
      high[i] = WordOf<G>(r.high[i]);
      const Word<E> both = WordOf<G>(r.both[i]);
      result[i] = low[i] + high[i] - both - both;
      for (size_t k = 0; k < 4; ++k) {
        b.Lookup(kBytes, kOnce, r.low[i][k], r.high[i][k], r.both[i][k]);
      }
    }

    const E block_address = WordAddress<B>(call.block_pointer);
    for (size_t i = 0; i < 4; ++i) {
      const Quad<E> words = QuadOf(r.block, 4 * i);
      AccessQuad(b, call.real, call.ts + 1, block_address + static_cast<int>(4 * i), words, words);
    }
    const E state_address = WordAddress<B>(call.state_pointer);
    for (size_t i = 0; i < 2; ++i) {
      AccessQuad(b, call.real, call.ts + 2, state_address + static_cast<int>(4 * i),
                 QuadOf(r.state, 4 * i), QuadOf(result, 4 * i));
    }
    const Quad<E> rest = QuadOf(r.state, 8);
    AccessQuad(b, call.real, call.ts + 3, state_address + 8, rest, rest);

    Send(b, kBlakeState, call, 0, QuadOf(r.state, 4), rest);
    Send(b, kBlakeState, call, 1, QuadOf(low, 4), QuadOf(high, 4));
    for (int k = 0; k < 14; ++k) {
      const std::array<Word<E>, 8> words = Added(r, static_cast<size_t>(k));
      Send(b, kBlakeWords, call, k, QuadOf(words, 0), QuadOf(words, 4));
    }
    Send(b, kBlakeWords, call, 14, QuadOf(low, 0), QuadOf(high, 0));
  }

  static void Fill(const Blake3Step& step, Main<Fp>& row) {
    FillHashCall(step.call, row.call);
    std::array<uint32_t, 16> v = blake3::BeforeRounds(step.state);
    for (size_t k = 0; k < 14; ++k) blake3::HalfRound(k, step.block, v);
    for (size_t i = 0; i < 12; ++i) row.state[i] = WordOf(step.state[i]);
    for (size_t i = 0; i < 16; ++i) row.block[i] = WordOf(step.block[i]);
    for (size_t i = 0; i < 8; ++i) {
      row.low[i] = FillBytes(v[i]);
      row.high[i] = FillBytes(v[8 + i]);
      row.both[i] = FillBytes(v[i] & v[8 + i]);
    }
  }

 private:
  // What half round k adds to a, in the order of its lanes (precompiles/blake3/half_rounds.h). The
  // rounds begin with a = 0: v_0..v_3 come with the first words.
  template <class E>
  static constexpr std::array<Word<E>, 8> Added(const Main<E>& r, size_t k) {
    const std::array<size_t, 8> words = blake3::MessageWords(k);
    std::array<Word<E>, 8> added;
    for (size_t lane = 0; lane < 4; ++lane) {
      const size_t g = k % 2 == 0 ? lane : (4 - lane) % 4;
      added[2 * lane] = r.block[words[2 * g]];
      added[2 * lane + 1] = r.block[words[2 * g + 1]];
      if (k == 0) added[2 * lane] = added[2 * lane] + r.state[lane];
    }
    return added;
  }

  template <class B, class E>
  static constexpr void Send(B& b, const Bus& bus, const HashCall<E>& call, int index,
                             const Quad<E>& x, const Quad<E>& y) {
    b.Send(bus, call.real, call.ts, index, x[0].lo, x[0].hi, x[1].lo, x[1].hi, x[2].lo, x[2].hi,
           x[3].lo, x[3].hi, y[0].lo, y[0].hi, y[1].lo, y[1].hi, y[2].lo, y[2].hi, y[3].lo,
           y[3].hi);
  }
};

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_BLAKE3_CALL_H_
