// The fixed columns of a model: its part of the key.
#ifndef ZKVM_PRECOMPILES_TENSOR_MODEL_TABLES_H_
#define ZKVM_PRECOMPILES_TENSOR_MODEL_TABLES_H_

#include <array>
#include <cstddef>

#include "precompiles/tensor/chips.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "stark/arena.h"

namespace zkvm::tensor {

// Rows in use, by table of ModelTables; a table without any is absent.
std::array<size_t, ModelTables::kSize> ModelTableRows(const Lowered& lowered);

using ModelColumns = std::array<zkvm::Matrix, ModelTables::kSize>;
ModelColumns FillModelTables(const Lowered& lowered);

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_MODEL_TABLES_H_
