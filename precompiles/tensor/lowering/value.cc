#include "precompiles/tensor/lowering/value.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/chips/eval.h"
#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/lowering/linear.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t If(bool condition, uint32_t bits) { return condition ? bits : 0; }

// Code bits of IO8 and IO16; of SOFTMAX and NORM.
enum IoCode : uint32_t { kIoImport = FlagBit(0), kIoExport = FlagBit(1), kIoSigned = FlagBit(2) };
enum PlaneCode : uint32_t { kPlaneFirst = FlagBit(0), kPlaneLast = FlagBit(1) };

// A job that runs `rows`, of which the last has kCodeEnd, `runs` times.
CallJob Job(uint32_t worker, uint32_t runs, std::vector<MicroRow> rows, Stores& stores,
            std::vector<MicroRow> constants = {}) {
  rows.back()[0] |= kCodeEnd;
  return {worker, stores.programs.Add(worker, std::move(rows), std::move(constants)), runs - 1};
}

template <class Entry>
uint32_t GivenTable(int32_t begin, const std::vector<Entry>& entries, Stores& stores) {
  return stores.tables.Given(begin, {entries.begin(), entries.end()});
}

// The planes of a tensor of type `cells`, evaluated as `type` says.
CallJob EvalJob(const TensorType& cells, const TensorType& type, Stores& stores) {
  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < PlaneCells(type); ++cell) {
    const CellPlace place = PlaceOf(type, cell);
    const uint32_t code =
        If(place.row_last, FlagBit(Eval::kRowLast)) |
        If(place.row_first, FlagBit(Eval::kRowFirst)) |
        If(place.next_row, FlagBit(Eval::kMoreRows)) | If(place.end, FlagBit(Eval::kLast)) |
        If(place.publish, FlagBit(Eval::kPublish)) | FlagBit(Eval::kSequenceX + PatternOf(type));
    rows.push_back({code, stores.types.Cell(cells), stores.types.Eval(type), 0, 0, 0});
  }
  return Job(kEvalWorker, type.planes, std::move(rows), stores);
}

// IO16 checks 0 <= lane + 2^15 < 2^16, which with the range of the limb fixes the sign.
CallJob IoJob(const TensorType& type, IoCode direction, Stores& stores) {
  const bool bytes = IsByteElement(type.element);
  const uint32_t code = direction | If(type.element == Element::kI8, kIoSigned);
  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < PlaneCells(type); ++cell) {
    rows.push_back({code, UsedMask(type, cell), stores.types.Cell(type), If(!bytes, 16),
                    If(!bytes, 1U << 15), 0});
  }
  return Job(bytes ? kIo8Worker : kIo16Worker, type.planes, std::move(rows), stores);
}

CallJob ElementwiseJob(const Descriptor& d, Stores& stores) {
  const auto op = static_cast<Binary>(d.mode);
  const uint32_t code = FlagBit(d.mode);
  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < PlaneCells(d.out); ++cell) {
    rows.push_back({code, UsedMask(d.out, cell), cell * d.source[0].channel_stride,
                    cell * d.source[1].channel_stride, d.source[0].batch_stride,
                    d.source[1].batch_stride});
  }
  const bool shifted = op == Binary::kAdd || op == Binary::kSub;
  const MicroRow constants = {shifted ? Field(d.param[1]) : 0,
                              stores.tables.Data(d.table),
                              op == Binary::kMul ? Field(d.param[0]) : 0,
                              stores.types.Cell(d.source[0].type),
                              stores.types.Cell(d.source[1].type),
                              stores.types.Cell(d.out)};
  return Job(kElementwiseWorker, d.out.planes, std::move(rows), stores, {constants});
}

CallJob UnpackJob(const Descriptor& d, Stores& stores) {
  return Job(kUnpackWorker, Cells(d.out), {{0, stores.types.Cell(d.source[0].type), 0, 0, 0, 0}},
             stores);
}

// GatherIndex as if every digit were valid: within a cell it is linear in the bits of the lane.
int64_t UncheckedIndex(const Descriptor& d, uint64_t lane) {
  int64_t index = d.param[0];
  for (size_t k = 0; k < kGatherDigits && d.param[2 + 3 * k] > 0; ++k) {
    const auto extent = static_cast<uint64_t>(d.param[2 + 3 * k]);
    index += static_cast<int64_t>(lane % extent) * d.param[3 + 3 * k];
    lane /= extent;
  }
  return index;
}

// A last digit that is always valid moves the whole program.
CallJob GatherJob(const Descriptor& d, Stores& stores) {
  size_t digits = 0;
  while (digits < kGatherDigits && d.param[2 + 3 * digits] > 0) ++digits;
  const int32_t* last = &d.param[2 + 3 * (digits - 1)];
  const auto extent = static_cast<uint32_t>(last[0]);
  const bool moves = last[2] == 0 && Cells(d.out) % extent == 0;
  const uint32_t runs = moves ? extent : 1;

  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < Cells(d.out) / runs; ++cell) {
    const uint64_t first = uint64_t{cell} * kLanes;
    const int64_t offset = UncheckedIndex(d, first);
    MicroRow row = {0, Field(offset), 0, 0, 0, 0};
    for (uint32_t j = 0; j < kLanes; ++j) {
      if (GatherIndex(d, first + j) != kGatherFill) row[0] |= FlagBit(j);
    }
    for (uint32_t i = 0; i < 4; ++i)
      row[2 + i] = Field(UncheckedIndex(d, first + (1U << i)) - offset);
    rows.push_back(row);
  }
  const MicroRow constants = {stores.types.Cell(d.source[0].type),
                              stores.types.Cell(d.out),
                              Field(d.param[1]),
                              moves ? Field(last[1]) : 0,
                              0,
                              0};
  return Job(kGatherWorker, runs, std::move(rows), stores, {constants});
}

