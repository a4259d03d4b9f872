#include "stark/commitment.h"

#include <bit>
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

Commitment::Commitment(const Tree& tree, std::vector<Matrix> extensions, Buffer digests)
    : extensions_(std::move(extensions)),
      merkle_(
          MerkleTree::Restore(tree.shape, ColumnsByLevel(tree, extensions_), std::move(digests))),
      root_(merkle_.root()) {}

Matrix Extend(const Matrix& values, int log_blowup) {
  Matrix extension(values.rows() << log_blowup, values.cols());
  ExtendMatrix(values, extension, std::countr_zero(values.rows()), log_blowup);
  return extension;
}

}  // namespace zkvm
