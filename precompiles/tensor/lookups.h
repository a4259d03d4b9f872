// How often the entries of the tensor tables are looked up: the multiplicities of the providers.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOOKUPS_H_
#define ZKVM_PRECOMPILES_TENSOR_LOOKUPS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "precompiles/tensor/lowering/lowered.h"
#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm::tensor {

// Counters of cells and of lanes: too many for each thread to have its own.
class CellLookups {
 public:
  // Lanes are counted only if asked for.
  CellLookups(size_t cells, bool lanes)
      : cells_(cells),
        lanes_(lanes ? kLanes * cells : 0),
        by_cell_(std::make_unique<Count[]>(cells_)),
        by_lane_(std::make_unique<Count[]>(lanes_)) {}

  bool AddCell(uint32_t address) { return Add(by_cell_.get(), cells_, address); }
  bool AddLane(uint32_t address) { return Add(by_lane_.get(), lanes_, address); }

  uint32_t OfCell(uint32_t address) const { return by_cell_[address]; }
  // Once: of several blocks that provide the same lane, the first takes all lookups.
  uint32_t TakeLane(uint32_t address) { return by_lane_[address].exchange(0); }

 private:
  using Count = std::atomic<uint32_t>;
  static bool Add(Count* counts, size_t size, uint32_t i) {
    if (i >= size) return false;
    counts[i].fetch_add(1, std::memory_order_relaxed);
    return true;
  }

  size_t cells_, lanes_;
  std::unique_ptr<Count[]> by_cell_, by_lane_;
};

// What one thread counts. Sums of them are what all have counted, but for CellLookups.
class Lookups {
 public:
  // Without a model no entry exists. `lowered` and `cells` outlive the counts.
  Lookups(const Lowered* lowered, CellLookups* cells);

  // A lookup of this message; a field of F, which is the last, is left out. Returns whether a table
  // of the model, or one that a call fills, has the entry.
  bool Count(const Bus& bus, std::span<const Fp> fields);

  Lookups& operator+=(const Lookups& other);

  // By row of the model's tables.
  std::vector<uint32_t> micro, lut, power, weight64, weight256;

  // Once, as CellLookups::TakeLane.
  uint32_t TakeEval(uint32_t type, uint32_t address);
  uint32_t GarbageOf(uint32_t call) const;

 private:
  static uint64_t EvalKey(uint32_t type, uint32_t address) {
    return uint64_t{type} << 32 | address;
  }

  bool CountMicro(std::span<const Fp> fields);
  bool CountLut(std::span<const Fp> fields);
  bool CountKernel(uint32_t id, uint32_t index);

  const Lowered* lowered_;
  CellLookups* cells_;
  std::unordered_map<uint64_t, uint32_t> evals_;
  std::unordered_map<uint32_t, uint32_t> garbage_;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOOKUPS_H_
