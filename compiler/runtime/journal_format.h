// The journal of a model (docs/journal.md): numbers that the guest writes and the host reads.
#ifndef ZKVM_COMPILER_RUNTIME_JOURNAL_FORMAT_H_
#define ZKVM_COMPILER_RUNTIME_JOURNAL_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace zkvm::model {

inline constexpr char kJournalMagic[4] = {'Z', 'K', 'M', 'L'};
inline constexpr uint16_t kJournalVersion = 1;

enum class RecordKind : uint8_t { kInput = 0, kOutput = 1 };

// What a record says of the tensor's elements: the elements, or the BLAKE3 hash of them.
enum class RecordContents : uint8_t { kElements = 1, kHash = 2 };

// A block is a BlockHeader and its records, a record a RecordHeader, its extents (uint32 each), its
// name and its contents, the last two filled up with zeros to a multiple of 4. Little-endian.
struct BlockHeader {
  char magic[4];
  uint16_t version;
  uint16_t records;
};
static_assert(sizeof(BlockHeader) == 8);

struct RecordHeader {
  RecordKind kind;
  RecordContents contents;
  uint8_t dtype;  // as ONNX numbers TensorProto.DataType
  uint8_t rank;
  float scale;  // 0: none
  uint32_t name_bytes;
};
static_assert(sizeof(RecordHeader) == 12);

inline constexpr size_t kHashBytes = 32;

constexpr size_t PaddingOf(size_t bytes) { return -bytes & 3; }

}  // namespace zkvm::model

#endif  // ZKVM_COMPILER_RUNTIME_JOURNAL_FORMAT_H_
