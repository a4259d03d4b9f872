#include <zkvm/hash.h>

#include <cstring>

#include "compiler/runtime/journal_format.h"
#include "compiler/runtime/model.h"
#include "guest-sdk/runtime/output.h"

namespace zkvm::model {
namespace {

using guest::journal;
using guest::kMaxJournalBytes;

// Room for `bytes` more at the end of the journal, which is at a multiple of 4 and all zeros. Whole
// records are written in place: a call for each field would cost several times as many cycles.
uint8_t* Append(size_t bytes) {
  if (bytes > kMaxJournalBytes - journal.size) guest::WriteJournal(nullptr, bytes);  // panics
  uint8_t* const at = journal.bytes + journal.size;
  journal.size += bytes;
  return at;
}

constexpr size_t Padded(size_t bytes) { return bytes + PaddingOf(bytes); }

// Apart: its state on the stack would cost records without a hash a good part of their cycles.
[[gnu::noinline]] void WriteHash(const zkvm_model_tensor& tensor, size_t bytes) {
  const Digest hash = Blake3::Hash({static_cast<const uint8_t*>(tensor.data), bytes});
  static_assert(sizeof(hash) == kHashBytes);
  memcpy(Append(sizeof(hash)), hash.data(), sizeof(hash));
}

void WriteRecord(RecordKind kind, const zkvm_model_tensor& tensor) {
  const size_t rank = tensor.rank;
  auto* const header = reinterpret_cast<RecordHeader*>(Append(sizeof(RecordHeader) + 4 * rank));
  header->kind = kind;
  header->contents = static_cast<RecordContents>(tensor.visibility);
  header->dtype = tensor.dtype;
  header->rank = tensor.rank;
  header->scale = tensor.scale;
  auto* const extents = reinterpret_cast<uint32_t*>(header + 1);
#pragma clang loop unroll(disable)
  for (size_t d = 0; d < rank; ++d) extents[d] = tensor.shape[d];
  size_t bytes = tensor.bytes;
  if (tensor.dynamic_axis >= 0) {
    uint32_t& extent = extents[tensor.dynamic_axis];
    // Elements lie as in a tensor of the actual shape.
    bytes = extent == 0 ? 0 : bytes / extent * *tensor.extent;
    extent = *tensor.extent;
  }

  const size_t name_bytes = strlen(tensor.name);
  header->name_bytes = name_bytes;
  memcpy(Append(Padded(name_bytes)), tensor.name, name_bytes);
  if (header->contents == RecordContents::kHash) {
    WriteHash(tensor, bytes);
  } else {
    memcpy(Append(Padded(bytes)), tensor.data, bytes);
  }
}

uint16_t WriteRecords(RecordKind kind, const zkvm_model_tensor* tensors, uint32_t count) {
  uint16_t records = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (tensors[i].visibility == ZKVM_MODEL_PRIVATE) continue;
    WriteRecord(kind, tensors[i]);
    ++records;
  }
  return records;
}

}  // namespace

void Publish() {
  Append(PaddingOf(journal.size));
  auto* const header = reinterpret_cast<BlockHeader*>(Append(sizeof(BlockHeader)));
  memcpy(header->magic, kJournalMagic, sizeof(header->magic));
  header->version = kJournalVersion;
  const uint16_t inputs =
      WriteRecords(RecordKind::kInput, zkvm_model_inputs, zkvm_model_input_count);
  const uint16_t outputs =
      WriteRecords(RecordKind::kOutput, zkvm_model_outputs, zkvm_model_output_count);
  header->records = static_cast<uint16_t>(inputs + outputs);
}

}  // namespace zkvm::model
