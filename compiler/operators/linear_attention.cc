// Sequence layers that carry a state of fixed size: LinearAttention, CausalConvWithState.
#include <fmt/format.h>

#include <cmath>

#include "compiler/operators/checks.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

// --- LinearAttention

enum Inputs : size_t { kQuery, kKey, kValue, kPast, kDecay, kBeta, kInputs };

struct Sizes {
  int64_t batch = 0, steps = 0, query_heads = 0, heads = 0, key_size = 0, value_size = 0;
};

Sizes ReadSizes(const Node& node, const Shape& query, const Shape& value) {
  Sizes sizes{query[0], query[1], node.Int("q_num_heads", 0), node.Int("kv_num_heads", 0), 0, 0};
  if (sizes.heads < 1 || sizes.query_heads < 1 || sizes.query_heads % sizes.heads != 0 ||
      query[2] == 0 || query[2] % sizes.query_heads != 0 || value[2] % sizes.heads != 0) {
    Fail(node, fmt::format("{} heads of queries {} and {} of values {} do not fit",
                           sizes.query_heads, ToString(query), sizes.heads, ToString(value)));
  }
  sizes.key_size = query[2] / sizes.query_heads;
  sizes.value_size = value[2] / sizes.heads;
  return sizes;
}

void InferLinearAttention(InferContext& context) {
  const Node& node = context.node();
  CheckInputs(context, 3, kInputs);
  CheckFloat(context, kQuery);
  const DType type = context.Input(kQuery).dtype;
  for (const size_t i : {kQuery, kKey, kValue, kDecay, kBeta}) {
    CheckType(context, i, type);
    if (context.Has(i)) CheckRank(context, i, 3, 3);
  }
  const Sizes sizes = ReadSizes(node, context.InputShape(kQuery), context.InputShape(kValue));
  CheckShape(context, kKey, {sizes.batch, sizes.steps, sizes.heads * sizes.key_size});
  CheckShape(context, kValue, {sizes.batch, sizes.steps, sizes.heads * sizes.value_size});
  const Shape state{sizes.batch, sizes.heads, sizes.key_size, sizes.value_size};
  CheckShape(context, kPast, state);
  if (context.Has(kPast)) CheckFloat(context, kPast);
  const std::string rule = Choice(node, "update_rule", {"gated_delta", "delta", "gated", "linear"});
  const bool gated = rule == "gated" || rule == "gated_delta";
  const bool delta = rule == "delta" || rule == "gated_delta";
  if (context.Has(kDecay) != gated || context.Has(kBeta) != delta) {
    context.Fail(fmt::format("decay and beta do not belong to the update rule \"{}\"", rule));
  }
  const auto check_last = [&](size_t input, int64_t one, int64_t other) {
    if (!context.Has(input)) return;
    const int64_t last = context.InputShape(input)[2];
    CheckShape(context, input, {sizes.batch, sizes.steps, last == one ? one : other});
  };
  check_last(kDecay, sizes.heads, sizes.heads * sizes.key_size);
  check_last(kBeta, 1, sizes.heads);
  context.Output(0, type, {sizes.batch, sizes.steps, sizes.query_heads * sizes.value_size});
  context.Output(1, context.Has(kPast) ? context.Input(kPast).dtype : type, state);
}

