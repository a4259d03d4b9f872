#include "stark/ntt/ntt.h"

#include <cstddef>
#include <vector>

#include "stark/field/packed.h"
#include "stark/ntt/kernels.h"
#include "stark/ntt/tables.h"
#include "stark/parallel.h"
#include "stark/simd.h"

namespace zkvm {

extern template struct NttKernels<Scalar>;
extern template struct NttKernels<Avx2>;
extern template struct NttKernels<Avx512>;

namespace {

template <class Function>
Function* Select(const Kernel<Function>& kernel, int log_n) {
  return log_n < kMinVectorLog ? kernel.scalar : kernel.Active();
}

auto* SelectInverse(int log_n) {
  return Select(
      Kernel<decltype(NttKernels<Scalar>::Inverse)>{
          NttKernels<Scalar>::Inverse, NttKernels<Avx2>::Inverse, NttKernels<Avx512>::Inverse},
      log_n);
}

auto* SelectForward(int log_n) {
  return Select(
      Kernel<decltype(NttKernels<Scalar>::Forward)>{
          NttKernels<Scalar>::Forward, NttKernels<Avx2>::Forward, NttKernels<Avx512>::Forward},
      log_n);
}

auto* SelectExtend(int log_n) {
  return Select(
      Kernel<decltype(NttKernels<Scalar>::Extend)>{
          NttKernels<Scalar>::Extend, NttKernels<Avx2>::Extend, NttKernels<Avx512>::Extend},
      log_n);
}

// 1/n.
Fp InverseSize(int log_n) { return Fp(1 << log_n).Inverse(); }

// s w_(Bn)^c for the cosets c of an extension, with the tables of their powers.
class Extension {
 public:
  Extension(int log_n, int log_blowup)
      : log_n_(log_n), extend_(SelectExtend(log_n)), shift_powers_(size_t{1} << log_blowup) {
    const Fp step = Fp::RootOfUnity(log_n + log_blowup);
    Fp shift = Fp::Generator();
    for (const Fp*& powers : shift_powers_) {
      powers = ShiftPowers(log_n, shift, InverseSize(log_n));
      shift *= step;
    }
    tables_ = {InverseTwiddles(log_n), Twiddles(log_n), shift_powers_.data(), shift_powers_.size()};
  }
  void Run(const Fp* values, Fp* lde) const { extend_(values, lde, log_n_, tables_); }

 private:
  int log_n_;
  decltype(NttKernels<Scalar>::Extend)* extend_;
  std::vector<const Fp*> shift_powers_;
  ExtensionTables tables_;
};

}  // namespace

void InverseNtt(Fp* values, int log_n) { InverseCosetNtt(values, log_n, 1); }

void InverseCosetNtt(Fp* values, int log_n, Fp shift) {
  SelectInverse(log_n)(values, log_n, InverseTwiddles(log_n),
                       ShiftPowers(log_n, shift.Inverse(), InverseSize(log_n)));
}

void CosetNtt(const Fp* coefficients, Fp* values, int log_n, Fp shift) {
  SelectForward(log_n)(coefficients, values, log_n, Twiddles(log_n), ShiftPowers(log_n, shift, 1));
}

void ExtendColumn(const Fp* values, Fp* lde, int log_n, int log_blowup) {
  Extension(log_n, log_blowup).Run(values, lde);
}

void ExtendMatrix(const Matrix& values, Matrix& lde, int log_n, int log_blowup) {
  const Extension extension(log_n, log_blowup);
  ParallelFor(0, values.cols(), 1, [&](size_t first, size_t last) {
    for (size_t j = first; j < last; ++j) extension.Run(values.column(j), lde.column(j));
  });
}

}  // namespace zkvm
