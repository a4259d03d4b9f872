#include "precompiles/tensor/lowering/lower.h"

#include <utility>
#include <vector>

#include "precompiles/tensor/lowering/linear.h"
#include "precompiles/tensor/lowering/stores.h"
#include "precompiles/tensor/lowering/support.h"
#include "precompiles/tensor/lowering/value.h"

namespace zkvm::tensor {
namespace {

CallPlan PlanOf(const Descriptor& d, Stores& stores) {
  CallPlan plan;
  plan.size = WrittenCells(d);
  for (size_t k = 0; k < kMaxSources; ++k) {
    plan.extent[k] = static_cast<uint32_t>(SourceExtent(d, k));
    if (plan.extent[k] != 0) plan.flags |= kTensor0 << k;
  }
  if (IsInPlace(d)) plan.flags |= kInPlace;
  if (ReturnsValue(d)) plan.flags |= kReturnsValue;
  if (d.op == Op::kLinear) {
    LowerLinear(d, stores, plan);
  } else {
    LowerValue(d, stores, plan);
  }
  return plan;
}

}  // namespace

Lowered Lower(const Model& model, uint64_t many_wide_weights) {
  Lowered lowered;
  Stores stores(model);
  for (const Descriptor& d : model.descriptors) lowered.calls.push_back(PlanOf(d, stores));

  // Garbage programs are a store of their own, numbered after the others.
  ProgramStore garbage(stores.programs.next());
  for (size_t i = 0; i < model.descriptors.size(); ++i) {
    const Descriptor& d = model.descriptors[i];
    if (d.op != Op::kLinear) continue;
    const std::vector<GarbageRow> rows = GarbageRows(d);
    if (rows.empty()) continue;
    CallPlan& plan = lowered.calls[i];
    const uint32_t next = garbage.next();
    plan.garbage = garbage.Add(0, GarbageProgram(rows, stores));
    plan.flags |= kHasGarbage;
    if (plan.garbage == next) {
      lowered.garbage.insert(lowered.garbage.end(), rows.begin(), rows.end());
    }
  }

  for (const CallPlan& plan : lowered.calls) {
    lowered.micro.push_back(plan.Step0());
    lowered.micro.push_back(plan.Step1());
  }
  stores.programs.Emit(lowered.micro, lowered.workers);
  lowered.first_garbage_row = static_cast<uint32_t>(lowered.micro.size());
  garbage.Emit(lowered.micro, lowered.workers);
  stores.kernels.Emit(many_wide_weights, lowered);
  stores.tables.Emit(lowered);
  return lowered;
}

}  // namespace zkvm::tensor
