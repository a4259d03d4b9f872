#include "precompiles/tensor/tensor_machine.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "precompiles/tensor/linear_kernels.h"
#include "precompiles/tensor/names.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::tensor {
namespace {

// Thrown by the checks of a call, and caught by Run.
struct Refusal {
  std::string why;
};

// What CELL messages and EVAL messages carry of a type.
using CellKey = std::tuple<Kind, Element, uint16_t, uint16_t, uint8_t>;
using EvalKey = std::tuple<Kind, Element, Role, uint16_t, uint32_t>;

CellKey CellKeyOf(const TensorType& t) { return {t.kind, t.element, t.height, t.width, t.clean}; }
EvalKey EvalKeyOf(const TensorType& t) { return {t.kind, t.element, t.role, t.height, Lanes(t)}; }

// Numbers the keys from 1 on.
template <class Key>
class Numbering {
 public:
  uint16_t Add(const Key& key, const TensorType& type) {
    const auto [at, added] = ids_.try_emplace(key, static_cast<uint16_t>(types_.size() + 1));
    if (added) types_.push_back(type);
    return at->second;
  }
  // One of the types that have number `id`.
  std::string Name(uint16_t id) const { return id == 0 ? "nothing" : NameOf(types_[id - 1U]); }

 private:
  std::map<Key, uint16_t> ids_;
  std::vector<TensorType> types_;
};

// What calls of a descriptor need of it: the numbers of its types, and the extents of its sources.
struct Prepared {
  uint16_t cell_out = 0, eval_out = 0;
  std::array<uint16_t, kMaxSources> cell{}, eval{};
  std::array<uint64_t, kMaxSources> extent{};
};
static_assert(kMaxDescriptors * (1 + kMaxSources) < 1U << 16);

// Cells from one evaluation to the next.
uint64_t StepOf(const TensorType& t) { return t.segment != 0 ? t.segment / kLanes : PlaneCells(t); }

std::string Register(size_t k) {
  return "source " + std::to_string(k) + " (a" + std::to_string(k + 1) + ")";
}

}  // namespace

class TensorMachine::Space {
 public:
  Space(const Model& model, TensorRecord* record, const TensorRecord* known)
      : model_(model), record_(record), known_(known) {
    for (const Descriptor& d : model.descriptors) {
      Prepared ready;
      ready.cell_out = cell_types_.Add(CellKeyOf(d.out), d.out);
      ready.eval_out = eval_types_.Add(EvalKeyOf(d.out), d.out);
      for (size_t k = 0; k < kMaxSources; ++k) {
        ready.cell[k] = cell_types_.Add(CellKeyOf(d.source[k].type), d.source[k].type);
        ready.eval[k] = eval_types_.Add(EvalKeyOf(d.source[k].type), d.source[k].type);
        ready.extent[k] = SourceExtent(d, k);
      }
      prepared_.push_back(ready);
    }
  }

  uint32_t pointer() const { return static_cast<uint32_t>(states_.size()); }
  const std::vector<int16_t>& lanes() const { return lanes_; }
  std::vector<int16_t> TakeLanes() { return std::move(lanes_); }

  // Throws Refusal, before anything has changed.
  uint32_t Run(uint32_t index, const std::array<uint32_t, kMaxSources>& source, const Ram& ram);

 private:
  // What has been published of a cell. Types are numbers; 0: nothing.
  struct State {
    uint16_t cell = 0;  // type of its lanes
    uint16_t eval = 0;  // type of the plane or segment that begins here, as its writer published it
    bool unpacked = false;
  };

  void CheckSources(const Descriptor& d, const Prepared& prepared,
                    const std::array<uint32_t, kMaxSources>& source) const;
  void CheckCells(size_t k, uint32_t handle, uint64_t count, uint16_t type) const;
  void CheckEvaluations(const Descriptor& d, size_t k, uint32_t handle, uint16_t type) const;
  void CheckGather(const Descriptor& d, uint32_t handle, uint16_t type) const;

  static uint32_t* Block(const Descriptor& d, uint32_t address, const Ram& ram);
  static void CheckWords(const Descriptor& d, const uint32_t* words);
  void CheckUnused(const TensorType& type, size_t k, uint32_t handle) const;

