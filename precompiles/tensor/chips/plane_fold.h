// The value of a plane as a polynomial, from the values of its cells: cells to pixel rows, rows to
// the plane.
//
// Cells are rows of the table in ascending order, and each sum runs from its end: `row` is the sum
// of this cell and those after it in its pixel row, with a factor for every cell passed; `plane`,
// counted where a pixel row begins, of this pixel row and those after it. A row's first cell thus
// holds the row, the plane's first cell the plane.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_PLANE_FOLD_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_PLANE_FOLD_H_

namespace zkvm::tensor {

// Flags, all 0 off real rows.
template <class E>
struct PlaneEdges {
  E real;
  E row_last, row_first;  // last and first cell of its pixel row
  E more_rows;            // row_first, and not in the last row: its row is passed
  E plane_last;
};

template <class X>
struct PlaneSums {
  X row, plane;
};

//   row   = cell + (real - row_last) cell_step row'
//   plane = row_first row + (real - plane_last - more_rows + more_rows row_step) plane'
//
// Degree 3 for steps of degree 1. A block ends with row_last and plane_last and without more_rows,
// so its last row reads nothing of the next one; off real rows both sums are 0.
template <class B, class E, class X>
constexpr void AssertPlaneSums(B& b, const PlaneEdges<E>& at, const X& cell, const X& cell_step,
                               const X& row_step, const PlaneSums<X>& sums,
                               const PlaneSums<X>& next) {
  b.AssertZero(cell + cell_step * (at.real - at.row_last) * next.row - sums.row);
  b.AssertZero(sums.row * at.row_first + next.plane * (at.real - at.plane_last - at.more_rows) +
               row_step * at.more_rows * next.plane - sums.plane);
}

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_PLANE_FOLD_H_
