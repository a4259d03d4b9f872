#include "precompiles/tensor/lowering/stores.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "stark/field/fp.h"

namespace zkvm::tensor {
namespace {

// out[i] = the weight at offset + first + i step, int16 or (biases) int32.
template <class T>
void Read(const Model& model, uint32_t offset, size_t first, size_t step, size_t count,
          int32_t* out) {
  const uint8_t* at = model.data.data() + offset + first * sizeof(T);
  for (size_t i = 0; i < count; ++i, at += step * sizeof(T)) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    out[i] = value;
  }
}

uint64_t CountOf(const WeightMatrix& m) {
  return uint64_t{m.channels} * m.outputs * m.lines * m.taps;
}

// Whether rows of 256 weights spare accumulators.
constexpr uint64_t kLargeMatrix = 1 << 18;
bool FillsWideRows(const WeightMatrix& m) {
  return m.layout != WeightMatrix::Layout::kDepthwise && CountOf(m) >= kLargeMatrix &&
         (m.outputs % 256 == 0 || m.outputs > 1024);
}

// Outputs that share rows of weights.
uint32_t RowOutputs(const WeightMatrix& m) {
  return m.layout == WeightMatrix::Layout::kDepthwise ? 1 : m.outputs;
}

size_t RowsAtMost(const WeightMatrix& m, uint32_t lanes) {
  const size_t kernel = (size_t{m.dilation} * (m.lines - 1) + 1) * (m.dilation * (m.taps - 1) + 1);
  return m.channels * kernel * ((RowOutputs(m) + lanes - 1) / lanes);
}

// Of a row: in its tap, of the tap in its line, of the line in its kernel.
struct RowPlace {
  bool first_block, more_blocks;
  bool first_tap, more_taps;
  bool first_line, more_lines;
};

// A factor 1/zx (1/zy) stands where the sum goes from the first row of a tap (line) to the next
// one; between rows of the same it passes unchanged.
uint8_t FlagsOf(const RowPlace& at) {
  const bool first_of_line = at.first_block && at.first_tap;
  const bool line_goes_on = at.more_blocks || at.more_taps;
  uint32_t flags = at.more_blocks ? kBlock : 0;
  if (at.first_block) flags |= kFirstOfTap;
  if (at.first_block && at.more_taps) {
    flags |= kX2;
  } else if (line_goes_on) {
    flags |= kX1;
  }
  if (first_of_line) flags |= kFirstOfLine;
  if (first_of_line && at.more_lines) {
    flags |= kY2;
  } else if (line_goes_on || at.more_lines) {
    flags |= kY1;
  }
  if (first_of_line && at.first_line) flags |= kPublish;
  return static_cast<uint8_t>(flags);
}

// The weights of `count` outputs from `output` on.
void ReadWeights(const Model& model, const WeightMatrix& m, uint32_t channel, uint32_t line,
                 uint32_t tap, uint32_t output, size_t count, int32_t* out) {
  const size_t kernel = size_t{m.lines} * m.taps;
  const size_t at = size_t{line} * m.taps + tap;
  switch (m.layout) {
    case WeightMatrix::Layout::kBias:
      return Read<int32_t>(model, m.data, output, 1, count, out);
    case WeightMatrix::Layout::kSequence:
      return Read<int16_t>(model, m.data, (channel * kernel + at) * m.outputs + output, 1, count,
                           out);
    case WeightMatrix::Layout::kDepthwise:
      return Read<int16_t>(model, m.data, channel * kernel + at, 0, count, out);
    case WeightMatrix::Layout::kImage:
      return Read<int16_t>(model, m.data, (size_t{output} * m.channels + channel) * kernel + at,
                           m.channels * kernel, count, out);
  }
}

}  // namespace

uint32_t Field(int64_t value) {
  constexpr int64_t kP = Fp::kModulus;
  const int64_t rest = value % kP;
  return static_cast<uint32_t>(rest < 0 ? rest + kP : rest);
}

uint32_t ProgramStore::Add(uint32_t worker, std::vector<MicroRow> rows,
                           std::vector<MicroRow> constants) {
  const auto [entry, added] =
      ids_.try_emplace(Key{worker, std::move(rows), std::move(constants)}, next_);
  if (added) {
    programs_.push_back(&entry->first);
    next_ += 1 + static_cast<uint32_t>(entry->first.constants.size());
  }
  return entry->second;
}

void ProgramStore::Emit(std::vector<MicroRow>& micro, std::vector<Program>& programs) const {
  const auto end = [&micro] { return static_cast<uint32_t>(micro.size()); };
  for (const Key* key : programs_) {
    programs.push_back({end(), static_cast<uint32_t>(key->rows.size())});
    micro.insert(micro.end(), key->rows.begin(), key->rows.end());
    for (const MicroRow& row : key->constants) {
      programs.push_back({end(), 1});
      micro.push_back(row);
    }
  }
}

uint32_t TypeStore::Number(const Key& key) {
  return ids_.try_emplace(key, static_cast<uint32_t>(ids_.size() + 1)).first->second;
}

uint32_t TypeStore::Cell(const TensorType& type) {
  return Number({static_cast<uint32_t>(type.kind), static_cast<uint32_t>(type.element), 0,
                 type.height, type.width, type.clean});
}

