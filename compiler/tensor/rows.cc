// Operations over the last axis: softmax, normalization, argmax.
#include <algorithm>
#include <cmath>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::compiler {

using tensor::Descriptor;
using tensor::Element;
using tensor::Op;
using tensor::TensorType;

namespace {

// A sequence whose planes follow one another in the order of its rows; else a copy that is so.
bool IsRowMajor(const View& x) {
  Axis rows;
  for (size_t i = 0; i + 1 < x.axes.size(); ++i) {
    rows.insert(rows.end(), x.axes[i].begin(), x.axes[i].end());
  }
  const Axis merged = Merged(rows);
  return merged.empty() || (merged.size() == 1 && merged[0].stride == PlaneLanes(x.type));
}

TensorType RowsType(const View& x) {
  TensorType type = x.type;
  type.role = tensor::Role::kNone;
  type.segment = 0;
  type.planes = static_cast<uint32_t>(x.elements() / Extent(x.axes.back()));
  return type;
}

}  // namespace

View Lowering::ConsecutiveRows(const View& x) {
  if (x.axes.empty()) throw CompileError("a scalar has no rows");
  const View rows = AsSequence(x);
  return IsRowMajor(rows) ? rows : CopyTo(x, SequenceLayout(x.shape(), x.type.element));
}

View Lowering::Softmax(const View& x, std::optional<int64_t> causal) {
  const LaneTarget wanted = SoftmaxTarget();
  View scores = x;
  if (std::abs(x.scale / wanted.scale - 1) > 1e-9 ||
      (x.type.element != Element::kI15 && x.type.element != Element::kI8 &&
       x.type.element != Element::kU8)) {
    scores = Map(x, wanted);
  }
  scores = ConsecutiveRows(scores);
  const Shape shape = scores.shape();
  Descriptor d;
  d.op = Op::kSoftmax;
  d.source[0].type = RowsType(scores);
  d.out = d.source[0].type;
  d.out.element = Element::kU15;
  if (causal) {
    d.mode = 1;
    const int64_t period = shape.size() >= 2 ? shape[shape.size() - 2] : 1;
    if (*causal < 0) throw CompileError("a causal mask that hides all of a row");
    d.param[0] = static_cast<int32_t>(*causal);
    d.param[1] = static_cast<int32_t>(period);
  }
  const uint32_t call = Add(d, {TensorOperand(scores)});
  return *Reshaped(WholeView(call, d.out, 1.0 / 32768), shape);
}

View Lowering::Norm(const View& x, bool rms, double epsilon, const LaneTarget& target) {
  const Shape shape = x.shape();
  const int64_t width = shape.empty() ? 0 : shape.back();
  if (!CanNorm(width)) {
    throw CompileError("a norm over " + std::to_string(width) +
                       " elements: a multiple of 16 below 2^14 is possible");
  }
  View rows = x;
  if (tensor::RangeOf(x.type.element).Magnitude() > 1 << 14) {
    rows = Requantize(x, Element::kI15, 2 * x.scale);
  }
  rows = ConsecutiveRows(rows);
  Descriptor d;
  d.op = Op::kNorm;
  d.mode = rms ? 1 : 0;
  d.source[0].type = RowsType(rows);
  d.out = d.source[0].type;
  d.out.element = target.element;
  const double root = std::sqrt(static_cast<double>(width));
  d.param[0] = static_cast<int32_t>(
      std::clamp(std::nearbyint(static_cast<double>(width) * epsilon / (rows.scale * rows.scale)),
                 1.0, static_cast<double>((1 << 28) - 1)));
  // One step of the table is root / 2^(k - 14).
  int k = tensor::kMinNormScale;
  while (k < tensor::kMaxNormScale &&
         root / std::exp2(k - tensor::kCutBits) > target.scale / tables.resolution) {
    ++k;
  }
  d.param[1] = k;
  const int64_t reach = (int64_t{1} << (k - tensor::kCutBits)) + 3;
  d.table = AddTable(MakeTable(target, -reach, reach, root / std::exp2(k - tensor::kCutBits)));
  const uint32_t call = Add(d, {TensorOperand(rows)});
  return *Reshaped(WholeView(call, d.out, target.scale), shape);
}

void Lowering::Argmax(const View& x, ValueId result) {
  const View rows = ConsecutiveRows(x);
  const TensorType type = RowsType(rows);
  if (program().graph.At(result).type.elements() != type.planes) {
    throw CompileError("argmax into a value of another size");
  }
  Descriptor d;
  d.op = Op::kArgmax;
  d.source[0].type = type;
  d.source[0].type.planes = 1;
  for (uint32_t i = 0; i < type.planes; ++i) {
    const uint32_t call = Add(d, {TensorOperand(rows, i * PlaneLanes(type))});
    SetResult(call, result, i);
  }
}

}  // namespace zkvm::compiler