// The state S of a head is a matrix, keys x values. Each step:
// S = exp(decay) S;  v' = beta (v - S^T k), or v;  S = S + k v'^T;  y = scale S^T q.
void EmitLinearAttention(Emitter& e) {
  const Array query = e.Input(kQuery), key = e.Input(kKey), value = e.Input(kValue);
  const Array y = e.Output(0);
  const Sizes sizes = ReadSizes(e.node(), query.shape(), value.shape());
  const DType type = RegisterType(query.dtype());
  const int64_t keys = sizes.key_size, values = sizes.value_size;
  const int64_t group = sizes.query_heads / sizes.heads;
  double scale = e.node().Float("scale", 0);
  if (scale == 0) scale = 1 / std::sqrt(static_cast<double>(keys));
  const Array state = e.Temporary({type, {keys, values}});
  const Array row = e.Temporary({type, {values}});
  const auto clear_row = [&] { e.For(values, [&](Scalar m) { e.Store(row, m, e.Zero(type)); }); };
  // Adds factor(d) times row d of the state.
  const auto add_rows = [&](const std::function<Scalar(Scalar)>& factor) {
    e.For(keys, [&](Scalar d) {
      const Scalar f = factor(d);
      e.For(values, [&](Scalar m) {
        e.Store(row, m, e.Load(row, m) + f * e.Load(state, d * e.Int(values) + m));
      });
    });
  };

  e.ForEach({sizes.batch, sizes.heads}, [&](Index index) {
    const Scalar head = index[1];
    const Scalar state_base = (index[0] * e.Int(sizes.heads) + head) * e.Int(keys * values);
    e.For(keys * values, [&](Scalar i) {
      e.Store(state, i,
              e.Has(kPast) ? Cast(e.Load(e.Input(kPast), state_base + i), type) : e.Zero(type));
    });
    e.For(sizes.steps, [&](Scalar t) {
      const Scalar step = index[0] * e.Int(sizes.steps) + t;
      const Scalar key_base = (step * e.Int(sizes.heads) + head) * e.Int(keys);
      const Scalar value_base = (step * e.Int(sizes.heads) + head) * e.Int(values);
      if (e.Has(kDecay)) {
        const Array decay = e.Input(kDecay);
        const bool by_head = decay.dim(2) == sizes.heads;
        e.For(keys, [&](Scalar d) {
          const Scalar position = by_head ? step * e.Int(sizes.heads) + head : key_base + d;
          const Scalar factor = Math("exp", e.Load(decay, position));
          e.For(values, [&](Scalar m) {
            const Scalar at = d * e.Int(values) + m;
            e.Store(state, at, e.Load(state, at) * factor);
          });
        });
      }
      clear_row();
      if (e.Has(kBeta)) add_rows([&](Scalar d) { return e.Load(key, key_base + d); });
      e.For(values, [&](Scalar m) {
        Scalar written = e.Load(value, value_base + m);
        if (e.Has(kBeta)) {
          const Array beta = e.Input(kBeta);
          const Scalar rate =
              e.Load(beta, beta.dim(2) == 1 ? step : step * e.Int(sizes.heads) + head);
          written = rate * (written - e.Load(row, m));
        }
        e.Store(row, m, written);
      });
      e.For(keys, [&](Scalar d) {
        const Scalar k = e.Load(key, key_base + d);
        e.For(values, [&](Scalar m) {
          const Scalar at = d * e.Int(values) + m;
          e.Store(state, at, e.Load(state, at) + k * e.Load(row, m));
        });
      });
      e.For(group, [&](Scalar g) {
        const Scalar query_head = step * e.Int(sizes.query_heads) + head * e.Int(group) + g;
        clear_row();
        add_rows([&](Scalar d) { return e.Load(query, query_head * e.Int(keys) + d); });
        e.For(values, [&](Scalar m) {
          e.Store(y, query_head * e.Int(values) + m, e.Load(row, m) * scale);
        });
      });
    });
    if (!e.Wants(1)) return;
    const Array present = e.Output(1);
    e.For(keys * values, [&](Scalar i) {
      e.Store(present, state_base + i, Cast(e.Load(state, i), RegisterType(present.dtype())));
    });
  });
}

// --- CausalConvWithState

void InferCausalConv(InferContext& context) {
  CheckInputs(context, 2, 4);
  CheckFloat(context, 0);
  for (size_t i = 1; i < context.inputs(); ++i) CheckType(context, i, context.Input(0).dtype);
  CheckRank(context, 0, 3, 3);
  CheckRank(context, 1, 3, 3);
  const Shape& x = context.InputShape(0);
  const int64_t taps = context.InputShape(1)[2];
  if (taps < 1) context.Fail("the kernel is empty");
  CheckShape(context, 1, {x[1], 1, taps});
  CheckShape(context, 2, {x[1]});
  const Shape state{x[0], x[1], taps - 1};
  CheckShape(context, 3, state);
  Choice(context.node(), "activation", {"none", "silu", "swish"});
  context.Output(0, context.Input(0).dtype, x);
  context.Output(1, context.Input(0).dtype, state);
}

void EmitCausalConv(Emitter& e) {
  const Array x = e.Input(0), weights = e.Input(1), y = e.Output(0);
  const DType type = RegisterType(x.dtype());
  const int64_t channels = x.dim(1), length = x.dim(2), taps = weights.dim(2);
  const int64_t before = taps - 1;
  const bool gated = Choice(e.node(), "activation", {"none", "silu", "swish"}) != "none";
  // A channel with what came before it.
  const Array line = e.Temporary({type, {before + length}});
  e.For(x.dim(0) * channels, [&](Scalar row) {
    const Scalar c = row % e.Int(channels);
    e.For(before, [&](Scalar i) {
      e.Store(line, i, e.Has(3) ? e.Load(e.Input(3), row * e.Int(before) + i) : e.Zero(type));
    });
    e.For(length,
          [&](Scalar i) { e.Store(line, e.Int(before) + i, e.Load(x, row * e.Int(length) + i)); });
    e.For(length, [&](Scalar i) {
      const Scalar bias = e.Has(2) ? e.Load(e.Input(2), c) : e.Zero(type);
      const Scalar sum = e.Fold(taps, bias, [&](Scalar k, Scalar so_far) {
        return so_far + e.Load(weights, c * e.Int(taps) + k) * e.Load(line, i + k);
      });
      e.Store(y, row * e.Int(length) + i, gated ? sum * Math("sigmoid", sum) : sum);
    });
    if (!e.Wants(1)) return;
    e.For(before, [&](Scalar i) {
      e.Store(e.Output(1), row * e.Int(before) + i, e.Load(line, e.Int(length) + i));
    });
  });
}

}  // namespace

void RegisterLinearAttention(Registry& registry) {
  registry.Add("LinearAttention", {InferLinearAttention, EmitLinearAttention});
  registry.Add("CausalConvWithState", {InferCausalConv, EmitCausalConv});
}

}  // namespace zkvm::compiler
