#include "tests/stark/fold_toy.h"

#include <algorithm>
#include <random>
#include <span>
#include <utility>

#include "stark/air/air.h"
#include "stark/simd.h"
#include "stark/verifier.h"

namespace zkvm {

using toy::Forms;
using toy::Products;
using toy::Squares;

namespace {

constexpr size_t kForms = 500;

Matrix ZeroMatrix(size_t rows, size_t cols) {
  Matrix matrix(rows, cols);
  for (size_t j = 0; j < cols; ++j) std::fill_n(matrix.column(j), rows, Fp());
  return matrix;
}

void StoreElement(const Fp5& x, size_t column, size_t row, Matrix& matrix) {
  for (size_t i = 0; i < 5; ++i) matrix.column(5 * column + i)[row] = x.c[i];
}

Fp5 LoadElement(const Matrix& matrix, size_t column, size_t row) {
  Fp5 x;
  for (size_t i = 0; i < 5; ++i) x.c[i] = matrix.column(5 * column + i)[row];
  return x;
}

class ToyRounds : public FoldRounds {
 public:
  explicit ToyRounds(const FoldToy& toy) : forms_(toy.fixed[1]), added_(toy.added_garbage) {}

  std::vector<Matrix> FillGarbage(const std::vector<Matrix>& main, const FoldChallenges&) override {
    std::vector<Matrix> garbage(3);
    const Matrix& products = main[2];
    garbage[2] = ZeroMatrix(products.rows(), 10);
    for (size_t row = 0; row < products.rows(); ++row) {
      if (products.column(0)[row].IsZero()) continue;
      const size_t form = products.column(1)[row].Value();
      StoreElement(Fp5(products.column(3)[row] * forms_.column(1)[form]) + added_, 0, row,
                   garbage[2]);
      StoreElement(Fp5(products.column(4)[row] * forms_.column(2)[form]), 1, row, garbage[2]);
    }
    return garbage;
  }

  std::vector<Matrix> FillFolds(const std::vector<Matrix>& main, const std::vector<Matrix>&,
                                const FoldChallenges&, std::span<const Fp5> constants) override {
    std::vector<Matrix> folds(3);
    folds[1] = ZeroMatrix(forms_.rows(), 5);
    for (size_t row = 0; row < forms_.rows(); ++row) {
      StoreElement(Fp5(forms_.column(1)[row]) + constants[toy::kX] * forms_.column(2)[row], 0, row,
                   folds[1]);
    }
    const Matrix& products = main[2];
    folds[2] = ZeroMatrix(products.rows(), 10);
    Fp5 tail;
    for (size_t row = products.rows() - kTailRows; row-- > 0;) {
      StoreElement(LoadElement(folds[1], 0, products.column(1)[row].Value()), 0, row, folds[2]);
      tail = tail * constants[toy::kGamma] + Fp5(products.column(5)[row]);
      StoreElement(tail, 1, row, folds[2]);
    }
    return folds;
  }

