#include "precompiles/tensor/rounds.h"

#include "precompiles/tensor/chips.h"
#include "precompiles/tensor/folds/five.h"
#include "precompiles/tensor/folds/kernel_folds.h"
#include "precompiles/tensor/folds/one_hot_folds.h"
#include "precompiles/tensor/folds/plane_folds.h"
#include "precompiles/tensor/folds/term_folds.h"
#include "precompiles/tensor/lowering/garbage.h"
#include "stark/air/columns.h"

namespace zkvm::tensor {

template <class Chip>
size_t TensorRounds::TableOf() const {
  return first_table_ + PositionIn<Chip>(Chips());
}

// Rows as in CallRows: for each call with garbage, one for each step of its program.
std::vector<zkvm::Matrix> TensorRounds::FillGarbage(const std::vector<zkvm::Matrix>& main,
                                                    const FoldChallenges& challenges) {
  std::vector<zkvm::Matrix> columns(main.size());
  const size_t height = main[TableOf<GarbageChip>()].rows();
  if (height == 0) return columns;
  zkvm::Matrix& coefficients = columns[TableOf<GarbageChip>()];
  coefficients = zkvm::Matrix(height, 5 * GarbageChip::kCoefficients);
  GarbageMaker maker(model_, challenges.gamma, challenges.delta);
  size_t row = 0;
  for (const TensorCall& call : record_.calls) {
    const CallPlan& plan = lowered_.calls[call.descriptor];
    if ((plan.flags & kHasGarbage) == 0) continue;
    const Program& program = lowered_.Worker(plan.garbage);
    const auto steps = std::span(lowered_.garbage)
                           .subspan(program.first - lowered_.first_garbage_row, program.steps);
    std::vector<Fp5> values(GarbageChip::kCoefficients * steps.size());
    maker.Make(model_.descriptors[call.descriptor], record_.cells, call.source, steps, values);
    for (size_t i = 0; i < values.size(); ++i) {
      SetFive(coefficients, i % GarbageChip::kCoefficients, row + i / GarbageChip::kCoefficients,
              values[i]);
    }
    row += steps.size();
  }
  ZeroRows(row, coefficients);
  return columns;
}

// What a table looks up is known before it: kernels, then evaluations, then the rest.
std::vector<zkvm::Matrix> TensorRounds::FillFolds(const std::vector<zkvm::Matrix>& main,
                                                  const std::vector<zkvm::Matrix>& garbage,
                                                  const FoldChallenges& /*challenges*/,
                                                  std::span<const Fp5> constants) {
  std::vector<zkvm::Matrix> columns(main.size());
  const auto fill = [&]<class Chip>(auto fold) {
    const size_t table = TableOf<Chip>();
    if (main[table].rows() > 0) columns[table] = fold(main[table]);
  };
  fill.template operator()<Pow>([&](const zkvm::Matrix& table) {
    return FoldPowers(lowered_.power, table.rows(), constants);
  });
  fill.template operator()<Weight<64>>([&](const zkvm::Matrix& table) {
    return FoldWeights(lowered_.weight64, table.rows(), constants);
  });
  fill.template operator()<Weight<256>>([&](const zkvm::Matrix& table) {
    return FoldWeights(lowered_.weight256, table.rows(), constants);
  });
  const KernelValues kernels(lowered_.kernels, columns[TableOf<Pow>()],
                             columns[TableOf<Weight<64>>()], columns[TableOf<Weight<256>>()]);

  Evaluations evaluations;
  fill.template operator()<Out>([&](const zkvm::Matrix& table) {
    zkvm::Matrix folds = FoldOut(table, constants);
    evaluations.AddOut(table, folds);
    return folds;
  });
  fill.template operator()<Eval>([&](const zkvm::Matrix& table) {
    zkvm::Matrix folds = FoldEval(table, constants);
    evaluations.AddEval(table, folds);
    return folds;
  });
  fill.template operator()<OneHotChip>(
      [&](const zkvm::Matrix& table) { return FoldOneHot(table, kernels, evaluations); });
  evaluations.Finish();

  fill.template operator()<Term>(
      [&](const zkvm::Matrix& table) { return FoldTerm(table, constants, evaluations, kernels); });
  fill.template operator()<GarbageChip>([&](const zkvm::Matrix& table) {
    return FoldGarbage(table, garbage[TableOf<GarbageChip>()], constants, kernels);
  });
  return columns;
}

}  // namespace zkvm::tensor