  // Copies the result of the call from an earlier execution. False if that has another call here.
  bool Recall(const TensorCall& call, int16_t* out);
  // Computes the lanes of the result.
  void Write(const Descriptor& d, const Sources& x, const uint32_t* words, int16_t* out);
  void Publish(const Descriptor& d, const Prepared& prepared, uint32_t handle);

  bool IsPublished(uint64_t cell, uint16_t type) const {
    return states_[cell].eval == type || more_evals_.contains(cell << 16 | type);
  }

  const Model& model_;
  TensorRecord* record_;
  const TensorRecord* known_;
  size_t calls_ = 0;
  Numbering<CellKey> cell_types_;
  Numbering<EvalKey> eval_types_;
  std::vector<Prepared> prepared_;  // by descriptor
  std::vector<int16_t> lanes_;
  std::vector<State> states_;  // by cell
  // Evaluations besides State::eval: cell << 16 | type.
  std::unordered_set<uint64_t> more_evals_;
  std::vector<int32_t> values_;  // of the last linear call, without a record
};

void TensorMachine::Space::CheckCells(size_t k, uint32_t handle, uint64_t count,
                                      uint16_t type) const {
  for (uint64_t i = 0; i < count; ++i) {
    if (states_[handle + i].cell != type) {
      throw Refusal{Register(k) + ": cell " + std::to_string(i) + " after handle " +
                    std::to_string(handle) + " belongs to " +
                    cell_types_.Name(states_[handle + i].cell) + ", expected " +
                    cell_types_.Name(type)};
    }
  }
}

void TensorMachine::Space::CheckEvaluations(const Descriptor& d, size_t k, uint32_t handle,
                                            uint16_t type) const {
  const Source& s = d.source[k];
  const bool batched =
      d.out.kind == Kind::kSequence && (s.use == Use::kWeights || s.use == Use::kResidual);
  for (uint32_t c = 0; c < s.channels; ++c) {
    for (uint32_t b = 0; b < (batched ? d.out.planes : 1); ++b) {
      const uint64_t cell =
          uint64_t{handle} + uint64_t{s.channel_stride} * c + uint64_t{s.batch_stride} * b;
      if (IsPublished(cell, type)) continue;
      throw Refusal{Register(k) + ": at cell " + std::to_string(cell - handle) + " after handle " +
                    std::to_string(handle) + " (channel " + std::to_string(c) + ", token " +
                    std::to_string(b) + ") begins " + eval_types_.Name(states_[cell].eval) +
                    ", expected " + eval_types_.Name(type)};
    }
  }
}

void TensorMachine::Space::CheckGather(const Descriptor& d, uint32_t handle, uint16_t type) const {
  const uint64_t lanes = uint64_t{kLanes} * Cells(d.out);
  int64_t checked = -1;
  for (uint64_t lane = 0; lane < lanes; ++lane) {
    const int64_t index = GatherIndex(d, lane);
    if (index == kGatherFill || index / kLanes == checked) continue;
    checked = index / kLanes;
    const auto cell = static_cast<uint64_t>(handle + checked);
    if (states_[cell].unpacked && states_[cell].cell == type) continue;
    throw Refusal{Register(0) + ": cell " + std::to_string(checked) + " after handle " +
                  std::to_string(handle) + " belongs to " + cell_types_.Name(states_[cell].cell) +
                  (states_[cell].unpacked ? "" : " that is not unpacked") + ", expected " +
                  cell_types_.Name(type) + ", unpacked"};
  }
}

void TensorMachine::Space::CheckSources(const Descriptor& d, const Prepared& prepared,
                                        const std::array<uint32_t, kMaxSources>& source) const {
  for (size_t k = 0; k < kMaxSources; ++k) {
    const uint64_t extent = prepared.extent[k];
    if (extent == 0) continue;
    if (source[k] + extent > pointer()) {
      throw Refusal{Register(k) + ": handle " + std::to_string(source[k]) + " and " +
                    std::to_string(extent) + " cells from there, but only " +
                    std::to_string(pointer()) + " cells have been written"};
    }
    if (d.op == Op::kLinear) {
      CheckEvaluations(d, k, source[k], prepared.eval[k]);
    } else if (d.op == Op::kGather) {
      CheckGather(d, source[k], prepared.cell[k]);
    } else if (d.op == Op::kElementwise) {
      const Source& s = d.source[k];
      for (uint32_t p = 0; p < d.out.planes; ++p) {
        for (uint32_t i = 0; i < PlaneCells(d.out); ++i) {
          CheckCells(k, source[k] + s.batch_stride * p + s.channel_stride * i, 1, prepared.cell[k]);
        }
      }
    } else {
      CheckCells(k, source[k], extent, prepared.cell[k]);
    }
  }
}

