// The query phase of FRI (docs/protocol.md, section 6, lines 27-40).
#ifndef ZKVM_STARK_FRI_VERIFIER_H_
#define ZKVM_STARK_FRI_VERIFIER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stark/bytes.h"
#include "stark/field/fp5.h"
#include "stark/hash/blake3.h"
#include "stark/merkle/opening.h"
#include "stark/params.h"
#include "stark/status.h"
#include "stark/transcript.h"

namespace zkvm {

class FriVerifier {
 public:
  FriVerifier(const Preset& preset, int log_k)
      : preset_(preset), log_k_(log_k), arities_(FoldArities(log_k)) {}

  // Steps 14+l and 60: roots, fold challenges and the final polynomial.
  Status ReadCommitments(ByteReader& proof, Transcript& transcript);

  // Opens every layer at the queries. REQUIRES: ReadCommitments succeeded; indices < B k.
  Status ReadLayers(std::span<const uint32_t> indices, ByteReader& proof);

  // Whether the word with value `f0` at `index` folds to the final polynomial through the opened
  // leaves. REQUIRES: ReadLayers succeeded; index is one of the queries.
  bool CheckQuery(uint32_t index, const Fp5& f0) const;

 private:
  const Preset& preset_;
  int log_k_;
  std::vector<int> arities_;
  std::vector<Digest> roots_;
  std::vector<std::vector<Fp5>> challenges_;
  std::vector<Fp5> final_;  // coefficients, degree 0 first
  std::vector<OpenedRows> layers_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_FRI_VERIFIER_H_
