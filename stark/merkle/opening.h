// Mixed-height Merkle trees (protocol.md, section 3): their shape, and openings as the verifier
// checks them.
//
// The rows of 2^m words are hashed with H_leaf; the largest m gives the leaves. A level of M
// digests becomes one of M/2 by d_(M/2)[i] = H_node(d_M[i] || d_M[i + M/2]), and if the tree has
// rows of that size, by H_inject of this and H_leaf of row i. So index i mod M addresses every
// level.
//
// An opening at a list of indices holds, for every row size M in descending order, the rows at the
// distinct i mod M in ascending order, and then, level by level up to the root, the digests of
// children whose siblings are known and who are not. It carries no counts: all follow from shape
// and indices.
#ifndef ZKVM_STARK_MERKLE_OPENING_H_
#define ZKVM_STARK_MERKLE_OPENING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stark/bytes.h"
#include "stark/field/fp.h"
#include "stark/hash/blake3.h"

namespace zkvm {

struct TreeShape {
  // The rows of all tables with 2^log_size words a column, side by side.
  struct Level {
    int log_size;
    size_t width;  // >= 1
  };

  int log_size() const { return levels.front().log_size; }

  // The rate of the codewords, the same for all; only the prover's storage order depends on it.
  int log_blowup = 0;
  // Strictly descending log_size, in [log_blowup, 31]; not empty.
  std::vector<Level> levels;
};

// The tree of a FRI layer of 2^log_size values of F (section 3.4): 2^log_size >> log_arity leaves
// of 2^log_arity values, five words each.
TreeShape FriLayerShape(int log_size, int log_arity);

// The sorted distinct {i mod 2^log_size}.
std::vector<uint32_t> DistinctResidues(std::span<const uint32_t> indices, int log_size);

// A node above opened ones, and where its children are among them.
struct NodePair {
  static constexpr size_t kMissing = SIZE_MAX;

  uint32_t parent;
  size_t left;   // the position of child `parent`, or kMissing
  size_t right;  // of child `parent` + 2^(child_log_size - 1), or kMissing
};

// The parents, ascending, of `children`, sorted distinct nodes of the level of 2^child_log_size.
// REQUIRES: child_log_size >= 1.
std::vector<NodePair> GroupByParent(std::span<const uint32_t> children, int child_log_size);

// H_leaf of a row.
Digest HashRow(std::span<const Fp> row);

// The rows of a verified opening.
class OpenedRows {
 public:
  // Row `index` mod 2^log_size of shape.levels[level]. REQUIRES: `index` is one of the indices
  // opened.
  std::span<const Fp> Row(size_t level, uint32_t index) const;

 private:
  friend std::optional<OpenedRows> VerifyOpening(const TreeShape&, std::span<const uint32_t>,
                                                 const Digest&, ByteReader*);
  struct Level {
    int log_size;
    size_t width;
    std::vector<uint32_t> residues;
    std::vector<Fp> words;  // the rows at `residues`, one after the other
  };

  std::vector<Level> levels_;
};

// Reads an opening at `indices` (in any order, repeated or not) and checks it against `root`.
// Nothing if it is cut short, holds a word >= p or does not hash to the root, or if indices or
// levels are empty. What follows the opening is left in `reader`.
std::optional<OpenedRows> VerifyOpening(const TreeShape& shape, std::span<const uint32_t> indices,
                                        const Digest& root, ByteReader* reader);

}  // namespace zkvm

#endif  // ZKVM_STARK_MERKLE_OPENING_H_
