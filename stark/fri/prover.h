// FRI, prover's side (docs/protocol.md, section 5.3).
#ifndef ZKVM_STARK_FRI_PROVER_H_
#define ZKVM_STARK_FRI_PROVER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "stark/arena.h"
#include "stark/bytes.h"
#include "stark/field/fp5.h"
#include "stark/merkle/tree.h"
#include "stark/params.h"
#include "stark/transcript.h"

namespace zkvm {

class FriProver {
 public:
  explicit FriProver(const Preset& preset) : preset_(preset) {}

  // Commits to every layer of the word of `f0` (values on <w_k>, five columns), folds it, and sends
  // the final polynomial: steps 14+l and 60.
  void Commit(Matrix f0, int log_k, ByteWriter& proof, Transcript& transcript);

  // Opens every layer at the queries.
  void Open(std::span<const uint32_t> indices, ByteWriter& proof) const;

 private:
  // Column 5 j + i of a layer holds coordinate i of the values at leaf offsets t + j k/A: leaf (c,
  // t) at c k/A + t, cosets c of <w_N> one after the other.
  struct Layer {
    Matrix leaves;
    MerkleTree tree;
  };

  const Preset& preset_;
  std::vector<Layer> layers_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_FRI_PROVER_H_
