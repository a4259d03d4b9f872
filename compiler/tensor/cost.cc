// What calls cost in cells of the trace: rows by the microcode that the key will have, times the
// columns of the tables (docs/protocol.md, 8.9; a column of F is five).
#include <array>

#include "compiler/tensor/call_builder.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/lowering/lower.h"
#include "precompiles/tensor/model.h"

namespace zkvm::compiler {
namespace {

constexpr uint64_t Columns(uint64_t main, uint64_t of_f) { return main + 5 * of_f; }

// By the number of the worker.
constexpr std::array<uint64_t, 13> kWorkerColumns = {
    0,
    Columns(104, 20),  // out
    Columns(33, 7),    // term
    Columns(39, 4),    // eval
    Columns(81, 16),   // io8
    Columns(98, 30),   // io16
    Columns(122, 19),  // elementwise
    Columns(42, 10),   // unpack
    Columns(52, 10),   // gather
    Columns(93, 19),   // softmax
    Columns(111, 23),  // norm
    Columns(19, 8),    // one_hot
    Columns(62, 10),   // argmax
};
constexpr uint64_t kCallColumns = Columns(53, 17);
constexpr uint64_t kGarbageColumns = Columns(16, 14);
constexpr uint64_t kMicroColumns = 8 + Columns(1, 1);
constexpr uint64_t kLutColumns = 3 + Columns(1, 1);
constexpr uint64_t kPowerColumns = 16 + Columns(1, 2);
constexpr uint64_t kWeight64Columns = 74 + Columns(1, 4);
constexpr uint64_t kWeight256Columns = 266 + Columns(1, 4);

}  // namespace

Cost CallBuilder::CostSince(size_t mark) const {
  tensor::Model model;
  std::map<std::string, size_t> numbers;
  std::map<std::pair<int, uint32_t>, uint32_t> places;
  std::vector<size_t> calls;  // by descriptor
  for (size_t i = mark; i < calls_.size(); ++i) {
    if (calls_[i].code || IsLeftOut(static_cast<uint32_t>(i))) continue;
    tensor::Descriptor d = calls_[i].descriptor;
    AppendData(calls_[i].descriptor, model.data, places, d);
    const std::string key(reinterpret_cast<const char*>(&d), sizeof d);
    const auto [entry, fresh] = numbers.try_emplace(key, model.descriptors.size());
    if (fresh) {
      model.descriptors.push_back(d);
      calls.push_back(0);
    }
    ++calls[entry->second];
  }
  const tensor::Lowered lowered = tensor::Lower(model);
  Cost cost;
  const auto job = [&](const tensor::CallJob& job) -> uint64_t {
    if (job.worker == 0) return 0;
    return kWorkerColumns[job.worker] * (uint64_t{job.left} + 1) *
           lowered.Worker(job.program).steps;
  };
  for (size_t i = 0; i < calls.size(); ++i) {
    const tensor::CallPlan& plan = lowered.calls[i];
    uint64_t cells = kCallColumns + job(plan.a) + job(plan.b);
    if ((plan.flags & tensor::kHasGarbage) != 0) {
      cells += kGarbageColumns * lowered.Worker(plan.garbage).steps;
    }
    cost.call_cells += calls[i] * cells;
  }
  cost.model_cells = kMicroColumns * lowered.micro.size() + kLutColumns * lowered.lut.size() +
                     kPowerColumns * lowered.power.size() +
                     kWeight64Columns * lowered.weight64.rows.size() +
                     kWeight256Columns * lowered.weight256.rows.size();
  return cost;
}

}  // namespace zkvm::compiler
