// Mixed-height Merkle trees as the prover builds and opens them (protocol.md, section 3).
//
// Storage order. Index i of a column of M = 2^log_size words is i = B t + c, with B = 2^log_blowup
// cosets c and offsets t < M / B, and lies at c M/B + t: coset by coset. Then i and i + M/2, the
// children of one parent, lie M/2B apart in one coset, and so do their digests: digest levels are
// stored in the same order (levels of M < B in that of i).
#ifndef ZKVM_STARK_MERKLE_TREE_H_
#define ZKVM_STARK_MERKLE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stark/arena.h"
#include "stark/bytes.h"
#include "stark/field/fp.h"
#include "stark/field/fp5.h"
#include "stark/hash/blake3_lanes.h"
#include "stark/merkle/opening.h"

namespace zkvm {

class MerkleTree {
 public:
  // columns[l]: the columns, shape.levels[l].width of 2^log_size words each, of the rows of
  // shape.levels[l]. They are not copied and must outlive the last call of Open. Runs on all
  // threads; throws std::bad_alloc.
  static MerkleTree Build(const TreeShape& shape, std::vector<std::vector<const Fp*>> columns);

  // The tree whose digests() were kept: the same shape and columns.
  static MerkleTree Restore(const TreeShape& shape, std::vector<std::vector<const Fp*>> columns,
                            Buffer digests);
  static size_t DigestBytes(const TreeShape& shape);
  // All levels, in the order of storage.
  const Buffer& digests() const { return digests_; }

  const TreeShape& shape() const { return shape_; }
  Digest root() const { return levels_.back().At(0); }

  // Appends the opening at `indices`, which may be in any order and repeated.
  void Open(std::span<const uint32_t> indices, ByteWriter* writer) const;

 private:
  MerkleTree(const TreeShape& shape, std::vector<std::vector<const Fp*>> columns, Buffer digests);
  void HashAll();

  size_t Position(uint32_t index, int log_size) const;
  const DigestColumns& LevelOfSize(int log_size) const {
    return levels_[static_cast<size_t>(shape_.log_size() - log_size)];
  }

  TreeShape shape_;
  std::vector<std::vector<const Fp*>> columns_;
  Buffer digests_;
  std::vector<DigestColumns> levels_;  // from the leaves to the root
};

// The columns of a FRI layer's tree, of shape FriLayerShape(log_size, log_arity), from the five
// coordinate columns of its 2^log_size values in natural order. Leaf r holds the values
// r + j 2^(log_size - log_arity), j ascending.
std::vector<const Fp*> FriLayerColumns(std::span<const Fp* const, Fp5::kDegree> coordinates,
                                       int log_size, int log_arity);

}  // namespace zkvm

#endif  // ZKVM_STARK_MERKLE_TREE_H_
