#include "stark/pointwise.h"

#include "stark/pointwise_tables.h"
#include "stark/simd.h"

namespace zkvm {

const PointwiseKernels& Pointwise() {
  static constexpr Kernel<const PointwiseKernels&()> kKernel{&PointwiseScalar, &PointwiseAvx2,
                                                             &PointwiseAvx512};
  return kKernel.Active()();
}

}  // namespace zkvm
