// The columns of F of the tensor tables, between the main round and the buses.
#ifndef ZKVM_PRECOMPILES_TENSOR_ROUNDS_H_
#define ZKVM_PRECOMPILES_TENSOR_ROUNDS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/record.h"
#include "stark/prover.h"

namespace zkvm::tensor {

class TensorRounds final : public FoldRounds {
 public:
  // The tables of Chips are tables first_table, first_table + 1, ... of the machine. All arguments
  // outlive it.
  TensorRounds(const Model& model, const Lowered& lowered, const TensorRecord& record,
               size_t first_table)
      : model_(model), lowered_(lowered), record_(record), first_table_(first_table) {}

  std::vector<zkvm::Matrix> FillGarbage(const std::vector<zkvm::Matrix>& main,
                                        const FoldChallenges& challenges) override;
  std::vector<zkvm::Matrix> FillFolds(const std::vector<zkvm::Matrix>& main,
                                      const std::vector<zkvm::Matrix>& garbage,
                                      const FoldChallenges& challenges,
                                      std::span<const Fp5> constants) override;

 private:
  template <class Chip>
  size_t TableOf() const;

  const Model& model_;
  const Lowered& lowered_;
  const TensorRecord& record_;
  size_t first_table_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_ROUNDS_H_
