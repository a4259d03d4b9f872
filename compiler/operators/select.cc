// Choices among elements: TopK, NonZero, Unique, NonMaxSuppression. Sizes of the latter three
// depend on data: outputs are dense at the size that is found.
#include <algorithm>
#include <string>
#include <vector>

#include "compiler/operators/operator.h"
#include "compiler/operators/order.h"
#include "compiler/operators/strided.h"

namespace zkvm::compiler {
namespace {

int64_t AxisOf(const Emitter& e, int64_t otherwise, int64_t rank) {
  const int64_t axis = e.node().Int("axis", otherwise);
  return axis < 0 ? axis + rank : axis;
}

// --- TopK ---

void InferTopK(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  const auto axis = static_cast<size_t>(ctx.Axis(ctx.node().Int("axis", -1), ctx.Rank(0)));
  int64_t k = ctx.node().Int("k", 0);
  if (ctx.node().opset >= 10) {
    const Literal& input = ctx.Required(1, "k");
    if (input.dtype() != DType::kInt64 || input.type().elements() != 1) {
      ctx.Fail("k must be one int64");
    }
    k = input.ToInt64s()[0];
  }
  if (k < 0 || k > x.shape[axis]) {
    ctx.Fail("k is " + std::to_string(k) + ", but axis " + std::to_string(axis) + " of " +
             ToString(x) + " has fewer elements");
  }
  if (!IsFloat(x.dtype) && !IsInteger(x.dtype)) ctx.Fail("the input must have numbers");
  Shape shape = x.shape;
  shape[axis] = k;
  ctx.Output(0, x.dtype, shape);
  ctx.Output(1, DType::kInt64, std::move(shape));
}

// The first `k` of `order` (kInt32[k]) become the indices of the best, best first; of equal ones
// the first. Keeps a sorted list of the best so far.
void SelectBest(Emitter& e, const Array& keys, int64_t count, int64_t k, bool largest,
                const Array& order, const Array& best) {
  const Variable kept = e.Local(e.Int(0));
  const auto better = [&](Scalar a, Scalar b) { return largest ? a > b : a < b; };
  e.For(count, [&](Scalar i) {
    const Scalar key = e.Load(keys, i);
    const Variable place = e.Local(kept.Get());
    const Variable enters = e.Local(kept.Get() < static_cast<double>(k));
    e.If(
        enters.Get(), [&] { kept.Set(kept.Get() + 1); },
        [&] {
          place.Set(e.Int(k - 1));
          enters.Set(better(key, e.Load(best, k - 1)));
        });
    e.If(enters.Get(), [&] {
      const Variable moving = e.Local(place.Get() > 0);
      e.While([&] { return moving.Get(); },
              [&] {
                const Scalar p = place.Get(), before = e.Load(best, p - 1);
                e.If(
                    better(key, before),
                    [&] {
                      e.Store(best, p, before);
                      e.Store(order, p, e.Load(order, p - 1));
                      place.Set(p - 1);
                      moving.Set(p > 1);
                    },
                    [&] { moving.Set(e.Int(0) != 0); });
              });
      e.Store(best, place.Get(), key);
      e.Store(order, place.Get(), i);
    });
  });
}

void EmitTopK(Emitter& e) {
  const Array x = e.Input(0);
  const int64_t axis = AxisOf(e, -1, x.rank());
  const int64_t k = e.node().opset >= 10 ? e.Constant(1)->ToInt64s()[0] : e.node().Int("k", 0);
  const bool largest = e.node().Int("largest", 1) != 0;
  const int64_t outer = Product(x.shape(), 0, axis);
  const int64_t inner = Product(x.shape(), axis + 1, x.rank());
  const int64_t extent = x.dim(axis);
  if (k == 0) return;
  // A list of few is cheaper than sorting all.
  constexpr int64_t kFew = 64;
  const bool few = k <= kFew;
  const Array keys = e.Temporary({KeyType(x.dtype()), {extent}});
  const Array order = e.Temporary({DType::kInt32, {few ? k : extent}});
  const Array best = e.Temporary({KeyType(x.dtype()), {few ? k : 1}});
  e.For(outer, [&](Scalar o) {
    e.For(inner, [&](Scalar i) {
      const Scalar from = o * static_cast<double>(extent * inner) + i;
      const Scalar to = o * static_cast<double>(k * inner) + i;
      e.For(extent, [&](Scalar j) {
        e.Store(keys, j, OrderKey(e, e.Load(x, from + j * static_cast<double>(inner))));
      });
      if (few) {
        SelectBest(e, keys, extent, k, largest, order, best);
      } else {
        SortIndices(e, order, [&](Scalar a, Scalar b) {
          const Scalar left = e.Load(keys, a), right = e.Load(keys, b);
          return largest ? left > right : left < right;
        });
      }
      e.For(k, [&](Scalar j) {
        const Scalar index = e.Load(order, j), at = to + j * static_cast<double>(inner);
        if (e.Wants(0)) {
          e.Store(Raw(e.Output(0)), at, e.Load(Raw(x), from + index * static_cast<double>(inner)));
        }
        if (e.Wants(1)) e.Store(e.Output(1), at, Cast(index, DType::kInt64));
      });
    });
  });
}

// --- NonZero ---

void InferNonZero(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  if (ByteSize(x.dtype) == 0) ctx.Fail("the input must have numbers");
  ctx.DynamicOutput(0, DType::kInt64, {ctx.Rank(0), x.elements()}, 1);
}

void EmitNonZero(Emitter& e) {
  const Array x = e.Input(0), y = e.Output(0);
  const auto chosen = [&](Scalar value) {
    return value.type() == DType::kBool ? value : OrderKey(e, value) != 0;
  };
  const Scalar count = e.Fold(x.elements(), e.Int(0), [&](Scalar i, Scalar sum) {
    return sum + Cast(chosen(e.Load(x, i)), DType::kInt32);
  });
  e.SetExtent(0, count);
  const Variable next = e.Local(e.Int(0));
  e.ForEach(x.shape(), [&](Index at) {
    e.If(chosen(e.Load(x, at)), [&] {
      Scalar to = next.Get();
      for (const Scalar i : at) {
        e.Store(y, to, Cast(i, DType::kInt64));
        to = to + count;
      }
      next.Set(next.Get() + 1);
    });
  });
}

// --- Unique ---

void InferUnique(InferContext& ctx) {
  const Type& x = ctx.Input(0);
  if (ByteSize(x.dtype) == 0) ctx.Fail("the input must have numbers");
  Shape shape{x.elements()};
  int64_t axis = 0;
  if (ctx.node().HasAttribute("axis")) {
    axis = ctx.Axis(ctx.node().Int("axis", 0), ctx.Rank(0));
    shape = x.shape;
  }
  const int64_t count = shape[static_cast<size_t>(axis)];
  ctx.DynamicOutput(0, x.dtype, std::move(shape), static_cast<int>(axis));
  ctx.DynamicOutput(1, DType::kInt64, {count}, 0);
  ctx.Output(2, DType::kInt64, {count});
  ctx.DynamicOutput(3, DType::kInt64, {count}, 0);
}

// Items are the slices of the axis, or elements. Sorted, equal ones are neighbours; `group` says
// for each item which of the groups it is in, numbered by value or by first occurrence.
void EmitUnique(Emitter& e) {
  const Array x = e.Input(0);
  const bool flat = !e.node().HasAttribute("axis");
  const Shape shape = flat ? Shape{x.elements()} : x.shape();
  const auto rank = static_cast<int64_t>(shape.size());
  const int64_t axis = flat ? 0 : AxisOf(e, 0, rank);
  const bool sorted = e.node().Int("sorted", 1) != 0;
  const int64_t items = shape[static_cast<size_t>(axis)];
  const int64_t outer = Product(shape, 0, axis), inner = Product(shape, axis + 1, rank);
  const int64_t parts = outer * inner;
  const Type indices{DType::kInt32, {items}};

  const Array keys = e.Temporary({KeyType(x.dtype()), {x.elements()}});
  e.For(x.elements(), [&](Scalar i) { e.Store(keys, i, OrderKey(e, e.Load(x, i))); });
  const auto key = [&](Scalar item, Scalar part) {
    const Scalar o = part / static_cast<double>(inner);
    const Scalar i = part - o * static_cast<double>(inner);
    return e.Load(keys, (o * static_cast<double>(items) + item) * static_cast<double>(inner) + i);
  };
  const auto less = [&](Scalar a, Scalar b) {
    const Variable result = e.Local(e.Int(0) != 0);
    const Variable part = e.Local(e.Int(0));
    e.While([&] { return part.Get() < static_cast<double>(parts); },
            [&] {
              const Scalar left = key(a, part.Get()), right = key(b, part.Get());
              result.Set(left < right);
              part.Set(Select(left == right, part.Get() + 1, e.Int(parts)));
            });
    return result.Get();
  };
  const Array order = e.Temporary(indices), group = e.Temporary(indices);
  const Array first = e.Temporary(indices), counts = e.Temporary(indices);
  SortIndices(e, order, less);

  // `first` holds the first item of each group; sorting has kept the order of equal ones.
  const Variable groups = e.Local(e.Int(0));
  e.For(items, [&](Scalar i) {
    const Scalar item = e.Load(order, i);
    const Variable opens = e.Local(i == 0);
    e.If(i > 0, [&] { opens.Set(less(e.Load(order, i - 1), item)); });
    e.If(opens.Get(), [&] {
      e.Store(first, groups.Get(), item);
      e.Store(counts, groups.Get(), e.Int(0));
      groups.Set(groups.Get() + 1);
    });
    const Scalar last = groups.Get() - 1;
    e.Store(counts, last, e.Load(counts, last) + 1);
    e.Store(group, item, last);
  });
  const Scalar total = groups.Get();

  // Where the group goes, by the number it was found with.
  const Array place = e.Temporary(indices);
  if (sorted) {
    e.For(e.Int(0), total, [&](Scalar g) { e.Store(place, g, g); });
  } else {
    const Variable next = e.Local(e.Int(0));
    e.For(items, [&](Scalar item) {
      const Scalar g = e.Load(group, item);
      e.If(e.Load(first, g) == item, [&] {
        e.Store(place, g, next.Get());
        next.Set(next.Get() + 1);
      });
    });
  }
  for (const size_t dynamic : {size_t{0}, size_t{1}, size_t{3}}) {
    if (dynamic < e.outputs() && e.Wants(dynamic)) e.SetExtent(dynamic, total);
  }
  const auto wants = [&](size_t i) { return i < e.outputs() && e.Wants(i); };
  e.For(e.Int(0), total, [&](Scalar g) {
    const Scalar to = e.Load(place, g), item = e.Load(first, g);
    if (wants(0)) {
      e.For(outer, [&](Scalar o) {
        e.CopyRange(Raw(x), (o * static_cast<double>(items) + item) * static_cast<double>(inner),
                    Raw(e.Output(0)), (o * total + to) * static_cast<double>(inner), e.Int(inner));
      });
    }
    if (wants(1)) e.Store(e.Output(1), to, Cast(item, DType::kInt64));
    if (wants(3)) e.Store(e.Output(3), to, Cast(e.Load(counts, g), DType::kInt64));
  });
  if (wants(2)) {
    e.For(items, [&](Scalar item) {
      e.Store(e.Output(2), item, Cast(e.Load(place, e.Load(group, item)), DType::kInt64));
    });
  }
}

// --- NonMaxSuppression ---

void InferNonMaxSuppression(InferContext& ctx) {
  const Type& boxes = ctx.Input(0);
  const Type& scores = ctx.Input(1);
  if (boxes.dtype != DType::kFloat || scores.dtype != DType::kFloat || boxes.shape.size() != 3 ||
      scores.shape.size() != 3 || boxes.shape[2] != 4 || boxes.shape[0] != scores.shape[0] ||
      boxes.shape[1] != scores.shape[2]) {
    ctx.Fail("boxes " + ToString(boxes) + " and scores " + ToString(scores) + " do not fit");
  }
  for (size_t i = 2; i < 5; ++i) {
    const DType type = i == 2 ? DType::kInt64 : DType::kFloat;
    if (ctx.Has(i) && (ctx.Input(i).dtype != type || ctx.Input(i).elements() != 1)) {
      ctx.Fail("input " + std::to_string(i) + " must be one " + std::string(NameOf(type)));
    }
  }
  const int64_t format = ctx.node().Int("center_point_box", 0);
  if (format != 0 && format != 1) ctx.Fail("center_point_box must be 0 or 1");
  int64_t each = boxes.shape[1];
  if (const Literal* most = ctx.Constant(2)) {
    each = std::clamp<int64_t>(most->ToInt64s()[0], 0, each);
  }
  ctx.DynamicOutput(0, DType::kInt64, {scores.shape[0] * scores.shape[1] * each, 3}, 0);
}

struct Box {
  Scalar y_min, x_min, y_max, x_max;
};

// `at`: the position of the box's first number. Corners may come in any order; or center and size.
Box LoadBox(Emitter& e, const Array& boxes, Scalar at, bool center) {
  const Scalar a = e.Load(boxes, at), b = e.Load(boxes, at + 1);
  const Scalar c = e.Load(boxes, at + 2), d = e.Load(boxes, at + 3);
  if (!center) return {Min(a, c), Min(b, d), Max(a, c), Max(b, d)};
  const Scalar half_width = c * 0.5, half_height = d * 0.5;
  return {b - half_height, a - half_width, b + half_height, a + half_width};
}

// Intersection over union above the threshold; false for empty boxes.
Scalar Overlap(Emitter& e, const Box& a, const Box& b, Scalar threshold) {
  const Scalar zero = e.Zero(DType::kFloat);
  const Scalar width = Min(a.x_max, b.x_max) - Max(a.x_min, b.x_min);
  const Scalar height = Min(a.y_max, b.y_max) - Max(a.y_min, b.y_min);
  const Variable result = e.Local(e.Int(0) != 0);
  e.If((width > zero) & (height > zero), [&] {
    const Scalar common = width * height;
    const Scalar area_a = (a.x_max - a.x_min) * (a.y_max - a.y_min);
    const Scalar area_b = (b.x_max - b.x_min) * (b.y_max - b.y_min);
    const Scalar all = area_a + area_b - common;
    result.Set((area_a > zero) & (area_b > zero) & (all > zero) & (common / all > threshold));
  });
  return result.Get();
}

// Greedily by descending score, each class for itself.
void EmitNonMaxSuppression(Emitter& e) {
  const Array boxes = e.Input(0), scores = e.Input(1), y = e.Output(0);
  const int64_t batches = scores.dim(0), classes = scores.dim(1), count = scores.dim(2);
  const bool center = e.node().Int("center_point_box", 0) != 0;
  const Scalar limit = e.Has(2) ? Cast(Min(Max(e.Load(e.Input(2), 0), e.Integer(DType::kInt64, 0)),
                                           e.Integer(DType::kInt64, count)),
                                       DType::kInt32)
                                : e.Int(0);
  const Scalar overlap = e.Has(3) ? e.Load(e.Input(3), 0) : e.Zero(DType::kFloat);
  const Array keys = e.Temporary({DType::kInt32, {count}});
  const Array order = e.Temporary({DType::kInt32, {count}});
  const Array selected = e.Temporary({DType::kInt32, {count}});
  const Variable total = e.Local(e.Int(0));
  e.For(batches, [&](Scalar b) {
    const Scalar first_box = b * static_cast<double>(count * 4);
    const auto load = [&](Scalar i) { return LoadBox(e, boxes, first_box + i * 4, center); };
    e.For(classes, [&](Scalar c) {
      const Scalar row = (b * static_cast<double>(classes) + c) * static_cast<double>(count);
      e.For(count, [&](Scalar i) { e.Store(keys, i, OrderKey(e, e.Load(scores, row + i))); });
      SortIndices(e, order, [&](Scalar l, Scalar r) { return e.Load(keys, l) > e.Load(keys, r); });
      const Variable kept = e.Local(e.Int(0));
      e.For(count, [&](Scalar rank) {
        const Scalar i = e.Load(order, rank);
        const Variable keep = e.Local(kept.Get() < limit);
        if (e.Has(4)) {
          e.If(keep.Get(), [&] { keep.Set(e.Load(keys, i) > OrderKey(e, e.Load(e.Input(4), 0))); });
        }
        e.If(keep.Get(), [&] {
          const Box box = load(i);
          const Variable k = e.Local(e.Int(0));
          e.While([&] { return k.Get() < kept.Get(); },
                  [&] {
                    const Scalar other = e.Load(selected, k.Get());
                    k.Set(k.Get() + 1);
                    e.If(Overlap(e, box, load(other), overlap), [&] {
                      keep.Set(e.Int(0) != 0);
                      k.Set(kept.Get());
                    });
                  });
        });
        e.If(keep.Get(), [&] {
          const Scalar to = total.Get() * 3;
          e.Store(selected, kept.Get(), i);
          e.Store(y, to, Cast(b, DType::kInt64));
          e.Store(y, to + 1, Cast(c, DType::kInt64));
          e.Store(y, to + 2, Cast(i, DType::kInt64));
          kept.Set(kept.Get() + 1);
          total.Set(total.Get() + 1);
        });
      });
    });
  });
  e.SetExtent(0, total.Get());
}

}  // namespace

void RegisterSelect(Registry& r) {
  r.Add("TopK", {InferTopK, EmitTopK});
  r.Add("NonZero", {InferNonZero, EmitNonZero});
  r.Add("Unique", {InferUnique, EmitUnique});
  r.Add("NonMaxSuppression", {InferNonMaxSuppression, EmitNonMaxSuppression});
}

}  // namespace zkvm::compiler
