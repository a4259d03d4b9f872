// The functions of a model: a fixed table, one row an entry (y, T[y]) of table T. Tables are
// numbered from 1, so the rows of padding, all zeros, belong to none.
//
//   bus        multiplicity   message
//   LUT        provides m     table, y, T[y]
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_LUT_TABLE_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_LUT_TABLE_H_

#include <cstdint>
#include <string_view>

#include "precompiles/tensor/buses.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

struct LutTable {
  static constexpr std::string_view kName = "lut";
  static constexpr bool kModel = true;

  template <class T>
  struct Fixed {
    T table, y, out;
  };

  template <class T>
  struct Main {
    T multiplicity;
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<LutTable, typename B::Expr>& w) {
    const auto& f = w.fixed;
    b.Provide(kLut, w.row.multiplicity, f.table, f.y, f.out);
  }

  static void Fill(uint32_t table, int32_t y, int32_t out, Fixed<Fp>& row) {
    row = {Fp::FromU32(table), y, out};
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_LUT_TABLE_H_
