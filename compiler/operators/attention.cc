// Attention and RotaryEmbedding.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

// --- Attention

enum Inputs : size_t { kQ, kK, kV, kMask, kPastKey, kPastValue, kValid, kInputs };
enum Outputs : size_t { kY, kPresentKey, kPresentValue, kScores };

// Vectors by batch, head and position, of [batch, head, position, ...] or
// [batch, position, head x ...].
struct Heads {
  Array array;
  int64_t batch_stride = 0, head_stride = 0, position_stride = 0;

  Scalar Base(Emitter& e, Scalar batch, Scalar head, Scalar position) const {
    return batch * e.Int(batch_stride) + head * e.Int(head_stride) +
           position * e.Int(position_stride);
  }
};

struct Extents {
  int64_t heads = 0, positions = 0, size = 0;  // of a vector
};

Extents ExtentsOf(const Node& node, const Shape& shape, std::string_view heads_attribute) {
  if (shape.size() == 4) return {shape[1], shape[2], shape[3]};
  const int64_t heads = node.Int(heads_attribute, 0);
  if (heads < 1 || shape[2] % heads != 0) {
    Fail(node, fmt::format("{} is {}, which does not divide {}", heads_attribute, heads,
                           ToString(shape)));
  }
  return {heads, shape[1], shape[2] / heads};
}

Heads HeadsOf(const Array& array, const Extents& extents) {
  const auto [heads, positions, size] = extents;
  if (array.rank() == 4) {
    return {array, heads * positions * size, positions * size, size};
  }
  return {array, positions * heads * size, size, heads * size};
}

struct Sizes {
  int64_t batch = 0, past = 0, total = 0;
  Extents q, k, v;
};

// `past`: the shape of past keys, null if there are none.
Sizes ReadSizes(const Node& node, const Shape& q, const Shape& k, const Shape& v,
                const Shape* past) {
  Sizes sizes{q[0],
              past != nullptr ? (*past)[2] : 0,
              0,
              ExtentsOf(node, q, "q_num_heads"),
              ExtentsOf(node, k, "kv_num_heads"),
              ExtentsOf(node, v, "kv_num_heads")};
  sizes.total = sizes.past + sizes.k.positions;
  return sizes;
}

int64_t Precision(const Node& node) {
  const int64_t precision = node.Int("softmax_precision", 1);
  if (precision != 1 && precision != 10 && precision != 11 && precision != 16) {
    Fail(node, fmt::format("softmax_precision {} is no type of floating point", precision));
  }
  return precision;
}

void InferAttention(InferContext& context) {
  const Node& node = context.node();
  CheckInputs(context, 3, kInputs);
  for (const size_t i : {kQ, kK, kV}) {
    CheckFloat(context, i);
    CheckRank(context, i, 3, 4);
    if (context.Rank(i) != context.Rank(kQ)) context.Fail("Q, K and V differ in rank");
    if (context.InputShape(i)[0] != context.InputShape(kQ)[0]) {
      context.Fail("Q, K and V differ in batch");
    }
  }
  CheckType(context, kK, context.Input(kQ).dtype);
  if (context.Has(kPastKey) != context.Has(kPastValue)) {
    context.Fail("past_key and past_value belong together");
  }
  if (context.Has(kPastKey)) CheckRank(context, kPastKey, 4, 4);
  const Sizes sizes =
      ReadSizes(node, context.InputShape(kQ), context.InputShape(kK), context.InputShape(kV),
                context.Has(kPastKey) ? &context.InputShape(kPastKey) : nullptr);
  if (sizes.k.heads < 1 || sizes.q.heads % sizes.k.heads != 0 || sizes.v.heads != sizes.k.heads ||
      sizes.q.size != sizes.k.size || sizes.q.size < 1 || sizes.v.positions != sizes.k.positions) {
    context.Fail(fmt::format("Q {}, K {} and V {} do not fit", ToString(context.InputShape(kQ)),
                             ToString(context.InputShape(kK)), ToString(context.InputShape(kV))));
  }
  CheckType(context, kPastKey, context.Input(kK).dtype);
  CheckType(context, kPastValue, context.Input(kV).dtype);
  CheckShape(context, kPastKey, {sizes.batch, sizes.k.heads, sizes.past, sizes.k.size});
  CheckShape(context, kPastValue, {sizes.batch, sizes.k.heads, sizes.past, sizes.v.size});
  CheckType(context, kValid, DType::kInt64);
  CheckShape(context, kValid, {sizes.batch});
  const Shape scores{sizes.batch, sizes.q.heads, sizes.q.positions, sizes.total};
  if (context.Has(kMask)) {
    const DType type = context.Input(kMask).dtype;
    if (type != DType::kBool && !IsFloat(type)) {
      context.Fail(fmt::format("attn_mask is {}, neither bool nor a number", NameOf(type)));
    }
    Shape mask = context.InputShape(kMask);
    if (!mask.empty() && mask.back() < sizes.total) mask.back() = sizes.total;
    if (Broadcast(context, mask, scores) != scores) {
      context.Fail(fmt::format("attn_mask {} cannot be broadcast to {}",
                               ToString(context.InputShape(kMask)), ToString(scores)));
    }
  }
  Flag(node, "is_causal");
  Precision(node);
  for (const char* side : {"left_window_size", "right_window_size"}) {
    if (node.Int(side, -1) > std::numeric_limits<int32_t>::max() / 2) {
      context.Fail(fmt::format("{} is too large", side));
    }
  }
  if (const int64_t mode = node.Int("qk_matmul_output_mode", 0); mode < 0 || mode > 3) {
    context.Fail(fmt::format("qk_matmul_output_mode is {}, outside 0 .. 3", mode));
  }
  const DType type = context.Input(kQ).dtype;
  context.Output(kY, type,
                 context.Rank(kQ) == 4
                     ? Shape{sizes.batch, sizes.q.heads, sizes.q.positions, sizes.v.size}
                     : Shape{sizes.batch, sizes.q.positions, sizes.q.heads * sizes.v.size});
  context.Output(kPresentKey, type, {sizes.batch, sizes.k.heads, sizes.total, sizes.k.size});
  context.Output(kPresentValue, context.Input(kV).dtype,
                 {sizes.batch, sizes.k.heads, sizes.total, sizes.v.size});
  context.Output(kScores, type, scores);
}

