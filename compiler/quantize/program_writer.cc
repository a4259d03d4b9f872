#include "compiler/quantize/program_writer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "compiler/passes/match.h"
#include "compiler/passes/univariate.h"
#include "compiler/quantize/moves.h"
#include "compiler/quantize/windows.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {
namespace {

using tensor::Element;
using LayerKind = Layer::Kind;

Term AddTerm(View x, double factor = 1) {
  Term term;
  term.kind = Term::Kind::kAdd;
  term.x = std::move(x);
  term.factor = factor;
  return term;
}

class Writer {
 public:
  Writer(const Graph& graph, const std::vector<Layer>& layers,
         const std::vector<std::optional<Representation>>& chosen, Evaluator& evaluator,
         WrittenProgram& written)
      : graph_(graph),
        layers_(layers),
        chosen_(chosen),
        evaluator_(evaluator),
        written_(written),
        views_(written.views),
        program_(*written.program),
        in_memory_(graph.values.size(), false) {
    program_.graph = graph;
  }

  void Run() {
    for (const ValueId input : graph_.inputs) in_memory_[Index(input)] = true;
    QuantizeInputs();
    written_.lowering = std::make_unique<Lowering>(program_);
    lowering_ = written_.lowering.get();
    for (const Layer& layer : layers_) Write(layer);
    QuantizeOutputs();
    lowering_->Finish();
    NameResults();
  }

 private:
  static size_t Index(ValueId value) { return static_cast<size_t>(value); }
  const Node& At(int32_t node) const { return graph_.nodes[static_cast<size_t>(node)]; }
  const Representation& Chosen(ValueId value) const { return *chosen_[Index(value)]; }

  // --- Memory ---

  // Inputs that tensors read are integers of the guest's memory.
  void QuantizeInputs() {
    std::set<ValueId> read;
    for (const Layer& layer : layers_) {
      for (const ValueId value : TensorInputs(graph_, layer)) read.insert(value);
    }
    for (const ValueId input : graph_.inputs) {
      float scale = 0;
      if (read.contains(input) && graph_.At(input).type.dtype == DType::kFloat) {
        const Representation r = ForImport(Chosen(input));
        scale = static_cast<float>(r.scale);
        program_.graph.At(input).type.dtype = Lowering::ExportType(r.element);
        quantized_inputs_[input] = scale;
        in_memory_[Index(input)] = false;  // not as the model's type
      }
      written_.input_scales.push_back(scale);
    }
  }

  // Memory holds int8, uint8 or int16.
  static Representation ForImport(Representation r) {
    if (r.element == Element::kI15) {
      return {Element::kI16,
              r.scale * RangeOfLanes(Element::kI15).high / RangeOfLanes(Element::kI16).high};
    }
    return r;
  }

  void QuantizeOutputs() {
    for (const ValueId output : graph_.outputs) {
      const auto it = views_.find(output);
      // An output that code computes or reads stays as it is.
      const bool tensor = it != views_.end() && !in_memory_[Index(output)];
      if (tensor) {
        program_.graph.At(output).type.dtype = Lowering::ExportType(it->second.type.element);
        lowering_->SetLayer(graph_.At(output).name);
        lowering_->Export(it->second, output);
        in_memory_[Index(output)] = true;
      }
      const bool real = IsFloat(graph_.At(output).type.dtype);
      written_.output_scales.push_back(tensor && real ? static_cast<float>(it->second.scale) : 0);
    }
  }

  ValueId AddValue(std::string name, DType dtype, const Shape& shape) {
    Value value;
    value.name = std::move(name);
    value.type = {dtype, shape};
    return program_.graph.Add(std::move(value));
  }

  // QuantizeLinear or DequantizeLinear of `integer` with this scale.
  void Convert(std::string_view op, ValueId from, ValueId to, ValueId integer, double scale) {
    const std::string& name =
        graph_.At(from < static_cast<ValueId>(graph_.values.size()) ? from : to).name;
    Node node;
    node.name = std::string(op).append(" of ").append(name);
    node.op = op;
    node.opset = 21;
    const DType dtype = program_.graph.At(integer).type.dtype;
    node.inputs = {
        from,
        program_.graph.AddConstant("", Literal::Scalar(DType::kFloat, scale)),
        program_.graph.AddConstant("", Literal::Scalar(dtype, 0)),
    };
    node.outputs = {to};
    program_.graph.nodes.push_back(std::move(node));
    lowering_->Code(static_cast<uint32_t>(program_.graph.nodes.size() - 1));
  }

