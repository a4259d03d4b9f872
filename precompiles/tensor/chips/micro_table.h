// The micro-programs of a model: a fixed table, one row a step. Programs are numbered from 1, so
// the rows of padding, all zeros, belong to none.
//
//   bus        multiplicity   message
//   MICRO      provides m     program, step, x0..x5
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_MICRO_TABLE_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_MICRO_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "precompiles/tensor/buses.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct MicroTable {
  static constexpr std::string_view kName = "micro";
  static constexpr bool kModel = true;
  static constexpr size_t kWords = 6;

  template <class T>
  struct Fixed {
    T program, step;
    std::array<T, kWords> x;
  };

  template <class T>
  struct Main {
    T multiplicity;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<MicroTable, typename B::Expr>& w) {
    const auto& f = w.fixed;
    b.Provide(kMicro, w.row.multiplicity, f.program, f.step, f.x[0], f.x[1], f.x[2], f.x[3], f.x[4],
              f.x[5]);
  }

  static void Fill(uint32_t program, uint32_t step, const std::array<uint32_t, kWords>& x,
                   Fixed<Fp>& row) {
    row.program = Fp::FromU32(program);
    row.step = Fp::FromU32(step);
    for (size_t i = 0; i < kWords; ++i) row.x[i] = Fp::FromU32(x[i]);
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_MICRO_TABLE_H_