// Past and new vectors in one array, where there are past ones or the result is wanted.
Heads Joined(Emitter& e, const Sizes& sizes, const Heads& now, const Extents& extents, size_t past,
             size_t present) {
  if (!e.Has(past) && !e.Wants(present)) return now;
  const Type type{now.array.dtype(), {sizes.batch, extents.heads, sizes.total, extents.size}};
  const Array all = e.Wants(present) ? e.Output(present) : e.Temporary(type);
  const Heads joined =
      HeadsOf(all.Reshaped(type.shape), {extents.heads, sizes.total, extents.size});
  e.ForEach({sizes.batch, extents.heads}, [&](Index index) {
    if (e.Has(past)) {
      const Array before = e.Input(past);
      const int64_t count = sizes.past * extents.size;
      e.CopyRange(before, (index[0] * e.Int(extents.heads) + index[1]) * e.Int(count), all,
                  joined.Base(e, index[0], index[1], e.Int(0)), count);
    }
    e.For(extents.positions, [&](Scalar i) {
      e.CopyRange(now.array, now.Base(e, index[0], index[1], i), all,
                  joined.Base(e, index[0], index[1], i + e.Int(sizes.past)), extents.size);
    });
  });
  return joined;
}

// The scores of one query, in steps.
class Scores {
 public:
  Scores(Emitter& e, const Sizes& sizes, const Heads& q, const Heads& k)
      : e_(e),
        sizes_(sizes),
        q_(q),
        k_(k),
        type_(Precision(e.node()) == 11 ? DType::kDouble : RegisterType(q.array.dtype())),
        scale_(e.node().HasAttribute("scale") ? static_cast<double>(e.node().Float("scale", 1))
                                              : 1 / std::sqrt(static_cast<double>(sizes.q.size))),
        softcap_(e.node().Float("softcap", 0)) {}

  DType type() const { return type_; }

  // For the query with this index: batch, head, position.
  void Begin(Index index) {
    batch_ = index[0];
    head_ = index[1];
    query_ = index[2];
    key_head_ = head_ / e_.Int(sizes_.q.heads / sizes_.k.heads);
    first_ = e_.Int(0);
    end_ = e_.Int(sizes_.total);
    Scalar offset = e_.Int(sizes_.past);
    if (e_.Has(kValid)) {
      const Scalar valid = e_.Load(e_.Input(kValid), batch_);
      e_.Check((valid >= 0) & (valid <= static_cast<double>(sizes_.total)),
               "nonpad_kv_seqlen is not a number of keys");
      end_ = Cast(valid, DType::kInt32);
      if (!e_.Has(kPastKey)) offset = end_ - e_.Int(sizes_.q.positions);
    }
    const Scalar position = query_ + offset;
    const int64_t left = e_.node().Int("left_window_size", -1);
    const int64_t right = e_.node().Int("right_window_size", -1);
    if (Flag(e_.node(), "is_causal")) end_ = Min(end_, position + e_.Int(1));
    if (right >= 0) end_ = Min(end_, position + e_.Int(right + 1));
    if (left >= 0) first_ = Max(first_, position - e_.Int(left));
  }

