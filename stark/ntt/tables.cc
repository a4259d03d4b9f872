#include "stark/ntt/tables.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <tuple>

#include "stark/arena.h"

namespace zkvm {
namespace {

// r[j] = scale * base^bitrev(j) for j < 2^bits: bit k of j stands for base^(2^(bits - 1 - k)).
Buffer BitReversedPowers(int bits, Fp base, Fp scale) {
  Buffer buffer((size_t{1} << bits) * sizeof(Fp));
  Fp* const r = buffer.As<Fp>();
  r[0] = scale;
  for (int k = 0; k < bits; ++k) {
    const Fp step = base.Pow(uint64_t{1} << (bits - 1 - k));
    const size_t half = size_t{1} << k;
    for (size_t j = 0; j < half; ++j) r[half + j] = r[j] * step;
  }
  return buffer;
}

class Cache {
 public:
  const Fp* Get(int bits, Fp base, Fp scale) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Buffer& table = tables_[{bits, base.word(), scale.word()}];
    if (table.size() == 0) table = BitReversedPowers(bits, base, scale);
    return table.As<Fp>();
  }

 private:
  std::mutex mutex_;
  std::map<std::tuple<int, uint32_t, uint32_t>, Buffer> tables_;
};

const Fp* Powers(int bits, Fp base, Fp scale) {
  static Cache* const cache = new Cache;  // outlives every thread
  return cache->Get(bits, base, scale);
}

NttTwiddles TwiddlesOf(int log_n, Fp w) {
  if (log_n == 0) return {nullptr, nullptr};
  return {Powers(log_n - 1, w, 1), Powers(log_n - 1, w * w * w, 1)};
}

}  // namespace

NttTwiddles Twiddles(int log_n) { return TwiddlesOf(log_n, Fp::RootOfUnity(log_n)); }

NttTwiddles InverseTwiddles(int log_n) {
  return TwiddlesOf(log_n, Fp::RootOfUnity(log_n).Inverse());
}

const Fp* ShiftPowers(int log_n, Fp shift, Fp scale) { return Powers(log_n, shift, scale); }

}  // namespace zkvm
