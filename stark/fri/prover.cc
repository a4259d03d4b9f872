#include "stark/fri/prover.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "stark/common_steps.h"
#include "stark/fri/fold.h"
#include "stark/hash/grind.h"
#include "stark/ntt/ntt.h"
#include "stark/parallel.h"
#include "stark/pointwise.h"

namespace zkvm {
namespace {

// Spreads a word, coset by coset with `rows` values each, over the columns of a layer's leaves.
Matrix SplitIntoLeaves(const Matrix& word, size_t cosets, int log_arity) {
  const size_t rows = word.rows() / cosets;
  const size_t parts = size_t{1} << log_arity;
  const size_t part = rows / parts;
  Matrix leaves(cosets * part, 5 * parts);
  ParallelFor(0, 5 * parts, 1, [&](size_t begin, size_t end) {
    for (size_t j = begin; j < end; ++j) {
      for (size_t c = 0; c < cosets; ++c) {
        const Fp* source = word.column(j % 5) + c * rows + (j / 5) * part;
        std::copy_n(source, part, leaves.column(j) + c * part);
      }
    }
  });
  return leaves;
}

// The folded word on one coset, leaf by leaf.
void FoldSmallCoset(const Matrix& leaves, size_t first_row, size_t rows, Fp shift, Fp g,
                    std::span<const Fp5> challenges, Matrix& folded) {
  const size_t parts = leaves.cols() / 5;
  std::array<Fp5, size_t{1} << kMaxLogArity> leaf;
  Fp y = shift;
  for (size_t t = first_row; t < first_row + rows; ++t, y *= g) {
    for (size_t j = 0; j < parts; ++j) {
      for (size_t i = 0; i < 5; ++i) leaf[j].c[i] = leaves.column(5 * j + i)[t];
    }
    const Fp5 value = FoldLeaf(std::span(leaf).first(parts), challenges, y);
    for (size_t i = 0; i < 5; ++i) folded.column(i)[t] = value.c[i];
  }
}

// Binary steps on whole columns: partner of part j is part j + A/2, at -y; then squares.
void FoldLargeCoset(const Matrix& leaves, size_t first_row, size_t rows, Fp shift, Fp g,
                    std::span<const Fp5> challenges, Matrix& folded) {
  size_t parts = leaves.cols() / 5;
  Matrix scratch(rows, 5 * (parts / 2));
  std::vector<ConstFive> inputs(parts);
  for (size_t j = 0; j < parts; ++j) {
    for (size_t i = 0; i < 5; ++i) inputs[j][i] = leaves.column(5 * j + i) + first_row;
  }
  Fp root = Fp::RootOfUnity(std::countr_zero(parts));
  for (const Fp5& r : challenges) {
    parts /= 2;
    Fp y = shift;
    for (size_t j = 0; j < parts; ++j, y *= root) {
      Five out;
      for (size_t i = 0; i < 5; ++i) {
        out[i] = parts == 1 ? folded.column(i) + first_row : scratch.column(5 * j + i);
      }
      ParallelFor(0, rows / kPointwiseBlock, 8, [&](size_t begin, size_t end) {
        Pointwise().fold_half(inputs[j], inputs[j + parts], r, y.Inverse(), g.Inverse(), out,
                              begin * kPointwiseBlock, end * kPointwiseBlock);
      });
      std::copy(out.begin(), out.end(), inputs[j].begin());
    }
    shift *= shift;
    g *= g;
    root *= root;
  }
}

Matrix Fold(const Matrix& leaves, size_t cosets, int log_domain, int log_blowup,
            std::span<const Fp5> challenges) {
  const size_t rows = leaves.rows() / cosets;
  Matrix folded(leaves.rows(), 5);
  const Fp g = Fp::RootOfUnity(log_domain - log_blowup);
  Fp shift(1);
  for (size_t c = 0; c < cosets; ++c, shift *= Fp::RootOfUnity(log_domain)) {
    const auto fold = rows % kPointwiseBlock == 0 ? FoldLargeCoset : FoldSmallCoset;
    fold(leaves, c * rows, rows, shift, g, challenges, folded);
  }
  return folded;
}

// Coefficients of the word on its first coset <w_n>, degree 0 first.
std::vector<Fp5> Interpolate(Matrix& word, int log_n) {
  std::vector<Fp5> coefficients(size_t{1} << log_n);
  for (size_t i = 0; i < 5; ++i) {
    InverseNtt(word.column(i), log_n);
    for (size_t m = 0; m < coefficients.size(); ++m) {
      size_t reversed = 0;
      for (int bit = 0; bit < log_n; ++bit) {
        reversed |= ((m >> bit) & 1) << (log_n - 1 - bit);
      }
      coefficients[m].c[i] = word.column(i)[reversed];
    }
  }
  return coefficients;
}

}  // namespace

void FriProver::Commit(Matrix f0, int log_k, ByteWriter& proof, Transcript& transcript) {
  const int log_blowup = preset_.log_blowup;
  const size_t cosets = size_t{1} << log_blowup;
  const size_t k = size_t{1} << log_k;
  Matrix word(k << log_blowup, 5);
  ParallelFor(0, 5, 1, [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      InverseNtt(f0.column(i), log_k);
      Fp shift(1);
      for (size_t c = 0; c < cosets; ++c, shift *= Fp::RootOfUnity(log_k + log_blowup)) {
        CosetNtt(f0.column(i), word.column(i) + c * k, log_k, shift);
      }
    }
  });
  f0 = Matrix();

  int log_domain = log_k + log_blowup;
  for (const int log_arity : FoldArities(log_k)) {
    const TranscriptStep step = static_cast<TranscriptStep>(kStepFold + layers_.size());
    Matrix leaves = SplitIntoLeaves(word, cosets, log_arity);
    TreeShape shape = FriLayerShape(log_domain, log_arity);
    shape.log_blowup = log_blowup;
    std::vector<const Fp*> columns;
    for (size_t j = 0; j < leaves.cols(); ++j) columns.push_back(leaves.column(j));
    MerkleTree tree = MerkleTree::Build(shape, {std::move(columns)});

    proof.WriteBytes(tree.root());
    transcript.Absorb(step, tree.root());
    proof.WriteU64(Grind(&transcript, step, preset_.grind_fold));
    const std::vector<Fp5> challenges =
        transcript.Squeeze(step).SampleFp5s(static_cast<size_t>(log_arity));
    word = Fold(leaves, cosets, log_domain, log_blowup, challenges);
    layers_.push_back({std::move(leaves), std::move(tree)});
    log_domain -= log_arity;
  }

  const std::vector<Fp5> final = Interpolate(word, log_domain - log_blowup);
  proof.WriteFp5s(final);
  transcript.AbsorbFp5s(kStepFinal, final);
}

void FriProver::Open(std::span<const uint32_t> indices, ByteWriter& proof) const {
  for (const Layer& layer : layers_) layer.tree.Open(indices, &proof);
}

}  // namespace zkvm