  // Which calls' results are values of the model, element by element.
  void NameResults() {
    for (const auto& [value, view] : views_) {
      const std::vector<int64_t> lanes = LaneList(view);
      const uint32_t step = lowering_->PlaceOf(view, lanes[0]).step;
      const auto* call = std::get_if<TensorCall>(&program_.steps[step].what);
      if (call == nullptr || !program_.steps[step].value.empty()) continue;
      const std::vector<int64_t> used = UsedLanes(program_.descriptors[call->descriptor].out);
      if (lanes.size() != used.size()) continue;
      bool whole = true;
      for (size_t i = 0; i < lanes.size() && whole; ++i) {
        const Lowering::Place place = lowering_->PlaceOf(view, lanes[i]);
        whole = place.step == step && place.lane == used[i];
      }
      if (!whole) continue;
      program_.steps[step].value = graph_.At(value).name;
      program_.steps[step].scale = view.scale;
    }
  }

  static std::vector<int64_t> UsedLanes(const tensor::TensorType& type) {
    const uint32_t lanes = tensor::kLanes * tensor::PlaneCells(type);
    std::vector<int64_t> used;
    for (uint32_t p = 0; p < type.planes; ++p) {
      for (uint32_t l = 0; l < lanes; ++l) {
        if (tensor::IsUsed(type, l)) used.push_back(int64_t{p} * lanes + l);
      }
    }
    return used;
  }

  // The value in memory, in the model's type, for code to read: itself, or a copy.
  ValueId InMemory(ValueId value) {
    if (value == kNoValue || graph_.At(value).constant || in_memory_[Index(value)]) return value;
    if (const auto input = quantized_inputs_.find(value); input != quantized_inputs_.end()) {
      ValueId& copy = float_inputs_.try_emplace(value, kNoValue).first->second;
      if (copy == kNoValue) {
        copy =
            AddValue(graph_.At(value).name + ".float", DType::kFloat, graph_.At(value).type.shape);
        Convert("DequantizeLinear", value, copy, value, input->second);
      }
      return copy;
    }
    const View& view = views_.at(value);
    const ValueId integers =
        AddValue(graph_.At(value).name + ".integers", Lowering::ExportType(view.type.element),
                 graph_.At(value).type.shape);
    lowering_->Export(view, integers);
    Convert("DequantizeLinear", integers, value, integers, view.scale);
    in_memory_[Index(value)] = true;
    return value;
  }

  static bool IsSmallInteger(DType type) {
    return type == DType::kInt8 || type == DType::kUint8 || type == DType::kInt16;
  }

  // Indices of a table with `rows` rows as the words of a one-hot call, checked: code of the guest
  // stops at others.
  ValueId Words(ValueId indices, int64_t rows) {
    const std::string name = program_.graph.At(indices).name + ".words";
    const ValueId words = AddValue(name, DType::kInt32, program_.graph.At(indices).type.shape);
    Node node;
    node.name = name;
    node.op = "Indices";
    node.domain = "zkvm";
    node.opset = 1;
    node.inputs = {indices};
    node.outputs = {words};
    node.attributes["extent"] = rows;
    program_.graph.nodes.push_back(std::move(node));
    lowering_->Code(static_cast<uint32_t>(program_.graph.nodes.size() - 1));
    return words;
  }

  // The value as a tensor.
  View Tensor(ValueId value) {
    if (const auto it = views_.find(value); it != views_.end()) return it->second;
    if (const auto& constant = graph_.At(value).constant) return ConstantTensor(*constant);
    View view;
    if (const auto input = quantized_inputs_.find(value); input != quantized_inputs_.end()) {
      view = lowering_->Import(value, input->second);
    } else if (IsSmallInteger(graph_.At(value).type.dtype)) {
      view = lowering_->Import(value, 1);
    } else {
      if (graph_.At(value).type.dtype != DType::kFloat) {
        throw CompileError(std::string("it reads ").append(NameOf(graph_.At(value).type.dtype)));
      }
      const Representation r = ForImport(Chosen(value));
      const ValueId integers =
          AddValue(graph_.At(value).name + ".integers", Lowering::ExportType(r.element),
                   graph_.At(value).type.shape);
      Convert("QuantizeLinear", value, integers, integers, r.scale);
      view = lowering_->Import(integers, r.scale);
    }
    const Representation& wanted = Chosen(value);
    view = lowering_->Requantize(view, wanted.element, wanted.scale);
    return views_[value] = view;
  }

