#include "cli/proof_size.h"

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "stark/field/fp5.h"
#include "stark/hash/blake3.h"
#include "stark/layout.h"
#include "stark/merkle/opening.h"
#include "vm/machine.h"
#include "vm/proof.h"

namespace zkvm {
namespace {

constexpr size_t kWordBytes = 4;
constexpr size_t kFp5Bytes = kWordBytes * Fp5::kDegree;
constexpr size_t kNonceBytes = 8;

size_t OpeningBytes(const TreeShape& shape, std::span<const uint32_t> indices) {
  size_t bytes = 0;
  for (const TreeShape::Level& level : shape.levels) {
    bytes += kWordBytes * level.width * DistinctResidues(indices, level.log_size).size();
  }
  for (int log_size = shape.log_size(); log_size > 0; --log_size) {
    const size_t children = DistinctResidues(indices, log_size).size();
    const size_t parents = DistinctResidues(indices, log_size - 1).size();
    bytes += sizeof(Digest) * (2 * parents - children);
  }
  return bytes;
}

// The openings of all trees at one draw of queries.
size_t QueryBytes(const Preset& preset, const Heights& heights, const Layout& layout,
                  std::mt19937& random) {
  int log_size = heights.log_k + preset.log_blowup;
  std::vector<uint32_t> indices(preset.queries);
  for (uint32_t& index : indices) {
    index = static_cast<uint32_t>(random() & ((uint64_t{1} << log_size) - 1));
  }
  size_t bytes = 0;
  for (const Tree& tree : layout.trees) {
    if (tree.exists()) bytes += OpeningBytes(tree.shape, indices);
  }
  for (const int log_arity : FoldArities(heights.log_k)) {
    bytes += OpeningBytes(FriLayerShape(log_size, log_arity), indices);
    log_size -= log_arity;
  }
  return bytes;
}

}  // namespace

size_t PredictProofBytes(const Preset& preset, const Heights& heights, size_t journal_words) {
  const Machine& machine = Rv32Machine();
  const Layout layout(machine, preset, heights);
  size_t bytes = SerializeHeader({}).size() + kWordBytes * journal_words + machine.tables.size();
  bytes += 4 * kNonceBytes + kFp5Bytes * layout.functions.size();
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = machine.tables[t].air->shape();
    bytes += kFp5Bytes * ((shape.fractions > 0 ? 1U : 0U) + (shape.exchanges > 0 ? 1U : 0U));
  }
  for (size_t tree = kMainTree; tree < layout.trees.size(); ++tree) {
    if (layout.trees[tree].exists()) bytes += sizeof(Digest);
  }
  bytes += FoldArities(heights.log_k).size() * (sizeof(Digest) + kNonceBytes);
  bytes += kFp5Bytes << kLogFinalDegree;

  constexpr size_t kDraws = 16;
  std::mt19937 random(1);
  size_t queries = 0;
  for (size_t draw = 0; draw < kDraws; ++draw) {
    queries += QueryBytes(preset, heights, layout, random);
  }
  return bytes + queries / kDraws;
}

}  // namespace zkvm
