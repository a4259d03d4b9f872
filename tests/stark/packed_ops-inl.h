#ifndef ZKVM_TESTS_STARK_PACKED_OPS_INL_H_
#define ZKVM_TESTS_STARK_PACKED_OPS_INL_H_

#include "stark/field/packed_fp5.h"
#include "tests/stark/packed_ops.h"

namespace zkvm {

template <class Arch>
struct PackedOpsOf {
  using P = PackedFp<Arch>;
  using P5 = PackedFp5<Arch>;

  static void Add(const Fp* a, const Fp* b, Fp* out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) (P::Load(a + i) + P::Load(b + i)).Store(out + i);
  }
  static void Subtract(const Fp* a, const Fp* b, Fp* out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) (P::Load(a + i) - P::Load(b + i)).Store(out + i);
  }
  static void Negate(const Fp* a, Fp* out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) (-P::Load(a + i)).Store(out + i);
  }
  static void Multiply(const Fp* a, const Fp* b, Fp* out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) (P::Load(a + i) * P::Load(b + i)).Store(out + i);
  }
  static void Expression(const Fp* a, const Fp* b, Fp f, Fp* out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) {
      const P x = P::Load(a + i);
      const P y = P::Load(b + i);
      P r = x * 65536 - 1 + 3 * y - f;
      r *= -x;
      r += 2 * f;
      r.Store(out + i);
    }
  }
  static void Dot(std::span<const Fp* const> columns, Fp* out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) {
      DotFp<Arch> dot;
      for (size_t j = 0; j < columns.size(); ++j) {
        dot.Add(P::Load(columns[j] + i), P::Load(columns[columns.size() - 1 - j] + i));
      }
      dot.Reduce().Store(out + i);
    }
  }
  static void Multiply5(const ConstColumns5& a, const ConstColumns5& b, const Columns5& out,
                        size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) (P5::Load(a, i) * P5::Load(b, i)).Store(out, i);
  }
  static void Invert5(const ConstColumns5& a, const Columns5& out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) P5::Load(a, i).Inverse().Store(out, i);
  }
  static void Expression5(const ConstColumns5& a, const ConstColumns5& b, const Fp5& f,
                          const Columns5& out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) {
      const P5 x = P5::Load(a, i);
      const P5 y = P5::Load(b, i);
      P5 r = (2 * x + f - y) * y.c[0];
      r += f.c[0] * (x * y);
      r -= 7;
      r.Store(out, i);
    }
  }
  static void Dot5(std::span<const Fp* const> columns, const Fp5* weights, bool packed_weights,
                   const Columns5& out, size_t n) {
    for (size_t i = 0; i < n; i += P::kWidth) {
      DotFp5<Arch> dot;
      for (size_t j = 0; j < columns.size(); ++j) {
        if (packed_weights) {
          dot.Add(P::Load(columns[j] + i), P5(weights[j]));
        } else {
          dot.Add(P::Load(columns[j] + i), weights[j]);
        }
      }
      dot.Reduce().Store(out, i);
    }
  }

  static constexpr PackedOps kOps = {Add, Subtract,  Negate,  Multiply,    Expression,
                                     Dot, Multiply5, Invert5, Expression5, Dot5};
};

}  // namespace zkvm

#endif  // ZKVM_TESTS_STARK_PACKED_OPS_INL_H_
