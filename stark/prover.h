// The prover: docs/protocol.md, sections 2-5, in transcript order.
#ifndef ZKVM_STARK_PROVER_H_
#define ZKVM_STARK_PROVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "stark/air/kernels.h"
#include "stark/arena.h"
#include "stark/bytes.h"
#include "stark/commitment.h"
#include "stark/machine.h"
#include "stark/params.h"

namespace zkvm {

struct ProverMachine {
  Machine machine;
  // The row loops of every table for the active instruction set, in table order.
  const AirKernels* const* kernels;
};

// The preprocessed columns of a machine with their commitments: the prover's part of a key.
struct FixedTables {
  std::vector<Matrix> columns;   // by table; no columns where there are none
  std::vector<int> log_heights;  // by table; -1 where there are none
  Commitment commitment;         // of the program's tables
  std::optional<Commitment> model_commitment;
  std::shared_ptr<const void> mapping = {};  // what the model's columns lie in (stark/model_file.h)
};

// Fills the columns of the rounds between the main round and the buses. Results are by table, on
// the trace domain, five columns for each column of F; without columns where a table has none.
class FoldRounds {
 public:
  virtual ~FoldRounds() = default;
  // `challenges` has gamma and delta.
  virtual std::vector<Matrix> FillGarbage(const std::vector<Matrix>& main,
                                          const FoldChallenges& challenges) = 0;
  // `constants` are the values of Machine::monomials.
  virtual std::vector<Matrix> FillFolds(const std::vector<Matrix>& main,
                                        const std::vector<Matrix>& garbage,
                                        const FoldChallenges& challenges,
                                        std::span<const Fp5> constants) = 0;
};

// Heights of tables of 2^k rows; no rows: absent.
Heights HeightsOf(const std::vector<Matrix>& tables);

// `columns` by table of the machine. With `model`, the tables of the model are taken from there;
// those of `columns` are empty.
struct MappedModel;
FixedTables CommitFixedTables(const Machine& machine, const Preset& preset,
                              std::vector<Matrix> columns);
FixedTables CommitFixedTables(const Machine& machine, const Preset& preset,
                              std::vector<Matrix> columns, MappedModel&& model);

// What the prover tells while it works and when it is done.
struct ProverReport {
  // Called as phases begin and end: the name, and the fraction of all work done so far in [0, 1].
  std::function<void(std::string_view phase, double done)> progress;
  std::vector<std::pair<std::string_view, double>> seconds;  // by phase
};

// Appends a proof to `proof`. main[t] holds the main columns of table t, 2^k rows each; a matrix
// without rows means that the (optional) table is absent.
// `folds` is asked only if a present table has columns of its rounds.
// REQUIRES: the traces satisfy the machine; heights satisfy CheckHeights. Throws std::bad_alloc.
void Prove(const ProverMachine& machine, const Preset& preset, const FixedTables& fixed,
           const FixedCommitment& key, const Statement& statement, std::vector<Matrix> main,
           ByteWriter& proof, ProverReport* report = nullptr, FoldRounds* folds = nullptr);

// Base-column-equivalent committed cells of a proof: columns times rows over all trees but the
// preprocessed one, an F column counted as five.
size_t CommittedCells(const Machine& machine, const Heights& heights);

}  // namespace zkvm

#endif  // ZKVM_STARK_PROVER_H_
