#include "compiler/operators/matrix.h"

#include <vector>

#include "compiler/operators/checks.h"

namespace zkvm::compiler {
namespace {

using StoreElement = std::function<void(Scalar row, Scalar column, Scalar sum)>;

// Sums of one row that are computed at once where b is read down its columns.
constexpr int64_t kSums = 8;
// Rows of b that one pass over a row of sums adds.
constexpr int64_t kUnrolled = 4;

// `body(begin, width)` for begin = 0, width, ... while all of width fits, then for single ones.
void InBlocks(Emitter& e, int64_t count, int64_t width,
              const std::function<void(Scalar begin, int64_t width)>& body) {
  const int64_t whole = count / width * width;
  if (whole > 0) {
    e.For(e.Int(0), e.Int(whole / width), [&](Scalar i) { body(i * e.Int(width), width); });
  }
  if (whole < count) e.For(whole, count, [&](Scalar i) { body(i, 1); });
}

// Rows of b are contiguous: a row of sums gathers multiples of them.
void MultiplyRows(Emitter& e, const Matrix& a, const Matrix& b, int64_t rows, int64_t inner,
                  int64_t columns, const StoreElement& store) {
  const DType type = RegisterType(a.array.dtype());
  const Array sums = e.Temporary({type, {columns}});
  e.For(rows, [&](Scalar i) {
    e.For(columns, [&](Scalar j) { e.Store(sums, j, e.Zero(type)); });
    InBlocks(e, inner, kUnrolled, [&](Scalar k, int64_t width) {
      std::vector<Scalar> factors, bases;
      for (int64_t u = 0; u < width; ++u) {
        const Scalar l = k + e.Int(u);
        factors.push_back(
            e.Load(a.array, a.base + i * e.Int(a.row_stride) + l * e.Int(a.column_stride)));
        bases.push_back(b.base + l * e.Int(b.row_stride));
      }
      e.For(columns, [&](Scalar j) {
        Scalar sum = e.Load(sums, j);
        for (size_t u = 0; u < factors.size(); ++u) {
          sum = sum + factors[u] * e.Load(b.array, bases[u] + j);
        }
        e.Store(sums, j, sum);
      });
    });
    e.For(columns, [&](Scalar j) { store(i, j, e.Load(sums, j)); });
  });
}

// Several sums of a row in registers share the loads of a.
void MultiplyDots(Emitter& e, const Matrix& a, const Matrix& b, int64_t rows, int64_t inner,
                  int64_t columns, const StoreElement& store) {
  const DType type = RegisterType(a.array.dtype());
  e.For(rows, [&](Scalar i) {
    const Scalar a_base = a.base + i * e.Int(a.row_stride);
    InBlocks(e, columns, kSums, [&](Scalar j, int64_t width) {
      std::vector<Variable> sums;
      std::vector<Scalar> bases;
      for (int64_t u = 0; u < width; ++u) {
        sums.push_back(e.Local(e.Zero(type)));
        bases.push_back(b.base + (j + e.Int(u)) * e.Int(b.column_stride));
      }
      e.For(inner, [&](Scalar k) {
        const Scalar factor = e.Load(a.array, a_base + k * e.Int(a.column_stride));
        const Scalar offset = k * e.Int(b.row_stride);
        for (size_t u = 0; u < sums.size(); ++u) {
          sums[u].Set(sums[u].Get() + factor * e.Load(b.array, bases[u] + offset));
        }
      });
      for (int64_t u = 0; u < width; ++u) {
        store(i, j + e.Int(u), sums[static_cast<size_t>(u)].Get());
      }
    });
  });
}

}  // namespace

void Multiply(Emitter& e, const Matrix& a, const Matrix& b, int64_t rows, int64_t inner,
              int64_t columns, const StoreElement& store) {
  if (columns < kSums && columns < rows) {
    // Long columns of sums are better than short rows.
    const auto transposed = [&](Scalar j, Scalar i, Scalar sum) { store(i, j, sum); };
    if (a.row_stride == 1) {
      MultiplyRows(e, b.Transposed(), a.Transposed(), columns, inner, rows, transposed);
    } else {
      MultiplyDots(e, b.Transposed(), a.Transposed(), columns, inner, rows, transposed);
    }
  } else if (b.column_stride == 1 && columns >= kSums) {
    MultiplyRows(e, a, b, rows, inner, columns, store);
  } else {
    MultiplyDots(e, a, b, rows, inner, columns, store);
  }
}

}  // namespace zkvm::compiler
