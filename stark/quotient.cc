#include "stark/quotient.h"

#include <array>
#include <bit>
#include <map>
#include <span>

#include "stark/ntt/ntt.h"
#include "stark/parallel.h"
#include "stark/pointwise.h"

namespace zkvm {
namespace {

// One coset s' <g> of a trace domain, with what all tables of its height need there.
struct Coset {
  size_t index;  // among the B cosets of the extension
  Fp shift;
  Fp inverse_vanishing;        // 1 / (s'^n - 1)
  Matrix inverse_differences;  // 1 / (X - 1)
};

Coset MakeCoset(int log_n, int log_blowup, size_t half) {
  const size_t n = size_t{1} << log_n;
  Coset coset{};
  // The 2n-coset is the union of extension cosets 0 and B/2: s <g> and s w_2n <g>.
  coset.index = half << (log_blowup - 1);
  coset.shift = half == 0 ? Fp::Generator() : Fp::Generator() * Fp::RootOfUnity(log_n + 1);
  coset.inverse_vanishing = (coset.shift.Pow(n) - 1).Inverse();
  coset.inverse_differences = Matrix(n, 1);
  Fp* inverses = coset.inverse_differences.column(0);
  const Fp g = Fp::RootOfUnity(log_n);
  ParallelFor(0, n, 8 * kPointwiseBlock, [&](size_t begin, size_t end) {
    Fp x = coset.shift * g.Pow(begin);
    for (size_t i = begin; i < end; ++i, x *= g) inverses[i] = x - 1;
    BatchInvert(std::span(inverses + begin, end - begin));
  });
  return coset;
}

// The columns of one table on one coset.
std::vector<const Fp*> OnCoset(TreeId tree, size_t table, size_t coset, const Layout& layout,
                               const CommitmentsByTree& commitments) {
  std::vector<const Fp*> columns;
  const auto& groups = layout.trees[tree].groups;
  for (size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].table != table) continue;
    const Matrix& extension = commitments[tree]->extension(g);
    const size_t offset = coset << groups[g].log_n;
    for (size_t j = 0; j < extension.cols(); ++j) columns.push_back(extension.column(j) + offset);
  }
  return columns;
}

// Powers of 1/w_2n in bit-reversed order of the exponent: bit p of the position counts for
// 2^(log_n - 1 - p) in the exponent.
std::vector<Fp> InversePowers(int log_n) {
  std::vector<Fp> powers(size_t{1} << log_n, Fp(1));
  for (int p = 0; p < log_n; ++p) {
    const size_t half = size_t{1} << p;
    const Fp step = Fp::RootOfUnity(log_n + 1).Pow(powers.size() / 2 / half).Inverse();
    for (size_t i = 0; i < half; ++i) powers[half + i] = powers[i] * step;
  }
  return powers;
}

}  // namespace

Matrix QuotientChunks(const ProverMachine& machine, const Preset& preset, const Heights& heights,
                      const Layout& layout, const CommitmentsByTree& commitments,
                      const BusChallenges& challenges, std::span<const Fp5> constants,
                      const std::vector<BusTotals>& totals, const std::vector<Fp5>& chi) {
  const size_t k = size_t{1} << heights.log_k;
  std::vector<Fp5> twice_chi = chi;
  for (Fp5& x : twice_chi) x += x;

  std::map<int, std::vector<size_t>> tables_by_height;
  std::vector<size_t> first_chi(machine.machine.tables.size());
  size_t next_chi = 0;
  for (size_t t = 0; t < machine.machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    tables_by_height[heights.log_heights[t]].push_back(t);
    first_chi[t] = next_chi;
    next_chi += machine.machine.tables[t].air->shape().constraints();
  }

  // Coefficients of Q in Y, bit-reversed: Q_0 in columns 0-4, Q_1 in columns 5-9. Coefficient m of
  // X_t^m belongs to Y^(m e_t), which is the same bit-reversed position: a prefix of the column.
  Matrix chunks(k, 5 * kQuotientChunks);
  ParallelFor(0, chunks.cols(), 1, [&](size_t begin, size_t end) {
    for (size_t j = begin; j < end; ++j) std::fill_n(chunks.column(j), k, Fp());
  });

  for (const auto& [log_n, tables] : tables_by_height) {
    const size_t n = size_t{1} << log_n;
    std::array<Matrix, 2> values{Matrix(n, 5), Matrix(n, 5)};
    for (size_t half = 0; half < 2; ++half) {
      const Coset coset = MakeCoset(log_n, preset.log_blowup, half);
      Five quotient;
      for (size_t i = 0; i < 5; ++i) {
        quotient[i] = values[half].column(i);
        std::fill_n(quotient[i], n, Fp());
      }
      for (const size_t t : tables) {
        const auto on_coset = [&](TreeId tree) {
          return OnCoset(tree, t, coset.index, layout, commitments);
        };
        const bool model = machine.machine.tables[t].air->shape().model;
        const auto fixed = on_coset(model ? kModelTree : kFixedTree);
        const auto main = on_coset(kMainTree);
        const auto garbage = on_coset(kGarbageTree);
        const auto folds = on_coset(kFoldTree);
        const auto bus = on_coset(kBusTree);
        ParallelFor(0, n / kRowBlock, 4, [&](size_t begin, size_t end) {
          machine.kernels[t]->add_quotient(
              {.fixed = fixed.data(),
               .main = main.data(),
               .garbage = garbage.data(),
               .folds = folds.data(),
               .bus = bus.data(),
               .n = n,
               .begin = begin * kRowBlock,
               .end = end * kRowBlock,
               .challenges = &challenges,
               .constants = constants.data(),
               .totals = totals[t],
               .chi = chi.data() + first_chi[t],
               .twice_chi = twice_chi.data() + first_chi[t],
               .shift = coset.shift,
               .generator = Fp::RootOfUnity(log_n),
               .inverse_vanishing = coset.inverse_vanishing,
               .inverse_x_minus_1 = coset.inverse_differences.column(0),
               .first_tail = n - kTailRows,
               .quotient = quotient.data()});
        });
      }
      ParallelFor(0, 5, 1, [&](size_t begin, size_t end) {
        for (size_t i = begin; i < end; ++i) InverseNtt(quotient[i], log_n);
      });
    }
    const std::vector<Fp> inverse_powers = InversePowers(log_n);
    ParallelFor(0, n / kPointwiseBlock, 8, [&](size_t begin, size_t end) {
      for (size_t i = 0; i < 5; ++i) {
        Pointwise().split_cosets(values[0].column(i), values[1].column(i), inverse_powers.data(),
                                 chunks.column(i), chunks.column(5 + i), begin * kPointwiseBlock,
                                 end * kPointwiseBlock);
      }
    });
  }

  Matrix extended(k << preset.log_blowup, chunks.cols());
  const Fp w = Fp::RootOfUnity(heights.log_k + preset.log_blowup);
  ParallelFor(0, chunks.cols(), 1, [&](size_t begin, size_t end) {
    for (size_t j = begin; j < end; ++j) {
      Fp shift(1);
      for (size_t c = 0; c < size_t{1} << preset.log_blowup; ++c, shift *= w) {
        CosetNtt(chunks.column(j), extended.column(j) + c * k, heights.log_k, shift);
      }
    }
  });
  return extended;
}

}  // namespace zkvm
