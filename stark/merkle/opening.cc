#include "stark/merkle/opening.h"

#include <algorithm>
#include <utility>

#include "stark/field/fp5.h"
#include "stark/hash/domain.h"

namespace zkvm {

TreeShape FriLayerShape(int log_size, int log_arity) {
  return {
      .log_blowup = 0,
      .levels = {{.log_size = log_size - log_arity, .width = size_t{Fp5::kDegree} << log_arity}}};
}

std::vector<uint32_t> DistinctResidues(std::span<const uint32_t> indices, int log_size) {
  const uint32_t mask = (uint32_t{1} << log_size) - 1;
  std::vector<uint32_t> residues(indices.begin(), indices.end());
  for (uint32_t& residue : residues) residue &= mask;
  std::sort(residues.begin(), residues.end());
  residues.erase(std::unique(residues.begin(), residues.end()), residues.end());
  return residues;
}

std::vector<NodePair> GroupByParent(std::span<const uint32_t> children, int child_log_size) {
  const uint32_t half = uint32_t{1} << (child_log_size - 1);
  // Left children, then right ones, both ascending: merge the two runs.
  const size_t split = static_cast<size_t>(
      std::lower_bound(children.begin(), children.end(), half) - children.begin());
  std::vector<NodePair> families;
  families.reserve(children.size());
  size_t left = 0;
  size_t right = split;
  while (left < split || right < children.size()) {
    const bool has_left =
        left < split && (right == children.size() || children[left] <= children[right] - half);
    const bool has_right =
        right < children.size() && (left == split || children[right] - half <= children[left]);
    families.push_back({.parent = has_left ? children[left] : children[right] - half,
                        .left = has_left ? left : NodePair::kMissing,
                        .right = has_right ? right : NodePair::kMissing});
    left += has_left ? 1 : 0;
    right += has_right ? 1 : 0;
  }
  return families;
}

Digest HashRow(std::span<const Fp> row) {
  ByteWriter bytes;
  bytes.Reserve(row.size_bytes());
  bytes.WriteFps(row);
  return DomainHash(Domain::kLeaf, bytes.bytes());
}

std::span<const Fp> OpenedRows::Row(size_t level, uint32_t index) const {
  const Level& rows = levels_[level];
  const uint32_t residue = index & ((uint32_t{1} << rows.log_size) - 1);
  const auto position = std::lower_bound(rows.residues.begin(), rows.residues.end(), residue);
  const size_t row = static_cast<size_t>(position - rows.residues.begin());
  return std::span(rows.words).subspan(row * rows.width, rows.width);
}

std::optional<OpenedRows> VerifyOpening(const TreeShape& shape, std::span<const uint32_t> indices,
                                        const Digest& root, ByteReader* reader) {
  if (indices.empty() || shape.levels.empty()) return std::nullopt;
  OpenedRows opened;
  for (const TreeShape::Level& level : shape.levels) {
    OpenedRows::Level rows = {.log_size = level.log_size,
                              .width = level.width,
                              .residues = DistinctResidues(indices, level.log_size),
                              .words = {}};
    if (rows.residues.size() > reader->left() / level.width ||
        !reader->ReadFps(rows.residues.size() * level.width, &rows.words)) {
      return std::nullopt;
    }
    opened.levels_.push_back(std::move(rows));
  }

  const auto row_digest = [&opened](size_t level, size_t row) {
    const OpenedRows::Level& rows = opened.levels_[level];
    return HashRow(std::span(rows.words).subspan(row * rows.width, rows.width));
  };
  std::vector<uint32_t> nodes = opened.levels_[0].residues;
  std::vector<Digest> digests;
  for (size_t i = 0; i < nodes.size(); ++i) digests.push_back(row_digest(0, i));
  size_t next_level = 1;
  for (int log_size = shape.log_size(); log_size > 0; --log_size) {
    const std::vector<NodePair> families = GroupByParent(nodes, log_size);
    std::vector<Digest> parents(families.size());
    const bool injects =
        next_level < shape.levels.size() && shape.levels[next_level].log_size == log_size - 1;
    nodes.clear();
    for (size_t i = 0; i < families.size(); ++i) {
      const NodePair& family = families[i];
      Digest left;
      Digest right;
      if (family.left != NodePair::kMissing) {
        left = digests[family.left];
      } else if (!reader->ReadBytes(left)) {
        return std::nullopt;
      }
      if (family.right != NodePair::kMissing) {
        right = digests[family.right];
      } else if (!reader->ReadBytes(right)) {
        return std::nullopt;
      }
      parents[i] = DomainHash(Domain::kNode, left, right);
      // The rows of this size were read at just these nodes.
      if (injects) parents[i] = DomainHash(Domain::kInject, parents[i], row_digest(next_level, i));
      nodes.push_back(family.parent);
    }
    digests = std::move(parents);
    if (injects) ++next_level;
  }
  if (digests.front() != root) return std::nullopt;
  return opened;
}

}  // namespace zkvm
