// Parameters of a proof. A proof names a preset; the verifier looks the numbers up here and nowhere
// else, so a proof can never choose its own security.
#ifndef ZKVM_STARK_PARAMS_H_
#define ZKVM_STARK_PARAMS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace zkvm {

struct Preset {
  uint8_t id;
  std::string_view name;
  int log_blowup;
  size_t queries;
  // Proof-of-work bits before the challenges of the named step, 0..31.
  int grind_bus, grind_zeta, grind_batch, grind_fold, grind_query;
};

inline constexpr Preset kFast100{1, "fast100", 1, 174, 0, 0, 0, 0, 16};
inline constexpr Preset kStd100{2, "std100", 2, 87, 0, 0, 0, 0, 16};
inline constexpr std::array<Preset, 2> kPresets{kFast100, kStd100};

// The preset of an id or a name; nullptr if there is none.
const Preset* FindPreset(uint8_t id);
const Preset* FindPreset(std::string_view name);

// Rows at the end of every table that no constraint touches but the terminal one: row u = n - tau
// is the terminal row, later ones are blind (protocol.md, section 2.2).
inline constexpr size_t kTailRows = 1;

inline constexpr int kMinLogHeight = 9;
inline constexpr int kMaxLogHeight = 24;
inline constexpr int kMaxLogDomain = 27;
inline constexpr int kLogFinalDegree = 6;  // the final polynomial has 64 coefficients
inline constexpr int kMaxLogArity = 3;
inline constexpr size_t kQuotientChunks = 2;

// log2 of the folding arities: 3, 3, ..., and a last one of 1..3; they sum to log_k - 6.
std::vector<int> FoldArities(int log_k);

}  // namespace zkvm

#endif  // ZKVM_STARK_PARAMS_H_
