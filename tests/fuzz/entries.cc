#include "tests/fuzz/entries.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>

#include "compiler/data/info.h"
#include "compiler/data/journal.h"
#include "compiler/data/model_header.h"
#include "compiler/data/npy.h"
#include "compiler/data/samples.h"
#include "compiler/data/tensors.h"
#include "compiler/graph/graph.h"
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

bool TryData(std::span<const uint8_t> kind_and_file) {
  if (kind_and_file.empty()) return false;
  const std::span<const uint8_t> file = kind_and_file.subspan(1);
  const auto parse = [&]() -> std::vector<compiler::NamedTensor> {
    switch (kind_and_file[0] % kDataKinds) {
      case 0:
        return {{"", compiler::ParseNpy(file)}};
      case 1:
        return compiler::ParseNpz(file);
      case 2:
        return {compiler::ParseTensorProto(file)};
      default:
        return compiler::ParseJsonTensors(
            {reinterpret_cast<const char*>(file.data()), file.size()});
    }
  };
  const compiler::TensorSpec input{"x", {compiler::DType::kFloat, {1, 2}}};
  std::vector<compiler::NamedTensor> tensors;
  try {
    tensors = parse();
  } catch (const compiler::CompileError& error) {
    RequireOneLine(error.what());
    return false;
  }
  for (const compiler::NamedTensor& tensor : tensors) {
    const compiler::Type& type = tensor.value.type();
    Require(tensor.value.bytes().size() == type.bytes(), "a tensor has the bytes of its shape");
  }
  try {
    for (const compiler::Sample& sample : compiler::MakeSamples(tensors, {&input, 1}, 100, "x")) {
      Require(sample.at(0).type() == input.type, "samples have the input's type");
    }
  } catch (const compiler::CompileError& error) {
    RequireOneLine(error.what());
  }
  return true;
}

bool TryJournal(std::span<const uint8_t> journal) {
  const auto blocks = compiler::ParseJournal(journal);
  if (!blocks) return false;
  size_t bytes = 0;
  for (const auto& records : *blocks) {
    bytes += 8;
    for (const compiler::JournalRecord& record : records) {
      Require(record.elements.has_value() != record.hash.has_value(), "elements or their hash");
      const auto padded = [](size_t size) { return (size + 3) / 4 * 4; };
      bytes += 12 + 4 * record.type.shape.size() + padded(record.name.size()) +
               (record.hash ? 32 : padded(record.elements->bytes().size()));
    }
  }
  Require(bytes == journal.size(), "a journal is its blocks and nothing else");
  return true;
}

bool TryInfo(std::span<const uint8_t> bytes) {
  try {
    (void)compiler::ReadInfo(bytes);
  } catch (const compiler::CompileError& error) {
    RequireOneLine(error.what());
  }
  try {
    const compiler::ModelInfo info =
        compiler::ParseInfo({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    const std::string json = compiler::ToJson(info);
    Require(compiler::ToJson(compiler::ParseInfo(json)) == json, "what is read can be written");
    Require(!compiler::ModelHeader(info).empty(), "a model has a header");
    return true;
  } catch (const compiler::CompileError& error) {
    RequireOneLine(error.what());
    return false;
  }
}

std::vector<uint8_t> JoinKeyAndProof(std::span<const uint8_t> key, std::span<const uint8_t> proof) {
  ByteWriter writer;
  writer.WriteU16(static_cast<uint16_t>(key.size()));
  writer.WriteBytes(key);
  writer.WriteBytes(proof);
  return writer.Take();
}

}  // namespace zkvm
