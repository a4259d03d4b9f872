#include "stark/verifier.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "stark/common_steps.h"
#include "stark/field/fp5.h"
#include "stark/fri/verifier.h"
#include "stark/hash/blake3.h"
#include "stark/layout.h"
#include "stark/merkle/opening.h"
#include "stark/transcript.h"

namespace zkvm {
namespace {

constexpr std::array<const char*, kNumTrees> kTreeNames{
    "preprocessed", "model", "main", "garbage", "fold", "bus", "quotient"};

Status CutOff(const char* where) {
  return Status::Error(std::string("the proof is cut off, or has a word >= p, in its ") + where);
}

bool ReadRoot(TranscriptStep step, ByteReader& proof, Transcript& transcript, Digest* root) {
  if (!proof.ReadBytes(*root)) return false;
  transcript.Absorb(step, *root);
  return true;
}

bool ReadGrind(TranscriptStep step, int bits, ByteReader& proof, Transcript& transcript) {
  uint64_t nonce;
  return proof.ReadU64(&nonce) && transcript.CheckGrind(step, bits, nonce);
}

// Line 5: one byte a table, 0 = absent.
bool ReadHeights(size_t tables, ByteReader& proof, Heights* heights) {
  for (size_t t = 0; t < tables; ++t) {
    uint8_t log_n;
    if (!proof.ReadU8(&log_n)) return false;
    heights->log_heights.push_back(log_n == 0 ? -1 : log_n);
    heights->log_k = std::max<int>(heights->log_k, log_n);
  }
  return true;
}

// Line 12: S_t and P_t of the tables that have them.
bool ReadTotals(const Machine& machine, const Heights& heights, ByteReader& proof,
                std::vector<BusTotals>* totals) {
  totals->resize(machine.tables.size());
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = machine.tables[t].air->shape();
    if (shape.fractions > 0 && !proof.ReadFp5(&(*totals)[t].sum)) return false;
    if (shape.exchanges > 0 && !proof.ReadFp5(&(*totals)[t].product)) return false;
  }
  return true;
}

// Lines 13 and 14: the buses balance over all tables and the verifier's own elements.
Status CheckTotals(const Statement& statement, const BusChallenges& challenges,
                   const std::vector<BusTotals>& totals) {
  BusTotals all;
  if (!PublicTotals(statement, challenges, &all)) {
    return Status::Error("a public bus element meets the challenge");
  }
  for (const BusTotals& total : totals) {
    all.sum += total.sum;
    all.product *= total.product;
  }
  if (!all.sum.IsZero()) return Status::Error("the lookup buses do not balance");
  if (all.product != Fp5(1)) {
    return Status::Error("state, registers and memory do not balance");
  }
  return Status::Ok();
}

// The openings of one table: each tree's group, if the table has one there.
PointOpenings OpeningsOf(size_t table, const Layout& layout, std::span<const Fp5> openings) {
  PointOpenings result;
  const auto find = [&](TreeId tree, std::span<const Fp5>* here, std::span<const Fp5>* next) {
    for (const ColumnGroup& group : layout.trees[tree].groups) {
      if (group.table != table) continue;
      *here = openings.subspan(group.first_function, group.columns);
      *next = openings.subspan(group.first_function + group.columns, group.next.size());
    }
  };
  std::span<const Fp5> none;
  find(kFixedTree, &result.fixed, &none);
  find(kModelTree, &result.fixed, &none);
  find(kMainTree, &result.main, &result.main_next);
  find(kGarbageTree, &result.garbage, &none);
  find(kFoldTree, &result.folds, &result.folds_next);
  find(kBusTree, &result.bus, &result.bus_next);
  return result;
}

// Lines 17-24: sum_d eta^(d k) Q_d(eta) = sum_t of the folded constraints over their denominators.
bool CheckIdentity(const Machine& machine, const Heights& heights, const Layout& layout,
                   const BusChallenges& challenges, std::span<const Fp5> constants,
                   const std::vector<BusTotals>& totals, std::span<const Fp5> chi, const Fp5& eta,
                   std::span<const Fp5> openings) {
  const ColumnGroup& chunks = layout.trees[kQuotientTree].groups[0];
  const Fp5 shift = eta.Pow(uint64_t{1} << heights.log_k);
  Fp5 quotient;
  for (size_t d = kQuotientChunks; d-- > 0;) {
    quotient = quotient * shift + openings[chunks.first_function + d];
  }

  Fp5 constraints;
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const Air& air = *machine.tables[t].air;
    const int log_n = heights.log_heights[t];
    const size_t n = heights.rows(t);
    const size_t u = n - kTailRows;
    const Fp g = Fp::RootOfUnity(log_n);
    const Fp5 zeta = PointOf({log_n, Point::kHere}, heights.log_k, eta);
    const size_t count = air.shape().constraints();
    const FoldedConstraints folded = air.EvaluateAt(OpeningsOf(t, layout, openings), challenges,
                                                    constants, totals[t], chi.first(count));
    chi = chi.subspan(count);

    Fp5 tail(1);
    for (size_t row = u; row < n; ++row) tail *= zeta - Fp5(g.Pow(row));
    const auto over = [&](const Fp5& value, size_t row) {
      return value * (zeta - Fp5(g.Pow(row))).Inverse();
    };
    constraints += folded.every * tail * (zeta.Pow(n) - Fp5(1)).Inverse();
    constraints += over(folded.first, 0) + over(folded.last, u - 1) + over(folded.terminal, u);
  }
  return quotient == constraints;
}

