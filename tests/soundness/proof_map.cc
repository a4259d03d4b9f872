#include "tests/soundness/proof_map.h"

#include <algorithm>
#include <array>

#include "stark/bytes.h"
#include "stark/common_steps.h"
#include "stark/layout.h"
#include "stark/merkle/opening.h"
#include "stark/transcript.h"
#include "vm/machine.h"
#include "vm/proof.h"

namespace zkvm {
namespace {

class Mapper {
 public:
  Mapper(std::span<const uint8_t> proof, size_t begin)
      : proof_(proof), reader_(proof.subspan(begin)) {}

  size_t at() const { return proof_.size() - reader_.left(); }
  std::vector<ProofSection> Take() { return std::move(sections_); }

  std::vector<uint8_t> Bytes(const std::string& name, size_t size) {
    std::vector<uint8_t> bytes(size);
    ok_ &= reader_.ReadBytes(bytes);
    Close(name, ProofSection::kBytes);
    return bytes;
  }
  Digest Root(const std::string& name, uint8_t step) {
    Digest root{};
    ok_ &= reader_.ReadBytes(root);
    transcript.Absorb(step, root);
    Close(name, ProofSection::kDigests);
    return root;
  }
  void Nonce(const std::string& name, uint8_t step) {
    uint64_t nonce = 0;
    ok_ &= reader_.ReadU64(&nonce);
    transcript.AbsorbU64(step, nonce);
    Close(name, ProofSection::kNonce);
  }
  void Elements(const std::string& name, uint8_t step, size_t count) {
    std::vector<Fp5> values;
    ok_ &= reader_.ReadFp5s(count, &values);
    transcript.AbsorbFp5s(step, values);
    Close(name, ProofSection::kFieldWords);
  }
  void Opening(const std::string& name, const TreeShape& shape, std::span<const uint32_t> indices,
               const Digest& root) {
    for (const TreeShape::Level& level : shape.levels) {
      std::vector<Fp> words;
      ByteReader ahead = reader_;
      for (const TreeShape::Level& before : shape.levels) {
        ok_ &=
            ahead.ReadFps(DistinctResidues(indices, before.log_size).size() * before.width, &words);
        if (&before == &level) break;
      }
      Mark(name + " rows of 2^" + std::to_string(level.log_size), ProofSection::kFieldWords,
           proof_.size() - ahead.left());
    }
    ok_ &= VerifyOpening(shape, indices, root, &reader_).has_value();
    Close(name + " siblings", ProofSection::kDigests);
  }
  bool complete() const { return ok_ && reader_.left() == 0; }

  Transcript transcript;

 private:
  void Close(const std::string& name, ProofSection::Kind kind) { Mark(name, kind, at()); }
  void Mark(const std::string& name, ProofSection::Kind kind, size_t end) {
    sections_.push_back({name, kind, marked_, end});
    marked_ = end;
  }

