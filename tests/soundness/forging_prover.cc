#include "tests/soundness/forging_prover.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <string_view>
#include <utility>

#include "stark/bus.h"
#include "stark/deep.h"
#include "stark/fri/fold.h"
#include "stark/hash/grind.h"
#include "stark/ntt/ntt.h"
#include "stark/quotient.h"
#include "stark/transcript.h"

namespace zkvm {
namespace {

// A transcript that may leave one message out.
class ForgedTranscript {
 public:
  ForgedTranscript(size_t left_out, std::vector<std::string>* messages)
      : left_out_(left_out), messages_(messages) {}

  void Absorb(std::string_view name, uint8_t step, std::span<const uint8_t> message) {
    if (Takes(name)) transcript_.Absorb(step, message);
  }
  void AbsorbFp5s(std::string_view name, uint8_t step, std::span<const Fp5> values) {
    if (Takes(name)) transcript_.AbsorbFp5s(step, values);
  }
  uint64_t Grind(std::string_view name, uint8_t step, int bits) {
    Transcript with_nonce = transcript_;
    const uint64_t nonce = zkvm::Grind(&with_nonce, step, bits);
    if (Takes(name)) transcript_ = with_nonce;
    return nonce;
  }
  Transcript& transcript() { return transcript_; }

 private:
  bool Takes(std::string_view name) {
    messages_->emplace_back(name);
    return messages_->size() - 1 != left_out_;
  }

