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

size_t NumFixedTables() {
  const auto& tables = Rv32Machine().tables;
  return static_cast<size_t>(std::count_if(tables.begin(), tables.end(), [](const TableRule& rule) {
    return rule.air->shape().fixed_columns > 0;
  }));
}

// The fields of a key after its magic: the same bytes in the file and in program_id.
void WriteFields(const VerifyingKey& key, ByteWriter& writer) {
  writer.WriteU16(kFormatVersion);
  writer.WriteU8(key.preset);
  writer.WriteU8(0);  // zero knowledge: off
  writer.WriteBytes(kMachineId);
  writer.WriteBytes(key.fixed_root);
  writer.WriteBytes(key.log_heights);
  writer.WriteU32(key.entry);
  writer.WriteU32(key.image_base);
  writer.WriteU32(key.zero_base);
}

void WriteLabel(std::string_view label, ByteWriter& writer) {
  writer.WriteU32(static_cast<uint32_t>(label.size()));
  for (const char c : label) writer.WriteU8(static_cast<uint8_t>(c));
}

Status CutOff() { return Status::Error("the key is cut off"); }

}  // namespace

const Digest kMachineId{0x2b, 0x1e, 0x07, 0x4f, 0x64, 0xf4, 0x81, 0x7c, 0xed, 0xd2, 0xf4,
                        0xd6, 0x74, 0xf7, 0x03, 0x20, 0xf7, 0x2c, 0x03, 0x1e, 0x09, 0x30,
                        0xe2, 0xbc, 0xc8, 0x7b, 0xe9, 0x90, 0xba, 0x9b, 0xbe, 0xfb};

Digest ProgramId(const VerifyingKey& key) {
  ByteWriter writer;
  WriteLabel("program", writer);
  WriteFields(key, writer);
  return DomainHash(Domain::kId, writer.bytes());
}

FixedCommitment CommitmentOf(const VerifyingKey& key) {
  ByteWriter writer;
  WriteLabel("vk", writer);
  writer.WriteBytes(ProgramId(key));
  writer.WriteBytes(Digest{});  // no model
  FixedCommitment commitment{DomainHash(Domain::kId, writer.bytes()), key.fixed_root, {}};
  size_t next = 0;
  for (const TableRule& rule : Rv32Machine().tables) {
    const bool fixed = rule.air->shape().fixed_columns > 0;
    commitment.log_heights.push_back(fixed ? key.log_heights[next++] : -1);
  }
  return commitment;
}

std::vector<uint8_t> SerializeKey(const VerifyingKey& key) {
  ByteWriter writer;
  writer.WriteBytes(kMagic);
  WriteFields(key, writer);
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
  key->log_heights.resize(NumFixedTables());
  if (!reader.ReadBytes(key->fixed_root) || !reader.ReadBytes(key->log_heights) ||
      !reader.ReadU32(&key->entry) || !reader.ReadU32(&key->image_base) ||
      !reader.ReadU32(&key->zero_base)) {
    return CutOff();
  }
  if (reader.left() != 0) return Status::Error("the key has surplus bytes at its end");
  for (const uint8_t log_n : key->log_heights) {
    if (log_n < kMinLogHeight || log_n > kMaxLogHeight) {
      return Status::Error("the key has an impossible table height");
    }
  }
  return Status::Ok();
}

}  // namespace zkvm
