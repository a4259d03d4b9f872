#include "vm/key.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "stark/bytes.h"
#include "stark/hash/domain.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

constexpr std::array<uint8_t, 4> kMagic{'Z', 'K', 'V', 'K'};

// Tables with fixed columns, of the program or of the model.
size_t NumFixedTables(bool model) {
  const auto& tables = Rv32Machine().tables;
  return static_cast<size_t>(
      std::count_if(tables.begin(), tables.end(), [&](const TableRule& rule) {
        return rule.air->shape().fixed_columns > 0 && rule.air->shape().model == model;
      }));
}

// The fields of a key after its magic, in the order of the file: what they are relative to, the
// program and the model. The ids hash the same bytes.
void WriteFront(const VerifyingKey& key, ByteWriter& writer) {
  writer.WriteU16(kFormatVersion);
  writer.WriteU8(key.preset);
  writer.WriteU8(0);  // zero knowledge: off
  writer.WriteBytes(kMachineId);
}
void WriteProgram(const VerifyingKey& key, ByteWriter& writer) {
  writer.WriteBytes(key.fixed_root);
  writer.WriteBytes(key.log_heights);
  writer.WriteU32(key.entry);
  writer.WriteU32(key.image_base);
  writer.WriteU32(key.zero_base);
}
void WriteModel(const VerifyingKey& key, ByteWriter& writer) {
  writer.WriteBytes(key.model_root);
  writer.WriteBytes(key.model_log_heights);
}

void WriteLabel(std::string_view label, ByteWriter& writer) {
  writer.WriteU32(static_cast<uint32_t>(label.size()));
  for (const char c : label) writer.WriteU8(static_cast<uint8_t>(c));
}

Status CutOff() { return Status::Error("the key is cut off"); }

}  // namespace

const Digest kMachineId{0x2b, 0x58, 0x3a, 0xb2, 0xef, 0xb5, 0x1d, 0x9e, 0x73, 0x61, 0xa9,
                        0xca, 0x87, 0x14, 0x8b, 0xea, 0x28, 0x9b, 0xea, 0xbe, 0xce, 0x8c,
                        0xc9, 0xa7, 0xd1, 0xe2, 0x84, 0xc9, 0x0c, 0xed, 0x03, 0x55};

Digest ProgramId(const VerifyingKey& key) {
  ByteWriter writer;
  WriteLabel("program", writer);
  WriteFront(key, writer);
  WriteProgram(key, writer);
  return DomainHash(Domain::kId, writer.bytes());
}

bool HasModel(const VerifyingKey& key) {
  return std::ranges::any_of(key.model_log_heights, [](uint8_t log_n) { return log_n != 0; });
}

Digest ModelId(const VerifyingKey& key) {
  if (!HasModel(key)) return {};
  ByteWriter writer;
  WriteLabel("model", writer);
  WriteFront(key, writer);
  WriteModel(key, writer);
  return DomainHash(Domain::kId, writer.bytes());
}

std::vector<int> FixedLogHeights(const VerifyingKey& key) {
  std::vector<int> log_heights;
  size_t program = 0;
  size_t model = 0;
  for (const TableRule& rule : Rv32Machine().tables) {
    const AirShape& shape = rule.air->shape();
    int log_n = -1;
    if (shape.fixed_columns > 0 && !shape.model) log_n = key.log_heights[program++];
    if (shape.model && key.model_log_heights[model] != 0) log_n = key.model_log_heights[model];
    if (shape.model) ++model;
    log_heights.push_back(log_n);
  }
  return log_heights;
}

FixedCommitment CommitmentOf(const VerifyingKey& key) {
  ByteWriter writer;
  WriteLabel("vk", writer);
  writer.WriteBytes(ProgramId(key));
  writer.WriteBytes(ModelId(key));
  return {DomainHash(Domain::kId, writer.bytes()), key.fixed_root, FixedLogHeights(key),
          key.model_root};
}

std::vector<uint8_t> SerializeKey(const VerifyingKey& key) {
  ByteWriter writer;
  writer.WriteBytes(kMagic);
  WriteFront(key, writer);
  WriteProgram(key, writer);
  WriteModel(key, writer);
  return writer.Take();
}

Status ParseKey(std::span<const uint8_t> bytes, VerifyingKey* key) {
  ByteReader reader(bytes);
  std::array<uint8_t, 4> magic;
  uint16_t format;
  uint8_t zero_knowledge;
  Digest machine_id;
  if (!reader.ReadBytes(magic) || magic != kMagic) {
    return Status::Error("not a verifying key (it does not start with ZKVK)");
  }
  if (!reader.ReadU16(&format)) return CutOff();
  if (format != kFormatVersion) {
    return Status::Error("the key has format version " + std::to_string(format) +
                         "; this verifier reads version " + std::to_string(kFormatVersion));
  }
  if (!reader.ReadU8(&key->preset) || !reader.ReadU8(&zero_knowledge) ||
      !reader.ReadBytes(machine_id)) {
    return CutOff();
  }
  if (FindPreset(key->preset) == nullptr) {
    return Status::Error("the key names the unknown preset " + std::to_string(key->preset));
  }
  if (zero_knowledge != 0) {
    return Status::Error("the key asks for zero knowledge, which this version does not have");
  }
  if (machine_id != kMachineId) {
    return Status::Error("the key belongs to another version of the machine; make it again");
  }
  key->log_heights.resize(NumFixedTables(false));
  key->model_log_heights.resize(NumFixedTables(true));
  if (!reader.ReadBytes(key->fixed_root) || !reader.ReadBytes(key->log_heights) ||
      !reader.ReadU32(&key->entry) || !reader.ReadU32(&key->image_base) ||
      !reader.ReadU32(&key->zero_base) || !reader.ReadBytes(key->model_root) ||
      !reader.ReadBytes(key->model_log_heights)) {
    return CutOff();
  }
  if (reader.left() != 0) return Status::Error("the key has surplus bytes at its end");
  for (const uint8_t log_n : key->log_heights) {
    if (log_n < kMinLogHeight || log_n > kMaxLogHeight) {
      return Status::Error("the key has an impossible table height");
    }
  }
  for (const uint8_t log_n : key->model_log_heights) {
    if (log_n != 0 && (log_n < kMinLogHeight || log_n > kMaxLogHeight)) {
      return Status::Error("the key has an impossible table height");
    }
  }
  if (!HasModel(*key) && key->model_root != Digest{}) {
    return Status::Error("the key has the root of a model without tables");
  }
  return Status::Ok();
}

}  // namespace zkvm