  Transcript transcript_;
  size_t left_out_;
  std::vector<std::string>* messages_;
};

std::vector<Matrix> ExtendTables(const Tree& tree, const std::vector<Matrix>& by_table,
                                 int log_blowup) {
  std::vector<Matrix> words(by_table.size());
  for (const ColumnGroup& group : tree.groups) {
    words[group.table] = Extend(by_table[group.table], log_blowup);
  }
  return words;
}

Commitment Commit(const Tree& tree, std::vector<Matrix> words) {
  std::vector<Matrix> by_group;
  for (const ColumnGroup& group : tree.groups) by_group.push_back(std::move(words[group.table]));
  return Commitment(tree, std::move(by_group));
}

// The word of a polynomial of degree < k from its values on <w_k>.
std::vector<Fp5> WordOf(Matrix f, int log_k, int log_blowup) {
  const size_t k = size_t{1} << log_k;
  const size_t cosets = size_t{1} << log_blowup;
  std::vector<Fp5> word(k * cosets);
  std::vector<Fp> values(k);
  for (size_t i = 0; i < 5; ++i) {
    InverseNtt(f.column(i), log_k);
    Fp shift(1);
    for (size_t c = 0; c < cosets; ++c, shift *= Fp::RootOfUnity(log_k + log_blowup)) {
      CosetNtt(f.column(i), values.data(), log_k, shift);
      for (size_t t = 0; t < k; ++t) word[cosets * t + c].c[i] = values[t];
    }
  }
  return word;
}

// Coefficients of the polynomial of degree < 64 through the values on <w_64>.
std::vector<Fp5> FinalOf(const std::vector<Fp5>& word) {
  constexpr size_t kCount = size_t{1} << kLogFinalDegree;
  const size_t step = word.size() / kCount;
  const Fp inverse_root = Fp::RootOfUnity(kLogFinalDegree).Inverse();
  std::vector<Fp5> coefficients(kCount);
  for (size_t m = 0; m < kCount; ++m) {
    for (size_t t = 0; t < kCount; ++t) {
      coefficients[m] += word[step * t] * inverse_root.Pow(m * t % kCount);
    }
    coefficients[m] = coefficients[m] * Fp(kCount).Inverse();
  }
  return coefficients;
}

// A FRI layer in natural order.
struct Layer {
  Matrix coordinates;
  MerkleTree tree;
};

Layer CommitLayer(const std::vector<Fp5>& word, int log_arity) {
  Matrix coordinates(word.size(), 5);
  std::array<const Fp*, 5> columns;
  for (size_t i = 0; i < 5; ++i) {
    columns[i] = coordinates.column(i);
    for (size_t r = 0; r < word.size(); ++r) coordinates.column(i)[r] = word[r].c[i];
  }
  const int log_size = std::countr_zero(word.size());
  MerkleTree tree = MerkleTree::Build(FriLayerShape(log_size, log_arity),
                                      {FriLayerColumns(columns, log_size, log_arity)});
  return {std::move(coordinates), std::move(tree)};
}

std::vector<Fp5> Fold(const std::vector<Fp5>& word, std::span<const Fp5> challenges) {
  const size_t arity = size_t{1} << challenges.size();
  const size_t leaves = word.size() / arity;
  const Fp w = Fp::RootOfUnity(std::countr_zero(word.size()));
  std::vector<Fp5> folded(leaves);
  std::vector<Fp5> leaf(arity);
  Fp y(1);
  for (size_t r = 0; r < leaves; ++r, y *= w) {
    for (size_t j = 0; j < arity; ++j) leaf[j] = word[r + j * leaves];
    folded[r] = FoldLeaf(leaf, challenges, y);
  }
  return folded;
}

template <class Hook, class... Args>
void Apply(const Hook& hook, Args&&... args) {
  if (hook) hook(std::forward<Args>(args)...);
}

}  // namespace

Forged ForgeProof(const ProverMachine& machine, const Preset& preset, std::vector<Matrix> fixed,
                  const Statement& statement, std::vector<Matrix> main, const Forgery& forgery) {
  const std::vector<TableRule>& tables = machine.machine.tables;
  const Heights heights = HeightsOf(main);
  const Layout layout(machine.machine, preset, heights);
  const int log_domain = heights.log_k + preset.log_blowup;
  const FixedTables fixed_tables = CommitFixedTables(machine.machine, preset, std::move(fixed));

  Forged forged;
  forged.key = {Digest{42}, fixed_tables.commitment.root(), fixed_tables.log_heights};
  ForgedTranscript transcript(forgery.not_absorbed, &forged.messages);
  ByteWriter proof;
  const auto send_root = [&](const char* name, uint8_t step, const Digest& root) {
    proof.WriteBytes(root);
    transcript.Absorb(name, step, root);
  };

  transcript.Absorb("vk_id", kStepKey, forged.key.vk_id);
  transcript.Absorb("preset", kStepKey, std::array<uint8_t, 1>{preset.id});
  transcript.Absorb("zero knowledge", kStepKey, std::array<uint8_t, 1>{0});
  for (const auto& item : statement.items) transcript.Absorb("statement", kStepStatement, item);
  std::vector<uint8_t> heights_bytes;
  for (const int log_n : heights.log_heights) {
    heights_bytes.push_back(log_n < 0 ? uint8_t{0} : static_cast<uint8_t>(log_n));
  }
  proof.WriteBytes(heights_bytes);
  transcript.Absorb("heights", kStepHeights, heights_bytes);

  std::vector<Matrix> main_words = ExtendTables(layout.trees[kMainTree], main, preset.log_blowup);
  Apply(forgery.main, main_words);
  const Commitment main_commitment = Commit(layout.trees[kMainTree], std::move(main_words));
  send_root("main root", kStepMain, main_commitment.root());

  proof.WriteU64(transcript.Grind("bus nonce", kStepBusChallenges, preset.grind_bus));
  const BusChallenges challenges = SqueezeBusChallenges(transcript.transcript());
  std::vector<BusTotals> totals(tables.size());
  std::vector<Matrix> bus(tables.size());
  for (size_t t = 0; t < tables.size(); ++t) {
    if (!heights.present(t)) continue;
    bus[t] = FillBusColumns(tables[t].air->shape(), *machine.kernels[t],
                            {fixed_tables.columns[t], main[t], Matrix(), Matrix()}, challenges, {},
                            &totals[t]);
  }
  Apply(forgery.bus, bus, totals);
  const Commitment bus_commitment =
      Commit(layout.trees[kBusTree], ExtendTables(layout.trees[kBusTree], bus, preset.log_blowup));
  send_root("bus root", kStepBus, bus_commitment.root());
  std::vector<Fp5> list;
  for (size_t t = 0; t < tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = tables[t].air->shape();
    if (shape.fractions > 0) list.push_back(totals[t].sum);
    if (shape.exchanges > 0) list.push_back(totals[t].product);
  }
  proof.WriteFp5s(list);
  transcript.AbsorbFp5s("totals", kStepBus, list);

  const std::vector<Fp5> chi =
      transcript.transcript().Squeeze(kStepConstraintCombination).SampleFp5s(layout.constraints);
  CommitmentsByTree commitments{};
  commitments[kFixedTree] = &fixed_tables.commitment;
  commitments[kMainTree] = &main_commitment;
  commitments[kBusTree] = &bus_commitment;
  Matrix chunks =
      QuotientChunks(machine, preset, heights, layout, commitments, challenges, {}, totals, chi);
  Apply(forgery.quotient, chunks);
  std::vector<Matrix> quotient_words;
  quotient_words.push_back(std::move(chunks));
  const Commitment quotient_commitment =
      Commitment(layout.trees[kQuotientTree], std::move(quotient_words));
  send_root("quotient root", kStepQuotient, quotient_commitment.root());
  commitments[kQuotientTree] = &quotient_commitment;

  proof.WriteU64(transcript.Grind("point nonce", kStepPoint, preset.grind_zeta));
  Fp5 eta;
  (void)SqueezePoint(preset, heights, transcript.transcript(), &eta);
  Apply(forgery.point, eta);
  const Deep deep(layout, heights, commitments, eta);
  std::vector<Fp5> openings = deep.Openings();
  Apply(forgery.openings, Opened{machine.machine, heights, layout, challenges, totals, chi, eta},
        openings);
  proof.WriteFp5s(openings);
  transcript.AbsorbFp5s("openings", kStepOpenings, openings);

  proof.WriteU64(transcript.Grind("batch nonce", kStepBatch, preset.grind_batch));
  const std::vector<Fp5> lambda =
      transcript.transcript().Squeeze(kStepBatch).SampleFp5s(layout.functions.size());
  std::vector<Fp5> word = WordOf(deep.Batch(lambda, openings), heights.log_k, preset.log_blowup);

  std::vector<Layer> layers;
  for (const int log_arity : FoldArities(heights.log_k)) {
    const uint8_t step = static_cast<uint8_t>(kStepFold + layers.size());
    Apply(forgery.fold, layers.size(), word);
    layers.push_back(CommitLayer(word, log_arity));
    send_root("FRI root", step, layers.back().tree.root());
    proof.WriteU64(transcript.Grind("FRI nonce", step, preset.grind_fold));
    word = Fold(word,
                transcript.transcript().Squeeze(step).SampleFp5s(static_cast<size_t>(log_arity)));
  }
  std::vector<Fp5> final = FinalOf(word);
  Apply(forgery.final, final);
  proof.WriteFp5s(final);
  transcript.AbsorbFp5s("final polynomial", kStepFinal, final);

  proof.WriteU64(transcript.Grind("query nonce", kStepQueries, preset.grind_query));
  const std::vector<uint32_t> indices = SqueezeQueries(preset, log_domain, transcript.transcript());
  for (const Commitment* commitment : commitments) {
    if (commitment != nullptr) commitment->merkle().Open(indices, &proof);
  }
  for (const Layer& layer : layers) layer.tree.Open(indices, &proof);
  forged.proof = proof.Take();
  return forged;
}

Fp5 IdentityDefect(const Opened& opened, const std::vector<Fp5>& openings) {
  const Layout& layout = opened.layout;
  const auto values = [&](TreeId tree, size_t table, bool next) -> std::span<const Fp5> {
    for (const ColumnGroup& group : layout.trees[tree].groups) {
      if (group.table != table) continue;
      const std::span<const Fp5> all(openings);
      return next ? all.subspan(group.first_function + group.columns, group.next.size())
                  : all.subspan(group.first_function, group.columns);
    }
    return {};
  };
  const size_t first_chunk = layout.trees[kQuotientTree].groups[0].first_function;
  Fp5 defect;
  for (size_t d = 0; d < kQuotientChunks; ++d) {
    defect += opened.eta.Pow(d << opened.heights.log_k) * openings[first_chunk + d];
  }
  std::span<const Fp5> chi(opened.chi);
  for (size_t t = 0; t < opened.machine.tables.size(); ++t) {
    if (!opened.heights.present(t)) continue;
    const Air& air = *opened.machine.tables[t].air;
    const int log_n = opened.heights.log_heights[t];
    const size_t n = opened.heights.rows(t);
    const Fp5 zeta = PointOf({log_n, Point::kHere}, opened.heights.log_k, opened.eta);
    const auto minus_row = [&](size_t row) { return zeta - Fp5(Fp::RootOfUnity(log_n).Pow(row)); };
    const FoldedConstraints folded = air.EvaluateAt({.fixed = values(kFixedTree, t, false),
                                                     .main = values(kMainTree, t, false),
                                                     .main_next = values(kMainTree, t, true),
                                                     .garbage = {},
                                                     .folds = {},
                                                     .folds_next = {},
                                                     .bus = values(kBusTree, t, false),
                                                     .bus_next = values(kBusTree, t, true)},
                                                    opened.challenges, {}, opened.totals[t],
                                                    chi.first(air.shape().constraints()));
    chi = chi.subspan(air.shape().constraints());
    static_assert(kTailRows == 1);
    const Fp5 tail = minus_row(n - 1);
    defect -= folded.every * tail * (zeta.Pow(n) - Fp5(1)).Inverse();
    defect -= folded.first * minus_row(0).Inverse() + folded.last * minus_row(n - 2).Inverse() +
              folded.terminal * tail.Inverse();
  }
  return defect;
}

}  // namespace zkvm
