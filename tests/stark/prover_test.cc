// Proofs of the toy machine: honest ones are accepted under every instruction set and preset, and
// byte for byte the same; forged and altered ones are rejected.
#include "stark/prover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "stark/air/check.h"
#include "stark/common_steps.h"
#include "stark/simd.h"
#include "stark/verifier.h"
#include "tests/stark/toy_machine.h"

namespace zkvm {
namespace {

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

const AirKernels* const* ActiveKernels() {
  static constexpr Kernel<const AirKernels* const*()> kKernels{
      &toy::ScalarKernels, &toy::Avx2Kernels, &toy::Avx512Kernels};
  return kKernels.Active()();
}

Matrix ZeroMatrix(size_t rows, size_t cols) {
  Matrix matrix(rows, cols);
  for (size_t j = 0; j < cols; ++j) std::fill_n(matrix.column(j), rows, Fp());
  return matrix;
}

struct Toy {
  std::vector<Matrix> fixed, main;
  Statement statement;
};

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

struct Proven {
  FixedCommitment key;
  std::vector<uint8_t> proof;
};

Proven ProveToy(Toy toy, const Preset& preset) {
  const ProverMachine machine{ToyMachine(), ActiveKernels()};
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

ColumnPointers ColumnsOf(const Matrix& matrix) {
  ColumnPointers columns;
  for (size_t j = 0; j < matrix.cols(); ++j) columns.push_back(matrix.column(j));
  return columns;
}

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

TEST(Checker, AcceptsTheHonestToy) {
  const CheckReport report = CheckToy(MakeToy(10, 9));
  EXPECT_TRUE(report.ok()) << report.problems[0];
}

TEST(Prover, HonestProofsAreAccepted) {
  for (const Preset& preset : kPresets) {
    for (const auto& [walkers, countdown] : {std::pair{9, 0}, {10, 9}, {9, 12}, {13, 11}}) {
      Toy toy = MakeToy(walkers, countdown);
      const Statement statement = toy.statement;
      const Proven proven = ProveToy(std::move(toy), preset);
      const Status status = VerifyToy(proven, statement, preset);
      EXPECT_TRUE(status.ok()) << status.message() << " " << preset.name << " " << walkers;
    }
  }
}

TEST(Prover, InstructionSetsAgree) {
  std::vector<std::vector<uint8_t>> proofs;
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    SetActiveIsa(isa);
    proofs.push_back(ProveToy(MakeToy(10, 9), kFast100).proof);
  }
  SetActiveIsa(BestIsa());
  EXPECT_EQ(proofs[0], proofs[1]);
  EXPECT_EQ(proofs[0], proofs[2]);
}

// A trace that breaks any one constraint or bus leads to a rejected proof.
TEST(Prover, ForgedTracesAreRejected) {
  struct Forgery {
    size_t table, column, row;
  };
  const std::vector<Forgery> forgeries = {{0, 0, 3}, {1, 0, 100}, {1, 1, 0}, {1, 3, 7},
                                          {1, 6, 9}, {2, 1, 0},   {2, 3, 5}, {2, 2, 510},
                                          {2, 4, 0}, {2, 0, 511}};
  for (const Forgery& f : forgeries) {
    Toy toy = MakeToy(10, 9);
    toy.main[f.table].column(f.column)[f.row] += 1;
    const bool fine = CheckToy(toy).ok();
    const Statement statement = toy.statement;
    const Proven proven = ProveToy(std::move(toy), kFast100);
    EXPECT_EQ(VerifyToy(proven, statement, kFast100).ok(), fine)
        << "table " << f.table << " column " << f.column << " row " << f.row;
  }
}

TEST(Verifier, RejectsOtherStatements) {
  Toy toy = MakeToy(9, 9);
  const Statement statement = toy.statement;
  const Proven proven = ProveToy(std::move(toy), kFast100);
  ASSERT_TRUE(VerifyToy(proven, statement, kFast100).ok());

  Statement other = statement;
  other.items[0][0] ^= 1;
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
  other = statement;
  other.consumed[0][1] += 1;
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
  other = statement;
  other.messages[0].fields[1] += 1;
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
  EXPECT_FALSE(VerifyToy(proven, statement, kStd100).ok());
  Proven swapped = proven;
  swapped.key.root[0] ^= 1;
  EXPECT_FALSE(VerifyToy(swapped, statement, kFast100).ok());
  swapped = proven;
  swapped.key.vk_id[0] ^= 1;
  EXPECT_FALSE(VerifyToy(swapped, statement, kFast100).ok());
}

TEST(Verifier, RejectsEveryChangedByteRegion) {
  Toy toy = MakeToy(9, 9);
  const Statement statement = toy.statement;
  Proven proven = ProveToy(std::move(toy), kFast100);
  std::mt19937 random(11);
  for (size_t i = 0; i < proven.proof.size(); i += 1 + random() % (i < 6000 ? 37 : 1500)) {
    const uint8_t bit = static_cast<uint8_t>(1U << (random() % 8));
    proven.proof[i] ^= bit;
    EXPECT_FALSE(VerifyToy(proven, statement, kFast100).ok()) << "byte " << i;
    proven.proof[i] ^= bit;
  }
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{40}, proven.proof.size() / 2, proven.proof.size() - 1}) {
    Proven cut = proven;
    cut.proof.resize(size);
    EXPECT_FALSE(VerifyToy(cut, statement, kFast100).ok()) << "cut to " << size;
  }
  proven.proof.push_back(0);
  EXPECT_FALSE(VerifyToy(proven, statement, kFast100).ok());
}

}  // namespace
}  // namespace zkvm
