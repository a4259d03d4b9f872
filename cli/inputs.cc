#include "cli/inputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <utility>
#include <variant>

#include "cli/failure.h"
#include "cli/files.h"
#include "isa/elf.h"
#include "isa/framing.h"
#include "stark/bytes.h"
#include "stark/status.h"
#include "vm/program_fixed.h"

namespace zkvm {

Program LoadProgram(const std::string& path) {
  return ParseProgram(path, ReadFile(path, kMaxElfBytes));
}

Program ParseProgram(const std::string& path, std::span<const uint8_t> elf) {
  auto loaded = LoadElf(elf);
  if (const auto* error = std::get_if<ElfError>(&loaded)) {
    throw Failure(ExitCode::kCannot, "{}: {}", path, error->message);
  }
  Program program = std::get<Program>(std::move(loaded));
  if (const Status status = CheckProgram(program); !status.ok()) {
    throw Failure(ExitCode::kCannot, "{}: {}", path, status.message());
  }
  return program;
}

VerifyingKey LoadKey(const std::string& path) {
  VerifyingKey key;
  if (const Status status = ParseKey(ReadFile(path, kMaxKeyBytes), &key); !status.ok()) {
    throw Failure(ExitCode::kCannot, "{}: {}", path, status.message());
  }
  return key;
}

std::vector<uint8_t> LoadInput(const std::string& path) {
  if (path == "-" && isatty(STDIN_FILENO) != 0) {
    fmt::print(stderr, "zkvm: reading the private input from the terminal; end it with Ctrl-D\n");
  }
  return ReadFile(path, kMaxInputBytes);
}

std::vector<uint8_t> BytesOfJournal(std::span<const uint32_t> journal) {
  if (auto bytes = JournalBytes(journal)) return std::move(*bytes);
  ByteWriter words;
  for (const uint32_t word : journal) words.WriteU32(word);
  return words.Take();
}

void AddPresetOption(CLI::App& command, std::string& name) {
  name = kFast100.name;
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  command
      .add_option("--preset", name,
                  "fast100: proves fast; std100: about half the proof size, slower. Both at 100 "
                  "proven bits")
      ->type_name("NAME")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
}

}  // namespace zkvm
