// Columns of a table from its rows. A filler writes one row struct; tables are column-major.
#ifndef ZKVM_STARK_AIR_COLUMNS_H_
#define ZKVM_STARK_AIR_COLUMNS_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>

#include "stark/air/chip.h"
#include "stark/arena.h"
#include "stark/field/fp.h"
#include "stark/parallel.h"
#include "stark/params.h"

namespace zkvm {

// The height of a table with `rows` rows in use: a power of two that leaves room for the tail.
constexpr size_t TableHeight(size_t rows) {
  return std::max(size_t{1} << kMinLogHeight, std::bit_ceil(rows + kTailRows));
}
inline constexpr size_t kMaxTableRows = (size_t{1} << kMaxLogHeight) - kTailRows;

// Rows that are filled and transposed together; they stay in the first-level cache.
inline constexpr size_t kFilledRows = 64;

// Writes rows as rows first, first + 1, ... of `columns`.
template <template <class> class Row>
void StoreRows(std::span<const Row<Fp>> rows, size_t first, Matrix& columns) {
  const Fp* cells = reinterpret_cast<const Fp*>(rows.data());
  constexpr size_t kColumns = kNumColumns<Row>;
  for (size_t j = 0; j < kColumns; ++j) {
    Fp* column = columns.column(j) + first;
    for (size_t i = 0; i < rows.size(); ++i) column[i] = cells[i * kColumns + j];
  }
}

inline void ZeroRows(size_t first, Matrix& columns) {
  for (size_t j = 0; j < columns.cols(); ++j) {
    std::fill(columns.column(j) + first, columns.column(j) + columns.rows(), Fp());
  }
}

// A table of `rows` rows, padded with zeros: fill(i, row) writes row i over zeros, and
// visit(i, rows) then sees blocks of finished rows from i on. Both are called concurrently.
template <template <class> class Row, class Fill, class Visit>
Matrix FillColumns(size_t rows, const Fill& fill, const Visit& visit) {
  constexpr size_t kGrain = 64 * kFilledRows;
  Matrix columns(TableHeight(rows), kNumColumns<Row>);
  ParallelFor(0, rows, kGrain, [&](size_t first, size_t last) {
    std::array<Row<Fp>, kFilledRows> block;
    for (size_t i = first; i < last; i += kFilledRows) {
      const size_t count = std::min(kFilledRows, last - i);
      for (size_t k = 0; k < count; ++k) {
        block[k] = {};
        fill(i + k, block[k]);
      }
      const std::span<const Row<Fp>> filled(block.data(), count);
      StoreRows<Row>(filled, i, columns);
      visit(i, filled);
    }
  });
  ZeroRows(rows, columns);
  return columns;
}

template <template <class> class Row, class Fill>
Matrix FillColumns(size_t rows, const Fill& fill) {
  return FillColumns<Row>(rows, fill, [](size_t, std::span<const Row<Fp>>) {});
}

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_COLUMNS_H_
