// Attention and RotaryEmbedding (opset 23 and later) as the products, masks and slices that they
// are: the quantizer knows these, and constants in masks and tables are computed here.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "compiler/onnx/importer.h"

namespace zkvm::compiler {
namespace {

// Adds nodes for a call, named after it.
class Composer {
 public:
  Composer(ModelBuilder& builder, const Node& node) : builder_(builder), node_(node) {}

  ValueId Apply(std::string_view op, std::vector<ValueId> inputs,
                std::map<std::string, Attribute, std::less<>> attributes = {}) {
    return builder_.Add(op, std::string(node_.name).append("/").append(op), std::move(inputs),
                        std::move(attributes));
  }
  ValueId Integers(std::vector<int64_t> values) {
    return builder_.AddConstant("", Literal::Int64s(values));
  }
  ValueId Number(DType dtype, double value) {
    return builder_.AddConstant("", Literal::Scalar(dtype, value));
  }
  const Type& TypeOf(ValueId id) const { return builder_.At(id).type; }
  int64_t Dim(ValueId id, size_t axis) const { return TypeOf(id).shape[axis]; }

  ValueId Reshape(ValueId x, std::vector<int64_t> shape) {
    return Apply("Reshape", {x, Integers(std::move(shape))});
  }
  ValueId Transpose(ValueId x, std::vector<int64_t> order) {
    return Apply("Transpose", {x}, {{"perm", std::move(order)}});
  }
  // Of the last axis.
  ValueId Slice(ValueId x, int64_t begin, int64_t end, int64_t step = 1) {
    return Apply("Slice",
                 {x, Integers({begin}), Integers({end}), Integers({-1}), Integers({step})});
  }

  // [batch, length, heads * size] as [batch, length, heads, size].
  ValueId SplitHeads(ValueId x, int64_t heads) {
    const Shape shape = TypeOf(x).shape;
    if (heads < 1 || shape[2] % heads != 0) {
      Fail(node_, "its inputs of rank 3 do not divide into " + std::to_string(heads) + " heads");
    }
    return Reshape(x, {shape[0], shape[1], heads, shape[2] / heads});
  }