  std::span<const uint8_t> proof_;
  ByteReader reader_;
  std::vector<ProofSection> sections_;
  size_t marked_ = proof_.size() - reader_.left();
  bool ok_ = true;
};

}  // namespace

std::vector<ProofSection> StarkSections(const Machine& machine, const Preset& preset,
                                        const FixedCommitment& fixed, const Statement& statement,
                                        std::span<const uint8_t> proof, size_t begin) {
  Mapper map(proof, begin);
  Heights heights;
  for (const uint8_t log_n : map.Bytes("table heights", machine.tables.size())) {
    heights.log_heights.push_back(log_n == 0 ? -1 : log_n);
    heights.log_k = std::max<int>(heights.log_k, log_n);
  }
  const Layout layout(machine, preset, heights);
  AbsorbStatement(preset, fixed, statement, heights, map.transcript);

  std::array<Digest, kNumTrees> roots{fixed.root, fixed.model_root};
  roots[kMainTree] = map.Root("main root", kStepMain);
  if (layout.has_folds()) {
    (void)map.transcript.Squeeze(kStepGarbageChallenges);
    if (layout.trees[kGarbageTree].exists()) {
      roots[kGarbageTree] = map.Root("garbage root", kStepGarbage);
    }
    (void)map.transcript.Squeeze(kStepFoldChallenges);
    if (layout.trees[kFoldTree].exists()) roots[kFoldTree] = map.Root("fold root", kStepFolds);
  }
  map.Nonce("bus nonce", kStepBusChallenges);
  (void)map.transcript.Squeeze(kStepBusChallenges);
  roots[kBusTree] = map.Root("bus root", kStepBus);
  size_t totals = 0;
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = machine.tables[t].air->shape();
    totals += (shape.fractions > 0 ? 1u : 0u) + (shape.exchanges > 0 ? 1u : 0u);
  }
  map.Elements("totals", kStepBus, totals);
  (void)map.transcript.Squeeze(kStepConstraintCombination);
  roots[kQuotientTree] = map.Root("quotient root", kStepQuotient);
  map.Nonce("point nonce", kStepPoint);
  (void)map.transcript.Squeeze(kStepPoint);
  map.Elements("openings", kStepOpenings, layout.functions.size());
  map.Nonce("batch nonce", kStepBatch);
  (void)map.transcript.Squeeze(kStepBatch);

  const std::vector<int> arities = FoldArities(heights.log_k);
  std::vector<Digest> layer_roots;
  for (size_t l = 0; l < arities.size(); ++l) {
    const uint8_t step = static_cast<uint8_t>(kStepFold + l);
    layer_roots.push_back(map.Root("FRI root " + std::to_string(l), step));
    map.Nonce("FRI nonce " + std::to_string(l), step);
    (void)map.transcript.Squeeze(step);
  }
  map.Elements("final polynomial", kStepFinal, size_t{1} << kLogFinalDegree);
  map.Nonce("query nonce", kStepQueries);
  int log_domain = heights.log_k + preset.log_blowup;
  const std::vector<uint32_t> indices = SqueezeQueries(preset, log_domain, map.transcript);

  constexpr std::array<const char*, kNumTrees> kNames{"preprocessed", "model", "main",    "garbage",
                                                      "fold",         "bus",   "quotient"};
  for (size_t tree = 0; tree < kNumTrees; ++tree) {
    if (!layout.trees[tree].exists()) continue;
    map.Opening(kNames[tree], layout.trees[tree].shape, indices, roots[tree]);
  }
  for (size_t l = 0; l < arities.size(); ++l) {
    map.Opening("FRI layer " + std::to_string(l), FriLayerShape(log_domain, arities[l]), indices,
                layer_roots[l]);
    log_domain -= arities[l];
  }
  return map.complete() ? map.Take() : std::vector<ProofSection>();
}

std::vector<ProofSection> ProofSections(const VerifyingKey& key, std::span<const uint8_t> proof) {
  ByteReader reader(proof);
  ProofHeader header;
  if (!ParseHeader(reader, &header).ok()) return {};
  std::vector<ProofSection> sections;
  const auto add = [&](const char* name, size_t size) {
    const size_t begin = sections.empty() ? 0 : sections.back().end;
    sections.push_back({name, ProofSection::kBytes, begin, begin + size});
  };
  add("magic", 4);
  add("format", 2);
  add("preset", 1);
  add("zero knowledge", 1);
  add("vk_id", 32);
  add("exit code", 4);
  add("journal length", 4);
  if (!header.outcome.journal.empty()) add("journal", 4 * header.outcome.journal.size());
  const std::vector<ProofSection> stark =
      StarkSections(Rv32Machine(), *FindPreset(header.preset), CommitmentOf(key),
                    MakeStatement(key, header.outcome), proof, sections.back().end);
  if (stark.empty()) return {};
  sections.insert(sections.end(), stark.begin(), stark.end());
  return sections;
}

}  // namespace zkvm
