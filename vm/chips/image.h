// The initial and final tuples of registers and of the program's image (docs/protocol.md, 9.1).
//
//   bus        multiplicity   message
//   product    -              consumes the final tuple, produces the initial one at time 0
//
// Rows: registers 0..34 with value 0, then every word of [image_base, zero_base). The addresses and
// initial values are in the key; a word that was never touched ends as it began. Rows beyond the
// last word are all zeros in the key. They need no gate: space 0 is theirs alone, where all that is
// produced is (0, 0, 0, 0, 0), so it is all that can be consumed.
#ifndef ZKVM_VM_CHIPS_IMAGE_H_
#define ZKVM_VM_CHIPS_IMAGE_H_

#include <cstdint>
#include <string_view>

#include "isa/air/gadgets.h"
#include "isa/air/register_word.h"
#include "stark/air/chip.h"
#include "vm/record.h"

namespace zkvm {

struct Image {
  static constexpr std::string_view kName = "image";

  template <class T>
  struct Fixed {
    T space, address;
    Word<T> initial;
  };

  template <class T>
  struct Main {
    Word<T> last;
    T last_ts;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Image, typename B::Expr>& w) {
    const auto& f = w.fixed;
    const auto& r = w.row;
    b.Exchange(Tuple{f.space, f.address, r.last.lo, r.last.hi, r.last_ts},
               Tuple{f.space, f.address, f.initial.lo, f.initial.hi, kZero});
  }

  static void FillRegister(uint32_t reg, Fixed<Fp>& row) {
    row = {kSpaceRegister, Fp::FromU32(reg), {0, 0}};
  }
  static void FillWord(uint32_t word_address, uint32_t value, Fixed<Fp>& row) {
    row = {kSpaceRam, Fp::FromU32(word_address), WordOf(value)};
  }
  static void FillRegister(uint32_t reg, const FinalWord& last, Main<Fp>& row) {
    row = {RegisterWord(reg, last.value), Fp::FromU32(last.ts)};
  }
  static void FillWord(const FinalWord& last, Main<Fp>& row) {
    row = {WordOf(last.value), Fp::FromU32(last.ts)};
  }
};

}  // namespace zkvm

#endif  // ZKVM_VM_CHIPS_IMAGE_H_
