// The main columns of the tensor tables, from the record of an execution's calls.
#ifndef ZKVM_PRECOMPILES_TENSOR_TRACE_H_
#define ZKVM_PRECOMPILES_TENSOR_TRACE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "precompiles/tensor/chips.h"
#include "precompiles/tensor/lookups.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/record.h"
#include "stark/arena.h"

namespace zkvm::tensor {

// The rows of all tables of Chips, worker by worker in the order of the calls.
class CallRows {
 public:
  // Both outlive it.
  CallRows(const Lowered& lowered, const TensorRecord& record);

  // Rows in use, by table of Chips.
  std::array<size_t, Chips::kSize> Rows() const;

  // To be called before rows are filled: what a row of SOFTMAX or NORM takes from its plane.
  void MeasurePlanes();

  // Row i of a table of CallTables, but for multiplicities, which stay 0.
  void Fill(size_t i, Call::Main<Fp>& row) const;
  void Fill(size_t i, Io8::Main<Fp>& row) const;
  void Fill(size_t i, Io16::Main<Fp>& row) const;
  void Fill(size_t i, Out::Main<Fp>& row) const;
  void Fill(size_t i, Eval::Main<Fp>& row) const;
  void Fill(size_t i, Term::Main<Fp>& row) const;
  void Fill(size_t i, GarbageChip::Main<Fp>& row) const;
  void Fill(size_t i, ElementwiseChip::Main<Fp>& row) const;
  void Fill(size_t i, UnpackChip::Main<Fp>& row) const;
  void Fill(size_t i, GatherChip::Main<Fp>& row) const;
  void Fill(size_t i, SoftmaxChip::Main<Fp>& row) const;
  void Fill(size_t i, SoftmaxScalarChip::Main<Fp>& row) const;
  void Fill(size_t i, NormChip::Main<Fp>& row) const;
  void Fill(size_t i, NormScalarChip::Main<Fp>& row) const;
  void Fill(size_t i, OneHotChip::Main<Fp>& row) const;
  void Fill(size_t i, ArgmaxChip::Main<Fp>& row) const;

  // Whether lanes are looked up one by one.
  bool UsesLanes() const { return workers_[kUnpackWorker].rows > 0; }

  // The multiplicities of all tables. `tables`, by table of Chips: those of CallTables are filled;
  // those of ModelTables are made.
  void SetMultiplicities(Lookups& lookups, CellLookups& cells,
                         std::span<zkvm::Matrix> tables) const;

 private:
  struct CallBlock {
    const TensorCall* call;
    BlockRun run;
    std::span<const MicroRow> program;
    size_t first_row;

    size_t rows() const { return size_t{run.steps} * run.runs; }
  };
  // The blocks of one table.
  struct Blocks {
    std::vector<CallBlock> blocks;
    size_t rows = 0;

    void Add(const TensorCall& call, const BlockRun& run, std::span<const MicroRow> program);
    // The block of a row, and the row's place in it.
    std::pair<const CallBlock&, uint32_t> At(size_t row) const;
  };
  static constexpr size_t kNumWorkers = kArgmaxWorker + 1;

  const CallPlan& PlanOf(const TensorCall& call) const { return lowered_.calls[call.descriptor]; }
  void AddJob(const TensorCall& call, const CallJob& job);
  // Where the cells of a call's blocks begin: START's dst.
  uint32_t DestinationOf(const TensorCall& call) const;
  std::span<const int16_t, kLanes> CellAt(uint32_t address) const;
  // The row of a program with constants: the k-th after the block's own.
  const MicroRow& ConstantsOf(const CallBlock& block, uint32_t k = 1) const;
  std::span<const RamWord> RamWordsOf(const CallBlock& block, uint32_t row, uint32_t count) const;

  // Chip is SoftmaxChip or NormChip, whose planes are runs of rows.
  template <class Chip>
  struct Planes {
    std::vector<typename Chip::State> states;  // by row of the table
    std::vector<size_t> last_rows;             // by plane
  };
  template <class Chip>
  static std::vector<size_t> LastRows(const Blocks& blocks);
  template <class Chip, class Function>
  static void Measure(const Blocks& blocks, Planes<Chip>& planes, const Function& measure);

  const Lowered& lowered_;
  const TensorRecord& record_;
  std::array<Blocks, kNumWorkers> workers_;
  Blocks garbage_;
  Planes<SoftmaxChip> softmax_;
  Planes<NormChip> norm_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_TRACE_H_
