// Operators on images that vision.cc registers and files of their own define.
#ifndef ZKVM_COMPILER_OPERATORS_VISION_H_
#define ZKVM_COMPILER_OPERATORS_VISION_H_

#include "compiler/operators/operator.h"

namespace zkvm::compiler {

extern const Operator kGridSample;             // grid_sample.cc
extern const Operator kRoiAlign, kMaxRoiPool;  // regions.cc
extern const Operator kDeformConv;             // deform_conv.cc

// The sum of four neighbours of a point, weighted by their distance; neighbours outside the image
// count as 0.
struct Bilinear {
  // Positions within the image, clamped to it, and weights.
  Scalar positions[4], weights[4];

  // The image is height x width; y and x are of the type that weights get.
  Bilinear(Emitter& e, int64_t height, int64_t width, Scalar y, Scalar x);
  // `base`: where the image begins. Sums in the order of positions.
  Scalar Sample(Emitter& e, const Array& array, Scalar base) const;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_VISION_H_
