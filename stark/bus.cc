#include "stark/bus.h"

#include <algorithm>
#include <vector>

#include "stark/parallel.h"
#include "stark/params.h"
#include "stark/pointwise.h"

namespace zkvm {
namespace {

std::vector<const Fp*> ColumnsOf(const Matrix& matrix) {
  std::vector<const Fp*> columns(matrix.cols());
  for (size_t j = 0; j < columns.size(); ++j) columns[j] = matrix.column(j);
  return columns;
}

// P and A of the terminal row, and zeros in its other bus columns.
void StoreTerminalRow(const AirShape& shape, size_t row, const BusTotals& totals, Matrix& bus) {
  for (size_t j = 0; j < bus.cols(); ++j) bus.column(j)[row] = 0;
  for (size_t i = 0; i < 5; ++i) {
    if (shape.exchanges > 0) {
      bus.column(5 * (shape.product_columns() - 1) + i)[row] = totals.product.c[i];
    }
    if (shape.fractions > 0) {
      bus.column(5 * (shape.bus_columns() - 1) + i)[row] = totals.sum.c[i];
    }
  }
}

}  // namespace

Matrix FillBusColumns(const AirShape& shape, const AirKernels& kernels, const TableColumns& table,
                      const BusChallenges& challenges, std::span<const Fp5> constants,
                      BusTotals* totals) {
  constexpr size_t kScanBlock = 4 * kRowBlock;
  const size_t n = table.main.rows();
  const size_t products = shape.product_columns();
  const size_t sums = shape.sum_columns();
  Matrix bus(n, 5 * shape.bus_columns());
  const std::vector<const Fp*> fixed = ColumnsOf(table.fixed);
  const std::vector<const Fp*> main = ColumnsOf(table.main);
  const std::vector<const Fp*> garbage = ColumnsOf(table.garbage);
  const std::vector<const Fp*> folds = ColumnsOf(table.folds);
  std::vector<Fp*> columns(bus.cols());
  for (size_t j = 0; j < columns.size(); ++j) columns[j] = bus.column(j);

  ParallelFor(0, n / kRowBlock, 4, [&](size_t begin, size_t end) {
    kernels.fill_bus({.fixed = fixed.data(),
                      .main = main.data(),
                      .garbage = garbage.data(),
                      .folds = folds.data(),
                      .bus = columns.data(),
                      .begin = begin * kRowBlock,
                      .end = end * kRowBlock,
                      .challenges = &challenges,
                      .constants = constants.data()});
  });
  // The terminal row takes no step: ratio 1, sum 0.
  const size_t u = n - kTailRows;
  StoreTerminalRow(shape, u, BusTotals{}, bus);

  const PointwiseKernels& pointwise = Pointwise();
  const size_t blocks = (n + kScanBlock - 1) / kScanBlock;
  const auto end_of = [&](size_t block) { return std::min(n, (block + 1) * kScanBlock); };
  std::vector<BusTotals> before(blocks + 1);
  ParallelFor(0, blocks, 4, [&](size_t begin, size_t end) {
    for (size_t block = begin; block < end; ++block) {
      BusTotals& total = before[block + 1];
      pointwise.total_bus(columns.data(), products, sums, block * kScanBlock, end_of(block),
                          &total.product, &total.sum);
    }
  });
  for (size_t block = 0; block < blocks; ++block) {
    before[block + 1].product *= before[block].product;
    before[block + 1].sum += before[block].sum;
  }
  ParallelFor(0, blocks, 4, [&](size_t begin, size_t end) {
    for (size_t block = begin; block < end; ++block) {
      pointwise.scan_bus(columns.data(), products, sums, before[block].product, before[block].sum,
                         block * kScanBlock, end_of(block));
    }
  });
  *totals = before[blocks];
  StoreTerminalRow(shape, u, *totals, bus);
  return bus;
}

}  // namespace zkvm
