// Instruction sets and the choice between them.
//
// A kernel is a template over an architecture tag (stark/field/packed.h) in foo-inl.h, instantiated
// in foo_scalar.cc, foo_avx2.cc and foo_avx512.cc, of which the last two are compiled for their
// instruction set (cmake/zkvm.cmake). foo.cc holds a Kernel of the three and calls Active().
#ifndef ZKVM_STARK_SIMD_H_
#define ZKVM_STARK_SIMD_H_

// Functions of a kernel are inlined into it, so that no copy compiled for one instruction set can
// stand in for another at link time.
#define ZKVM_INLINE inline __attribute__((always_inline))

namespace zkvm {

enum class Isa { kScalar, kAvx2, kAvx512 };

// The best instruction set of this processor (kAvx512 stands for F, BW, DQ and VL).
Isa BestIsa();

// The instruction set in use: BestIsa(), unless lowered by the environment variable
// ZKVM_ISA=scalar|avx2|avx512 or by SetActiveIsa.
Isa ActiveIsa();

// For tests and benchmarks. An instruction set that the processor lacks is lowered to BestIsa().
void SetActiveIsa(Isa isa);

// The implementations of one kernel.
template <class Function>
struct Kernel {
  Function* scalar;
  Function* avx2;
  Function* avx512;

  Function* Active() const {
    switch (ActiveIsa()) {
      case Isa::kAvx512:
        return avx512;
      case Isa::kAvx2:
        return avx2;
      case Isa::kScalar:
        break;
    }
    return scalar;
  }
};

}  // namespace zkvm

#endif  // ZKVM_STARK_SIMD_H_