 private:
  const Matrix& forms_;
  Fp5 added_;
};

ColumnPointers ColumnsOf(const Matrix& matrix) {
  ColumnPointers columns;
  for (size_t j = 0; j < matrix.cols(); ++j) columns.push_back(matrix.column(j));
  return columns;
}

}  // namespace

const Machine& FoldToyMachine() {
  static const ChipAir<Squares> squares;
  static const ChipAir<Forms> forms;
  static const ChipAir<Products> products;
  static const Machine machine{
      {{&squares, false, false}, {&forms, true, false}, {&products, true, false}},
      1 << 20,
      {toy::kMonomials.begin(), toy::kMonomials.end()}};
  return machine;
}

const AirKernels* const* FoldToyKernels() {
  static constexpr Kernel<const AirKernels* const*()> kKernels{
      &toy::ScalarFoldKernels, &toy::Avx2FoldKernels, &toy::Avx512FoldKernels};
  return kKernels.Active()();
}

FoldToy MakeFoldToy(int log_products) {
  FoldToy toy;
  std::mt19937 random(5);
  toy.fixed.resize(3);
  toy.fixed[0] = ZeroMatrix(512, 2);
  toy.fixed[1] = ZeroMatrix(512, 3);
  for (size_t i = 0; i < kForms; ++i) {
    toy.fixed[1].column(0)[i] = static_cast<int>(i);
    toy.fixed[1].column(1)[i] = static_cast<int>(random() % 1000);
    toy.fixed[1].column(2)[i] = -static_cast<int>(random() % 1000);
  }
  toy.main.push_back(ZeroMatrix(512, 1));
  toy.main.push_back(ZeroMatrix(512, 1));
  const size_t rows = size_t{1} << log_products;
  toy.main.push_back(ZeroMatrix(rows, 9));
  for (size_t i = 0; i < rows; ++i) {
    toy.main[2].column(6)[i] = toy.main[2].column(7)[i] = 9;
    toy.main[2].column(8)[i] = 81;
  }
  toy.fixed[0].column(0)[3] = 3;
  toy.fixed[0].column(1)[3] = 9;
  toy.main[0].column(0)[3] = static_cast<int>(2 * (rows - kTailRows));
  for (size_t i = 0; i + 9 < rows; ++i) {
    const size_t form = random() % kForms;
    const Fp u0 = static_cast<int>(random() % 1000);
    const Fp u1 = static_cast<int>(random() % 1000);
    const Fp w0 = toy.fixed[1].column(1)[form];
    const Fp w1 = toy.fixed[1].column(2)[form];
    const std::array<Fp, 6> row{1,  static_cast<int>(form), static_cast<int>(i / 7), u0,
                                u1, u0 * w1 + u1 * w0};
    for (size_t j = 0; j < row.size(); ++j) toy.main[2].column(j)[i] = row[j];
    toy.main[1].column(0)[form] += 1;
  }
  return toy;
}

namespace {

// Fixed columns of the first `tables` tables.
std::vector<Matrix> CopyFixed(const FoldToy& toy, size_t tables) {
  std::vector<Matrix> columns(3);
  for (size_t t = 0; t < tables; ++t) {
    columns[t] = ZeroMatrix(toy.fixed[t].rows(), toy.fixed[t].cols());
    for (size_t j = 0; j < toy.fixed[t].cols(); ++j) {
      std::copy_n(toy.fixed[t].column(j), toy.fixed[t].rows(), columns[t].column(j));
    }
  }
  return columns;
}

}  // namespace

FixedTables CommitFoldToy(const FoldToy& toy, const Preset& preset) {
  return CommitFixedTables(FoldToyMachine(), preset, CopyFixed(toy, 2));
}

FixedTables CommitFoldToy(const FoldToy& toy, const Preset& preset, MappedModel&& model) {
  return CommitFixedTables(FoldToyMachine(), preset, CopyFixed(toy, 1), std::move(model));
}

ProvenFoldToy ProveFoldToy(FoldToy toy, const Preset& preset) {
  const FixedTables fixed = CommitFoldToy(toy, preset);
  return ProveFoldToy(std::move(toy), preset, fixed);
}

ProvenFoldToy ProveFoldToy(FoldToy toy, const Preset& preset, const FixedTables& fixed) {
  const ProverMachine machine{FoldToyMachine(), FoldToyKernels()};
  ToyRounds rounds(toy);
  ProvenFoldToy proven;
  proven.key = {Digest{42}, fixed.commitment.root(), fixed.log_heights,
                fixed.model_commitment->root()};
  ByteWriter writer;
  Prove(machine, preset, fixed, proven.key, {}, std::move(toy.main), writer, nullptr, &rounds);
  proven.proof = writer.Take();
  return proven;
}

Status VerifyFoldToy(const ProvenFoldToy& proven, const Preset& preset) {
  ByteReader reader(proven.proof);
  return Verify(FoldToyMachine(), preset, proven.key, {}, reader);
}

CheckReport CheckFoldToy(const FoldToy& toy) {
  const FoldChallenges challenges{Fp5::Basis(1) + Fp5(3), Fp5::Basis(2) + Fp5(1),
                                  Fp5::Basis(3) + Fp5(7), Fp5::Basis(4) + Fp5(2)};
  const std::vector<Fp5> constants = EvaluateMonomials(FoldToyMachine().monomials, challenges);
  ToyRounds rounds(toy);
  const std::vector<Matrix> garbage = rounds.FillGarbage(toy.main, challenges);
  const std::vector<Matrix> folds = rounds.FillFolds(toy.main, garbage, challenges, constants);
  Ledger ledger;
  CheckReport report;
  CheckTable<Squares>(ColumnsOf(toy.fixed[0]), ColumnsOf(toy.main[0]), 512, kTailRows, ledger,
                      report);
  CheckTable<Forms>(ColumnsOf(toy.fixed[1]), ColumnsOf(toy.main[1]), 512, kTailRows, ledger, report,
                    {}, {ColumnsOf(garbage[1]), ColumnsOf(folds[1]), constants});
  CheckTable<Products>({}, ColumnsOf(toy.main[2]), toy.main[2].rows(), kTailRows, ledger, report,
                       {}, {ColumnsOf(garbage[2]), ColumnsOf(folds[2]), constants});
  ledger.Settle(report);
  return report;
}

}  // namespace zkvm
