// The environment call of SHA-256 compression (docs/protocol.md, section 14.2): the eight words at
// a0 are the state, updated in place, the sixteen at a1 the block.
//
//   bus        multiplicity   message
//   PROG       real           ECALL at pc
//   product    -              state; a7, a0, a1 at +0
//   QUAD       sends real     4 of the block at +1, 2 of the state at +2
//   SHA_STATE  sends real     the state before and after the rounds
//   SHA_BLOCK  sends real     4
//   RANGE(16)  1              3 time gaps, 16 of the new state
//   RANGE(14)  1              high halves of the pointers (+ 1)
#ifndef ZKVM_PRECOMPILES_SHA256_CALL_H_
#define ZKVM_PRECOMPILES_SHA256_CALL_H_

#include <array>
#include <cstddef>
#include <string_view>

#include "precompiles/bits.h"
#include "precompiles/hash_call.h"
#include "precompiles/memory/quad_access.h"
#include "precompiles/sha256/buses.h"
#include "precompiles/sha256/compress.h"
#include "stark/air/chip.h"

namespace zkvm {

struct Sha256Step {
  HashCallStep call;
  sha256::State state;
  sha256::Block block;
};

struct Sha256Call {
  static constexpr std::string_view kName = "sha256";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Main {
    HashCall<T> call;
    std::array<Word<T>, 8> state, after, result;  // after 64 rounds; result = state + after
    std::array<Word<T>, 16> block;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Sha256Call, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    const HashCall<E>& call = r.call;
    ConstrainHashCall<Ecall::kSha256>(b, call);

    const E block_address = WordAddress<B>(call.block_pointer);
    for (size_t i = 0; i < 4; ++i) {
      const Quad<E> words = QuadOf(r.block, 4 * i);
      AccessQuad(b, call.real, call.ts + 1, block_address + static_cast<int>(4 * i), words, words);
    }
    const E state_address = WordAddress<B>(call.state_pointer);
    for (size_t i = 0; i < 2; ++i) {
      AccessQuad(b, call.real, call.ts + 2, state_address + static_cast<int>(4 * i),
                 QuadOf(r.state, 4 * i), QuadOf(r.result, 4 * i));
    }

    SendState(b, call, 0, r.state);
    SendState(b, call, 1, r.after);
    for (size_t i = 0; i < 4; ++i) {
      const Quad<E> x = QuadOf(r.block, 4 * i);
      b.Send(kShaBlock, call.real, call.ts, static_cast<int>(i), x[0].lo, x[0].hi, x[1].lo, x[1].hi,
             x[2].lo, x[2].hi, x[3].lo, x[3].hi);
    }

    for (size_t i = 0; i < 8; ++i) {
      const Word<E> rest = r.state[i] + r.after[i] - r.result[i];
      const E carry = rest.lo * G::kInverseLimb;
      AssertBool(b, carry);
      AssertBool(b, (rest.hi + carry) * G::kInverseLimb);
      AssertRange(b, r.result[i]);
    }
  }

  static void Fill(const Sha256Step& step, Main<Fp>& row) {
    FillHashCall(step.call, row.call);
    sha256::State result = step.state;
    sha256::Compress(result, step.block);
    for (size_t i = 0; i < 8; ++i) {
      row.state[i] = WordOf(step.state[i]);
      row.after[i] = WordOf(result[i] - step.state[i]);
      row.result[i] = WordOf(result[i]);
    }
    for (size_t i = 0; i < 16; ++i) row.block[i] = WordOf(step.block[i]);
  }

 private:
  template <class B, class E>
  static constexpr void SendState(B& b, const HashCall<E>& call, int when,
                                  const std::array<Word<E>, 8>& x) {
    b.Send(kShaState, call.real, call.ts, when, x[0].lo, x[0].hi, x[1].lo, x[1].hi, x[2].lo,
           x[2].hi, x[3].lo, x[3].hi, x[4].lo, x[4].hi, x[5].lo, x[5].hi, x[6].lo, x[6].hi, x[7].lo,
           x[7].hi);
  }
};

}  // namespace zkvm

#endif  // ZKVM_PRECOMPILES_SHA256_CALL_H_
