// A committed tree of columns: low-degree extensions and Merkle tree (docs/protocol.md, section 3).
#ifndef ZKVM_STARK_COMMITMENT_H_
#define ZKVM_STARK_COMMITMENT_H_

#include <cstddef>
#include <vector>

#include "stark/arena.h"
#include "stark/layout.h"
#include "stark/merkle/tree.h"

namespace zkvm {

class Commitment {
 public:
  // Extends the columns of every group of `tree` from the trace domain (values[g] has 2^log_n rows
  // and group.words() columns) to its 2^log_blowup cosets, and commits to them.
  static Commitment OfTraces(const Tree& tree, std::vector<const Matrix*> values);
  // Commits to columns that are extended already: B 2^log_n rows, coset-major.
  static Commitment OfExtensions(const Tree& tree, std::vector<Matrix> extensions);

  const Digest& root() const { return root_; }
  // Coset-major: offset t of coset c at [c n + t].
  const Matrix& extension(size_t group) const { return extensions_[group]; }
  const MerkleTree& merkle() const { return merkle_; }

 private:
  Commitment(const Tree& tree, std::vector<Matrix> extensions);

  std::vector<Matrix> extensions_;
  MerkleTree merkle_;
  Digest root_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_COMMITMENT_H_