// Lines 26 and 32-35: f_0 at the queries, from the opened rows.
class Batch {
 public:
  Batch(const Layout& layout, const Heights& heights, const Fp5& eta, std::span<const Fp5> lambda,
        std::span<const Fp5> openings)
      : layout_(layout), heights_(heights), lambda_(lambda), constants_(layout.places.size()) {
    for (const Place& place : layout.places) points_.push_back(PointOf(place, heights.log_k, eta));
    for (size_t i = 0; i < layout.functions.size(); ++i) {
      constants_[layout.functions[i].place] += lambda[i] * openings[i];
    }
  }

  // f_0(w_N^i) = sum over places of (sum lambda F - V) / (X - z), for every query.
  // The denominators are not zero: points lie outside F_p.
  std::vector<Fp5> ValuesAt(std::span<const uint32_t> indices, int log_domain,
                            const std::array<OpenedRows, kNumTrees>& rows) const {
    const size_t places = layout_.places.size();
    std::vector<Fp5> inverses;
    inverses.reserve(indices.size() * places);
    for (const uint32_t index : indices) {
      const Fp y = Fp::RootOfUnity(log_domain).Pow(index);
      for (size_t p = 0; p < places; ++p) {
        inverses.push_back(Fp5(Position(layout_.places[p], y)) - points_[p]);
      }
    }
    BatchInvert(inverses);

    std::vector<Fp5> values(indices.size());
    for (size_t q = 0; q < indices.size(); ++q) {
      std::vector<Fp5> sums(places);
      for (size_t tree = 0; tree < kNumTrees; ++tree) {
        for (const ColumnGroup& group : layout_.trees[tree].groups) {
          AddGroup(group, rows[tree].Row(group.level, indices[q]), sums);
        }
      }
      for (size_t p = 0; p < places; ++p) {
        values[q] += (sums[p] - constants_[p]) * inverses[q * places + p];
      }
    }
    return values;
  }

 private:
  // Adds lambda F for the functions of one group, from its words in the opened row.
  void AddGroup(const ColumnGroup& group, std::span<const Fp> row, std::vector<Fp5>& sums) const {
    const size_t count = group.columns + group.next.size();
    for (size_t i = group.first_function; i < group.first_function + count; ++i) {
      const Function& f = layout_.functions[i];
      if (group.extension) {
        const Fp* word = &row[group.offset + 5 * f.column];
        sums[f.place] += lambda_[i] * Fp5({word[0], word[1], word[2], word[3], word[4]});
      } else {
        sums[f.place] += lambda_[i] * row[group.offset + f.column];
      }
    }
  }

  // X_t = s Y^(k/n), or Y itself for the quotient chunks.
  Fp Position(const Place& place, Fp y) const {
    if (place.point == Point::kEta) return y;
    return Fp::Generator() * y.Pow(uint64_t{1} << (heights_.log_k - place.log_n));
  }

  const Layout& layout_;
  const Heights& heights_;
  std::span<const Fp5> lambda_;
  std::vector<Fp5> constants_;  // V: sum of lambda v by place
  std::vector<Fp5> points_;
};

}  // namespace