// The words of RAM that a call reads or writes.
uint32_t* TensorMachine::Space::Block(const Descriptor& d, uint32_t address, const Ram& ram) {
  if (address % 4 != 0) {
    throw Refusal{Register(0) + ": address " + std::to_string(address) + " is not a multiple of 4"};
  }
  const uint64_t end = address + 4 * uint64_t{RamWords(d)};
  if (address < ram.begin || end > ram.end) {
    throw Refusal{Register(0) + ": bytes " + std::to_string(address) + " to " +
                  std::to_string(end) + " lie outside memory (" + std::to_string(ram.begin) +
                  " to " + std::to_string(ram.end) + ")"};
  }
  return ram.words + address / 4;
}

void TensorMachine::Space::CheckWords(const Descriptor& d, const uint32_t* words) {
  if (d.op == Op::kOneHot) {
    for (uint32_t p = 0; p < d.out.planes; ++p) {
      if (words[p] < d.out.width) continue;
      throw Refusal{"index " + std::to_string(p) + " is " + std::to_string(words[p]) +
                    ", the width is " + std::to_string(d.out.width)};
    }
  }
  if (d.op == Op::kImport) {
    const uint32_t plane = kLanes * PlaneCells(d.out);
    for (uint64_t lane = 0; lane < uint64_t{plane} * d.out.planes; ++lane) {
      const auto in_plane = static_cast<uint32_t>(lane % plane);
      if (IsUsed(d.out, in_plane) || LaneInWords(d.out.element, words, lane) == 0) continue;
      throw Refusal{"lane " + std::to_string(in_plane) + " of plane " +
                    std::to_string(lane / plane) + " holds no element of " + NameOf(d.out) +
                    ", and is not 0 in memory"};
    }
  }
}

// Exported lanes that hold no element are 0: not so in cells that are other places of a plane.
void TensorMachine::Space::CheckUnused(const TensorType& type, size_t k, uint32_t handle) const {
  for (uint32_t p = 0; p < type.planes; ++p) {
    for (uint32_t l = 0; l < kLanes * PlaneCells(type); ++l) {
      const size_t lane = kLanes * (handle + size_t{p} * PlaneCells(type)) + l;
      if (IsUsed(type, l) || lanes_[lane] == 0) continue;
      throw Refusal{Register(k) + ": no plane of " + NameOf(type) + " begins at handle " +
                    std::to_string(handle)};
    }
  }
}

bool TensorMachine::Space::Recall(const TensorCall& call, int16_t* out) {
  if (known_ == nullptr || calls_ >= known_->calls.size()) return false;
  const TensorCall& same = known_->calls[calls_];
  if (same.descriptor != call.descriptor || same.source != call.source ||
      same.pointer != call.pointer) {
    return false;
  }
  const size_t lanes = size_t{kLanes} * call.size;
  std::copy_n(known_->cells.data() + size_t{kLanes} * call.pointer, lanes, out);
  if (record_ != nullptr && model_.descriptors[call.descriptor].op == Op::kLinear) {
    const int32_t* values = known_->accumulators.data() + same.first_accumulator;
    record_->accumulators.insert(record_->accumulators.end(), values, values + lanes);
  }
  return true;
}

void TensorMachine::Space::Write(const Descriptor& d, const Sources& x, const uint32_t* words,
                                 int16_t* out) {
  switch (d.op) {
    case Op::kLinear: {
      std::vector<int32_t>& values = record_ != nullptr ? record_->accumulators : values_;
      const size_t at = record_ != nullptr ? values.size() : 0;
      values.resize(at + size_t{kLanes} * Cells(d.out));
      return RunLinear(model_, d, x, out, values.data() + at);
    }
    case Op::kImport:
      return Import(d, words, out);
    case Op::kElementwise:
      return Elementwise(model_, d, x, out);
    case Op::kGather:
      return Gather(d, x[0], out);
    case Op::kSoftmax:
      return Softmax(d, x[0], out);
    case Op::kNorm:
      return Norm(model_, d, x[0], out);
    case Op::kOneHot:
      return OneHot(d, words, out);
    case Op::kExport:
    case Op::kEvaluate:
    case Op::kUnpack:
    case Op::kArgmax:
      return;
  }
}

