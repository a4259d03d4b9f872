// The tables of the tensor calls, in order: the model's first.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_H_

#include "precompiles/tensor/chips/argmax.h"
#include "precompiles/tensor/chips/call.h"
#include "precompiles/tensor/chips/elementwise.h"
#include "precompiles/tensor/chips/eval.h"
#include "precompiles/tensor/chips/garbage.h"
#include "precompiles/tensor/chips/gather.h"
#include "precompiles/tensor/chips/io16.h"
#include "precompiles/tensor/chips/io8.h"
#include "precompiles/tensor/chips/lut_table.h"
#include "precompiles/tensor/chips/micro_table.h"
#include "precompiles/tensor/chips/norm.h"
#include "precompiles/tensor/chips/norm_scalars.h"
#include "precompiles/tensor/chips/one_hot.h"
#include "precompiles/tensor/chips/out.h"
#include "precompiles/tensor/chips/pow.h"
#include "precompiles/tensor/chips/softmax.h"
#include "precompiles/tensor/chips/softmax_scalars.h"
#include "precompiles/tensor/chips/term.h"
#include "precompiles/tensor/chips/unpack.h"
#include "precompiles/tensor/chips/weight.h"
#include "stark/air/chip_list.h"

namespace zkvm::tensor {

using ModelTables = ChipList<MicroTable, LutTable, Pow, Weight<64>, Weight<256>>;
using CallTables =
    ChipList<Call, Io8, Io16, Out, Eval, Term, GarbageChip, ElementwiseChip, UnpackChip, GatherChip,
             SoftmaxChip, SoftmaxScalarChip, NormChip, NormScalarChip, OneHotChip, ArgmaxChip>;
using Chips = Joined<ModelTables, CallTables>;

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_H_
