// The integers of a linear layer: weights, multipliers, bias and table from real numbers.
//
//   v = bias + sum_g M_g acc_g        result = T[round(v / 2^14)]
//
// One unit of v is worth the same in all terms of a layer, `value_scale`. It is as coarse as the
// result allows, for small tables, and as fine as |v| < 2^29 allows where the result needs it.
#ifndef ZKVM_COMPILER_TENSOR_LINEAR_LAYER_H_
#define ZKVM_COMPILER_TENSOR_LINEAR_LAYER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/tensor/call_builder.h"
#include "compiler/tensor/real_function.h"
#include "compiler/tensor/view.h"
#include "precompiles/tensor/descriptor.h"

namespace zkvm::compiler {

// The lanes of a result: round(function(real) / scale), clamped to the element.
struct LaneTarget {
  tensor::Element element = tensor::Element::kI8;  // kI8, kU8, kI15 or kI16
  double scale = 1;
  RealFunction function = {};
};

// What a linear layer became, for reports.
struct LinearFacts {
  double value_scale = 0;           // of one unit of v (2^14 of them are one step of the table)
  double weight_scale = 0;          // of the first term with weights; 0: none
  int weight_bits = 0;              // bits of the largest integer weight, with its sign
  double steps_per_unit = 0;        // steps of the table's argument in one unit of the result
  int64_t first_y = 0, last_y = 0;  // the range of the table's argument
};

// One source of a call, and of all further calls that differ in the places of their sources alone.
struct LinearSource {
  View view;
  tensor::Source source;
  tensor::Group group;          // its geometry; numbers are filled in
  std::vector<float> weights;   // as descriptor.h lays them out; none: residuals and operands
  double scale = 1;             // of one unit of acc (before weights are made integers)
  std::vector<int64_t> starts;  // by call: the first lane, from the handle of the view
};

struct LinearCall {
  tensor::TensorType out;
  uint32_t stride = 1;
  std::vector<LinearSource> sources;
  std::vector<float> bias;  // by output, or empty
};

// The integers of all calls of a layer, in one scale.
struct QuantizedLayer {
  double value_scale = 0;
  std::vector<std::vector<uint32_t>> multipliers;          // [call][source]
  std::vector<std::vector<std::vector<int16_t>>> weights;  // [call][source]
  std::vector<std::vector<int32_t>> bias;                  // [call]
  TableData table;
  LinearFacts facts;
};

// How large tables may be: each entry is a row of the model, and calls share tables.
struct TableOptions {
  // Steps of the argument in one unit of a result of 8 bits: 4 adds 6 % to the variance of its
  // rounding. Functions that are clips need but one, and no rounding is added.
  double resolution = 4;
  // Entries for results of more than 8 bits, about; a power of two, at most 2^16.
  double wide_entries = 1 << 14;
};

// Throws CompileError where the numbers do not fit.
QuantizedLayer QuantizeLayer(std::span<const LinearCall> calls, const LaneTarget& target,
                             const TableOptions& options);

// The table of a target over arguments first..last worth `unit` each.
TableData MakeTable(const LaneTarget& target, int64_t first, int64_t last, double unit);
// Whether steps as coarse as the result's own lose nothing: the function is x, or constant,
// everywhere (ReLU, Clip).
bool IsClip(const LaneTarget& target);
// The largest slope of the function, cut off at the range of the result, over steps of the result.
double MaxSlope(const LaneTarget& target);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_LINEAR_LAYER_H_
