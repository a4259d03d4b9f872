#include "stark/simd.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>

namespace zkvm {
namespace {

Isa Detect() {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512) return Isa::kAvx512;
  return avx2 ? Isa::kAvx2 : Isa::kScalar;
}

Isa FromEnvironment() {
  const char* const value = std::getenv("ZKVM_ISA");
  const std::string_view name = value != nullptr ? value : "";
  if (name == "scalar") return Isa::kScalar;
  if (name == "avx2") return std::min(Isa::kAvx2, BestIsa());
  return BestIsa();
}

std::atomic<Isa>& Active() {
  static std::atomic<Isa> active = FromEnvironment();
  return active;
}

}  // namespace

Isa BestIsa() {
  static const Isa best = Detect();
  return best;
}

Isa ActiveIsa() { return Active().load(std::memory_order_relaxed); }

void SetActiveIsa(Isa isa) { Active().store(std::min(isa, BestIsa()), std::memory_order_relaxed); }

}  // namespace zkvm
