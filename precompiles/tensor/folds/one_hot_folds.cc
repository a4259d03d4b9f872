#include "precompiles/tensor/folds/one_hot_folds.h"

#include <cstddef>
#include <cstdint>

#include "precompiles/tensor/chips/one_hot.h"
#include "precompiles/tensor/folds/five.h"

namespace zkvm::tensor {

Matrix FoldOneHot(const Matrix& main, const KernelValues& kernels, Evaluations& evaluations) {
  using Row = OneHotChip::Main<uint8_t>;
  using Fold = OneHotChip::Folds<uint8_t>;
  Matrix folds(main.rows(), 5 * kNumColumns<OneHotChip::Folds>);
  const auto integer = [&](size_t column, size_t i) { return main.column(column)[i].Value(); };
  for (size_t i = 0; i < main.rows(); ++i) {
    const bool real = integer(offsetof(Row, block.real), i) != 0;
    Fp5 high, low;
    if (real) {
      high = kernels.At(integer(offsetof(Row, kernel_high), i), integer(offsetof(Row, high), i));
      low = kernels.At(integer(offsetof(Row, kernel_low), i), integer(offsetof(Row, low), i));
      evaluations.Add(integer(offsetof(Row, type), i), integer(offsetof(Row, address), i),
                      high * low);
    }
    SetFive(folds, offsetof(Fold, high), i, high);
    SetFive(folds, offsetof(Fold, low), i, low);
    SetFive(folds, offsetof(Fold, value), i, high * low);
  }
  return folds;
}

}  // namespace zkvm::tensor