// All planes of a period, which is one plane where all are alike.
CallJob SoftmaxJob(const Descriptor& d, Stores& stores) {
  const auto period = static_cast<uint32_t>(d.param[1]);
  uint32_t planes = d.out.planes;
  if (d.mode == 0) planes = 1;
  if (d.mode != 0 && period != 0 && d.out.planes % period == 0) planes = period;
  const uint32_t cells = PlaneCells(d.out);
  std::vector<MicroRow> rows;
  for (uint32_t p = 0; p < planes; ++p) {
    TensorType counted = d.out;
    counted.width = static_cast<uint16_t>(SoftmaxLanes(d, p));
    for (uint32_t cell = 0; cell < cells; ++cell) {
      const uint32_t code = If(cell == 0, kPlaneFirst) | If(cell + 1 == cells, kPlaneLast);
      rows.push_back({code, UsedMask(counted, cell), 0, 0, 0, 0});
    }
  }
  std::vector<uint32_t> ln2(kLn2Entries);
  for (uint32_t t = 0; t < kLn2Entries; ++t) ln2[t] = Ln2(t);
  const MicroRow constants = {GivenTable(0, ExpTable(), stores),
                              stores.types.Cell(d.source[0].type),
                              stores.types.Cell(d.out),
                              0,
                              0,
                              0};
  const MicroRow scalars = {
      GivenTable(0, LogTable(), stores), GivenTable(0, ln2, stores), 0, 0, 0, 0};
  return Job(kSoftmaxWorker, d.out.planes / planes, std::move(rows), stores, {constants, scalars});
}

CallJob NormJob(const Descriptor& d, Stores& stores) {
  const uint32_t cells = PlaneCells(d.out);
  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < cells; ++cell) {
    rows.push_back({If(cell == 0, kPlaneFirst) | If(cell + 1 == cells, kPlaneLast), 0, 0, 0, 0, 0});
  }
  std::vector<int32_t> squares;
  for (int32_t u = -kMaxDeviation; u <= kMaxDeviation; ++u) squares.push_back(Sq(u));
  const MicroRow constants = {GivenTable(-kMaxDeviation, squares, stores),
                              stores.tables.Data(d.table),
                              stores.types.Cell(d.source[0].type),
                              stores.types.Cell(d.out),
                              0,
                              0};
  const uint32_t weight = d.mode == 0 ? 1 : 0;  // of the mean
  const MicroRow scalars = {GivenTable(0, RsqrtTable(), stores),
                            d.out.width,
                            d.out.width / 2U,
                            weight,
                            Field(d.param[0]),
                            Field(d.param[1] - 22)};
  return Job(kNormWorker, d.out.planes, std::move(rows), stores, {constants, scalars});
}

CallJob OneHotJob(const Descriptor& d, Stores& stores) {
  const uint32_t top = d.out.width - 1U;
  const KernelRef high = stores.kernels.Power(PowerBase::kZx256, top / 256);
  const KernelRef low = stores.kernels.Power(PowerBase::kZx, std::min(top, 255U));
  return Job(kOneHotWorker, d.out.planes,
             {{0, stores.types.Eval(d.out), high.id, low.id, d.out.width, 0}}, stores);
}

CallJob ArgmaxJob(const Descriptor& d, Stores& stores) {
  const TensorType& type = d.source[0].type;
  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < PlaneCells(type); ++cell) {
    rows.push_back({0, UsedMask(type, cell), stores.types.Cell(type), 0, 0, 0});
  }
  return Job(kArgmaxWorker, 1, std::move(rows), stores);
}

CallJob WorkerJob(const Descriptor& d, Stores& stores) {
  switch (d.op) {
    case Op::kImport:
      return IoJob(d.out, kIoImport, stores);
    case Op::kExport:
      return IoJob(d.source[1].type, kIoExport, stores);
    case Op::kEvaluate:
      return EvalJob(d.source[0].type, d.out, stores);
    case Op::kElementwise:
      return ElementwiseJob(d, stores);
    case Op::kUnpack:
      return UnpackJob(d, stores);
    case Op::kGather:
      return GatherJob(d, stores);
    case Op::kSoftmax:
      return SoftmaxJob(d, stores);
    case Op::kNorm:
      return NormJob(d, stores);
    case Op::kOneHot:
      return OneHotJob(d, stores);
    case Op::kArgmax:
      return ArgmaxJob(d, stores);
    case Op::kLinear:
      break;
  }
  return {};
}

}  // namespace

void LowerValue(const Descriptor& d, Stores& stores, CallPlan& plan) {
  plan.a = WorkerJob(d, stores);
  plan.flags |= kHasA;
  if (!IsInPlace(d)) plan.flags |= kSourcesToA;
  if (WritesTensor(d) && d.op != Op::kOneHot && d.out.role != Role::kNone) {
    plan.b = EvalJob(d.out, d.out, stores);
    plan.flags |= kHasB;
  }
}

}  // namespace zkvm::tensor
