// Guests with models, from compiled program to verified proof.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <variant>

#include "isa/elf.h"
#include "isa/framing.h"
#include "tests/support/prove_program.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// The public output of the proven guest.
std::string ProvenOutput(const std::string& name, const std::string& input) {
  const std::string file = ReadFile(fs::path(ZKVM_GUEST_PROGRAMS) / (name + ".elf"));
  const auto loaded = LoadElf(Bytes(file));
  const ProvenProgram proven =
      ProveProgram(std::get<Program>(loaded), kFast100, {.input = Bytes(input)});
  const Status status = CheckProof(proven);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(proven.outcome.exit_code, 0);
  const auto bytes = JournalBytes(proven.outcome.journal);
  return bytes ? std::string(bytes->begin(), bytes->end()) : "not framed";
}

TEST(ProveGuestTest, Networks) {
  const std::string image = ReadFile(fs::path(ZKVM_EXAMPLES) / "digits/images/7.pgm");
  for (const char* name : {"digits", "cnn", "attention"}) {
    EXPECT_EQ(ProvenOutput(name, image), "digit 7\n") << name;
  }
}

// Whose output guest_test compares with the native one.
TEST(ProveGuestTest, EveryOperation) {
  EXPECT_EQ(ProvenOutput("ml_operations", "").substr(0, 7), "import ");
}

}  // namespace
}  // namespace zkvm
