// The security of every preset on the machine's own tables (docs/security.md).
#include <gtest/gtest.h>

#include "stark/params.h"
#include "stark/security/security.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

constexpr double kTarget = 100;

// More than any accepted proof: every table as tall as the tallest, and at the same time the
// shortest table and the number of distinct heights that cost most.
ProofScale LargestScale(int log_k) {
  const Machine& machine = Rv32Machine();
  Heights heights;
  heights.log_heights.assign(machine.tables.size(), log_k);
  heights.log_k = log_k;
  ProofScale scale = ScaleOf(machine, {}, heights);
  scale.log_n_min = kMinLogHeight;
  scale.distinct_heights = log_k - kMinLogHeight + 1;
  return scale;
}

TEST(ProvenBits, EveryPresetReachesItsTargetAtEveryHeight) {
  for (const Preset& preset : kPresets) {
    for (int log_k = kMinLogHeight; log_k <= kMaxLogHeight; ++log_k) {
      const SecurityBits bits = ProvenSecurity(preset, LargestScale(log_k), Regime::kJohnson);
      EXPECT_GE(bits.Total(), kTarget) << preset.name << " at 2^" << log_k;
    }
  }
}

TEST(ProvenBits, TheMachinesMessagesAreCounted) {
  const ProofScale scale = LargestScale(20);
  // Some ten messages and three pairs a row in each of more than twenty tables.
  EXPECT_GT(scale.message_degree, 20.0 * 5 * 3 * (1 << 20));
  EXPECT_GT(scale.tuple_pairs, 20.0 * 2 * (1 << 20));
  EXPECT_LT(scale.message_degree, 1000.0 * 10 * (1 << 20));
  EXPECT_LT(scale.tuple_pairs, 200.0 * (1 << 20));
}

TEST(ProvenBits, PresetsHaveNothingToSpare) {
  for (Preset preset : kPresets) {
    preset.queries -= 5;
    EXPECT_LT(ProvenSecurity(preset, LargestScale(24), Regime::kJohnson).Total(), kTarget)
        << preset.name;
  }
}

}  // namespace
}  // namespace zkvm