  // The keys that the query sees, masks aside.
  Scalar first() const { return first_; }
  Scalar end() const { return end_; }
  Scalar Sees(Scalar key) const { return (key >= first_) & (key < end_); }

  Scalar Raw(Scalar key) const {
    const DType type = RegisterType(q_.array.dtype());
    const Scalar query_base = q_.Base(e_, batch_, head_, query_);
    const Scalar key_base = k_.Base(e_, batch_, key_head_, key);
    const Scalar dot = e_.Fold(sizes_.q.size, e_.Zero(type), [&](Scalar i, Scalar sum) {
      return sum + e_.Load(q_.array, query_base + i) * e_.Load(k_.array, key_base + i);
    });
    return Cast(dot * scale_, type_);
  }
  Scalar Capped(Scalar raw) const {
    return softcap_ == 0 ? raw : softcap_ * Math("tanh", raw / softcap_);
  }
  // What the mask adds: 0 or -inf, or its numbers.
  Scalar Bias(Scalar key) const {
    if (!e_.Has(kMask)) return e_.Zero(type_);
    const Array mask = e_.Input(kMask);
    const int64_t covered = mask.rank() == 0 ? 1 : mask.dim(mask.rank() - 1);
    const bool partial = covered != 1 && covered < sizes_.total;
    const Scalar seen = partial ? Min(key, e_.Int(covered - 1)) : key;
    const Scalar index[] = {batch_, head_, query_, seen};
    const Scalar entry = e_.Load(mask, e_.BroadcastPosition(mask, index));
    const Scalar lowest = e_.Lowest(type_);
    const Scalar bias =
        mask.dtype() == DType::kBool ? Select(entry, e_.Zero(type_), lowest) : Cast(entry, type_);
    return partial ? Select(key < e_.Int(covered), bias, lowest) : bias;
  }
  Scalar KeyHead() const { return key_head_; }

 private:
  Emitter& e_;
  const Sizes& sizes_;
  const Heads &q_, &k_;
  DType type_;
  double scale_, softcap_;
  Scalar batch_, head_, query_, key_head_, first_, end_;
};

void EmitAttention(Emitter& e) {
  const Array past = e.Has(kPastKey) ? e.Input(kPastKey) : Array();
  const Sizes sizes = ReadSizes(e.node(), e.Input(kQ).shape(), e.Input(kK).shape(),
                                e.Input(kV).shape(), e.Has(kPastKey) ? &past.shape() : nullptr);
  const Heads q = HeadsOf(e.Input(kQ), sizes.q);
  const Heads k = Joined(e, sizes, HeadsOf(e.Input(kK), sizes.k), sizes.k, kPastKey, kPresentKey);
  const Heads v =
      Joined(e, sizes, HeadsOf(e.Input(kV), sizes.v), sizes.v, kPastValue, kPresentValue);
  const Heads y = HeadsOf(e.Output(kY), {sizes.q.heads, sizes.q.positions, sizes.v.size});
  Scores scores(e, sizes, q, k);
  const DType type = scores.type(), sum_type = RegisterType(v.array.dtype());
  const Array weights = e.Temporary({type, {sizes.total}});
  const Array sums = e.Temporary({sum_type, {sizes.v.size}});
  const int64_t mode = e.node().Int("qk_matmul_output_mode", 0);
  const Scalar lowest = e.Lowest(type);

  e.ForEach({sizes.batch, sizes.q.heads, sizes.q.positions}, [&](Index index) {
    scores.Begin(index);
    const Variable greatest = e.Local(lowest), total = e.Local(e.Zero(type));
    const Variable any = e.Local(e.Zero(DType::kBool));
    e.For(scores.first(), scores.end(), [&](Scalar key) {
      const Scalar bias = scores.Bias(key);
      const Scalar score = scores.Capped(scores.Raw(key)) + bias;
      e.Store(weights, key, score);
      any.Set(any.Get() | (bias > lowest));
      greatest.Set(Max(greatest.Get(), score));
    });
    // A query that sees nothing gets zeros.
    e.For(scores.first(), scores.end(), [&](Scalar key) {
      const Scalar power = Math("exp", e.Load(weights, key) - greatest.Get());
      const Scalar weight = Select(any.Get(), power, e.Zero(type));
      e.Store(weights, key, weight);
      total.Set(total.Get() + weight);
    });
    const Scalar divisor = Select(total.Get() == 0, e.Number(type, 1), total.Get());
    e.For(sizes.v.size, [&](Scalar i) { e.Store(sums, i, e.Zero(sum_type)); });
    e.For(scores.first(), scores.end(), [&](Scalar key) {
      const Scalar weight = e.Load(weights, key) / divisor;
      e.Store(weights, key, weight);
      const Scalar factor = Cast(weight, sum_type);
      const Scalar base = v.Base(e, index[0], scores.KeyHead(), key);
      e.For(sizes.v.size, [&](Scalar i) {
        e.Store(sums, i, e.Load(sums, i) + factor * e.Load(v.array, base + i));
      });
    });
    const Scalar y_base = y.Base(e, index[0], index[1], index[2]);
    e.For(sizes.v.size, [&](Scalar i) {
      e.Store(y.array, y_base + i, Cast(e.Load(sums, i), RegisterType(y.array.dtype())));
    });
    if (!e.Wants(kScores)) return;
    const Array out = e.Output(kScores);
    const Scalar row = e.Position(out, {index[0], index[1], index[2], e.Int(0)});
    e.For(sizes.total, [&](Scalar key) {
      Scalar value;
      if (mode == 3) {
        const Scalar inside = Min(Max(key, e.Int(0)), e.Int(sizes.total - 1));
        value = Select(scores.Sees(key), e.Load(weights, inside), e.Zero(type));
      } else {
        value = scores.Raw(key);
        if (mode >= 1) value = scores.Capped(value);
        if (mode == 2) value = Select(scores.Sees(key), value + scores.Bias(key), lowest);
      }
      e.Store(out, row + key, Cast(value, RegisterType(out.dtype())));
    });
  });
}