  View ConstantTensor(const Literal& literal) {
    const std::vector<double> values = literal.ToDoubles();
    double largest = 0;
    for (const double v : values) largest = std::max(largest, std::abs(v));
    const double scale = largest > 0 ? largest / 32767 : 1;
    return lowering_->Constant(values, literal.shape(), Element::kI16, scale);
  }

  // --- Layers ---

  void Write(const Layer& layer) {
    WrittenLayer& result = written_.layers.emplace_back();
    lowering_->SetLayer(At(layer.node).name);
    if (layer.kind != LayerKind::kCode) {
      // An attempt that fails is undone, with what it imported and exported.
      const size_t mark = lowering_->Mark();
      const auto views = views_;
      const auto in_memory = in_memory_;
      const auto float_inputs = float_inputs_;
      try {
        WriteTensor(layer, result);
        result.tensor = true;
        return;
      } catch (const CompileError& error) {
        lowering_->Rollback(mark);
        views_ = views;
        in_memory_ = in_memory;
        float_inputs_ = float_inputs;
        result.reason = error.what();
      }
    } else {
      result.reason = layer.reason;
    }
    for (const int32_t node : layer.nodes) WriteCode(node);
  }

  void WriteCode(int32_t i) {
    const Node& node = At(i);
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      const ValueId input = InMemory(node.inputs[k]);
      program_.graph.nodes[static_cast<size_t>(i)].inputs[k] = input;
    }
    lowering_->Code(static_cast<uint32_t>(i));
    for (const ValueId output : node.outputs) {
      if (output != kNoValue) in_memory_[Index(output)] = true;
    }
  }

  LaneTarget TargetOf(const Layer& layer) {
    LaneTarget target;
    const Representation& r = Chosen(layer.output());
    target.element = r.element;
    target.scale = r.scale;
    if (!layer.function) return target;
    Univariate function = *layer.function;
    const auto rounding = StripRounding(function);
    const auto evaluate = [this, function](std::span<const double> points) {
      if (function.nodes.empty()) return std::vector<double>(points.begin(), points.end());
      return Tabulate(graph_, function, points, evaluator_);
    };
    if (!rounding) {
      target.function = evaluate;
      return target;
    }
    // Lanes are rounded anyway; what is left of the model's rounding is where it cuts off.
    const auto given = RepresentationOf(*rounding);
    if (!given) throw CompileError("the zero point leaves no room in sixteen bits");
    target.element = given->element;
    target.scale = given->scale;
    const double low = rounding->range.low * given->scale;
    const double high = rounding->range.high * given->scale;
    target.function = [=](std::span<const double> points) {
      std::vector<double> values = evaluate(points);
      for (double& v : values) v = std::clamp(v, low, high);
      return values;
    };
    return target;
  }

  // Takes QuantizeLinear and DequantizeLinear off the end of a function, or QuantizeLinear.
  std::optional<Rounding> StripRounding(Univariate& function) const {
    const auto last = [&](size_t back) {
      return RoundingBy(graph_, At(function.nodes[function.nodes.size() - back]));
    };
    size_t count = 1;
    std::optional<Rounding> rounding = last(1);
    if (!rounding) return std::nullopt;
    if (At(function.nodes.back()).op == "DequantizeLinear") {
      if (function.nodes.size() < 2 || last(2) != rounding) return std::nullopt;
      count = 2;
    }
    const size_t left = function.nodes.size() - count;
    function.output = At(function.nodes[left]).inputs[0];
    function.nodes.resize(left);
    return rounding;
  }

  void WriteTensor(const Layer& layer, WrittenLayer& result) {
    if (layer.kind == LayerKind::kMove) {
      const Node& node = At(layer.node);
      std::vector<View> inputs = {};
      const size_t count = node.op == "Concat" ? node.inputs.size() : 1;
      for (size_t k = 0; k < count; ++k) inputs.push_back(Part(node, k));
      const std::vector<View> outputs = LowerMove(*lowering_, graph_, node, inputs);
      for (size_t k = 0; k < outputs.size(); ++k) views_[node.outputs[k]] = outputs[k];
      return;
    }
    if (layer.kind == LayerKind::kArgmax) return WriteArgmax(At(layer.node));
    const View view = OneResult(layer, result);
    const bool real = IsFloat(graph_.At(layer.output()).type.dtype);
    views_[layer.output()] = real ? view : WithZeroPoint(layer, view);
  }

