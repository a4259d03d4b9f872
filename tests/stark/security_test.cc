#include "stark/security/security.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>

namespace zkvm {
namespace {

// The statement of protocol.md, 5.5: 2^28 messages of width 10; heights from 2^k down to 2^9.
ProofScale LargeStatement(int log_k) {
  return {.log_k = log_k,
          .log_n_min = kMinLogHeight,
          .distinct_heights = log_k - kMinLogHeight + 1,
          .message_degree = std::ldexp(12.0, 28),
          .tuple_pairs = std::ldexp(1.0, 26),
          .folds = false};
}

Preset WithQueries(const Preset& preset, size_t queries) {
  Preset changed = preset;
  changed.queries = queries;
  return changed;
}

double Johnson(const Preset& preset, int log_k) {
  return ProvenSecurity(preset, LargeStatement(log_k), Regime::kJohnson).Total();
}

double UniqueDecoding(const Preset& preset, int log_k) {
  return ProvenSecurity(preset, LargeStatement(log_k), Regime::kUniqueDecoding).Total();
}

TEST(Security, FiguresOfTheSpecification) {
  EXPECT_NEAR(Johnson(kFast100, 22), 100.7, 0.05);
  EXPECT_NEAR(Johnson(kFast100, 24), 100.3, 0.05);
  EXPECT_NEAR(Johnson(kStd100, 22), 101.3, 0.05);
  EXPECT_NEAR(Johnson(kStd100, 24), 100.9, 0.05);
  EXPECT_NEAR(UniqueDecoding(WithQueries(kFast100, 203), 24), 100.06, 0.005);
  EXPECT_NEAR(UniqueDecoding(WithQueries(kStd100, 124), 24), 100.01, 0.005);
}

// Values of the rounds from an independent calculation.
TEST(Security, RoundsOfFast100) {
  const SecurityBits bits = ProvenSecurity(kFast100, LargeStatement(22), Regime::kJohnson);
  EXPECT_EQ(bits.multiplicity, 62);
  EXPECT_NEAR(bits.batch, 100.79, 0.01);
  EXPECT_NEAR(bits.fold, 101.79 - std::log2(1 + 0.5 + 0.25), 0.01);
  EXPECT_NEAR(bits.queries, 100.74, 0.01);
  // LogUp alone has 116.49, the grand product 119.49.
  EXPECT_NEAR(bits.buses, 116.49 - std::log2(1 + std::exp2(-3.0)), 0.01);
  EXPECT_NEAR(bits.constraints, 137.1 + std::log2(2000), 0.1);
  EXPECT_NEAR(bits.point, 121.75 + std::log2(20.0 / 18.0), 0.01);
  EXPECT_EQ(bits.hash, 128);
}

TEST(Security, PresetsReachTheirTargetAtEveryHeight) {
  for (const Preset& preset : kPresets) {
    for (int log_k = kMinLogHeight; log_k <= kMaxLogHeight; ++log_k) {
      EXPECT_GE(Johnson(preset, log_k), 100) << preset.name << " at 2^" << log_k;
    }
  }
}

TEST(Security, FewerQueriesOrLessWorkMissTheTarget) {
  EXPECT_LT(Johnson(WithQueries(kFast100, kFast100.queries - 3), 24), 100);
  EXPECT_LT(Johnson(WithQueries(kStd100, kStd100.queries - 2), 24), 100);
  for (Preset preset : kPresets) {
    --preset.grind_query;
    --preset.grind_query;
    EXPECT_LT(Johnson(preset, 24), 100);
  }
  EXPECT_LT(UniqueDecoding(WithQueries(kFast100, 202), 24), 100);
  EXPECT_LT(UniqueDecoding(WithQueries(kStd100, 123), 24), 100);
}

// Every input of the bounds moves its round and no other, at a fixed radius.
TEST(Security, EachInputEntersItsRound) {
  const Preset preset = WithQueries(kFast100, 203);
  const ProofScale scale = LargeStatement(22);
  const auto bits = [](const Preset& p, const ProofScale& s) {
    return ProvenSecurity(p, s, Regime::kUniqueDecoding);
  };
  const SecurityBits base = bits(preset, scale);

  ProofScale more_messages = scale;
  more_messages.message_degree *= 4;
  more_messages.tuple_pairs *= 4;
  EXPECT_NEAR(bits(preset, more_messages).buses, base.buses - 2, 1e-9);
  EXPECT_EQ(bits(preset, more_messages).point, base.point);

  ProofScale more_heights = scale;
  more_heights.distinct_heights = 2 * (scale.distinct_heights + 4) - 4;
  EXPECT_NEAR(bits(preset, more_heights).point, base.point - 1, 1e-9);
  EXPECT_EQ(bits(preset, more_heights).batch, base.batch);

  EXPECT_NEAR(bits(preset, LargeStatement(24)).batch, base.batch - 2, 1e-3);
  EXPECT_NEAR(bits(preset, LargeStatement(24)).fold, base.fold - 2, 1e-3);
  EXPECT_EQ(bits(preset, LargeStatement(24)).queries, base.queries);

  Preset grinding = preset;
  grinding.grind_bus = 1;
  grinding.grind_zeta = 2;
  grinding.grind_batch = 3;
  grinding.grind_fold = 4;
  grinding.grind_query += 5;
  const SecurityBits more = bits(grinding, scale);
  EXPECT_NEAR(more.buses, base.buses + 1, 1e-9);
  EXPECT_NEAR(more.point, base.point + 2, 1e-9);
  EXPECT_NEAR(more.batch, base.batch + 3, 1e-9);
  EXPECT_NEAR(more.fold, base.fold + 4, 1e-9);
  EXPECT_NEAR(more.queries, base.queries + 5, 1e-9);
  EXPECT_EQ(more.constraints, base.constraints);
}

}  // namespace
}  // namespace zkvm
