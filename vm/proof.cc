#include "vm/proof.h"

#include <array>
#include <string>
#include <utility>

#include "isa/air/buses.h"
#include "stark/verifier.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

constexpr std::array<uint8_t, 4> kMagic{'Z', 'K', 'V', 'P'};
constexpr int kFirstTimestamp = 4;

std::vector<uint8_t> LittleEndian(std::span<const uint32_t> words) {
  ByteWriter writer;
  for (const uint32_t word : words) writer.WriteU32(word);
  return writer.Take();
}

Fp Low(uint32_t word) { return Fp::FromU32(word & 0xFFFF); }
Fp High(uint32_t word) { return Fp::FromU32(word >> 16); }

}  // namespace

Statement MakeStatement(const VerifyingKey& key, const Outcome& outcome) {
  Statement statement;
  const uint32_t length = static_cast<uint32_t>(outcome.journal.size());
  statement.items.push_back(LittleEndian({&outcome.exit_code, 1}));
  statement.items.push_back(LittleEndian({&length, 1}));
  statement.items.push_back(LittleEndian(outcome.journal));
  for (uint32_t i = 0; i < length; ++i) {
    const uint32_t word = outcome.journal[i];
    statement.messages.push_back({kJournal, -1, {Fp::FromU32(i), Low(word), High(word)}});
  }
  statement.produced.push_back({kSpaceState, Fp::FromU32(key.entry), 0, 0, kFirstTimestamp});
  statement.consumed.push_back({kSpaceHalt, 0, Low(outcome.exit_code), High(outcome.exit_code), 0});
  return statement;
}

std::vector<uint8_t> SerializeHeader(const ProofHeader& header) {
  ByteWriter writer;
  writer.WriteBytes(kMagic);
  writer.WriteU16(kFormatVersion);
  writer.WriteU8(header.preset);
  writer.WriteU8(0);  // zero knowledge: off
  writer.WriteBytes(header.vk_id);
  writer.WriteU32(header.outcome.exit_code);
  writer.WriteU32(static_cast<uint32_t>(header.outcome.journal.size()));
  for (const uint32_t word : header.outcome.journal) writer.WriteU32(word);
  return writer.Take();
}

Status ParseHeader(ByteReader& reader, ProofHeader* header) {
  std::array<uint8_t, 4> magic;
  uint16_t format;
  uint8_t zero_knowledge;
  if (!reader.ReadBytes(magic) || magic != kMagic) {
    return Status::Error("not a proof (it does not start with ZKVP)");
  }
  if (!reader.ReadU16(&format)) return Status::Error("the proof is cut off in its header");
  if (format != kFormatVersion) {
    return Status::Error("the proof has format version " + std::to_string(format) +
                         "; this verifier reads version " + std::to_string(kFormatVersion));
  }
  uint32_t journal_words;
  if (!reader.ReadU8(&header->preset) || !reader.ReadU8(&zero_knowledge) ||
      !reader.ReadBytes(header->vk_id) || !reader.ReadU32(&header->outcome.exit_code) ||
      !reader.ReadU32(&journal_words)) {
    return Status::Error("the proof is cut off in its header");
  }
  if (FindPreset(header->preset) == nullptr) {
    return Status::Error("the proof names the unknown preset " + std::to_string(header->preset));
  }
  if (zero_knowledge != 0) {
    return Status::Error("the proof claims zero knowledge, which this version does not have");
  }
  if (journal_words > kMaxJournalWords) {
    return Status::Error("the proof claims a journal of more than 2^20 words");
  }
  if (!reader.ReadU32s(journal_words, &header->outcome.journal)) {
    return Status::Error("the proof is cut off in its journal");
  }
  return Status::Ok();
}

Status VerifyProof(const VerifyingKey& key, std::span<const uint8_t> proof,
                   VerifiedProof* verified) {
  if (proof.size() > kMaxProofBytes) return Status::Error("the proof is longer than 64 MiB");
  ByteReader reader(proof);
  ProofHeader header;
  Status status = ParseHeader(reader, &header);
  if (!status.ok()) return status;
  if (header.preset != key.preset) {
    return Status::Error("the proof was made under another preset than the key");
  }
  const FixedCommitment fixed = CommitmentOf(key);
  if (header.vk_id != fixed.vk_id) {
    return Status::Error("the proof is of another program or model than the key");
  }
  const Preset& preset = *FindPreset(header.preset);
  status = Verify(Rv32Machine(), preset, fixed, MakeStatement(key, header.outcome), reader,
                  &verified->heights);
  if (!status.ok()) return status;
  verified->outcome = std::move(header.outcome);
  verified->preset = &preset;
  return Status::Ok();
}

}  // namespace zkvm
