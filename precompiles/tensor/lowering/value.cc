#include "precompiles/tensor/lowering/value.h"

#include <utility>
#include <vector>

#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/lowering/codes.h"
#include "precompiles/tensor/lowering/linear.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t If(bool condition, uint32_t bits) { return condition ? bits : 0; }

// A job that runs `rows`, of which the last has kCodeEnd, `runs` times.
CallJob Job(uint32_t worker, std::vector<MicroRow> rows, uint32_t runs, Stores& stores) {
  rows.back()[0] |= kCodeEnd;
  return {worker, stores.programs.Add(worker, std::move(rows)), runs - 1};
}

// The planes of a tensor of type `cells`, evaluated as `type` says.
CallJob EvalJob(const TensorType& cells, const TensorType& type, Stores& stores) {
  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < PlaneCells(type); ++cell) {
    const CellPlace place = PlaceOf(type, cell);
    const uint32_t code = If(place.row_last, kEvalRowLast) | If(place.row_first, kEvalRowFirst) |
                          If(place.next_row, kEvalNextRow) | If(place.end, kEvalEnd) |
                          If(place.publish, kEvalPublish) | kEvalPattern << PatternOf(type);
    rows.push_back({code, stores.types.Cell(cells), stores.types.Eval(type), 0, 0, 0});
  }
  return Job(kEvalWorker, std::move(rows), type.planes, stores);
}

CallJob IoJob(const TensorType& type, bool import, Stores& stores) {
  const bool bytes = IsByteElement(type.element);
  const uint32_t code =
      (import ? kIoImport : kIoExport) | If(bytes && type.element == Element::kI8, kIoSigned);
  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < PlaneCells(type); ++cell) {
    MicroRow row = {code, UsedMask(type, cell), stores.types.Cell(type), 0, 0, 0};
    if (!bytes) {
      row[3] = 16;
      row[4] = 1 << 15;
    }
    rows.push_back(row);
  }
  return Job(bytes ? kIo8Worker : kIo16Worker, std::move(rows), type.planes, stores);
}

}  // namespace

void LowerValue(const Descriptor& d, Stores& stores, CallPlan& plan) {
  plan.flags |= kHasA | kSourcesToA;
  switch (d.op) {
    case Op::kImport:
      plan.a = IoJob(d.out, true, stores);
      break;
    case Op::kExport:
      plan.a = IoJob(d.source[1].type, false, stores);
      break;
    case Op::kEvaluate:
      plan.a = EvalJob(d.source[0].type, d.out, stores);
      plan.flags &= ~uint32_t{kSourcesToA};
      break;
    default:
      break;
  }
  const bool evaluated =
      d.op != Op::kEvaluate && d.op != Op::kOneHot && WritesTensor(d) && d.out.role != Role::kNone;
  if (evaluated) {
    plan.b = EvalJob(d.out, d.out, stores);
    plan.flags |= kHasB;
  }
}

}  // namespace zkvm::tensor
