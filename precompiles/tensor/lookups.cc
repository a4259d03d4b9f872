#include "precompiles/tensor/lookups.h"

#include <algorithm>

#include "precompiles/tensor/buses.h"

namespace zkvm::tensor {
namespace {

void AddTo(std::vector<uint32_t>& sum, const std::vector<uint32_t>& other) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
}
template <class Map>
void AddTo(Map& sum, const Map& other) {
  for (const auto& [key, count] : other) sum[key] += count;
}

// A small integer of either sign.
int32_t Signed(Fp x) {
  const uint32_t value = x.Value();
  return value > Fp::kModulus / 2 ? -static_cast<int32_t>(Fp::kModulus - value)
                                  : static_cast<int32_t>(value);
}

}  // namespace

Lookups::Lookups(const Lowered* lowered, CellLookups* cells) : lowered_(lowered), cells_(cells) {
  if (lowered == nullptr) return;
  micro.resize(lowered->micro.size());
  lut.resize(lowered->lut.size());
  power.resize(lowered->power.size());
  weight64.resize(lowered->weight64.rows.size());
  weight256.resize(lowered->weight256.rows.size());
}

bool Lookups::Count(const Bus& bus, std::span<const Fp> fields) {
  if (lowered_ == nullptr) return false;
  if (bus.id == kMicro.id) return CountMicro(fields);
  if (bus.id == kLut.id) return CountLut(fields);
  const uint32_t a = fields[0].Value();
  const uint32_t b = fields[1].Value();
  if (bus.id == kKernel.id) return CountKernel(a, b);
  if (bus.id == kCell.id) return cells_->AddCell(b);
  if (bus.id == kElement.id) return cells_->AddLane(b);
  if (bus.id == kEval.id) {
    ++evals_[EvalKey(a, b)];
    return true;
  }
  if (bus.id == kGarbage.id) {
    ++garbage_[a];
    return true;
  }
  // Every plane has its own row of scalars.
  return bus.id == kSoftmaxBusId || bus.id == kNormBusId;
}

bool Lookups::CountMicro(std::span<const Fp> fields) {
  const uint32_t program = fields[0].Value();
  const uint32_t step = fields[1].Value();
  size_t row;
  if (program >= kFirstWorkerProgram) {
    if (program - kFirstWorkerProgram >= lowered_->workers.size()) return false;
    const Program& worker = lowered_->Worker(program);
    if (step >= worker.steps) return false;
    row = worker.first + step;
  } else {
    if (program == 0 || program > lowered_->calls.size() || step > 1) return false;
    row = 2 * (program - 1) + step;
  }
  for (size_t k = 0; k < 6; ++k) {
    if (fields[2 + k].Value() != lowered_->micro[row][k]) return false;
  }
  ++micro[row];
  return true;
}

bool Lookups::CountLut(std::span<const Fp> fields) {
  const uint32_t table = fields[0].Value();
  if (table == 0 || table >= lowered_->tables.size()) return false;
  const LutSpan& span = lowered_->tables[table];
  const int64_t entry = int64_t{Signed(fields[1])} - span.begin;
  if (entry < 0 || entry >= int64_t{span.count}) return false;
  const size_t row = span.first + static_cast<size_t>(entry);
  if (Signed(fields[2]) != lowered_->lut[row].out) return false;
  ++lut[row];
  return true;
}

bool Lookups::CountKernel(uint32_t id, uint32_t index) {
  if (id == 0 || id >= lowered_->kernels.size()) return false;
  const KernelSpan& span = lowered_->kernels[id];
  if (index >= span.count) return false;
  const size_t row = span.first + size_t{span.stride} * index;
  switch (span.table) {
    case KernelTable::kPower:
      ++power[row];
      break;
    case KernelTable::kWeight64:
      ++weight64[row];
      break;
    case KernelTable::kWeight256:
      ++weight256[row];
      break;
  }
  return true;
}

Lookups& Lookups::operator+=(const Lookups& other) {
  AddTo(micro, other.micro);
  AddTo(lut, other.lut);
  AddTo(power, other.power);
  AddTo(weight64, other.weight64);
  AddTo(weight256, other.weight256);
  AddTo(evals_, other.evals_);
  AddTo(garbage_, other.garbage_);
  return *this;
}

uint32_t Lookups::TakeEval(uint32_t type, uint32_t address) {
  const auto entry = evals_.extract(EvalKey(type, address));
  return entry.empty() ? 0 : entry.mapped();
}

uint32_t Lookups::GarbageOf(uint32_t call) const {
  const auto at = garbage_.find(call);
  return at == garbage_.end() ? 0 : at->second;
}

}  // namespace zkvm::tensor
