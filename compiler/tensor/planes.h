// How several views of one shape are read together: plane by plane, each plane by its own place.
#ifndef ZKVM_COMPILER_TENSOR_PLANES_H_
#define ZKVM_COMPILER_TENSOR_PLANES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compiler/tensor/view.h"

namespace zkvm::compiler {

int64_t PlaneLanes(const tensor::TensorType& type);
inline uint32_t CellsOf(int64_t lanes) { return static_cast<uint32_t>(lanes / tensor::kLanes); }
// The type as a source of linear operations says it.
tensor::TensorType InRoleType(tensor::TensorType type, tensor::Role role, uint16_t segment);
// kU15 and one-hot planes come from one operation alone: what copies of them are made of.
tensor::Element CopyElement(tensor::Element element);

// A place for the elements of a shape: a tensor, and a stride for each factor of each axis.
struct Layout {
  tensor::TensorType type;
  std::vector<Axis> axes;
};
// The last axis (two axes) are planes, the others count them in row-major order.
Layout SequenceLayout(const Shape& shape, tensor::Element element);
Layout ImageLayout(const Shape& shape, tensor::Element element);

// The axes of two or more shapes in common factors: factor i belongs to axis axis[i] and has
// extent[i] places, stride[i][k] lanes apart in k-th of them.
struct CommonFactors {
  std::vector<size_t> axis;
  std::vector<int64_t> extent;
  std::vector<std::vector<int64_t>> stride;
};
// nullopt: the axes are cut at places that do not divide one another. REQUIRES: one shape.
std::optional<CommonFactors> FindCommonFactors(std::span<const std::vector<Axis>* const> axes);
// Cuts factors that go from plane to plane of the first shape without a gap (rows of 16 elements).
void CutAtPlanes(CommonFactors& common, int64_t plane);

// Whether factors of a view with 0 < |stride| < the lanes of a plane are just the elements of
// planes, as they lie there, and all else moves by whole planes.
bool IsOfWholePlanes(const View& view);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_PLANES_H_
