// Copies of elements to other places: kGather, and code where it cannot.
#include <algorithm>
#include <utility>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::compiler {

using tensor::Descriptor;
using tensor::Kind;
using tensor::kLanes;
using tensor::Op;
using tensor::Role;
using tensor::TensorType;

namespace {

bool IsDigitBoundary(int64_t lanes) { return lanes == 4 || lanes == 8 || lanes % kLanes == 0; }

int32_t Interval(int64_t first, int64_t end, int64_t extent) {
  if (end == 0 || (first == 0 && end == extent)) return 0;
  if (end > 65535) throw CompileError("a copy of rows of more than 65535 elements, with padding");
  return static_cast<int32_t>(static_cast<uint32_t>(first) + (static_cast<uint32_t>(end) << 16));
}

TensorType WithoutRole(TensorType type) {
  type.role = Role::kNone;
  type.segment = 0;
  return type;
}

}  // namespace

// Digits from the innermost on; those beyond what a call has are a call for each of their places.
View Lowering::Gather(const View& x, int64_t offset, std::vector<Digit> digits, TensorType type,
                      int32_t fill) {
  Unpack(x);
  type = WithoutRole(type);
  int64_t inner = 1;
  std::vector<Digit> outer;
  while (digits.size() > tensor::kGatherDigits) {
    outer.insert(outer.begin(), digits.back());
    digits.pop_back();
  }
  for (const Digit& d : digits) inner *= d.extent;
  if (inner % PlaneLanes(type) != 0) throw CompileError("a copy with too many axes");
  TensorType part = type;
  part.planes = static_cast<uint32_t>(inner / PlaneLanes(type));
  int64_t calls = 1;
  for (const Digit& d : outer) calls *= d.extent;

  uint32_t first = 0;
  for (int64_t i = 0; i < calls; ++i) {
    Descriptor d;
    d.op = Op::kGather;
    d.source[0].type = WithoutRole(x.type);
    d.out = part;
    int64_t from = offset, rest = i;
    bool valid = true;
    for (const Digit& o : outer) {
      const int64_t digit = rest % o.extent;
      rest /= o.extent;
      valid = valid && (o.end == 0 || (o.first <= digit && digit < o.end));
      from += digit * o.stride;
    }
    if (!valid) from = 0;
    d.param[0] = static_cast<int32_t>(from);
    if (from != d.param[0]) throw CompileError("a copy from beyond the tensor space");
    d.param[1] = fill;
    for (size_t k = 0; k < digits.size(); ++k) {
      d.param[2 + 3 * k] = static_cast<int32_t>(digits[k].extent);
      d.param[3 + 3 * k] = static_cast<int32_t>(digits[k].stride);
      d.param[4 + 3 * k] = Interval(digits[k].first, digits[k].end, digits[k].extent);
    }
    if (!valid) d.param[4] = 1 + (1 << 16);
    const uint32_t call = Add(d, {Operand{Operand::Kind::kTensor, x.call, kNoValue, 0}});
    if (i == 0) first = call;
  }
  MarkJoined(first);
  return WholeView(first, type, x.scale);
}

std::optional<View> Lowering::TryCopy(const View& x, const Layout& to,
                                      std::span<const Padding> pads, int32_t fill) {
  // Padding makes an axis longer, of which only some places are read.
  View source = x;
  const auto padding = [&](size_t axis) { return axis < pads.size() ? pads[axis] : Padding{}; };
  const auto is_padded = [&](size_t axis) {
    return padding(axis).before != 0 || padding(axis).after != 0;
  };
  for (size_t a = 0; a < x.axes.size(); ++a) {
    if (!is_padded(a)) continue;
    const Axis merged = Merged(x.axes[a]);
    if (merged.size() > 1 || Merged(to.axes[a]).size() > 1) return std::nullopt;
    const int64_t stride = merged.empty() ? 0 : merged[0].stride;
    source.axes[a] = {{Extent(to.axes[a]), stride}};
    source.offset -= padding(a).before * stride;
  }
  const std::array<const std::vector<Axis>*, 2> both = {&source.axes, &to.axes};
  const std::optional<CommonFactors> common = FindCommonFactors(both);
  if (!common) return std::nullopt;
  std::vector<size_t> order;
  for (size_t i = 0; i < common->extent.size(); ++i) {
    const int64_t from = common->stride[i][0], target = common->stride[i][1];
    if (target == 0 && from != 0) return std::nullopt;
    if (target != 0) order.push_back(i);
  }
  std::ranges::sort(order, {}, [&](size_t i) { return common->stride[i][1]; });

  std::vector<Digit> digits;
  int64_t lanes = 1;  // that the digits count
  const auto fill_to = [&](int64_t wanted) {
    if (wanted == lanes) return true;
    if (digits.empty()) digits.push_back({1, 0});
    Digit& last = digits.back();
    const int64_t below = lanes / last.extent;
    if (wanted < lanes || wanted % below != 0) return false;
    if (last.end == 0) last.end = last.extent;
    last.extent = wanted / below;
    lanes = wanted;
    return true;
  };
  for (const size_t i : order) {
    if (!fill_to(common->stride[i][1])) return std::nullopt;
    const int64_t extent = common->extent[i], stride = common->stride[i][0];
    const Padding pad = padding(common->axis[i]);
    if (is_padded(common->axis[i])) {
      digits.push_back({extent, stride, pad.before, extent - pad.after});
    } else if (!digits.empty() && digits.back().end == 0 &&
               digits.back().stride * digits.back().extent == stride) {
      digits.back().extent *= extent;
    } else {
      digits.push_back({extent, stride});
    }
    lanes *= extent;
  }
  if (!fill_to(PlaneLanes(to.type) * to.type.planes)) return std::nullopt;
  int64_t radix = 1;
  for (const Digit& d : digits) {
    radix *= d.extent;
    if (!IsDigitBoundary(radix)) return std::nullopt;
  }
  View copy = Gather(x, source.offset, std::move(digits), to.type, fill);
  copy.axes = to.axes;
  return copy;
}

