#include <zkvm/guest.h>
#include <zkvm/hash.h>

#include <cstring>

#include "compiler/runtime/journal_format.h"
#include "compiler/runtime/model.h"

namespace zkvm::model {
namespace {

constexpr size_t kMaxRank = 255;

void WriteZeros(size_t count) {
  static constexpr uint8_t kZeros[4] = {};
  zkvm_write_journal(kZeros, count);
}

void WritePadded(const void* bytes, size_t count) {
  zkvm_write_journal(bytes, count);
  WriteZeros(PaddingOf(count));
}

void WriteRecord(RecordKind kind, const zkvm_model_tensor& tensor) {
  const size_t name_bytes = strlen(tensor.name);
  const RecordHeader header = {kind,         static_cast<RecordContents>(tensor.visibility),
                               tensor.dtype, tensor.rank,
                               tensor.scale, name_bytes};
  zkvm_write_journal(&header, sizeof(header));
  uint32_t extents[kMaxRank];
  size_t bytes = tensor.bytes;
  for (size_t d = 0; d < tensor.rank; ++d) extents[d] = tensor.shape[d];
  if (tensor.dynamic_axis >= 0) {
    uint32_t& extent = extents[tensor.dynamic_axis];
    // Elements lie as in a tensor of the actual shape.
    bytes = extent == 0 ? 0 : bytes / extent * *tensor.extent;
    extent = *tensor.extent;
  }
  zkvm_write_journal(extents, 4 * tensor.rank);
  WritePadded(tensor.name, name_bytes);
  if (header.contents == RecordContents::kHash) {
    const Digest hash = Blake3::Hash({static_cast<const uint8_t*>(tensor.data), bytes});
    static_assert(sizeof(hash) == kHashBytes);
    zkvm_write_journal(hash.data(), hash.size());
  } else {
    WritePadded(tensor.data, bytes);
  }
}

uint32_t CountShown(const zkvm_model_tensor* tensors, uint32_t count) {
  uint32_t shown = 0;
  for (uint32_t i = 0; i < count; ++i) shown += tensors[i].visibility != ZKVM_MODEL_PRIVATE;
  return shown;
}

void WriteRecords(RecordKind kind, const zkvm_model_tensor* tensors, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    if (tensors[i].visibility != ZKVM_MODEL_PRIVATE) WriteRecord(kind, tensors[i]);
  }
}

}  // namespace

void Publish() {
  BlockHeader header = {{}, kJournalVersion, 0};
  memcpy(header.magic, kJournalMagic, sizeof(header.magic));
  header.records = static_cast<uint16_t>(CountShown(zkvm_model_inputs, zkvm_model_input_count) +
                                         CountShown(zkvm_model_outputs, zkvm_model_output_count));
  zkvm_write_journal(&header, sizeof(header));
  WriteRecords(RecordKind::kInput, zkvm_model_inputs, zkvm_model_input_count);
  WriteRecords(RecordKind::kOutput, zkvm_model_outputs, zkvm_model_output_count);
}

}  // namespace zkvm::model
