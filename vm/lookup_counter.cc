#include "vm/lookup_counter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

namespace zkvm {
namespace {

template <class Counts>
void Add(Counts& sum, const Counts& other) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
}

}  // namespace

ProgramRows MakeProgramRows(const Program& program) {
  ProgramRows rows(program.text.size() + 1);
  for (size_t i = 0; i < program.text.size(); ++i) {
    ProgramTable::Fill(program.text_base + 4 * static_cast<uint32_t>(i), program.text[i], rows[i]);
  }
  ProgramTable::FillConstants(program.zero_base() / 4, rows.back());
  return rows;
}

LookupCounts& LookupCounts::operator+=(const LookupCounts& other) {
  Add(program, other.program);
  Add(range, other.range);
  Add(bytes, other.bytes);
  Add(pair, other.pair);
  Add(shift, other.shift);
  tensors += other.tensors;
  return *this;
}

void LookupCounter::Fail(const Bus& bus, std::span<const Fp> message) const {
  std::vector<uint32_t> values;
  for (const Fp x : message) values.push_back(x.Value());
  throw std::logic_error(fmt::format("chip {}, row {}: no table provides {}({})", chip_, row_,
                                     bus.name, fmt::join(values, ", ")));
}

}  // namespace zkvm
