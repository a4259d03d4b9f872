#include "compiler/operators/order.h"

#include <bit>
#include <limits>

namespace zkvm::compiler {
namespace {

template <class Integer>
Integer KeyOfBits(Integer bits) {
  if (bits == std::numeric_limits<Integer>::min()) return 0;
  return bits < 0 ? static_cast<Integer>(bits ^ std::numeric_limits<Integer>::max()) : bits;
}

}  // namespace

DType KeyType(DType type) {
  if (type == DType::kDouble) return DType::kInt64;
  if (IsFloat(type) || type == DType::kBool) return DType::kInt32;
  return type;
}

Scalar OrderKey(Emitter& e, Scalar value) {
  if (value.type() == DType::kBool) return Cast(value, DType::kInt32);
  if (!IsFloat(value.type())) return value;
  const Scalar bits = Bits(value);
  const DType type = bits.type();
  const bool wide = type == DType::kInt64;
  const int64_t width = wide ? 63 : 31;
  const Scalar low = e.Integer(
      type, wide ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int32_t>::max());
  const Scalar least = e.Integer(
      type, wide ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int32_t>::min());
  const Scalar key = bits ^ ((bits >> e.Integer(type, width)) & low);
  return Select(bits == least, e.Zero(type), key);
}

int32_t OrderKey(float value) { return KeyOfBits(std::bit_cast<int32_t>(value)); }
int64_t OrderKey(double value) { return KeyOfBits(std::bit_cast<int64_t>(value)); }

void SortIndices(Emitter& e, const Array& order,
                 const std::function<Scalar(Scalar a, Scalar b)>& less) {
  const int64_t count = order.elements();
  const Array merged = e.Temporary(order.type());
  e.For(count, [&](Scalar i) { e.Store(order, i, i); });
  const Variable width = e.Local(e.Int(1));
  // Runs of `width` are sorted; neighbours are merged.
  e.While([&] { return width.Get() < static_cast<double>(count); },
          [&] {
            const Variable begin = e.Local(e.Int(0));
            e.While([&] { return begin.Get() < static_cast<double>(count); },
                    [&] {
                      const Scalar middle = Min(begin.Get() + width.Get(), e.Int(count));
                      const Scalar end = Min(middle + width.Get(), e.Int(count));
                      const Variable left = e.Local(begin.Get()), right = e.Local(middle);
                      e.For(begin.Get(), end, [&](Scalar k) {
                        const Scalar l = left.Get(), r = right.Get();
                        const Variable take_right = e.Local(l >= middle);
                        e.If((l < middle) & (r < end),
                             [&] { take_right.Set(less(e.Load(order, r), e.Load(order, l))); });
                        e.If(
                            take_right.Get(),
                            [&] {
                              e.Store(merged, k, e.Load(order, r));
                              right.Set(r + 1);
                            },
                            [&] {
                              e.Store(merged, k, e.Load(order, l));
                              left.Set(l + 1);
                            });
                      });
                      begin.Set(end);
                    });
            e.Copy(merged, order);
            width.Set(width.Get() + width.Get());
          });
}

}  // namespace zkvm::compiler
