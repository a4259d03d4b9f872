#include "stark/common_steps.h"

#include <array>

namespace zkvm {
namespace {

template <size_t kCount>
void FillPowers(const Fp5& x, std::array<Fp5, kCount>& powers) {
  powers[0] = Fp5(1);
  for (size_t i = 1; i < kCount; ++i) powers[i] = powers[i - 1] * x;
}

}  // namespace

void AbsorbStatement(const Preset& preset, const FixedCommitment& fixed, const Statement& statement,
                     const Heights& heights, Transcript& transcript) {
  transcript.Absorb(kStepKey, fixed.vk_id);
  transcript.Absorb(kStepKey, std::array<uint8_t, 1>{preset.id});
  transcript.Absorb(kStepKey, std::array<uint8_t, 1>{0});  // zero knowledge: off
  for (const auto& item : statement.items) transcript.Absorb(kStepStatement, item);
  std::vector<uint8_t> bytes;
  for (const int log_n : heights.log_heights) {
    bytes.push_back(log_n < 0 ? uint8_t{0} : static_cast<uint8_t>(log_n));
  }
  transcript.Absorb(kStepHeights, bytes);
}

void SqueezeGarbageChallenges(Transcript& transcript, FoldChallenges* challenges) {
  ChallengeStream stream = transcript.Squeeze(kStepGarbageChallenges);
  challenges->gamma = stream.SampleFp5();
  challenges->delta = stream.SampleFp5();
}

bool SqueezeFoldChallenges(Transcript& transcript, FoldChallenges* challenges) {
  ChallengeStream stream = transcript.Squeeze(kStepFoldChallenges);
  challenges->x = stream.SampleFp5();
  challenges->y = stream.SampleFp5();
  return !challenges->x.IsBase() && !challenges->y.IsBase();
}

BusChallenges SqueezeBusChallenges(Transcript& transcript) {
  ChallengeStream stream = transcript.Squeeze(kStepBusChallenges);
  BusChallenges challenges;
  challenges.alpha = stream.SampleFp5();
  FillPowers(stream.SampleFp5(), challenges.beta);
  challenges.a = stream.SampleFp5();
  FillPowers(stream.SampleFp5(), challenges.b);
  return challenges;
}

void AbsorbTotals(const Machine& machine, const Heights& heights,
                  const std::vector<BusTotals>& totals, Transcript& transcript) {
  std::vector<Fp5> list;
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = machine.tables[t].air->shape();
    if (shape.fractions > 0) list.push_back(totals[t].sum);
    if (shape.exchanges > 0) list.push_back(totals[t].product);
  }
  transcript.AbsorbFp5s(kStepBus, list);
}

bool SqueezePoint(const Preset& preset, const Heights& heights, Transcript& transcript, Fp5* eta) {
  *eta = transcript.Squeeze(kStepPoint).SampleFp5();
  if (eta->IsBase()) return false;
  const uint64_t domain = uint64_t{1} << (heights.log_k + preset.log_blowup);
  if (eta->Pow(domain) == Fp5(1)) return false;
  for (size_t t = 0; t < heights.log_heights.size(); ++t) {
    if (!heights.present(t)) continue;
    const Fp5 zeta = PointOf({heights.log_heights[t], Point::kHere}, heights.log_k, *eta);
    if (zeta.Pow(heights.rows(t)) == Fp5(1)) return false;
  }
  return true;
}

std::vector<uint32_t> SqueezeQueries(const Preset& preset, int log_domain, Transcript& transcript) {
  ChallengeStream stream = transcript.Squeeze(kStepQueries);
  std::vector<uint32_t> indices(preset.queries);
  for (uint32_t& index : indices) index = stream.SampleIndex(log_domain);
  return indices;
}

Fp5 PointOf(const Place& place, int log_k, const Fp5& eta) {
  if (place.point == Point::kEta) return eta;
  const Fp5 zeta = Fp5(Fp::Generator()) * eta.Pow(uint64_t{1} << (log_k - place.log_n));
  return place.point == Point::kHere ? zeta : zeta * Fp::RootOfUnity(place.log_n);
}

bool PublicTotals(const Statement& statement, const BusChallenges& challenges, BusTotals* totals) {
  std::vector<Fp5> denominators;
  for (const PublicMessage& message : statement.messages) {
    Fp5 denominator = challenges.alpha - Fp5(Fp::FromU32(message.bus.id));
    for (size_t i = 0; i < message.fields.size(); ++i) {
      denominator -= challenges.beta[i + 1] * message.fields[i];
    }
    if (denominator.IsZero()) return false;
    denominators.push_back(denominator);
  }
  BatchInvert(denominators);
  totals->sum = Fp5();
  for (size_t i = 0; i < denominators.size(); ++i) {
    totals->sum += denominators[i] * Fp(statement.messages[i].sign);
  }

  const auto factor = [&](const PublicTuple& tuple) {
    Fp5 value = challenges.a;
    for (size_t i = 0; i < tuple.size(); ++i) value += challenges.b[i] * tuple[i];
    return value;
  };
  Fp5 produced(1), consumed(1);
  for (const PublicTuple& tuple : statement.produced) produced *= factor(tuple);
  for (const PublicTuple& tuple : statement.consumed) consumed *= factor(tuple);
  if (consumed.IsZero()) return false;
  totals->product = produced * consumed.Inverse();
  return true;
}

}  // namespace zkvm
