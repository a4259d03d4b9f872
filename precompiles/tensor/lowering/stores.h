// What the programs of a model share: programs, kernels, types and tables, each once.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_STORES_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_STORES_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/model.h"

namespace zkvm::tensor {

// An integer as a field of microcode.
uint32_t Field(int64_t value);

// Worker programs, each with the programs of one step that hold its constants: if the worker looks
// them up, programs number + 1 and so on. What is equal for a worker is one.
class ProgramStore {
 public:
  // Programs are numbered from `first` on.
  explicit ProgramStore(uint32_t first) : next_(first) {}

  // The number of the program. `worker` is 0 for garbage.
  uint32_t Add(uint32_t worker, std::vector<MicroRow> rows, std::vector<MicroRow> constants = {});
  // The number that a new program gets.
  uint32_t next() const { return next_; }
  // Appends the programs, in order of their numbers.
  void Emit(std::vector<MicroRow>& micro, std::vector<Program>& programs) const;

 private:
  struct Key {
    uint32_t worker = 0;
    std::vector<MicroRow> rows, constants;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  uint32_t next_;
  std::map<Key, uint32_t> ids_;
  std::vector<const Key*> programs_;
};

// Numbers for the types in CELL messages (kind, element, height, width, clean) and in EVAL messages
// (kind, element, role, height, lanes): what a reader may rely on.
class TypeStore {
 public:
  uint32_t Cell(const TensorType& type);
  uint32_t Eval(const TensorType& type);

 private:
  using Key = std::array<uint32_t, 6>;
  uint32_t Number(const Key& key);
  std::map<Key, uint32_t> ids_;
};

struct KernelRef {
  uint32_t id = 0, index = 0;
};

// Weights of the model as they stand in WEIGHT. Channel c has the value
//   images:     sum_{o,r,s} W[o][c][r][s] delta^o zx^(-dilation s) zy^(-dilation r),
//               depthwise: sum_{r,s} W[c][0][r][s] zx^(-dilation s) zy^(-dilation r)
//   sequences:  sum_{l,o} W[c taps + l][o] delta^o zx^-l, l < taps
//   biases:     sum_o B[o] delta^o; one channel
struct WeightMatrix {
  enum class Layout : uint32_t { kImage, kDepthwise, kSequence, kBias };
  Layout layout{};
  uint32_t data = 0;  // offset
  uint32_t channels = 1, outputs = 0;
  uint32_t lines = 1, taps = 1;
  uint32_t dilation = 1;

  friend auto operator<=>(const WeightMatrix&, const WeightMatrix&) = default;
};

// Kernels: matrices, powers of the challenges and sums of such powers.
class KernelStore {
 public:
  explicit KernelStore(const Model& model) : model_(model) {}

  uint32_t Weights(const WeightMatrix& matrix);
  KernelRef Power(PowerBase base, uint32_t index) { return Segment(base, false, index); }
  // sum_{j <= index} base^j
  KernelRef Sum(PowerBase base, uint32_t index) { return Segment(base, true, index); }

  // Rows of 256 weights are used if at least `many_wide_weights` are in matrices that fill them.
  void Emit(uint64_t many_wide_weights, Lowered& lowered) const;

 private:
  struct PowerSegment {
    PowerBase base{};
    bool add = false;
    uint32_t count = 0;
  };

  KernelRef Segment(PowerBase base, bool add, uint32_t index);
  void EmitPower(uint32_t id, const PowerSegment& segment, Lowered& lowered) const;
  void EmitMatrix(uint32_t id, const WeightMatrix& matrix, bool wide, Lowered& lowered) const;

  const Model& model_;
  uint32_t last_ = 0;
  std::map<std::pair<PowerBase, bool>, uint32_t> segment_ids_;
  std::map<uint32_t, PowerSegment> segments_;
  std::map<WeightMatrix, uint32_t> matrix_ids_;
};

// Tables of functions: the model's, by their offset in its data, and given ones, by content.
class TableStore {
 public:
  explicit TableStore(const Model& model) : model_(model) {}

  uint32_t Data(uint32_t offset);
  // T[begin + i] = entries[i].
  uint32_t Given(int32_t begin, std::vector<int32_t> entries);
  void Emit(Lowered& lowered) const;

 private:
  using Table = std::pair<int32_t, std::vector<int32_t>>;
  const Model& model_;
  std::map<Table, uint32_t> ids_;
  std::map<uint32_t, uint32_t> offset_ids_;
};

struct Stores {
  explicit Stores(const Model& model)
      : programs(kFirstWorkerProgram), kernels(model), tables(model) {}

  ProgramStore programs;
  TypeStore types;
  KernelStore kernels;
  TableStore tables;
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_STORES_H_