uint32_t TypeStore::Eval(const TensorType& type) {
  return Number({static_cast<uint32_t>(type.kind), static_cast<uint32_t>(type.element),
                 static_cast<uint32_t>(type.role), type.height, Lanes(type), 0});
}

KernelRef KernelStore::Segment(PowerBase base, bool add, uint32_t index) {
  const auto [entry, added] = segment_ids_.try_emplace({base, add}, last_ + 1);
  if (added) segments_[++last_] = {base, add, 0};
  PowerSegment& segment = segments_[entry->second];
  segment.count = std::max(segment.count, index + 1);
  return {entry->second, index};
}

uint32_t KernelStore::Weights(const WeightMatrix& matrix) {
  const auto [entry, added] = matrix_ids_.try_emplace(matrix, last_ + 1);
  if (added) ++last_;
  return entry->second;
}

void KernelStore::Emit(uint64_t many_wide_weights, Lowered& lowered) const {
  lowered.kernels.assign(last_ + 1, {});
  for (const auto& [id, segment] : segments_) EmitPower(id, segment, lowered);
  std::map<uint32_t, const WeightMatrix*> by_id;
  uint64_t wide_weights = 0;
  for (const auto& [matrix, id] : matrix_ids_) {
    by_id[id] = &matrix;
    if (FillsWideRows(matrix)) wide_weights += CountOf(matrix);
  }
  const auto is_wide = [&](const WeightMatrix& m) {
    return wide_weights >= many_wide_weights && FillsWideRows(m);
  };
  size_t rows64 = 0, rows256 = 0;
  for (const auto& [id, matrix] : by_id) {
    (is_wide(*matrix) ? rows256 : rows64) += RowsAtMost(*matrix, is_wide(*matrix) ? 256 : 64);
  }
  lowered.weight64.weights.reserve(rows64 * 64);
  lowered.weight256.weights.reserve(rows256 * 256);
  for (const auto& [id, matrix] : by_id) EmitMatrix(id, *matrix, is_wide(*matrix), lowered);
}

void KernelStore::EmitPower(uint32_t id, const PowerSegment& segment, Lowered& lowered) const {
  lowered.kernels[id] = {KernelTable::kPower, static_cast<uint32_t>(lowered.power.size()), 1,
                         segment.count};
  for (uint32_t i = 0; i < segment.count; ++i) {
    lowered.power.push_back({id, i, segment.base, i + 1 == segment.count, segment.add});
  }
}

// Lines and taps between those of a dilated kernel are one row of zeros each.
void KernelStore::EmitMatrix(uint32_t id, const WeightMatrix& m, bool wide,
                             Lowered& lowered) const {
  WeightTable& table = wide ? lowered.weight256 : lowered.weight64;
  const auto lanes = static_cast<uint32_t>(table.lanes);
  const size_t first = table.rows.size();
  const uint32_t lines = m.dilation * (m.lines - 1) + 1;
  for (uint32_t c = 0; c < m.channels; ++c) {
    for (uint32_t r = 0; r < lines; ++r) {
      const bool zero_line = r % m.dilation != 0;
      const uint32_t taps = zero_line ? 1 : m.dilation * (m.taps - 1) + 1;
      for (uint32_t s = 0; s < taps; ++s) {
        const bool zero_tap = zero_line || s % m.dilation != 0;
        const uint32_t outputs = zero_tap ? 1 : RowOutputs(m);
        for (uint32_t o = 0; o < outputs; o += lanes) {
          const RowPlace place{o == 0, o + lanes < outputs, s == 0, s + 1 < taps,
                               r == 0, r + 1 < lines};
          table.rows.push_back({id, c, FlagsOf(place)});
          table.weights.resize(table.weights.size() + lanes);
          if (zero_tap) continue;
          ReadWeights(model_, m, c, r / m.dilation, s / m.dilation, o, std::min(lanes, outputs - o),
                      table.weights.data() + table.weights.size() - lanes);
        }
      }
    }
  }
  const size_t stride = (table.rows.size() - first) / m.channels;
  lowered.kernels[id] = {wide ? KernelTable::kWeight256 : KernelTable::kWeight64,
                         static_cast<uint32_t>(first), static_cast<uint32_t>(stride), m.channels};
}

uint32_t TableStore::Data(uint32_t offset) {
  const auto [entry, added] = offset_ids_.try_emplace(offset, 0);
  if (added) {
    const tensor::Table table = TableAt(model_, offset);
    entry->second = Given(table.first, {table.entries.begin(), table.entries.end()});
  }
  return entry->second;
}

uint32_t TableStore::Given(int32_t begin, std::vector<int32_t> entries) {
  const auto id = static_cast<uint32_t>(ids_.size() + 1);
  return ids_.try_emplace({begin, std::move(entries)}, id).first->second;
}

void TableStore::Emit(Lowered& lowered) const {
  std::map<uint32_t, const Table*> by_id;
  for (const auto& [table, id] : ids_) by_id[id] = &table;
  lowered.tables.assign(1, {});
  for (const auto& [id, table] : by_id) {
    const auto& [begin, entries] = *table;
    lowered.tables.push_back(
        {static_cast<uint32_t>(lowered.lut.size()), begin, static_cast<uint32_t>(entries.size())});
    for (size_t i = 0; i < entries.size(); ++i) {
      lowered.lut.push_back({id, begin + static_cast<int32_t>(i), entries[i]});
    }
  }
}

}  // namespace zkvm::tensor
