// Exponents of a linear call. Both sides of its identity are Laurent polynomials in zx, zy; the
// coefficients at output exponents are the call's results, all others are garbage:
//
//   image results      (stride x, stride y), 0 <= x < width, 0 <= y < height
//   sequence results   (0, 0)
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_SUPPORT_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_SUPPORT_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/lowered.h"

namespace zkvm::tensor {

// What a source contributes: zx^pad_x zy^pady A(zx, zy) W(1/zx, 1/zy), where A has the exponents
// of width x height and W those of taps_x x taps_y (dilated).
struct Product {
  int width = 0, height = 1;
  int taps_x = 1, taps_y = 1;
  int pad_x = 0, pad_y = 0;
};

// None: the source contributes to output exponents only, or is an operand of source 0.
std::optional<Product> ProductOf(const Descriptor& d, size_t source);

// begin <= exponent < end.
struct Interval {
  int begin = 0, end = 0;
};
// A rectangle that holds all exponents of the products. Empty if there are none.
struct Support {
  Interval x, y;
};
Support SupportOf(const Descriptor& d);

bool IsOutput(const Descriptor& d, int x, int y);

// Every exponent of the support that is no output's, once, by y, then x.
std::vector<GarbageRow> GarbageRows(const Descriptor& d);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_SUPPORT_H_
