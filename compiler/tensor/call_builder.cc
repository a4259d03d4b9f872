#include "compiler/tensor/call_builder.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "precompiles/tensor/model.h"

namespace zkvm::compiler {
namespace {

using tensor::Descriptor;
using tensor::kLanes;
using tensor::kNoData;
using tensor::Op;
using tensor::Role;
using tensor::TensorType;

// The number of `item` in a list that has every item once. The newest are the likeliest.
template <class T>
uint32_t Number(std::vector<T>& items, T item) {
  const auto found = std::find(items.rbegin(), items.rend(), item);
  if (found != items.rend()) {
    return static_cast<uint32_t>(items.rend() - found - 1);
  }
  items.push_back(std::move(item));
  return static_cast<uint32_t>(items.size() - 1);
}

uint32_t AppendBytes(std::vector<uint8_t>& data, const void* bytes, size_t size) {
  data.resize((data.size() + 3) / 4 * 4);
  const auto at = static_cast<uint32_t>(data.size());
  data.resize(data.size() + size);
  std::memcpy(data.data() + at, bytes, size);
  return at;
}

uint32_t AppendTable(std::vector<uint8_t>& data, const TableData& table) {
  const tensor::TableHeader header{table.first, static_cast<uint32_t>(table.entries.size())};
  const uint32_t at = AppendBytes(data, &header, sizeof header);
  AppendBytes(data, table.entries.data(), 2 * table.entries.size());
  return at;
}

// First and last lane of a view, from the handle of its call.
std::pair<int64_t, int64_t> LaneRange(const View& view) {
  int64_t low = view.offset, high = view.offset;
  for (const Axis& axis : view.axes) {
    for (const Factor& f : axis) (f.stride < 0 ? low : high) += (f.extent - 1) * f.stride;
  }
  return {low, high};
}

// kEvaluate is for planes whose cells have the same lanes in use.
bool CanEvaluate(const TensorType& type) {
  if (type.element == tensor::Element::kU15 || type.clean == 0) return false;
  for (uint32_t cell = 1; cell < tensor::PlaneCells(type); ++cell) {
    if (tensor::UsedMask(type, cell) != tensor::UsedMask(type, 0)) return false;
  }
  return true;
}

Operand ResultOperand(uint32_t call) { return {Operand::Kind::kTensor, call, kNoValue, 0}; }

Descriptor InPlace(Op op, const TensorType& from, Role role, uint16_t segment) {
  Descriptor d;
  d.op = op;
  d.out = from;
  d.out.role = Role::kNone;
  d.out.segment = 0;
  d.source[0].type = d.out;
  d.out.role = role;
  d.out.segment = segment;
  return d;
}

}  // namespace

void CallBuilder::Code(uint32_t node) {
  Call call;
  call.code = true;
  call.node = node;
  call.layer = layer_;
  order_.push_back(static_cast<uint32_t>(calls_.size()));
  calls_.push_back(std::move(call));
}

void CallBuilder::Rollback(size_t mark) {
  calls_.resize(mark);
  std::erase_if(order_, [&](uint32_t call) { return call >= mark; });
  for (Call& call : calls_) {
    if (call.phases.empty() || call.phases.back() < mark) continue;
    call.phases.clear();
    call.optional = false;
  }
  std::erase_if(constants_, [&](const auto& entry) { return entry.first >= mark; });
  std::erase_if(roles_, [&](const auto& entry) {
    return std::get<0>(entry.first) >= mark || entry.second >= mark;
  });
  std::erase_if(unpacked_,
                [&](const auto& entry) { return entry.first >= mark || entry.second >= mark; });
}

uint32_t CallBuilder::AddWeights(std::vector<int16_t> weights) {
  return Number(weights_, std::move(weights));
}
uint32_t CallBuilder::AddBias(std::vector<int32_t> bias) {
  return Number(biases_, std::move(bias));
}
uint32_t CallBuilder::AddTable(TableData table) { return Number(tables_, std::move(table)); }

void CallBuilder::AppendData(const Descriptor& from, std::vector<uint8_t>& data,
                             std::map<std::pair<int, uint32_t>, uint32_t>& places,
                             Descriptor& to) const {
  const auto place = [&](int kind, uint32_t number, const auto& append) {
    if (number == kNoData) return kNoData;
    const auto [entry, fresh] = places.try_emplace({kind, number});
    if (fresh) entry->second = append();
    return entry->second;
  };
  for (size_t g = 0; g < tensor::kMaxSources; ++g) {
    const uint32_t number = from.group[g].weights;
    to.group[g].weights = place(0, number, [&] {
      return AppendBytes(data, weights_[number].data(), 2 * weights_[number].size());
    });
  }
  to.bias = place(1, from.bias, [&] {
    return AppendBytes(data, biases_[from.bias].data(), 4 * biases_[from.bias].size());
  });
  to.table = place(2, from.table, [&] { return AppendTable(data, tables_[from.table]); });
}

uint32_t CallBuilder::Add(const Descriptor& descriptor, const std::array<Operand, 3>& operands) {
  const bool again = !calls_.empty() && !calls_.back().code &&
                     std::memcmp(&calls_.back().descriptor, &descriptor, sizeof descriptor) == 0;
  if (!again) {
    tensor::Model model;
    model.descriptors.push_back(descriptor);
    std::map<std::pair<int, uint32_t>, uint32_t> places;
    AppendData(descriptor, model.data, places, model.descriptors[0]);
    if (const auto error = tensor::CheckModel(model)) {
      throw CompileError("no tensor call: " + error->message);
    }
  }
  Call call;
  call.descriptor = descriptor;
  call.operands = operands;
  call.layer = layer_;
  order_.push_back(static_cast<uint32_t>(calls_.size()));
  calls_.push_back(std::move(call));
  return order_.back();
}

void CallBuilder::SetResult(uint32_t call, ValueId value, uint32_t offset) {
  calls_[call].result = value;
  calls_[call].result_offset = offset;
}

Operand CallBuilder::TensorOperand(const View& view, int64_t lane) {
  return {.kind = Operand::Kind::kTensor,
          .step = view.call,
          .value = kNoValue,
          .offset = static_cast<uint32_t>((view.offset + lane) / kLanes)};
}

std::vector<uint32_t> CallBuilder::CallsOf(const View& view) const {
  const auto [low, high] = LaneRange(view);
  std::vector<uint32_t> calls;
  int64_t begin = 0;  // lane of the current call
  for (auto at = std::find(order_.begin(), order_.end(), view.call);
       at != order_.end() && begin <= high; ++at) {
    const Call& call = calls_[*at];
    if (call.code) continue;
    const int64_t end = begin + int64_t{kLanes} * tensor::WrittenCells(call.descriptor);
    if (begin < end && low < end && begin <= high) calls.push_back(*at);
    begin = end;
  }
  return calls;
}

bool CallBuilder::Publish(const View& view, Role role, uint16_t segment) {
  const std::vector<uint32_t> writers = CallsOf(view);
  const auto known = [&](uint32_t call) { return roles_.contains({call, role, segment}); };
  const auto open = [&](uint32_t call) {
    const Call& c = calls_[call];
    return c.descriptor.out.role == Role::kNone && c.descriptor.out.clean == 1;
  };
  for (const uint32_t call : writers) {
    const TensorType& type = calls_[call].descriptor.out;
    if (type.role == role && type.segment == segment) roles_[{call, role, segment}] = call;
    if (!known(call) && !open(call) && !CanEvaluate(type)) return false;
  }
  for (const uint32_t call : writers) {
    if (known(call)) continue;
    uint32_t publisher = call;
    if (open(call)) {
      calls_[call].descriptor.out.role = role;
      calls_[call].descriptor.out.segment = segment;
    } else {
      publisher = Add(InPlace(Op::kEvaluate, calls_[call].descriptor.out, role, segment),
                      {ResultOperand(call)});
    }
    roles_[{call, role, segment}] = publisher;
  }
  return true;
}

void CallBuilder::Unpack(const View& view) {
  for (const uint32_t call : CallsOf(view)) {
    if (unpacked_.contains(call)) continue;
    unpacked_[call] = Add(InPlace(Op::kUnpack, calls_[call].descriptor.out, Role::kNone, 0),
                          {ResultOperand(call)});
  }
}

bool CallBuilder::IsRead(uint32_t call) const {
  for (const Call& other : calls_) {
    for (const Operand& operand : other.operands) {
      if (operand.kind == Operand::Kind::kTensor && operand.step == call) return true;
    }
  }
  return false;
}

bool CallBuilder::IsLeftOut(uint32_t call) const {
  return calls_[call].optional && !calls_[call].joined && !IsRead(call);
}

void CallBuilder::MarkJoined(uint32_t first) {
  if (first + 1 == calls_.size()) return;
  for (size_t call = first; call < calls_.size(); ++call) calls_[call].joined = true;
}

bool CallBuilder::Join(std::span<const View> parts) {
  std::vector<std::vector<uint32_t>> writers;
  for (const View& part : parts) writers.push_back(CallsOf(part));
  // Already so?
  const auto next_writer = [&](uint32_t call) -> std::optional<uint32_t> {
    auto at = std::find(order_.begin(), order_.end(), call) + 1;
    while (at != order_.end() &&
           (calls_[*at].code || tensor::WrittenCells(calls_[*at].descriptor) == 0)) {
      ++at;
    }
    return at == order_.end() ? std::nullopt : std::optional(*at);
  };
  bool adjacent = true;
  for (size_t i = 1; i < writers.size(); ++i) {
    adjacent = adjacent && next_writer(writers[i - 1].back()) == writers[i].front();
  }
  if (!adjacent) {
    // Results that nothing reads yet can be made later.
    for (size_t i = 0; i < writers.size(); ++i) {
      const Call& call = calls_[writers[i][0]];
      if (writers[i].size() != 1 || call.joined || call.descriptor.op == Op::kImport) return false;
      for (size_t j = 0; j < i; ++j) {
        if (writers[j] == writers[i]) return false;
      }
      if (IsRead(writers[i][0])) return false;
    }
    for (const auto& calls : writers) {
      std::erase(order_, calls[0]);
      order_.push_back(calls[0]);
    }
  }
  for (const auto& calls : writers) {
    for (const uint32_t call : calls) calls_[call].joined = true;
  }
  return true;
}

std::vector<TableData> CallBuilder::MergeTables(std::vector<uint32_t>& merged_into) const {
  const auto last = [](const TableData& t) {
    return int64_t{t.first} + static_cast<int64_t>(t.entries.size());
  };
  std::vector<TableData> merged;
  merged_into.assign(tables_.size(), 0);
  for (size_t i = 0; i < tables_.size(); ++i) {
    const TableData& table = tables_[i];
    const auto fits = [&](const TableData& other) {
      const int64_t low = std::max<int64_t>(table.first, other.first);
      const int64_t high = std::min(last(table), last(other));
      if (low >= high) return false;
      return std::equal(table.entries.begin() + (low - table.first),
                        table.entries.begin() + (high - table.first),
                        other.entries.begin() + (low - other.first));
    };
    const auto found = std::find_if(merged.begin(), merged.end(), fits);
    merged_into[i] = static_cast<uint32_t>(found - merged.begin());
    if (found == merged.end()) {
      merged.push_back(table);
      continue;
    }
    if (table.first < found->first) {
      found->entries.insert(found->entries.begin(), table.entries.begin(),
                            table.entries.begin() + (found->first - table.first));
      found->first = table.first;
    }
    if (last(table) > last(*found)) {
      const auto more = last(table) - last(*found);
      found->entries.insert(found->entries.end(), table.entries.end() - more, table.entries.end());
    }
  }
  return merged;
}

void CallBuilder::Finish() {
  std::erase_if(order_, [&](uint32_t call) { return IsLeftOut(call); });
  // Only what is used.
  std::vector<bool> used(tables_.size());
  for (const uint32_t number : order_) {
    const Call& call = calls_[number];
    if (!call.code && call.descriptor.table != kNoData) used[call.descriptor.table] = true;
  }
  std::vector<TableData> kept;
  std::vector<uint32_t> place(tables_.size());
  for (size_t i = 0; i < tables_.size(); ++i) {
    place[i] = static_cast<uint32_t>(kept.size());
    if (used[i]) kept.push_back(std::move(tables_[i]));
  }
  tables_ = std::move(kept);
  std::vector<uint32_t> merged_into;
  tables_ = MergeTables(merged_into);
  for (const uint32_t number : order_) {
    Call& call = calls_[number];
    if (call.code || call.descriptor.table == kNoData) continue;
    call.descriptor.table = merged_into[place[call.descriptor.table]];
  }

  steps_.assign(calls_.size(), UINT32_MAX);
  for (size_t i = 0; i < order_.size(); ++i) steps_[order_[i]] = static_cast<uint32_t>(i);
  std::map<std::string, uint32_t> numbers;
  std::map<std::pair<int, uint32_t>, uint32_t> places;
  for (const uint32_t number : order_) {
    const Call& call = calls_[number];
    if (call.code) {
      program_->steps.push_back({CodeStep{call.node}, call.layer});
      continue;
    }
    Descriptor d = call.descriptor;
    AppendData(call.descriptor, program_->data, places, d);
    const std::string key(reinterpret_cast<const char*>(&d), sizeof d);
    const auto [entry, fresh] =
        numbers.try_emplace(key, static_cast<uint32_t>(program_->descriptors.size()));
    if (fresh) program_->descriptors.push_back(d);
    TensorCall step{entry->second, call.operands, call.result, call.result_offset};
    for (Operand& operand : step.operands) {
      if (operand.kind == Operand::Kind::kTensor) operand.step = steps_[operand.step];
    }
    program_->steps.push_back({step, call.layer});
  }
  if (const auto error = tensor::CheckModel({program_->descriptors, program_->data})) {
    throw CompileError("the tensor calls of the model are refused: " + error->message);
  }
}

Operand CallBuilder::OperandOf(const View& view) const {
  const uint32_t step = steps_[view.call];
  return step == UINT32_MAX ? Operand{} : Operand{Operand::Kind::kTensor, step, kNoValue, 0};
}

CallBuilder::Place CallBuilder::PlaceOf(const View& view, int64_t lane) const {
  if (steps_[view.call] != UINT32_MAX) return {steps_[view.call], lane};
  // The pixel of the image that was left out, in one of its phases.
  const Call& call = calls_[view.call];
  if (call.phases.empty()) throw CompileError("a tensor that nothing reads was left out");
  const TensorType &whole = call.descriptor.out, &part = calls_[call.phases[0]].descriptor.out;
  const int64_t plane = int64_t{kLanes} * tensor::PlaneCells(whole);
  const int64_t pitch = tensor::Pitch(whole.width);
  const int64_t y = lane % plane / pitch, x = lane % pitch;
  return {
      steps_[call.phases[static_cast<size_t>(y % 2 * 2 + x % 2)]],
      lane / plane * kLanes * tensor::PlaneCells(part) + y / 2 * tensor::Pitch(part.width) + x / 2};
}

}  // namespace zkvm::compiler
