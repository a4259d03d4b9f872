// Products of two tensors, as in attention.
#include <algorithm>
#include <utility>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {

using tensor::Element;
using tensor::Kind;
using tensor::kLanes;
using tensor::Role;
using tensor::TensorType;
using tensor::Use;

namespace {

// Rows of lanes, as linear operations read them: every row a plane or a segment of one.
struct Rows {
  uint16_t segment = 0;
  int64_t stride = 0;  // lanes
};

std::optional<Rows> RowsOf(const View& x, size_t row_axis, size_t lane_axis) {
  const TensorType& type = x.type;
  if (type.kind != Kind::kSequence || type.element == Element::kOneHot) return std::nullopt;
  const int64_t lanes = Extent(x.axes[lane_axis]);
  if (Merged(x.axes[lane_axis]) != Merged({{lanes, 1}})) return std::nullopt;
  const std::optional<Factor> rows = SingleFactor(x.axes[row_axis]);
  if (!rows) return std::nullopt;
  const bool whole = lanes == type.width;
  if (!whole && (lanes % kLanes != 0 || type.width % lanes != 0 || type.element == Element::kU15)) {
    return std::nullopt;
  }
  const int64_t unit = whole ? PlaneLanes(type) : lanes;
  // Every row begins a plane, or a segment.
  View starts = x;
  starts.axes[lane_axis] = {};
  for (const int64_t start : LaneList(starts)) {
    if (start % PlaneLanes(type) % unit != 0) return std::nullopt;
  }
  return Rows{whole ? uint16_t{0} : static_cast<uint16_t>(lanes), rows->stride};
}

}  // namespace

View Lowering::MatMulSum(std::span<const Term> terms, const LaneTarget& target,
                         LinearFacts* facts) {
  const auto product = std::ranges::find(terms, Term::Kind::kMatMul, &Term::kind);
  View x = product->x, y = product->y;
  const size_t rank = std::max<size_t>({x.axes.size(), y.axes.size(), 2});
  if (x.axes.size() < 2 || y.axes.size() < 2) throw CompileError("a product of vectors");
  const auto widen = [&](View& view) {
    view.axes.insert(view.axes.begin(), rank - view.axes.size(), Axis{});
  };
  widen(x);
  widen(y);
  Shape xs = x.shape(), ys = y.shape();
  const int64_t rows = xs[rank - 2], inner = xs[rank - 1], columns = ys[rank - 1];
  if (inner != ys[rank - 2]) throw CompileError("a product of matrices that do not fit");
  Shape result(rank);
  for (size_t i = 0; i + 2 < rank; ++i) result[i] = xs[i] = ys[i] = std::max(xs[i], ys[i]);
  result[rank - 2] = rows;
  result[rank - 1] = columns;
  x = Expanded(x, xs);
  y = Expanded(y, ys);

  std::optional<Rows> left = RowsOf(x, rank - 2, rank - 1);
  if (!left) {
    x = CopyTo(x, SequenceLayout(xs, x.type.element));
    left = RowsOf(x, rank - 2, rank - 1);
  }
  bool transposed = true;  // y's lanes are the contracted axis
  std::optional<Rows> right = RowsOf(y, rank - 1, rank - 2);
  if (!right) {
    transposed = false;
    right = RowsOf(y, rank - 2, rank - 1);
  }
  if (!right) {
    y = CopyTo(y, SequenceLayout(ys, y.type.element));
    right = RowsOf(y, rank - 2, rank - 1);
  }
  if (!left || !right) throw CompileError("a product of tensors of unusual layouts");

  std::vector<LinearCall> calls(1);
  LinearCall& call = calls[0];
  call.out = SequenceLayout({rows, columns}, Element::kI8).type;
  const auto starts = [&](const View& view) { return LaneList(KeepAxes(view, 0, rank - 2)); };
  LinearSource& a = call.sources.emplace_back();
  a.view = InRole(x, Role::kX, left->segment);
  a.source = {InRoleType(a.view.type, Role::kX, left->segment), Use::kWeights, 1, 0,
              CellsOf(left->stride)};
  a.scale = product->factor * x.scale * y.scale;
  a.starts = starts(a.view);
  if (!(a.scale > 0)) throw CompileError("a product with a factor that is not positive");
  LinearSource b;
  const Role role = transposed ? Role::kK : Role::kV;
  b.view = InRole(y, role, right->segment);
  b.source = {InRoleType(b.view.type, role, right->segment),
              transposed ? Use::kOperandK : Use::kOperandV,
              static_cast<uint32_t>(transposed ? columns : inner), CellsOf(right->stride), 0};
  b.starts = starts(b.view);
  call.sources.push_back(std::move(b));
  for (const Term& t : terms) {
    if (&t == &*product) continue;
    if (t.kind != Term::Kind::kAdd) throw CompileError("a sum of two products of tensors");
    View r = Expanded(t.x, result);
    if (r.shape() != result) throw CompileError("a term of another shape than the result");
    r = AsSequence(r);
    std::optional<Rows> form = RowsOf(r, rank - 2, rank - 1);
    if (!form || form->segment != 0) {
      r = CopyTo(r, SequenceLayout(result, r.type.element));
      form = RowsOf(r, rank - 2, rank - 1);
    }
    LinearSource& s = call.sources.emplace_back();
    s.view = InRole(r, Role::kX);
    s.source = {InRoleType(s.view.type, Role::kX, 0), Use::kResidual, 1, 0, CellsOf(form->stride)};
    s.scale = t.x.scale * t.factor;
    s.starts = starts(s.view);
  }
  return *Reshaped(RunLinear(calls, target, facts), result);
}

View Lowering::MatMul(const View& x, const View& y, double factor, const LaneTarget& target,
                      const View* added, LinearFacts* facts) {
  std::vector<Term> terms(added != nullptr ? 2 : 1);
  terms[0].kind = Term::Kind::kMatMul;
  terms[0].x = x;
  terms[0].y = y;
  terms[0].factor = factor;
  if (added != nullptr) terms[1].x = *added;
  return Linear(terms, {}, target, facts);
}
}  // namespace zkvm::compiler