// All elements in row-major order without gaps, as a tensor of rows of 16.
View Lowering::CopyByCode(const View& x) {
  const TensorType type = WithoutRole(x.type);
  const int64_t plane = PlaneLanes(type);
  std::vector<int64_t> lanes = LaneList(x);
  const auto [low, high] = std::ranges::minmax(lanes);
  const int64_t first = low / plane, last = high / plane;
  for (int64_t& lane : lanes) lane -= first * plane;

  Graph& graph = program().graph;
  const DType dtype = ExportType(type.element);
  const std::string name = "layout_" + std::to_string(graph.nodes.size());
  const auto add_value = [&](const std::string& suffix, int64_t elements) {
    Value value;
    value.name = name + suffix;
    value.type = {dtype, {elements}};
    return graph.Add(std::move(value));
  };
  const ValueId cells = add_value("_cells", (last - first + 1) * plane);
  Descriptor d;
  d.op = Op::kExport;
  d.source[1].type = type;
  d.source[1].type.planes = static_cast<uint32_t>(last - first + 1);
  View from = x;
  from.offset = first * plane;
  Add(d, {MemoryOperand(cells), TensorOperand(from)});

  const auto count = static_cast<int64_t>(lanes.size());
  const std::vector<int32_t> indices(lanes.begin(), lanes.end());
  Node node;
  node.name = name;
  node.op = "Gather";
  node.opset = 13;
  node.inputs = {cells, graph.AddConstant(name + "_indices",
                                          Literal::Of<int32_t>(DType::kInt32, {count}, indices))};
  node.outputs = {add_value("", count)};
  const ValueId flat = node.outputs[0];
  graph.nodes.push_back(std::move(node));
  Code(static_cast<uint32_t>(graph.nodes.size() - 1));
  View copy = Import(flat, x.scale);
  // Bytes are what the element says; wider integers come back as i16.
  return *Reshaped(copy, x.shape());
}

View Lowering::CopyTo(const View& x, const Layout& to) {
  if (x.type.element == tensor::Element::kOneHot) {
    throw CompileError("one-hot rows are read by Dense alone");
  }
  if (std::optional<View> copy = TryCopy(x, to)) return *copy;
  const View flat = CopyByCode(x);
  Layout there = to;
  there.type.element = flat.type.element;
  if (std::optional<View> copy = TryCopy(flat, there)) return *copy;
  throw CompileError("the elements cannot be copied into the layout that the operation reads");
}

View Lowering::InRole(const View& x, Role role, uint16_t segment) {
  if (Publish(x, role, segment)) return x;
  // The same planes again.
  if (x.type.element == tensor::Element::kOneHot) throw CompileError("one-hot rows have one role");
  const int64_t plane = PlaneLanes(x.type);
  View all = WholeView(x.call, x.type, x.scale);
  View copy = CopyTo(all, {WithoutRole(x.type), all.axes});
  copy.axes = x.axes;
  copy.offset = x.offset;
  if (x.offset + plane > plane * x.type.planes || !Publish(copy, role, segment)) {
    throw CompileError("the tensor cannot be read in this role");
  }
  return copy;
}

View Lowering::AsSequence(const View& x) {
  const Shape shape = x.shape();
  if (x.type.kind == Kind::kSequence && IsOfWholePlanes(x) && !x.axes.empty() &&
      Merged(x.axes.back()) == Merged({{x.type.width, 1}})) {
    return x;
  }
  return CopyTo(x, SequenceLayout(shape, x.type.element));
}

View Lowering::AsImage(const View& x) {
  const size_t rank = x.axes.size();
  const Shape shape = x.shape();
  if (x.type.kind == Kind::kImage && IsOfWholePlanes(x) && rank >= 2 &&
      Merged(x.axes[rank - 1]) == Merged({{x.type.width, 1}}) &&
      Merged(x.axes[rank - 2]) == Merged({{x.type.height, tensor::Pitch(x.type.width)}})) {
    return x;
  }
  return CopyTo(x, ImageLayout(shape, x.type.element));
}

View Lowering::Transpose(const View& x, std::span<const int64_t> order) {
  return Transposed(x, order);
}

View Lowering::Reshape(const View& x, const Shape& shape) {
  if (const std::optional<View> view = Reshaped(x, shape)) return *view;
  return *Reshaped(CopyByCode(x), shape);
}

View Lowering::Slice(const View& x, size_t axis, int64_t start, int64_t step, int64_t count) {
  if (const std::optional<View> view = Sliced(x, axis, start, step, count)) return *view;
  const std::optional<View> cut = Sliced(CopyByCode(x), axis, start, step, count);
  if (!cut) throw CompileError("a slice of an axis that is no axis of the tensor");
  return *cut;
}

View Lowering::Expand(const View& x, const Shape& shape) { return Expanded(x, shape); }

}  // namespace zkvm::compiler
