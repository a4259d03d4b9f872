// Mathematical functions of generated code.
//
// The sources are freestanding and are compiled both into this machine's evaluator and, for RV32IM
// without floating point, into the guest: integer arithmetic and IEEE 754 operations in a fixed
// order (-ffp-contract=off), so that results agree bit by bit.
//
// The frequent functions of float (math.cc) are made of fixed-point integers, which cost the guest
// a tenth of floating point in software: errors are below 1 unit in the last place. The others go
// through double (math_double.cc), where errors are a few units in the last place. Special cases
// (signed zeros, infinities, NaN, results that underflow) are those of C, Annex F; every NaN is
// the positive quiet one without payload.
#ifndef ZKVM_COMPILER_RUNTIME_MATH_H_
#define ZKVM_COMPILER_RUNTIME_MATH_H_

extern "C" {

float zkvm_math_sqrtf(float);
float zkvm_math_expf(float);
float zkvm_math_exp2f(float);
float zkvm_math_expm1f(float);
float zkvm_math_logf(float);
float zkvm_math_log2f(float);
float zkvm_math_log10f(float);
float zkvm_math_log1pf(float);
float zkvm_math_sinf(float);
float zkvm_math_cosf(float);
float zkvm_math_tanf(float);
float zkvm_math_asinf(float);
float zkvm_math_acosf(float);
float zkvm_math_atanf(float);
float zkvm_math_atan2f(float y, float x);
float zkvm_math_sinhf(float);
float zkvm_math_coshf(float);
float zkvm_math_tanhf(float);
float zkvm_math_asinhf(float);
float zkvm_math_acoshf(float);
float zkvm_math_atanhf(float);
float zkvm_math_erff(float);
float zkvm_math_sigmoidf(float);   // 1 / (1 + exp(-x))
float zkvm_math_softplusf(float);  // log(1 + exp(x))
float zkvm_math_powf(float, float);
float zkvm_math_fmodf(float, float);

double zkvm_math_sqrt(double);
double zkvm_math_exp(double);
double zkvm_math_exp2(double);
double zkvm_math_expm1(double);
double zkvm_math_log(double);
double zkvm_math_log2(double);
double zkvm_math_log10(double);
double zkvm_math_log1p(double);
double zkvm_math_sin(double);
double zkvm_math_cos(double);
double zkvm_math_tan(double);
double zkvm_math_asin(double);
double zkvm_math_acos(double);
double zkvm_math_atan(double);
double zkvm_math_atan2(double y, double x);
double zkvm_math_sinh(double);
double zkvm_math_cosh(double);
double zkvm_math_tanh(double);
double zkvm_math_asinh(double);
double zkvm_math_acosh(double);
double zkvm_math_atanh(double);
double zkvm_math_erf(double);
double zkvm_math_sigmoid(double);
double zkvm_math_softplus(double);
double zkvm_math_pow(double, double);
double zkvm_math_fmod(double, double);

}  // extern "C"

#ifndef __riscv
#include <span>

namespace zkvm::compiler {

// All functions of above by the names of their symbols, for code that is compiled in memory.
struct MathFunction {
  const char* name;
  const void* address;
};
std::span<const MathFunction> MathFunctions();

}  // namespace zkvm::compiler
#endif

#endif  // ZKVM_COMPILER_RUNTIME_MATH_H_
