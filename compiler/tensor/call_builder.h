// Collects the steps of a program: calls of the tensor unit with their descriptors and data, and
// code between them.
//
// Descriptors stay open until Finish: what reads a tensor gives it its role, results that are to
// lie side by side are moved together, tables that agree where they overlap become one, and equal
// descriptors, weights and tables are stored once.
#ifndef ZKVM_COMPILER_TENSOR_CALL_BUILDER_H_
#define ZKVM_COMPILER_TENSOR_CALL_BUILDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "compiler/codegen/program.h"
#include "compiler/tensor/view.h"

namespace zkvm::compiler {

// A table's entries from `first` on.
struct TableData {
  int32_t first = 0;
  std::vector<int16_t> entries;
  bool operator==(const TableData&) const = default;
};

// Cells of the trace that calls commit to, and of the model's tables; nearly.
struct Cost {
  uint64_t call_cells = 0;
  uint64_t model_cells = 0;
};

class CallBuilder {
 public:
  // Adds to program.graph (constants, copies of layouts) from the start; steps, descriptors and
  // data follow at Finish. REQUIRES: program outlives the builder and has no steps yet.
  explicit CallBuilder(Program& program) : program_(&program) {}

  // The node of the model that the following steps are for.
  void SetLayer(std::string name) { layer_ = std::move(name); }
  // The node of program.graph runs as code, now.
  void Code(uint32_t node);

  // A mark is a place in the list of steps; Rollback removes what came after it. Steps before the
  // mark may have gained a role.
  size_t Mark() const { return calls_.size(); }
  void Rollback(size_t mark);

  // Writes steps, descriptors and data into the program. Throws CompileError if CheckModel finds
  // fault with them.
  void Finish();

  // After Finish: where a view's call has its result; none if it was left out.
  Operand OperandOf(const View& view) const;
  // After Finish: the step that writes a lane of the result of a call, and which lane of its result
  // that is. Throws CompileError if none does.
  struct Place {
    uint32_t step = 0;
    int64_t lane = 0;
  };
  Place PlaceOf(const View& view, int64_t lane) const;
  // Of the calls from a mark on; constants that calls share count once.
  Cost CostSince(size_t mark = 0) const;

 protected:
  // A call, or a code step.
  struct Call {
    // Weights, bias and table are numbers of weights_, biases_ and tables_.
    tensor::Descriptor descriptor;
    std::array<Operand, 3> operands{};  // tensors: `step` is the number of the call
    ValueId result = kNoValue;
    uint32_t result_offset = 0;
    bool code = false;
    uint32_t node = 0;
    bool joined = false;    // lies next to other results, for a view over all of them
    bool optional = false;  // left out if nothing reads it
    // Of an optional image: calls that have its pixels (2 y + a, 2 x + b), by 2 a + b.
    std::vector<uint32_t> phases = {};
    std::string layer;
  };

  // Calls whose results are constants of the model: these, by lane.
  std::map<uint32_t, std::vector<double>> constants_;

  Program& program() { return *program_; }
  const Call& at(uint32_t call) const { return calls_[call]; }

  uint32_t AddWeights(std::vector<int16_t> weights);
  uint32_t AddBias(std::vector<int32_t> bias);
  uint32_t AddTable(TableData table);

  // Appends a call. Throws CompileError if CheckModel refuses the descriptor.
  uint32_t Add(const tensor::Descriptor& descriptor, const std::array<Operand, 3>& operands);
  void SetResult(uint32_t call, ValueId value, uint32_t offset);
  // The cells from lane `view.offset + lane` on. REQUIRES: a multiple of 16.
  static Operand TensorOperand(const View& view, int64_t lane = 0);
  static Operand MemoryOperand(ValueId value) {
    return {.kind = Operand::Kind::kMemory, .step = 0, .value = value, .offset = 0};
  }

  // The lanes of a view become readable by linear operations, in this role. False: not possible
  // where they are.
  bool Publish(const View& view, tensor::Role role, uint16_t segment);
  // The lanes of a view become readable by kGather.
  void Unpack(const View& view);
  // Makes the results of these calls, each a run of calls that were joined before, follow one
  // another, if that is possible: true.
  bool Join(std::span<const View> parts);
  // Whether a step reads the result.
  bool IsRead(uint32_t call) const;
  void SetPhases(uint32_t call, std::vector<uint32_t> phases) {
    calls_[call].optional = true;
    calls_[call].phases = std::move(phases);
  }
  void SetOptional(uint32_t call) { calls_[call].optional = true; }
  std::span<const int16_t> WeightsOf(uint32_t number) const { return weights_[number]; }
  // The calls from `first` on are one tensor to views.
  void MarkJoined(uint32_t first);
  // Which calls wrote the lanes of a view, in order.
  std::vector<uint32_t> CallsOf(const View& view) const;

 private:
  using RoleKey = std::tuple<uint32_t, tensor::Role, uint16_t>;  // call, role, segment

  bool IsLeftOut(uint32_t call) const;
  // One model of one descriptor, or of all.
  void AppendData(const tensor::Descriptor& from, std::vector<uint8_t>& data,
                  std::map<std::pair<int, uint32_t>, uint32_t>& places,
                  tensor::Descriptor& to) const;
  std::vector<TableData> MergeTables(std::vector<uint32_t>& merged_into) const;

  Program* program_;
  std::string layer_;
  std::vector<Call> calls_;
  std::vector<uint32_t> order_;  // of calls_, as they will be executed
  std::vector<std::vector<int16_t>> weights_;
  std::vector<std::vector<int32_t>> biases_;
  std::vector<TableData> tables_;
  std::map<RoleKey, uint32_t> roles_;      // and the call that publishes it
  std::map<uint32_t, uint32_t> unpacked_;  // call, and the call that unpacks its result
  std::vector<uint32_t> steps_;            // after Finish: of calls_
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_CALL_BUILDER_H_
