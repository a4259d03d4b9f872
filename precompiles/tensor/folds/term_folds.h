// The fold columns of TERM and GARB, and the values of EVAL that TERM reads.
#ifndef ZKVM_PRECOMPILES_TENSOR_FOLDS_TERM_FOLDS_H_
#define ZKVM_PRECOMPILES_TENSOR_FOLDS_TERM_FOLDS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "precompiles/tensor/folds/kernel_folds.h"
#include "stark/arena.h"
#include "stark/field/fp5.h"

namespace zkvm::tensor {

// EVAL(type, address, .), collected from the tables that provide it.
class Evaluations {
 public:
  void Add(uint32_t type, uint32_t address, const Fp5& value) {
    entries_.push_back({Key(type, address), value});
  }
  // From the rows with `publish` set, with the values in element `fold` of `folds`.
  void AddRows(const Matrix& main, size_t publish, size_t type, size_t address, const Matrix& folds,
               size_t fold);
  void AddOut(const Matrix& main, const Matrix& folds);
  void AddEval(const Matrix& main, const Matrix& folds);

  // Call once, after the last Add.
  void Finish();
  // 0 if it was not added.
  Fp5 At(uint32_t type, uint32_t address) const;

 private:
  struct Entry {
    uint64_t key;
    Fp5 value;
  };
  static uint64_t Key(uint32_t type, uint32_t address) { return uint64_t{type} << 32 | address; }

  std::vector<Entry> entries_;
};

Matrix FoldTerm(const Matrix& main, std::span<const Fp5> constants, const Evaluations& evaluations,
                const KernelValues& kernels);
// `garbage` holds the coefficients, as committed.
Matrix FoldGarbage(const Matrix& main, const Matrix& garbage, std::span<const Fp5> constants,
                   const KernelValues& kernels);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_FOLDS_TERM_FOLDS_H_
