// The sizes that the chips' constraints are written in.
//
// A word is two limbs, a limb two bytes. The machine has 16-bit limbs over BabyBear. The same
// constraints with smaller limbs over a smaller field have so few rows that all of them can be
// enumerated: the determinism tests do that with a builder that names its own Geometry.
#ifndef ZKVM_ISA_AIR_GEOMETRY_H_
#define ZKVM_ISA_AIR_GEOMETRY_H_

#include "stark/field/fp.h"

namespace zkvm {

template <class F, int kLogLimbBitsOf>
struct WordGeometry {
  static constexpr int kLogLimbBits = kLogLimbBitsOf;
  static constexpr int kLimbBits = 1 << kLogLimbBits;
  static constexpr int kByteBits = kLimbBits / 2;
  // High limb of an address (memory lies in the lowest quarter) and of a memory time gap.
  static constexpr int kHighAddressBits = kLimbBits - 2;

  static constexpr int kLimb = 1 << kLimbBits;           // 2^16: values of a limb
  static constexpr int kByte = 1 << kByteBits;           // 2^8: values of a byte
  static constexpr F kWord = F(kLimb) * F(kLimb);        // 2^32 in the field
  static constexpr F kInverseLimb = F(kLimb).Inverse();  // 2^-16
  static constexpr F kInverseFour = F(4).Inverse();
};

using Rv32Geometry = WordGeometry<Fp, 4>;

template <class B>
struct GeometryOf {
  using Type = Rv32Geometry;
};
template <class B>
  requires requires { typename B::Geometry; }
struct GeometryOf<B> {
  using Type = typename B::Geometry;
};

// The geometry of a builder: Rv32Geometry unless it names another.
template <class B>
using Geometry = typename GeometryOf<B>::Type;

}  // namespace zkvm

#endif  // ZKVM_ISA_AIR_GEOMETRY_H_
