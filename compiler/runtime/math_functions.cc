#include "compiler/runtime/math.h"

namespace zkvm::compiler {

namespace {

template <class R, class... T>
const void* AddressOf(R (*function)(T...)) {
  return reinterpret_cast<const void*>(function);
}

}  // namespace

std::span<const MathFunction> MathFunctions() {
  static const MathFunction functions[] = {
      {"zkvm_math_sqrtf", AddressOf(zkvm_math_sqrtf)},
      {"zkvm_math_expf", AddressOf(zkvm_math_expf)},
      {"zkvm_math_exp2f", AddressOf(zkvm_math_exp2f)},
      {"zkvm_math_expm1f", AddressOf(zkvm_math_expm1f)},
      {"zkvm_math_logf", AddressOf(zkvm_math_logf)},
      {"zkvm_math_log2f", AddressOf(zkvm_math_log2f)},
      {"zkvm_math_log10f", AddressOf(zkvm_math_log10f)},
      {"zkvm_math_log1pf", AddressOf(zkvm_math_log1pf)},
      {"zkvm_math_sinf", AddressOf(zkvm_math_sinf)},
      {"zkvm_math_cosf", AddressOf(zkvm_math_cosf)},
      {"zkvm_math_tanf", AddressOf(zkvm_math_tanf)},
      {"zkvm_math_asinf", AddressOf(zkvm_math_asinf)},
      {"zkvm_math_acosf", AddressOf(zkvm_math_acosf)},
      {"zkvm_math_atanf", AddressOf(zkvm_math_atanf)},
      {"zkvm_math_atan2f", AddressOf(zkvm_math_atan2f)},
      {"zkvm_math_sinhf", AddressOf(zkvm_math_sinhf)},
      {"zkvm_math_coshf", AddressOf(zkvm_math_coshf)},
      {"zkvm_math_tanhf", AddressOf(zkvm_math_tanhf)},
      {"zkvm_math_asinhf", AddressOf(zkvm_math_asinhf)},
      {"zkvm_math_acoshf", AddressOf(zkvm_math_acoshf)},
      {"zkvm_math_atanhf", AddressOf(zkvm_math_atanhf)},
      {"zkvm_math_erff", AddressOf(zkvm_math_erff)},
      {"zkvm_math_sigmoidf", AddressOf(zkvm_math_sigmoidf)},
      {"zkvm_math_softplusf", AddressOf(zkvm_math_softplusf)},
      {"zkvm_math_powf", AddressOf(zkvm_math_powf)},
      {"zkvm_math_fmodf", AddressOf(zkvm_math_fmodf)},
      {"zkvm_math_sqrt", AddressOf(zkvm_math_sqrt)},
      {"zkvm_math_exp", AddressOf(zkvm_math_exp)},
      {"zkvm_math_exp2", AddressOf(zkvm_math_exp2)},
      {"zkvm_math_expm1", AddressOf(zkvm_math_expm1)},
      {"zkvm_math_log", AddressOf(zkvm_math_log)},
      {"zkvm_math_log2", AddressOf(zkvm_math_log2)},
      {"zkvm_math_log10", AddressOf(zkvm_math_log10)},
      {"zkvm_math_log1p", AddressOf(zkvm_math_log1p)},
      {"zkvm_math_sin", AddressOf(zkvm_math_sin)},
      {"zkvm_math_cos", AddressOf(zkvm_math_cos)},
      {"zkvm_math_tan", AddressOf(zkvm_math_tan)},
      {"zkvm_math_asin", AddressOf(zkvm_math_asin)},
      {"zkvm_math_acos", AddressOf(zkvm_math_acos)},
      {"zkvm_math_atan", AddressOf(zkvm_math_atan)},
      {"zkvm_math_atan2", AddressOf(zkvm_math_atan2)},
      {"zkvm_math_sinh", AddressOf(zkvm_math_sinh)},
      {"zkvm_math_cosh", AddressOf(zkvm_math_cosh)},
      {"zkvm_math_tanh", AddressOf(zkvm_math_tanh)},
      {"zkvm_math_asinh", AddressOf(zkvm_math_asinh)},
      {"zkvm_math_acosh", AddressOf(zkvm_math_acosh)},
      {"zkvm_math_atanh", AddressOf(zkvm_math_atanh)},
      {"zkvm_math_erf", AddressOf(zkvm_math_erf)},
      {"zkvm_math_sigmoid", AddressOf(zkvm_math_sigmoid)},
      {"zkvm_math_softplus", AddressOf(zkvm_math_softplus)},
      {"zkvm_math_pow", AddressOf(zkvm_math_pow)},
      {"zkvm_math_fmod", AddressOf(zkvm_math_fmod)},
  };
  return functions;
}

}  // namespace zkvm::compiler