// --- RotaryEmbedding

struct Rotary {
  Extents extents;
  int64_t half = 0;  // pairs of elements that are rotated
};

Rotary ReadRotary(const Node& node, const Shape& x) {
  Rotary rotary{ExtentsOf(node, x, "num_heads"), 0};
  int64_t rotated = node.Int("rotary_embedding_dim", 0);
  if (rotated == 0) rotated = rotary.extents.size;
  if (rotated < 0 || rotated > rotary.extents.size || rotated % 2 != 0) {
    Fail(node, fmt::format("{} elements of vectors of {} cannot be rotated", rotated,
                           rotary.extents.size));
  }
  rotary.half = rotated / 2;
  return rotary;
}

void InferRotaryEmbedding(InferContext& context) {
  CheckInputs(context, 3, 4);
  CheckFloat(context, 0);
  CheckRank(context, 0, 3, 4);
  const Shape& x = context.InputShape(0);
  const Rotary rotary = ReadRotary(context.node(), x);
  Flag(context.node(), "interleaved");
  const bool by_position = context.Has(3);
  CheckType(context, 3, DType::kInt64);
  CheckShape(context, 3, {x[0], rotary.extents.positions});
  for (size_t i = 1; i < 3; ++i) {
    CheckType(context, i, context.Input(0).dtype);
    if (by_position) {
      CheckRank(context, i, 2, 2);
      CheckShape(context, i, {context.InputShape(1)[0], rotary.half});
    } else {
      CheckShape(context, i, {x[0], rotary.extents.positions, rotary.half});
    }
  }
  context.Output(0, context.Input(0).dtype, x);
}

void EmitRotaryEmbedding(Emitter& e) {
  const Array cosines = e.Input(1), sines = e.Input(2);
  const auto [extents, half] = ReadRotary(e.node(), e.Input(0).shape());
  const Heads x = HeadsOf(e.Input(0), extents), y = HeadsOf(e.Output(0), extents);
  const bool interleaved = Flag(e.node(), "interleaved");
  const int64_t rotated = 2 * half, size = extents.size, pairs = half;
  e.ForEach({x.array.dim(0), extents.positions}, [&](Index index) {
    Scalar angle = index[0] * e.Int(extents.positions) + index[1];
    if (e.Has(3)) {
      const Scalar position = e.Load(e.Input(3), angle);
      e.Check((position >= 0) & (position < static_cast<double>(cosines.dim(0))),
              "a position is outside the tables of angles");
      angle = Cast(position, DType::kInt32);
    }
    angle = angle * e.Int(pairs);
    e.For(extents.heads, [&](Scalar head) {
      const Scalar base = x.Base(e, index[0], head, index[1]);
      e.For(pairs, [&](Scalar i) {
        const Scalar first = base + (interleaved ? i * e.Int(2) : i);
        const Scalar second = first + e.Int(interleaved ? 1 : pairs);
        const Scalar a = e.Load(x.array, first), b = e.Load(x.array, second);
        const Scalar c = e.Load(cosines, angle + i), s = e.Load(sines, angle + i);
        e.Store(y.array, first, c * a - s * b);
        e.Store(y.array, second, s * a + c * b);
      });
      e.For(rotated, size,
            [&](Scalar i) { e.Store(y.array, base + i, e.Load(x.array, base + i)); });
    });
  });
}

}  // namespace

void RegisterAttention(Registry& registry) {
  registry.Add("Attention", {InferAttention, EmitAttention});
  registry.Add("RotaryEmbedding", {InferRotaryEmbedding, EmitRotaryEmbedding});
}

}  // namespace zkvm::compiler