void TensorMachine::Space::Publish(const Descriptor& d, const Prepared& prepared, uint32_t handle) {
  const uint64_t cells = Cells(d.out);
  if (d.op == Op::kUnpack) {
    for (uint64_t i = 0; i < cells; ++i) states_[handle + i].unpacked = true;
    return;
  }
  if (WritesTensor(d) && d.out.element != Element::kOneHot) {
    for (uint64_t i = 0; i < cells; ++i) states_[handle + i].cell = prepared.cell_out;
  }
  if (d.out.role == Role::kNone) return;
  for (uint64_t i = 0; i < cells; i += StepOf(d.out)) {
    State& state = states_[handle + i];
    if (state.eval == 0) {
      state.eval = prepared.eval_out;
    } else if (state.eval != prepared.eval_out) {
      more_evals_.insert((handle + i) << 16 | prepared.eval_out);
    }
  }
}

uint32_t TensorMachine::Space::Run(uint32_t index, const std::array<uint32_t, kMaxSources>& source,
                                   const Ram& ram) {
  const Descriptor& d = model_.descriptors[index];
  const Prepared& prepared = prepared_[index];
  const uint32_t size = WrittenCells(d);
  if (uint64_t{pointer()} + size >= kMaxCells) {
    throw Refusal{"writes " + std::to_string(size) + " cells, but " +
                  std::to_string(kMaxCells - 1 - pointer()) + " are left of the tensor space"};
  }
  CheckSources(d, prepared, source);
  uint32_t* const words = HasRamSource(d) ? Block(d, source[0], ram) : nullptr;
  if (words != nullptr) CheckWords(d, words);
  if (d.op == Op::kExport) CheckUnused(d.source[1].type, 1, source[1]);

  TensorCall call{.descriptor = index, .source = source, .pointer = pointer(), .size = size};
  if (record_ != nullptr) {
    call.first_accumulator = record_->accumulators.size();
    call.first_ram_word = record_->ram_words.size();
  }

  states_.resize(states_.size() + size);
  lanes_.resize(lanes_.size() + size_t{kLanes} * size);
  Sources x{};
  for (size_t k = 0; k < kMaxSources; ++k) {
    if (prepared.extent[k] != 0) x[k] = lanes_.data() + size_t{kLanes} * source[k];
  }
  int16_t* const out = lanes_.data() + size_t{kLanes} * call.pointer;
  if (!Recall(call, out)) Write(d, x, words, out);
  ++calls_;

  call.result = IsInPlace(d) ? source[0] : ReturnsValue(d) ? Argmax(d, x[0]) : call.pointer;
  if (IsInPlace(d) || WritesTensor(d)) Publish(d, prepared, call.result);

  if (words != nullptr) {
    const uint32_t count = RamWords(d);
    const std::vector<uint32_t> old(words, words + count);
    if (d.op == Op::kExport) Export(d, x[1], words);
    if (record_ != nullptr) {
      for (uint32_t i = 0; i < count; ++i) record_->ram_words.push_back({words[i], old[i], 0});
    }
  }
  if (record_ != nullptr) record_->calls.push_back(call);
  return call.result;
}

TensorMachine::TensorMachine(const Model& model, TensorRecord* record, const TensorRecord* known)
    : model_(&model), space_(std::make_unique<Space>(model, record, known)) {}
TensorMachine::~TensorMachine() = default;

std::variant<uint32_t, TensorFault> TensorMachine::Run(
    uint32_t descriptor, const std::array<uint32_t, kMaxSources>& source, const Ram& ram) {
  const size_t count = model_->descriptors.size();
  if (descriptor >= count) {
    return TensorFault{"a0 = " + std::to_string(descriptor) + " is no descriptor: the model has " +
                       std::to_string(count)};
  }
  try {
    return space_->Run(descriptor, source, ram);
  } catch (const Refusal& refusal) {
    return TensorFault{"descriptor " + std::to_string(descriptor) + " (" +
                       NameOf(model_->descriptors[descriptor].op) + "), " + refusal.why};
  }
}

uint32_t TensorMachine::pointer() const { return space_->pointer(); }
std::span<const int16_t> TensorMachine::cells() const { return space_->lanes(); }
std::vector<int16_t> TensorMachine::TakeCells() { return space_->TakeLanes(); }

}  // namespace zkvm::tensor
