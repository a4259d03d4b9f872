// Tensors from memory and to memory.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "compiler/tensor/lowering.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {

using tensor::Descriptor;
using tensor::Element;
using tensor::kLanes;
using tensor::Op;
using tensor::TensorType;

namespace {

Element ElementOf(DType dtype) {
  switch (dtype) {
    case DType::kInt8:
      return Element::kI8;
    case DType::kUint8:
      return Element::kU8;
    case DType::kInt16:
      return Element::kI16;
    default:
      throw CompileError(std::string("tensors come from int8, uint8 or int16, not ") +
                         NameOf(dtype));
  }
}

// Whether the cells hold the elements in row-major order without gaps.
bool IsDense(const TensorType& type) {
  const int64_t used = int64_t{type.height} * type.width;
  return PlaneLanes(type) == used || (type.planes == 1 && type.height == 1);
}

// Whether each row of a tensor of this shape is the same part of a plane of its own, one plane
// after the other; `lanes` in row-major order.
bool IsRowOfEachPlane(std::span<const int64_t> lanes, const Shape& shape, int64_t plane) {
  if (shape.empty()) return false;
  const auto width = static_cast<size_t>(shape.back());
  for (size_t i = 0; i < lanes.size(); ++i) {
    const auto row = static_cast<int64_t>(i / width), column = static_cast<int64_t>(i % width);
    if (lanes[i] != lanes[0] + row * plane + column) return false;
  }
  return lanes[0] % plane + shape.back() <= plane;
}

}  // namespace

DType Lowering::ExportType(Element element) {
  switch (element) {
    case Element::kI8:
      return DType::kInt8;
    case Element::kU8:
      return DType::kUint8;
    default:
      return DType::kInt16;
  }
}

// Memory has no gaps. Where rows of cells have some, it is read as rows of 16 elements first.
View Lowering::Import(ValueId value, double scale) {
  const Type& type = program().graph.At(value).type;
  const Element element = ElementOf(type.dtype);
  const Shape shape = type.shape;
  if (ElementCount(shape) < 1) throw CompileError("a tensor without elements");
  const auto import = [&](const TensorType& out) {
    Descriptor d;
    d.op = Op::kImport;
    d.out = out;
    return WholeView(Add(d, {MemoryOperand(value)}), out, scale);
  };
  const auto fits = [](int64_t extent) { return extent <= 65535; };
  const bool image = shape.size() >= 3 && (shape.size() != 3 || shape[0] == 1 || shape[1] != 1);
  if (!shape.empty() && fits(shape.back()) && (shape.size() < 2 || fits(shape[shape.size() - 2]))) {
    const Layout wanted = image ? ImageLayout(shape, element) : SequenceLayout(shape, element);
    if (IsDense(wanted.type)) {
      View x = import(wanted.type);
      x.axes = wanted.axes;
      return x;
    }
  }
  TensorType rows;
  rows.kind = tensor::Kind::kSequence;
  rows.element = element;
  rows.width = kLanes;
  rows.planes = static_cast<uint32_t>((ElementCount(shape) + kLanes - 1) / kLanes);
  View flat = import(rows);
  flat.axes.clear();
  const Shape strides = Strides(shape);
  for (size_t i = 0; i < shape.size(); ++i) flat.axes.push_back({{shape[i], strides[i]}});
  return flat;
}

