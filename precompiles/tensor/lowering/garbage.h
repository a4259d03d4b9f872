// The garbage of linear calls: what the prover commits once gamma and delta are known.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_GARBAGE_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_GARBAGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/lowering/stores.h"
#include "precompiles/tensor/model.h"
#include "stark/field/fp5.h"

namespace zkvm::tensor {

// Coefficients of sum_g M_g zx^pad_x zy^pady_y sum_c A_gc(zx, zy) W_gc(1/zx, 1/zy), where
//   A_gc = sum_b gamma^b (plane c, b of source g)   W_gc = sum_o delta^o (kernel of output o)
// (support.h). Kernels of matrices are computed once and kept.
class GarbageMaker {
 public:
  // The model outlives it.
  GarbageMaker(const Model& model, const Fp5& gamma, const Fp5& delta);

  // The coefficients at the exponents of `rows`, kGarbageLanes for each row; 0 where the mask has
  // no bit. `cells` is the tensor space, `sources` the handles of the call. Parallel inside.
  // REQUIRES: d is a linear operation of the model; coefficients.size() = 8 rows.size().
  void Make(const Descriptor& d, std::span<const int16_t> cells,
            const std::array<uint32_t, kMaxSources>& sources, std::span<const GarbageRow> rows,
            std::span<Fp5> coefficients);

 private:
  struct Call;

  const std::vector<Fp5>& MatrixKernels(const WeightMatrix& matrix);
  std::vector<Fp5> OperandKernel(const Call& call) const;
  void AddSequence(const Call& call, size_t k);
  void AddImage(const Call& call, size_t k);

  const Model& model_;
  Fp5 gamma_, delta_;
  std::vector<Fp5> delta_powers_;
  std::map<WeightMatrix, std::vector<Fp5>> kernels_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_GARBAGE_H_
