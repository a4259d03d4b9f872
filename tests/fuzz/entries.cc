#include "tests/fuzz/entries.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>

#include "isa/elf.h"
#include "stark/bytes.h"
#include "vm/executor.h"
#include "vm/key.h"
#include "vm/program_fixed.h"
#include "vm/proof.h"

namespace zkvm {
namespace {

void Require(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

void RequireOneLine(const std::string& message) {
  Require(!message.empty() && message.find('\n') == std::string::npos, "an error is one line");
}

}  // namespace

bool TryElf(std::span<const uint8_t> file) {
  const auto loaded = LoadElf(file);
  if (const ElfError* error = std::get_if<ElfError>(&loaded)) {
    RequireOneLine(error->message);
    return false;
  }
  const Program& program = std::get<Program>(loaded);
  const Status status = CheckProgram(program);
  if (!status.ok()) RequireOneLine(status.message());
  const ExecutionResult result = Execute(program, {.max_cycles = 1000});
  if (result.fault) RequireOneLine(result.fault->Message());
  Require(result.cycles <= 1000, "the cycle limit holds");
  return true;
}

bool TryKey(std::span<const uint8_t> file) {
  VerifyingKey key;
  const Status status = ParseKey(file, &key);
  if (!status.ok()) {
    RequireOneLine(status.message());
    return false;
  }
  const std::vector<uint8_t> again = SerializeKey(key);
  Require(std::equal(again.begin(), again.end(), file.begin(), file.end()),
          "a key has one encoding");
  return true;
}

bool TryProof(std::span<const uint8_t> key_and_proof) {
  ByteReader reader(key_and_proof);
  uint16_t length;
  if (!reader.ReadU16(&length) || length > reader.left()) return false;
  VerifyingKey key;
  if (!ParseKey(key_and_proof.subspan(2, length), &key).ok()) return false;
  const std::span<const uint8_t> proof = key_and_proof.subspan(2u + length);
  VerifiedProof verified;
  const Status status = VerifyProof(key, proof, &verified);
  if (!status.ok()) {
    RequireOneLine(status.message());
    return false;
  }
  Require(verified.preset == FindPreset(key.preset), "a proof has its key's preset");
  return true;
}

std::vector<uint8_t> JoinKeyAndProof(std::span<const uint8_t> key, std::span<const uint8_t> proof) {
  ByteWriter writer;
  writer.WriteU16(static_cast<uint16_t>(key.size()));
  writer.WriteBytes(key);
  writer.WriteBytes(proof);
  return writer.Take();
}

}  // namespace zkvm