void Lowering::Export(const View& x, ValueId value) {
  Graph& graph = program().graph;
  const Type type = graph.At(value).type;
  if (type.dtype != ExportType(x.type.element) || type.elements() != x.elements()) {
    throw CompileError("a tensor of " + ToString(x.shape()) + " is no value of " + ToString(type));
  }
  const auto write = [&](const View& from, const TensorType& cells) {
    Descriptor d;
    d.op = Op::kExport;
    d.source[1].type = cells;
    Add(d, {MemoryOperand(value), TensorOperand(from)});
  };
  const auto is_dense = [&](const View& view) {
    const int64_t lanes = view.elements();
    const Axis all = AllFactors(view);
    return view.type.clean == 1 && view.offset % PlaneLanes(view.type) == 0 && IsDense([&] {
             TensorType t = view.type;
             t.planes = static_cast<uint32_t>((lanes + PlaneLanes(t) - 1) / PlaneLanes(t));
             return t;
           }()) &&
           (all == Axis{{lanes, 1}} || lanes == 1);
  };
  const auto type_of = [](const View& view) {
    TensorType t = view.type;
    t.role = tensor::Role::kNone;
    t.segment = 0;
    t.planes = static_cast<uint32_t>((view.elements() + PlaneLanes(t) - 1) / PlaneLanes(t));
    return t;
  };
  if (is_dense(x)) return write(x, type_of(x));
  // Rows of 16 elements; or, of rows with gaps, whole planes and code that leaves out the gaps.
  TensorType rows;
  rows.kind = tensor::Kind::kSequence;
  rows.element = CopyElement(x.type.element);
  rows.width = kLanes;
  const int64_t count = x.elements();
  Layout flat{rows, {}};
  const Shape shape = x.shape();
  const Shape strides = Strides(shape);
  for (size_t i = 0; i < shape.size(); ++i) flat.axes.push_back({{shape[i], strides[i]}});
  flat.type.planes = static_cast<uint32_t>((count + kLanes - 1) / kLanes);
  if (const std::optional<View> copy = TryCopy(x, flat)) return write(*copy, flat.type);

  const int64_t plane = PlaneLanes(x.type);
  std::vector<int64_t> lanes = LaneList(x);
  const auto [low, high] = std::ranges::minmax(lanes);
  const int64_t first = low / plane, last = high / plane;
  Value cells;
  cells.name = "cells_" + std::to_string(graph.nodes.size());
  cells.type = {type.dtype, {(last - first + 1) * plane}};
  Node node;
  node.name = cells.name;
  node.opset = 13;
  const std::string name = cells.name;
  if (IsRowOfEachPlane(lanes, shape, plane)) {
    cells.type.shape = shape;
    cells.type.shape.back() = plane;
    const int64_t begin = low - first * plane;
    node.op = "Slice";
    node.inputs = {graph.Add(std::move(cells))};
    for (const int64_t bound :
         {begin, begin + shape.back(), static_cast<int64_t>(shape.size()) - 1}) {
      node.inputs.push_back(graph.AddConstant(name + "_slice", Literal::Int64s(std::array{bound})));
    }
  } else {
    std::vector<int32_t> indices;
    for (const int64_t lane : lanes) indices.push_back(static_cast<int32_t>(lane - first * plane));
    node.op = "Gather";
    node.inputs = {graph.Add(std::move(cells)),
                   graph.AddConstant(name + "_indices",
                                     Literal::Of<int32_t>(DType::kInt32, type.shape, indices))};
  }
  const ValueId memory = node.inputs[0];
  node.outputs = {value};
  graph.nodes.push_back(std::move(node));
  const auto number = static_cast<uint32_t>(graph.nodes.size() - 1);
  View from = x;
  from.offset = first * plane;
  Descriptor d;
  d.op = Op::kExport;
  d.source[1].type = x.type;
  d.source[1].type.role = tensor::Role::kNone;
  d.source[1].type.segment = 0;
  d.source[1].type.planes = static_cast<uint32_t>(last - first + 1);
  Add(d, {MemoryOperand(memory), TensorOperand(from)});
  Code(number);
}

View Lowering::OneHot(ValueId ids, int64_t vocabulary) {
  const Type type = program().graph.At(ids).type;
  if (type.dtype != DType::kInt32 && type.dtype != DType::kUint32) {
    throw CompileError(std::string("ids are int32 words in memory, not ") + NameOf(type.dtype));
  }
  if (vocabulary < 1 || vocabulary > 65535) {
    throw CompileError("a table of " + std::to_string(vocabulary) + " rows: at most 65535");
  }
  const int64_t count = type.elements();
  Descriptor d;
  d.op = Op::kOneHot;
  d.out.kind = tensor::Kind::kSequence;
  d.out.element = Element::kOneHot;
  d.out.role = tensor::Role::kX;
  d.out.planes = static_cast<uint32_t>(count);
  d.out.width = static_cast<uint16_t>(vocabulary);
  View x = WholeView(Add(d, {MemoryOperand(ids)}), d.out, 1);
  Shape shape = type.shape;
  const Shape strides = Strides(shape);
  x.axes.clear();
  for (size_t i = 0; i < shape.size(); ++i) {
    x.axes.push_back({{shape[i], strides[i] * kLanes}});
  }
  x.axes.push_back({{vocabulary, 1}});
  return x;
}

View Lowering::Constant(std::span<const double> values, const Shape& shape, Element element,
                        double scale) {
  const tensor::Range range = tensor::RangeOf(element);
  std::vector<int16_t> lanes;
  for (const double v : values) {
    lanes.push_back(
        static_cast<int16_t>(std::clamp(std::nearbyint(v / scale), static_cast<double>(range.low),
                                        static_cast<double>(range.high))));
  }
  // In the layout of cells, so that it is imported as it is.
  const Layout layout =
      shape.size() >= 3 ? ImageLayout(shape, element) : SequenceLayout(shape, element);
  View placed;
  placed.axes = layout.axes;
  const std::vector<int64_t> places = LaneList(placed);
  std::vector<int16_t> cells(static_cast<size_t>(PlaneLanes(layout.type) * layout.type.planes));
  for (size_t i = 0; i < places.size(); ++i) cells[static_cast<size_t>(places[i])] = lanes[i];
  const auto count = static_cast<int64_t>(cells.size());
  Literal literal;
  if (element == Element::kI16) {
    literal = Literal::Of<int16_t>(DType::kInt16, {count}, cells);
  } else if (element == Element::kI8) {
    const std::vector<int8_t> bytes(cells.begin(), cells.end());
    literal = Literal::Of<int8_t>(DType::kInt8, {count}, bytes);
  } else {
    throw CompileError("constants are i8 or i16");
  }
  Graph& graph = program().graph;
  const ValueId value =
      graph.AddConstant("constant_" + std::to_string(graph.values.size()), std::move(literal));
  Descriptor d;
  d.op = Op::kImport;
  d.out = layout.type;
  View x = WholeView(Add(d, {MemoryOperand(value)}), layout.type, scale);
  x.axes = layout.axes;
  SetOptional(x.call);
  std::vector<double>& reals = constants_[x.call];
  reals.assign(cells.size(), 0);
  for (size_t i = 0; i < places.size(); ++i) reals[static_cast<size_t>(places[i])] = values[i];
  return x;
}

}  // namespace zkvm::compiler