 private:
  ModelBuilder& builder_;
  const Node& node_;
};

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

}  // namespace

// What is added to the scores, for masks that are known: 0 where query i of `queries` may see key j
// of `keys`, else -inf. [queries, keys], or [batch, 1, queries, keys] where lengths differ.
ValueId Importer::PositionBias(const Call& call, int64_t queries, int64_t keys, int64_t past) {
  const bool causal = call.Int("is_causal", 0) != 0;
  const int64_t left = call.Int("left_window_size", -1);
  const int64_t right = call.Int("right_window_size", -1);
  std::vector<int64_t> lengths;  // of the keys that count, by batch
  if (call.Has(6)) {
    const Literal* constant = builder_.ConstantOf(call.Tensor(6));
    if (constant == nullptr) Fail(call.node, "'nonpad_kv_seqlen' has to be constant");
    lengths = constant->ToInt64s();
  }
  if (!causal && left < 0 && right < 0 && lengths.empty()) return kNoValue;
  Shape shape = {queries, keys};
  const bool batches = !lengths.empty();
  if (batches) shape = {static_cast<int64_t>(lengths.size()), 1, queries, keys};
  const std::optional<int64_t> bytes = CheckedBytes(DType::kFloat, shape);
  if (!bytes || *bytes > reader_.max_bytes) Fail(call.node, "its mask would be too large");
  std::vector<float> bias;
  bias.reserve(static_cast<size_t>(*bytes) / sizeof(float));
  for (size_t b = 0; b < (batches ? lengths.size() : 1); ++b) {
    const int64_t length = batches ? lengths[b] : keys;
    const int64_t offset = batches && !call.Has(4) ? length - queries : past;
    for (int64_t i = 0; i < queries; ++i) {
      for (int64_t j = 0; j < keys; ++j) {
        const int64_t behind = i + offset - j;  // how far the key lies behind the query
        const bool seen = j < length && (!causal || behind >= 0) && (left < 0 || behind <= left) &&
                          (right < 0 || -behind <= right);
        bias.push_back(seen ? 0.0f : static_cast<float>(kMinusInfinity));
      }
    }
  }
  return builder_.AddConstant(call.node.name + "/mask", Literal::Floats(shape, bias));
}

std::vector<Item> Importer::Attention(Call& call) {
  Composer c(builder_, call.node);
  ValueId q = call.Tensor(0), k = call.Tensor(1), v = call.Tensor(2);
  const size_t rank = c.TypeOf(q).shape.size();
  if ((rank != 3 && rank != 4) || c.TypeOf(k).shape.size() != rank ||
      c.TypeOf(v).shape.size() != rank) {
    Fail(call.node, "its inputs need rank 3 or 4");
  }
  if (rank == 3) {
    const int64_t heads = call.Int("kv_num_heads", 0);
    q = c.Transpose(c.SplitHeads(q, call.Int("q_num_heads", 0)), {0, 2, 1, 3});
    k = c.Transpose(c.SplitHeads(k, heads), {0, 2, 1, 3});
    v = c.Transpose(c.SplitHeads(v, heads), {0, 2, 1, 3});
  }
  const DType dtype = c.TypeOf(q).dtype;
  int64_t past = 0;
  if (call.Has(4) != call.Has(5)) Fail(call.node, "it needs both 'past_key' and 'past_value'");
  if (call.Has(4)) {
    if (c.TypeOf(call.Tensor(4)).shape.size() != 4) Fail(call.node, "'past_key' needs rank 4");
    past = c.Dim(call.Tensor(4), 2);
    k = c.Apply("Concat", {call.Tensor(4), k}, {{"axis", int64_t{2}}});
    v = c.Apply("Concat", {call.Tensor(5), v}, {{"axis", int64_t{2}}});
  }
  const ValueId present_key = k, present_value = v;

  // Groups of heads share keys and values.
  const int64_t heads = c.Dim(q, 1), kv_heads = c.Dim(k, 1);
  if (heads != kv_heads) {
    if (kv_heads < 1 || heads % kv_heads != 0 || c.Dim(v, 1) != kv_heads) {
      Fail(call.node, "its heads do not divide into groups");
    }
    for (ValueId* x : {&k, &v}) {
      const Shape shape = c.TypeOf(*x).shape;
      const ValueId apart = c.Apply("Unsqueeze", {*x, c.Integers({2})});
      const ValueId repeated =
          c.Apply("Expand",
                  {apart, c.Integers({shape[0], kv_heads, heads / kv_heads, shape[2], shape[3]})});
      *x = c.Reshape(repeated, {shape[0], heads, shape[2], shape[3]});
    }
  }

  const onnx::AttributeProto* given = call.Find("scale");
  const double scale = given != nullptr ? static_cast<double>(given->f())
                                        : 1 / std::sqrt(static_cast<double>(c.Dim(q, 3)));
  const ValueId products = c.Apply("MatMul", {q, c.Transpose(k, {0, 1, 3, 2})});
  ValueId scores = c.Apply("Mul", {products, c.Number(dtype, scale)});
  const onnx::AttributeProto* softcap = call.Find("softcap");
  if (softcap != nullptr && softcap->f() > 0) {
    const ValueId cap = c.Number(dtype, static_cast<double>(softcap->f()));
    scores = c.Apply("Mul", {c.Apply("Tanh", {c.Apply("Div", {scores, cap})}), cap});
  }
  const ValueId unmasked = scores;

  const int64_t keys = c.Dim(k, 2);
  ValueId bias = PositionBias(call, c.Dim(q, 2), keys, past);
  if (bias != kNoValue && dtype != DType::kFloat) {
    bias = c.Apply("Cast", {bias}, {{"to", static_cast<int64_t>(dtype)}});
  }
  if (call.Has(3)) {
    ValueId mask = call.Tensor(3);
    if (c.TypeOf(mask).dtype == DType::kBool) {
      mask = c.Apply("Where", {mask, c.Number(dtype, 0), c.Number(dtype, kMinusInfinity)});
    }
    const Shape& shape = c.TypeOf(mask).shape;
    if (!shape.empty() && shape.back() < keys && shape.back() != 1) {
      std::vector<int64_t> pads(2 * shape.size());
      pads.back() = keys - shape.back();
      mask = c.Apply("Pad", {mask, c.Integers(pads), c.Number(dtype, kMinusInfinity)});
    }
    bias = bias == kNoValue ? mask : c.Apply("Add", {mask, bias});
  }
  if (bias != kNoValue) scores = c.Apply("Add", {scores, bias});
  const ValueId masked = scores;

  const int64_t precision = call.Int("softmax_precision", 0);
  if (precision != 0) scores = c.Apply("Cast", {scores}, {{"to", precision}});
  ValueId weights = c.Apply("Softmax", {scores}, {{"axis", int64_t{-1}}});
  if (precision != 0) {
    weights = c.Apply("Cast", {weights}, {{"to", static_cast<int64_t>(dtype)}});
  }
  if (bias != kNoValue && (call.Has(3) || call.Has(6) || call.Find("left_window_size"))) {
    // Queries that see no key get zeros.
    const ValueId most = c.Apply("ReduceMax", {bias},
                                 {{"axes", std::vector<int64_t>{-1}}, {"keepdims", int64_t{1}}});
    const ValueId none = c.Apply("Equal", {most, c.Number(dtype, kMinusInfinity)});
    const Literal* known = builder_.ConstantOf(none);
    const std::vector<int64_t> rows =
        known != nullptr ? known->ToInt64s() : std::vector{int64_t{1}};
    if (std::any_of(rows.begin(), rows.end(), [](int64_t row) { return row != 0; })) {
      weights = c.Apply("Where", {none, c.Number(dtype, 0), weights});
    }
  }

  ValueId y = c.Apply("MatMul", {weights, v});
  if (rank == 3) {
    const Shape shape = c.TypeOf(y).shape;
    y = c.Reshape(c.Transpose(y, {0, 2, 1, 3}), {shape[0], shape[2], shape[1] * shape[3]});
  }
  const ValueId by_mode[] = {unmasked, unmasked, masked, weights};
  const int64_t mode = call.Int("qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3) Fail(call.node, "'qk_matmul_output_mode' is out of range");
  return {Item::Tensor(y), Item::Tensor(present_key), Item::Tensor(present_value),
          Item::Tensor(by_mode[mode])};
}

std::vector<Item> Importer::RotaryEmbedding(Call& call) {
  Composer c(builder_, call.node);
  ValueId x = call.Tensor(0), cosines = call.Tensor(1), sines = call.Tensor(2);
  const Shape shape = c.TypeOf(x).shape;
  if (shape.size() != 3 && shape.size() != 4) Fail(call.node, "its input needs rank 3 or 4");
  // Heads come after the positions in rank 3, before them in rank 4.
  const int64_t head_axis = shape.size() == 3 ? 2 : 1;
  if (shape.size() == 3) x = c.SplitHeads(x, call.Int("num_heads", 0));
  for (ValueId* table : {&cosines, &sines}) {
    if (call.Has(3)) *table = c.Apply("Gather", {*table, call.Tensor(3)}, {{"axis", int64_t{0}}});
    *table = c.Apply("Unsqueeze", {*table, c.Integers({head_axis})});
  }
  const int64_t size = c.Dim(x, 3);
  const int64_t listed = call.Int("rotary_embedding_dim", 0);
  const int64_t rotated = listed == 0 ? size : listed;
  if (rotated < 0 || rotated > size || rotated % 2 != 0) {
    Fail(call.node, "'rotary_embedding_dim' does not fit");
  }
  const bool interleaved = call.Int("interleaved", 0) != 0;
  const ValueId a = interleaved ? c.Slice(x, 0, rotated, 2) : c.Slice(x, 0, rotated / 2);
  const ValueId b = interleaved ? c.Slice(x, 1, rotated, 2) : c.Slice(x, rotated / 2, rotated);
  ValueId real = c.Apply("Sub", {c.Apply("Mul", {cosines, a}), c.Apply("Mul", {sines, b})});
  ValueId imaginary = c.Apply("Add", {c.Apply("Mul", {sines, a}), c.Apply("Mul", {cosines, b})});
  const Shape half = c.TypeOf(a).shape;
  if (c.TypeOf(real).shape != half) Fail(call.node, "its tables do not fit its input");
  if (interleaved) {
    real = c.Apply("Unsqueeze", {real, c.Integers({-1})});
    imaginary = c.Apply("Unsqueeze", {imaginary, c.Integers({-1})});
  }
  ValueId y = c.Apply("Concat", {real, imaginary}, {{"axis", int64_t{-1}}});
  if (interleaved) y = c.Reshape(y, {half[0], half[1], half[2], rotated});
  if (rotated < size) {
    y = c.Apply("Concat", {y, c.Slice(x, rotated, size)}, {{"axis", int64_t{-1}}});
  }
  if (shape.size() == 3) y = c.Reshape(y, shape);
  return {Item::Tensor(y)};
}

}  // namespace zkvm::compiler
