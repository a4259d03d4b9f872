#include "stark/fri/verifier.h"

#include <array>
#include <string>

#include "stark/common_steps.h"
#include "stark/fri/fold.h"

namespace zkvm {

Status FriVerifier::ReadCommitments(ByteReader& proof, Transcript& transcript) {
  for (size_t l = 0; l < arities_.size(); ++l) {
    const TranscriptStep step = static_cast<TranscriptStep>(kStepFold + l);
    Digest root;
    if (!proof.ReadBytes(root)) return Status::Error("the proof ends within the FRI roots");
    transcript.Absorb(step, root);
    uint64_t nonce;
    if (!proof.ReadU64(&nonce) || !transcript.CheckGrind(step, preset_.grind_fold, nonce)) {
      return Status::Error("wrong proof of work before the challenges of FRI layer " +
                           std::to_string(l));
    }
    roots_.push_back(root);
    challenges_.push_back(transcript.Squeeze(step).SampleFp5s(static_cast<size_t>(arities_[l])));
  }
  if (!proof.ReadFp5s(size_t{1} << kLogFinalDegree, &final_)) {
    return Status::Error("the proof's final polynomial is cut off or has a word >= p");
  }
  transcript.AbsorbFp5s(kStepFinal, final_);
  return Status::Ok();
}

Status FriVerifier::ReadLayers(std::span<const uint32_t> indices, ByteReader& proof) {
  int log_domain = log_k_ + preset_.log_blowup;
  for (size_t l = 0; l < arities_.size(); ++l) {
    const TreeShape shape = FriLayerShape(log_domain, arities_[l]);
    auto rows = VerifyOpening(shape, indices, roots_[l], &proof);
    if (!rows) {
      return Status::Error("the opening of FRI layer " + std::to_string(l) +
                           " does not match its root");
    }
    layers_.push_back(std::move(*rows));
    log_domain -= arities_[l];
  }
  return Status::Ok();
}

bool FriVerifier::CheckQuery(uint32_t index, const Fp5& f0) const {
  int log_size = log_k_ + preset_.log_blowup;
  uint32_t position = index;
  Fp5 value = f0;
  for (size_t l = 0; l < arities_.size(); ++l) {
    const int log_leaves = log_size - arities_[l];
    const uint32_t leaf_index = position & ((uint32_t{1} << log_leaves) - 1);
    const std::span<const Fp> words = layers_[l].Row(0, leaf_index);
    std::array<Fp5, size_t{1} << kMaxLogArity> leaf;
    const size_t arity = size_t{1} << arities_[l];
    for (size_t j = 0; j < arity; ++j) {
      for (size_t i = 0; i < 5; ++i) leaf[j].c[i] = words[5 * j + i];
    }
    if (leaf[position >> log_leaves] != value) return false;
    const Fp y = Fp::RootOfUnity(log_size).Pow(leaf_index);
    value = FoldLeaf(std::span(leaf).first(arity), challenges_[l], y);
    position = leaf_index;
    log_size = log_leaves;
  }
  const Fp y = Fp::RootOfUnity(log_size).Pow(position);
  Fp5 expected;
  for (size_t i = final_.size(); i-- > 0;) expected = expected * y + final_[i];
  return value == expected;
}

}  // namespace zkvm
