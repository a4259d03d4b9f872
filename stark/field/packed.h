// Vectors of field elements: PackedFp<Arch> is kWidth elements of F_p, PackedFp5<Arch>
// (packed_fp5.h) as many of F. Arch is a tag, so that code for different instruction sets never
// shares a symbol. Kernels are templates over Arch; a translation unit includes the specialisation
// that it is compiled for:
//
//   packed_scalar.h   Scalar   1 lane    the readable twin
//   packed_avx2.h     Avx2     8 lanes
//   packed_avx512.h   Avx512   16 lanes
//
// All have the interface of packed_scalar.h. Values are canonical Montgomery words, as in Fp.
#ifndef ZKVM_STARK_FIELD_PACKED_H_
#define ZKVM_STARK_FIELD_PACKED_H_

namespace zkvm {

struct Scalar;
struct Avx2;
struct Avx512;

template <class Arch>
class PackedFp;

// A sum of products of PackedFp, reduced once at the end.
//
// A product is < p^2 < 0.22 * 2^64. `Fold` takes a sum S < 2^64 to S or S - 2^32 p, and below
// 2^32 p if S was below 2^33 p. Four products fit into 2^64 from zero, and two more into
// 2^64 - 2^32 p, so sums are folded after the fourth term and after every second one from there:
// any number of terms may be added.
template <class Arch>
class DotFp;

}  // namespace zkvm

#endif  // ZKVM_STARK_FIELD_PACKED_H_
