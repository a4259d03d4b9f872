#include "stark/merkle/tree.h"

#include <algorithm>
#include <array>
#include <utility>

#include "stark/hash/domain.h"
#include "stark/parallel.h"

namespace zkvm {
namespace {

// Rows of one HashColumns call, and the least number for one thread.
constexpr size_t kTileRows = 512;

// Between equal words of a digest: a multiple of a cache line that keeps the eight columns of a
// level, powers of two long, out of one cache set.
size_t DigestStride(size_t size) { return (size + 15) / 16 * 16 + 80; }

using WordColumns = std::span<const uint32_t* const>;

std::vector<const uint32_t*> Words(const std::vector<const Fp*>& columns) {
  std::vector<const uint32_t*> words;
  words.reserve(columns.size());
  for (const Fp* column : columns) words.push_back(reinterpret_cast<const uint32_t*>(column));
  return words;
}

// The 16 columns of messages left || right.
std::array<const uint32_t*, 16> Pairs(DigestColumns left, DigestColumns right) {
  std::array<const uint32_t*, 16> columns;
  for (size_t w = 0; w < 8; ++w) {
    columns[w] = left.column(w);
    columns[w + 8] = right.column(w);
  }
  return columns;
}

void HashLeaves(const TreeShape::Level& level, WordColumns rows, DigestColumns leaves) {
  ParallelFor(0, size_t{1} << level.log_size, kTileRows, [&](size_t begin, size_t end) {
    HashColumns(DomainKey(Domain::kLeaf), rows, begin, end - begin, leaves.From(begin));
  });
}

// The parents at positions [begin, end), all in one coset, whose children are at the positions
// `left` + i and `right` + i of parent i. With rows, they are injected.
void HashParents(DigestColumns children, size_t left, size_t right, WordColumns rows, size_t begin,
                 size_t end, DigestColumns parents) {
  const std::array<const uint32_t*, 16> pairs = Pairs(children.From(left), children.From(right));
  if (rows.empty()) {
    HashColumns(DomainKey(Domain::kNode), pairs, begin, end - begin, parents.From(begin));
    return;
  }
  alignas(64) uint32_t node_words[8 * kTileRows];
  alignas(64) uint32_t row_words[8 * kTileRows];
  const DigestColumns nodes = {node_words, kTileRows};
  const DigestColumns row_digests = {row_words, kTileRows};
  const std::array<const uint32_t*, 16> injections = Pairs(nodes, row_digests);
  for (size_t first = begin; first < end; first += kTileRows) {
    const size_t count = std::min(kTileRows, end - first);
    HashColumns(DomainKey(Domain::kNode), pairs, first, count, nodes);
    HashColumns(DomainKey(Domain::kLeaf), rows, first, count, row_digests);
    HashColumns(DomainKey(Domain::kInject), injections, 0, count, parents.From(first));
  }
}

// The level above `children`, of 2^log_size digests.
void HashLevel(DigestColumns children, int log_size, int log_blowup, WordColumns rows,
               DigestColumns parents) {
  const size_t size = size_t{1} << log_size;
  const size_t cosets = log_size >= log_blowup ? size_t{1} << log_blowup : 1;
  const size_t coset_size = size / cosets;
  ParallelFor(0, size, kTileRows, [&](size_t begin, size_t end) {
    while (begin < end) {
      const size_t coset = begin / coset_size;
      const size_t coset_end = std::min(end, (coset + 1) * coset_size);
      // The children's coset starts at 2 coset coset_size, the parents' at coset coset_size.
      const size_t left = coset * coset_size;
      HashParents(children, left, left + coset_size, rows, begin, coset_end, parents);
      begin = coset_end;
    }
  });
}

}  // namespace

MerkleTree MerkleTree::Build(const TreeShape& shape, std::vector<std::vector<const Fp*>> columns) {
  MerkleTree tree(shape, std::move(columns), Buffer(DigestBytes(shape)));
  tree.HashAll();
  return tree;
}

MerkleTree MerkleTree::Restore(const TreeShape& shape, std::vector<std::vector<const Fp*>> columns,
                               Buffer digests) {
  return MerkleTree(shape, std::move(columns), std::move(digests));
}

size_t MerkleTree::DigestBytes(const TreeShape& shape) {
  size_t words = 0;
  for (int log_size = shape.log_size(); log_size >= 0; --log_size) {
    words += 8 * DigestStride(size_t{1} << log_size);
  }
  return words * sizeof(uint32_t);
}

MerkleTree::MerkleTree(const TreeShape& shape, std::vector<std::vector<const Fp*>> columns,
                       Buffer digests)
    : shape_(shape), columns_(std::move(columns)), digests_(std::move(digests)) {
  uint32_t* base = digests_.As<uint32_t>();
  for (int log_size = shape_.log_size(); log_size >= 0; --log_size) {
    const size_t stride = DigestStride(size_t{1} << log_size);
    levels_.push_back({base, stride});
    base += 8 * stride;
  }
}

void MerkleTree::HashAll() {
  HashLeaves(shape_.levels[0], Words(columns_[0]), levels_[0]);
  size_t next = 1;
  for (int log_size = shape_.log_size() - 1; log_size >= 0; --log_size) {
    std::vector<const uint32_t*> rows;
    if (next < shape_.levels.size() && shape_.levels[next].log_size == log_size) {
      rows = Words(columns_[next++]);
    }
    HashLevel(LevelOfSize(log_size + 1), log_size, shape_.log_blowup, rows, LevelOfSize(log_size));
  }
}

size_t MerkleTree::Position(uint32_t index, int log_size) const {
  if (log_size < shape_.log_blowup) return index;
  const uint32_t coset = index & ((uint32_t{1} << shape_.log_blowup) - 1);
  return (size_t{coset} << (log_size - shape_.log_blowup)) + (index >> shape_.log_blowup);
}

void MerkleTree::Open(std::span<const uint32_t> indices, ByteWriter* writer) const {
  for (size_t l = 0; l < shape_.levels.size(); ++l) {
    const int log_size = shape_.levels[l].log_size;
    for (const uint32_t index : DistinctResidues(indices, log_size)) {
      const size_t position = Position(index, log_size);
      for (const Fp* column : columns_[l]) writer->WriteFp(column[position]);
    }
  }
  std::vector<uint32_t> nodes = DistinctResidues(indices, shape_.log_size());
  for (int log_size = shape_.log_size(); log_size > 0; --log_size) {
    const DigestColumns& digests = LevelOfSize(log_size);
    const uint32_t half = uint32_t{1} << (log_size - 1);
    const std::vector<NodePair> families = GroupByParent(nodes, log_size);
    nodes.clear();
    for (const NodePair& family : families) {
      if (family.left == NodePair::kMissing) {
        writer->WriteBytes(digests.At(Position(family.parent, log_size)));
      }
      if (family.right == NodePair::kMissing) {
        writer->WriteBytes(digests.At(Position(family.parent + half, log_size)));
      }
      nodes.push_back(family.parent);
    }
  }
}

std::vector<const Fp*> FriLayerColumns(std::span<const Fp* const, Fp5::kDegree> coordinates,
                                       int log_size, int log_arity) {
  std::vector<const Fp*> columns;
  for (size_t j = 0; j < size_t{1} << log_arity; ++j) {
    for (const Fp* coordinate : coordinates) {
      columns.push_back(coordinate + (j << (log_size - log_arity)));
    }
  }
  return columns;
}

}  // namespace zkvm