  // The integers of an output of the model, at the end of the function of a layer.
  View WithZeroPoint(const Layer& layer, View view) {
    const auto rounding = RoundingBy(graph_, At(layer.nodes.back()));
    if (rounding && rounding->zero != 0) {
      const double scale = view.scale, offset = rounding->zero * scale;
      view = lowering_->Map(
          view, {Chosen(layer.output()).element, scale, [offset](double x) { return x + offset; }});
    }
    view.scale = 1;
    return view;
  }

  // A constant part of a Concat is at the scale of the result.
  View Part(const Node& node, size_t k) {
    const ValueId input = node.inputs[k];
    if (!graph_.At(input).constant) return Tensor(input);
    const Representation& r = Chosen(node.outputs[0]);
    const Literal& literal = *graph_.At(input).constant;
    const bool byte = r.element == Element::kI8 || r.element == Element::kU8;
    const View view = lowering_->Constant(literal.ToDoubles(), literal.shape(),
                                          byte ? Element::kI8 : Element::kI16, r.scale);
    return lowering_->Requantize(view, r.element, r.scale);
  }

  View OneResult(const Layer& layer, WrittenLayer& result) {
    const Node& node = At(layer.node);
    switch (layer.kind) {
      case LayerKind::kLinear:
        return WriteSum(layer, result);
      case LayerKind::kBinary:
        return lowering_->Binary(BinaryOf(node.op), Tensor(node.inputs[0]), Tensor(node.inputs[1]),
                                 TargetOf(layer));
      case LayerKind::kMap:
        return WriteMap(layer);
      case LayerKind::kSoftmax:
        return WriteSoftmax(layer, node);
      case LayerKind::kNorm:
        return lowering_->Norm(Tensor(node.inputs[0]), node.op == "RMSNormalization",
                               node.Float("epsilon", 1e-5F), TargetOf(layer));
      case LayerKind::kPool:
        return WritePool(layer, node);
      case LayerKind::kMove:
      case LayerKind::kArgmax:
      case LayerKind::kCode:
        break;
    }
    throw CompileError("no such layer");
  }

  View WriteMap(const Layer& layer) {
    View x = Tensor(layer.function->input);
    const Representation& r = Chosen(layer.output());
    if (IsRounding(graph_, layer) && x.type.element == r.element) {
      // The integers are already those.
      const bool own = layer.nodes.size() == 1;
      const bool no_zero_point = IsZero(At(layer.node), 2);
      if (own ? no_zero_point : x.scale == r.scale) {
        x.scale = r.scale;
        return x;
      }
    }
    return lowering_->Map(x, TargetOf(layer));
  }

  bool IsZero(const Node& node, size_t input) const {
    if (!node.HasInput(input)) return true;
    return graph_.At(node.inputs[input]).constant->ToDoubles()[0] == 0;
  }

  static Lowering::BinaryOp BinaryOf(const std::string& op) {
    if (op == "Mul") return Lowering::BinaryOp::kMul;
    if (op == "Add") return Lowering::BinaryOp::kAdd;
    if (op == "Sub") return Lowering::BinaryOp::kSub;
    return op == "Max" ? Lowering::BinaryOp::kMax : Lowering::BinaryOp::kMin;
  }

  View WriteSum(const Layer& layer, WrittenLayer& result) {
    const LaneTarget target = TargetOf(layer);
    if (layer.terms[0].kind == LayerTerm::Kind::kAffine) {
      const LayerTerm& term = layer.terms[0];
      return lowering_->Affine(Tensor(term.x), term.axis, term.weights, layer.bias, target,
                               &result.facts);
    }
    std::vector<Term> terms;
    for (const LayerTerm& term : layer.terms) terms.push_back(TermOf(term));
    return lowering_->Linear(terms, layer.bias, target, &result.facts);
  }

  Term TermOf(const LayerTerm& from) {
    Term term;
    term.weights = from.weights;
    term.shape = from.shape;
    switch (from.kind) {
      case LayerTerm::Kind::kConv: {
        const Node& node = At(from.node);
        term.kind = Term::Kind::kConv;
        term.x = Tensor(from.x);
        term.groups = node.Int("group", 1);
        term.window = WindowOf(graph_, node, Shape(from.shape.begin() + 2, from.shape.end()));
        return term;
      }
      case LayerTerm::Kind::kDense:
        term.kind = Term::Kind::kDense;
        term.x = Tensor(from.x);
        return term;
      case LayerTerm::Kind::kEmbed:
        term.kind = Term::Kind::kDense;
        term.x = lowering_->OneHot(Words(InMemory(from.x), from.shape[0]), from.shape[0]);
        return term;
      case LayerTerm::Kind::kMatMul:
        term.kind = Term::Kind::kMatMul;
        term.x = Tensor(from.x);
        term.y = Tensor(from.y);
        term.factor = from.factor;
        return term;
      case LayerTerm::Kind::kAdd:
        return AddTerm(Tensor(from.x), from.factor);
      case LayerTerm::Kind::kConstant:
        return AddTerm(ConstantTensor(Literal::Floats(from.shape, from.weights)));
      case LayerTerm::Kind::kAffine:
        break;
    }
    throw CompileError("no such term");
  }