Status Verify(const Machine& machine, const Preset& preset, const FixedCommitment& fixed,
              const Statement& statement, ByteReader& proof, Heights* accepted) {
  Heights heights;
  if (!ReadHeights(machine.tables.size(), proof, &heights)) return CutOff("table heights");
  Status status = CheckHeights(machine, preset, fixed, statement, heights);
  if (!status.ok()) return status;
  const Layout layout(machine, preset, heights);
  const int log_domain = heights.log_k + preset.log_blowup;

  Transcript transcript;
  AbsorbStatement(preset, fixed, statement, heights, transcript);
  std::array<Digest, kNumTrees> roots;
  roots[kFixedTree] = fixed.root;
  roots[kModelTree] = fixed.model_root;

  if (!ReadRoot(kStepMain, proof, transcript, &roots[kMainTree])) return CutOff("main root");

  std::vector<Fp5> constants;
  if (layout.has_folds()) {
    FoldChallenges fold_challenges;
    SqueezeGarbageChallenges(transcript, &fold_challenges);
    if (layout.trees[kGarbageTree].exists() &&
        !ReadRoot(kStepGarbage, proof, transcript, &roots[kGarbageTree])) {
      return CutOff("garbage root");
    }
    if (!SqueezeFoldChallenges(transcript, &fold_challenges)) {
      return Status::Error("a fold challenge lies in the base field");
    }
    constants = EvaluateMonomials(machine.monomials, fold_challenges);
    if (layout.trees[kFoldTree].exists() &&
        !ReadRoot(kStepFolds, proof, transcript, &roots[kFoldTree])) {
      return CutOff("fold root");
    }
  }

  if (!ReadGrind(kStepBusChallenges, preset.grind_bus, proof, transcript)) {
    return Status::Error("wrong proof of work before the bus challenges");
  }
  const BusChallenges challenges = SqueezeBusChallenges(transcript);

  if (!ReadRoot(kStepBus, proof, transcript, &roots[kBusTree])) return CutOff("bus root");
  std::vector<BusTotals> totals;
  if (!ReadTotals(machine, heights, proof, &totals)) return CutOff("bus totals");
  AbsorbTotals(machine, heights, totals, transcript);
  status = CheckTotals(statement, challenges, totals);
  if (!status.ok()) return status;

  const std::vector<Fp5> chi =
      transcript.Squeeze(kStepConstraintCombination).SampleFp5s(layout.constraints);
  if (!ReadRoot(kStepQuotient, proof, transcript, &roots[kQuotientTree])) {
    return CutOff("quotient root");
  }

  if (!ReadGrind(kStepPoint, preset.grind_zeta, proof, transcript)) {
    return Status::Error("wrong proof of work before the opening point");
  }
  Fp5 eta;
  if (!SqueezePoint(preset, heights, transcript, &eta)) {
    return Status::Error("the opening point lies in a domain");
  }
  std::vector<Fp5> openings;
  if (!proof.ReadFp5s(layout.functions.size(), &openings)) return CutOff("openings");
  transcript.AbsorbFp5s(kStepOpenings, openings);
  if (!CheckIdentity(machine, heights, layout, challenges, constants, totals, chi, eta, openings)) {
    return Status::Error("the constraints do not hold at the opening point");
  }

  if (!ReadGrind(kStepBatch, preset.grind_batch, proof, transcript)) {
    return Status::Error("wrong proof of work before the batch coefficients");
  }
  const std::vector<Fp5> lambda =
      transcript.Squeeze(kStepBatch).SampleFp5s(layout.functions.size());

  FriVerifier fri(preset, heights.log_k);
  status = fri.ReadCommitments(proof, transcript);
  if (!status.ok()) return status;

  if (!ReadGrind(kStepQueries, preset.grind_query, proof, transcript)) {
    return Status::Error("wrong proof of work before the queries");
  }
  const std::vector<uint32_t> indices = SqueezeQueries(preset, log_domain, transcript);

  std::array<OpenedRows, kNumTrees> rows;
  for (size_t tree = 0; tree < kNumTrees; ++tree) {
    if (!layout.trees[tree].exists()) continue;
    auto opened = VerifyOpening(layout.trees[tree].shape, indices, roots[tree], &proof);
    if (!opened) {
      return Status::Error(std::string("the opening of the ") + kTreeNames[tree] +
                           " tree does not match its root");
    }
    rows[tree] = std::move(*opened);
  }
  status = fri.ReadLayers(indices, proof);
  if (!status.ok()) return status;
  if (proof.left() != 0) return Status::Error("the proof has surplus bytes at its end");

  const Batch batch(layout, heights, eta, lambda, openings);
  const std::vector<Fp5> values = batch.ValuesAt(indices, log_domain, rows);
  for (size_t q = 0; q < indices.size(); ++q) {
    if (!fri.CheckQuery(indices[q], values[q])) {
      return Status::Error("query " + std::to_string(q) + " fails the low-degree test");
    }
  }
  if (accepted != nullptr) *accepted = heights;
  return Status::Ok();
}

}  // namespace zkvm
