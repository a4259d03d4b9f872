#include "stark/commitment.h"

#include <utility>

#include "stark/ntt/ntt.h"

namespace zkvm {
namespace {

std::vector<std::vector<const Fp*>> ColumnsByLevel(const Tree& tree,
                                                   const std::vector<Matrix>& extensions) {
  std::vector<std::vector<const Fp*>> columns(tree.shape.levels.size());
  for (size_t g = 0; g < tree.groups.size(); ++g) {
    for (size_t j = 0; j < extensions[g].cols(); ++j) {
      columns[tree.groups[g].level].push_back(extensions[g].column(j));
    }
  }
  return columns;
}

}  // namespace

Commitment::Commitment(const Tree& tree, std::vector<Matrix> extensions)
    : extensions_(std::move(extensions)),
      merkle_(MerkleTree::Build(tree.shape, ColumnsByLevel(tree, extensions_))),
      root_(merkle_.root()) {}

Commitment Commitment::OfTraces(const Tree& tree, std::vector<const Matrix*> values) {
  const int log_blowup = tree.shape.log_blowup;
  std::vector<Matrix> extensions;
  for (size_t g = 0; g < tree.groups.size(); ++g) {
    extensions.emplace_back(values[g]->rows() << log_blowup, values[g]->cols());
    ExtendMatrix(*values[g], extensions[g], tree.groups[g].log_n, log_blowup);
  }
  return Commitment(tree, std::move(extensions));
}

Commitment Commitment::OfExtensions(const Tree& tree, std::vector<Matrix> extensions) {
  return Commitment(tree, std::move(extensions));
}

}  // namespace zkvm