  View WriteSoftmax(const Layer& layer, const Node& node) {
    const View x = Tensor(node.inputs[0]);
    const auto rank = static_cast<int64_t>(graph_.At(node.inputs[0]).type.shape.size());
    int64_t axis = node.Int("axis", -1);
    if (axis < 0) axis += rank;
    if (axis == rank - 1) return lowering_->Softmax(x, layer.causal);
    std::vector<int64_t> order(static_cast<size_t>(rank));
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[static_cast<size_t>(axis)], order.back());
    return lowering_->Transpose(lowering_->Softmax(lowering_->Transpose(x, order)), order);
  }

  View WritePool(const Layer& layer, const Node& node) {
    const View x = Tensor(node.inputs[0]);
    const Shape& input = graph_.At(node.inputs[0]).type.shape;
    const Shape& output = graph_.At(node.outputs[0]).type.shape;
    if (node.op == "MaxPool") {
      return lowering_->MaxPool(x, WindowOf(graph_, node, node.Ints("kernel_shape")));
    }
    if (node.op == "AveragePool") {
      return lowering_->AveragePool(x, WindowOf(graph_, node, node.Ints("kernel_shape")),
                                    node.Int("count_include_pad", 0) != 0, TargetOf(layer));
    }
    if (node.op == "GlobalMaxPool") {
      TensorWindow window;
      window.kernel.assign(input.begin() + 2, input.end());
      window.strides = window.dilations = Shape(window.kernel.size(), 1);
      window.pads_begin = window.pads_end = Shape(window.kernel.size(), 0);
      const Representation& r = Chosen(layer.output());
      return lowering_->Requantize(lowering_->MaxPool(x, window), r.element, r.scale);
    }
    std::vector<int64_t> axes;
    if (node.op == "GlobalAveragePool") {
      for (size_t a = 2; a < input.size(); ++a) axes.push_back(static_cast<int64_t>(a));
    } else {
      const auto reduced = ReductionAxes(graph_, node);
      if (!reduced) throw CompileError("the axes depend on data");
      axes = *reduced;
    }
    const View mean = lowering_->ReduceMean(x, axes, node.op == "ReduceSum", TargetOf(layer));
    return lowering_->Reshape(mean, output);
  }

  void WriteArgmax(const Node& node) {
    if (node.Int("select_last_index", 0) != 0) throw CompileError("it wants the last maximum");
    View x = Tensor(node.inputs[0]);
    const auto rank = static_cast<int64_t>(graph_.At(node.inputs[0]).type.shape.size());
    int64_t axis = node.Int("axis", 0);
    if (axis < 0) axis += rank;
    std::vector<int64_t> order;
    for (int64_t a = 0; a < rank; ++a) {
      if (a != axis) order.push_back(a);
    }
    order.push_back(axis);
    if (axis != rank - 1) x = lowering_->Transpose(x, order);
    lowering_->Argmax(x, node.outputs[0]);
    in_memory_[Index(node.outputs[0])] = true;
  }

  const Graph& graph_;
  const std::vector<Layer>& layers_;
  const std::vector<std::optional<Representation>>& chosen_;
  Evaluator& evaluator_;
  WrittenProgram& written_;
  std::map<ValueId, View>& views_;
  Program& program_;
  Lowering* lowering_ = nullptr;
  std::vector<bool> in_memory_;  // of the model's type
  std::map<ValueId, float> quantized_inputs_;
  std::map<ValueId, ValueId> float_inputs_;
};

}  // namespace

WrittenProgram WriteProgram(const Graph& graph, const std::vector<Layer>& layers,
                            const std::vector<std::optional<Representation>>& chosen,
                            Evaluator& evaluator) {
  WrittenProgram written;
  Writer(graph, layers, chosen, evaluator, written).Run();
  return written;
}

}  // namespace zkvm::compiler
