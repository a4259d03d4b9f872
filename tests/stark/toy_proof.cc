#include "tests/stark/toy_proof.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "stark/air/air.h"
#include "stark/simd.h"
#include "stark/verifier.h"
#include "tests/stark/toy_machine.h"

namespace zkvm {

using toy::Countdown;
using toy::Squares;
using toy::Walker;

const Machine& ToyMachine() {
  static const ChipAir<Squares> squares;
  static const ChipAir<Walker> walker;
  static const ChipAir<Countdown> countdown;
  static const Machine machine{
      {{&squares, false, false}, {&walker, false, true}, {&countdown, true, false}}, 1 << 20};
  return machine;
}

const AirKernels* const* ToyKernels() {
  static constexpr Kernel<const AirKernels* const*()> kKernels{
      &toy::ScalarKernels, &toy::Avx2Kernels, &toy::Avx512Kernels};
  return kKernels.Active()();
}

namespace {

Matrix ZeroMatrix(size_t rows, size_t cols) {
  Matrix matrix(rows, cols);
  for (size_t j = 0; j < cols; ++j) std::fill_n(matrix.column(j), rows, Fp());
  return matrix;
}

}  // namespace

Toy MakeToy(int log_walkers, int log_countdown) {
  Toy toy;
  constexpr size_t kSquareRows = 512;
  toy.fixed.resize(3);
  toy.fixed[0] = ZeroMatrix(kSquareRows, 2);
  toy.main.push_back(ZeroMatrix(kSquareRows, 1));
  for (size_t i = 0; i + 1 < kSquareRows; ++i) {
    toy.fixed[0].column(0)[i] = static_cast<int>(i);
    toy.fixed[0].column(1)[i] = static_cast<int>(i * i);
  }
  Matrix& multiplicities = toy.main[0];

  const size_t walkers = size_t{1} << log_walkers;
  Matrix walk = ZeroMatrix(walkers, 7);
  std::mt19937 random(7);
  Fp sum;
  const size_t steps = walkers - 5;
  for (size_t i = 0; i + 1 < walkers; ++i) {
    const bool real = i < steps;
    const int x = real ? static_cast<int>(random() % 511) : 0;
    const int y = real ? static_cast<int>(random() % 511) : 0;
    const std::array<Fp, 7> row{real ? 1 : 0, static_cast<int>(real ? i : 3), x, x * x, y, y * y,
                                sum};
    for (size_t j = 0; j < row.size(); ++j) walk.column(j)[i] = row[j];
    multiplicities.column(0)[x] += 1;
    if (real) multiplicities.column(0)[y] += 2;
    sum += Fp(x * x) + Fp(y * y);
  }
  toy.main.push_back(std::move(walk));
  toy.statement.produced.push_back({toy::kChain, 0, 0, 0, 0});
  toy.statement.consumed.push_back({toy::kChain, static_cast<int>(steps), sum, 0, 0});

  if (log_countdown > 0) {
    const size_t rows = size_t{1} << log_countdown;
    Matrix countdown = ZeroMatrix(rows, 5);
    size_t row = 0;
    int run = 0;
    for (; row + 40 < rows; ++run) {
      const int length = 1 + static_cast<int>(random() % 30);
      toy.statement.messages.push_back({toy::kStarts, -1, {run, length}});
      for (int count = length; count > 0; --count, ++row) {
        const std::array<Fp, 5> cells{1, count == length ? 1 : 0, count == 1 ? 1 : 0, count, run};
        for (size_t j = 0; j < cells.size(); ++j) countdown.column(j)[row] = cells[j];
      }
    }
    for (; row < rows; ++row) countdown.column(4)[row] = run;
    toy.main.push_back(std::move(countdown));
  } else {
    toy.main.emplace_back();
  }
  toy.statement.items = {{1, 2, 3}};
  return toy;
}

Proven ProveToy(Toy toy, const Preset& preset) {
  const ProverMachine machine{ToyMachine(), ToyKernels()};
  const FixedTables fixed = CommitFixedTables(machine.machine, preset, std::move(toy.fixed));
  Proven proven;
  proven.key = {Digest{42}, fixed.commitment.root(), fixed.log_heights};
  ByteWriter writer;
  Prove(machine, preset, fixed, proven.key, toy.statement, std::move(toy.main), writer);
  proven.proof = writer.Take();
  return proven;
}

Status VerifyToy(const Proven& proven, const Statement& statement, const Preset& preset) {
  ByteReader reader(proven.proof);
  return Verify(ToyMachine(), preset, proven.key, statement, reader);
}

namespace {

ColumnPointers ColumnsOf(const Matrix& matrix) {
  ColumnPointers columns;
  for (size_t j = 0; j < matrix.cols(); ++j) columns.push_back(matrix.column(j));
  return columns;
}

}  // namespace

CheckReport CheckToy(const Toy& toy) {
  Ledger ledger;
  CheckReport report;
  CheckTable<Squares>(ColumnsOf(toy.fixed[0]), ColumnsOf(toy.main[0]), toy.main[0].rows(),
                      kTailRows, ledger, report);
  CheckTable<Walker>({}, ColumnsOf(toy.main[1]), toy.main[1].rows(), kTailRows, ledger, report);
  if (toy.main[2].rows() > 0) {
    CheckTable<Countdown>({}, ColumnsOf(toy.main[2]), toy.main[2].rows(), kTailRows, ledger,
                          report);
  }
  for (const auto& message : toy.statement.messages) {
    ledger.AddPublicMessage(message.bus, message.sign, message.fields);
  }
  for (const auto& tuple : toy.statement.produced) ledger.AddPublicTuple(1, tuple);
  for (const auto& tuple : toy.statement.consumed) ledger.AddPublicTuple(-1, tuple);
  ledger.Settle(report);
  return report;
}

}  // namespace zkvm
