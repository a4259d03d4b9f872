// A committed tree of columns: low-degree extensions and Merkle tree (docs/protocol.md, section 3).
#ifndef ZKVM_STARK_COMMITMENT_H_
#define ZKVM_STARK_COMMITMENT_H_

#include <array>
#include <cstddef>
#include <vector>

#include "stark/arena.h"
#include "stark/layout.h"
#include "stark/merkle/tree.h"

namespace zkvm {

class Commitment {
 public:
  // Commits to the columns of every group of `tree`, extended already: extensions[g] has B 2^log_n
  // rows, coset-major, and group.words() columns.
  Commitment(const Tree& tree, std::vector<Matrix> extensions);
  // The same, if merkle().digests() of that commitment were kept.
  Commitment(const Tree& tree, std::vector<Matrix> extensions, Buffer digests);

  const Digest& root() const { return root_; }
  // Coset-major: offset t of coset c at [c n + t].
  const Matrix& extension(size_t group) const { return extensions_[group]; }
  const MerkleTree& merkle() const { return merkle_; }

 private:
  std::vector<Matrix> extensions_;
  MerkleTree merkle_;
  Digest root_;
};

// By TreeId; null where a tree does not exist.
using CommitmentsByTree = std::array<const Commitment*, kNumTrees>;

// The columns of a group from the trace domain (2^log_n rows) to its B cosets.
Matrix Extend(const Matrix& values, int log_blowup);

}  // namespace zkvm

#endif  // ZKVM_STARK_COMMITMENT_H_
