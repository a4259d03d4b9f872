// The debug checker over all tables of the machine, with the verifier's side of the buses.
#ifndef ZKVM_TESTS_SUPPORT_CHECK_MACHINE_H_
#define ZKVM_TESTS_SUPPORT_CHECK_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "stark/air/check.h"
#include "stark/params.h"
#include "stark/prover.h"
#include "vm/machine.h"
#include "vm/program_fixed.h"
#include "vm/trace.h"

namespace zkvm {

// What a proof of the machine claims.
struct Claim {
  uint32_t entry;
  uint32_t exit_code;
  std::vector<uint32_t> journal;
};

inline ColumnPointers Pointers(const Matrix& matrix) {
  ColumnPointers columns;
  for (size_t j = 0; j < matrix.cols(); ++j) columns.push_back(matrix.column(j));
  return columns;
}

// The start and the end of the state chain, as tuples.
inline RowBuilder::TupleValue StartTuple(const Claim& claim) {
  return {kSpaceState, Fp::FromU32(claim.entry), 0, 0, 4};
}
inline RowBuilder::TupleValue EndTuple(const Claim& claim) {
  const Word<Fp> exit_code = WordOf(claim.exit_code);
  return {kSpaceHalt, 0, exit_code.lo, exit_code.hi, 0};
}

// `rounds` fills the columns of F, where the machine has such tables.
inline CheckReport CheckMachine(const std::vector<Matrix>& fixed, const Traces& traces,
                                const Claim& claim, FoldRounds* rounds = nullptr) {
  // Any elements outside the subfields.
  const FoldChallenges challenges = {Fp5({2, 7, 1, 8, 2}), Fp5({8, 1, 8, 2, 8}),
                                     Fp5({4, 5, 9, 0, 4}), Fp5({5, 2, 3, 5, 3})};
  const std::vector<Fp5> constants = EvaluateMonomials(Rv32Machine().monomials, challenges);
  std::vector<Matrix> garbage(traces.size());
  std::vector<Matrix> folds(traces.size());
  if (rounds != nullptr) {
    garbage = rounds->FillGarbage(traces, challenges);
    folds = rounds->FillFolds(traces, garbage, challenges, constants);
  }
  Ledger ledger;
  CheckReport report;
  MachineChips::ForEach([&]<class Chip>() {
    constexpr size_t kTable = kTableOf<Chip>;
    const Matrix& main = traces[kTable];
    if (main.cols() == 0) return;
    CheckTable<Chip>(Pointers(fixed[kTable]), Pointers(main), main.rows(), kTailRows, ledger,
                     report, {}, {Pointers(garbage[kTable]), Pointers(folds[kTable]), constants});
  });
  InstructionChips::ForEach([&]<class Chip>() {
    const Matrix& main = traces[kSecondPartOf<Chip>];
    if (main.cols() == 0) return;
    CheckTable<Chip>({}, Pointers(main), main.rows(), kTailRows, ledger, report);
  });
  ledger.AddPublicTuple(+1, StartTuple(claim));
  ledger.AddPublicTuple(-1, EndTuple(claim));
  for (size_t i = 0; i < claim.journal.size(); ++i) {
    const Word<Fp> word = WordOf(claim.journal[i]);
    ledger.AddPublicMessage(kJournal, -1, {static_cast<int>(i), word.lo, word.hi});
  }
  ledger.Settle(report);
  return report;
}

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_CHECK_MACHINE_H_
