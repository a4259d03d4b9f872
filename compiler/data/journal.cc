#include "compiler/data/journal.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "compiler/data/literals.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

using model::BlockHeader;
using model::RecordContents;
using model::RecordHeader;
using model::RecordKind;

// Takes bytes from the front; false, where there are too few, is the end of all reading.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  size_t left() const { return bytes_.size(); }

  bool Take(uint64_t count, std::span<const uint8_t>& taken) {
    if (count > bytes_.size()) return false;
    taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return true;
  }
  template <class T>
  bool Take(T& value) {
    std::span<const uint8_t> taken;
    if (!Take(sizeof(T), taken)) return false;
    std::memcpy(&value, taken.data(), sizeof(T));
    return true;
  }
  // With what fills them up to a multiple of 4, which has to be zero.
  bool TakePadded(uint64_t count, std::span<const uint8_t>& taken) {
    std::span<const uint8_t> padding;
    return Take(count, taken) && Take(model::PaddingOf(count), padding) &&
           std::ranges::all_of(padding, [](uint8_t byte) { return byte == 0; });
  }

 private:
  std::span<const uint8_t> bytes_;
};

bool ReadRecord(Reader& reader, JournalRecord& record) {
  RecordHeader header;
  if (!reader.Take(header)) return false;
  record.kind = header.kind;
  record.scale = header.scale;
  record.type.dtype = static_cast<DType>(header.dtype);
  if (header.kind > RecordKind::kOutput || ByteSize(record.type.dtype) == 0 ||
      !std::isfinite(header.scale) || header.scale < 0) {
    return false;
  }
  for (size_t d = 0; d < header.rank; ++d) {
    uint32_t extent;
    if (!reader.Take(extent)) return false;
    record.type.shape.push_back(extent);
  }
  std::span<const uint8_t> bytes;
  if (!reader.TakePadded(header.name_bytes, bytes)) return false;
  record.name.assign(bytes.begin(), bytes.end());

  constexpr uint64_t kMost = uint64_t{1} << 48;
  const auto count = CountElements(record.type.shape, kMost);
  if (!count) return false;
  if (header.contents == RecordContents::kHash) {
    // The size is a claim that nothing here holds against the bytes.
    return reader.Take(record.hash.emplace());
  }
  if (header.contents != RecordContents::kElements ||
      !reader.TakePadded(*count * ByteSize(record.type.dtype), bytes)) {
    return false;
  }
  record.elements.emplace(record.type, std::vector<uint8_t>(bytes.begin(), bytes.end()));
  return true;
}

}  // namespace

std::optional<std::vector<std::vector<JournalRecord>>> ParseJournal(
    std::span<const uint8_t> bytes) {
  std::vector<std::vector<JournalRecord>> blocks;
  Reader reader(bytes);
  do {
    BlockHeader header;
    if (!reader.Take(header) ||
        std::memcmp(header.magic, model::kJournalMagic, sizeof(header.magic)) != 0 ||
        header.version != model::kJournalVersion) {
      return std::nullopt;
    }
    std::vector<JournalRecord>& records = blocks.emplace_back();
    for (size_t i = 0; i < header.records; ++i) {
      if (!ReadRecord(reader, records.emplace_back())) return std::nullopt;
    }
  } while (reader.left() > 0);
  return blocks;
}

}  // namespace zkvm::compiler
