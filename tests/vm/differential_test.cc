// Random programs, run by our executor and by qemu-riscv32: the same registers and memory.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "isa/elf.h"
#include "tests/support/assembler.h"
#include "tests/support/elf_builder.h"
#include "tests/support/random_program.h"
#include "vm/executor.h"
#include "vm/fault.h"

namespace zkvm {
namespace {

constexpr const char* kEmulator = "/usr/bin/qemu-riscv32";
constexpr int kFiles = 60;
constexpr int kProgramsPerFile = 12;
constexpr uint32_t kDumpWords = 32 + RandomCode::kScratchBytes / 4;

enum class Target { kZkvm, kLinux };

// Emits the words of [dump, dump + 4 kDumpWords) as output.
void EmitOutput(Asm& a, Target target, const std::string& label) {
  using namespace reg;
  if (target == Target::kLinux) {
    a.li(a0, 1);
    a.la(a1, "dump");
    a.li(a2, kDumpWords * 4);
    a.li(a7, 64);  // write
    a.ecall();
    for (int i = 0; i < 5; ++i) a.nop();
    return;
  }
  a.la(s0, "dump");
  a.li(s1, kDumpWords);
  a.addi(a7, zero, static_cast<int32_t>(Ecall::kJournal));
  a.label(label);
  a.lw(a0, s0, 0);
  a.ecall();
  a.addi(s0, s0, 4);
  a.addi(s1, s1, -1);
  a.bne(s1, zero, label);
  a.nop();
  a.nop();
  a.nop();
  a.nop();
}

// Several random programs, each of which dumps its registers and scratch block. The two targets
// differ only in the output and exit sequences, which are equally long.
std::vector<uint8_t> MakeElf(Target target, uint32_t seed) {
  Asm a(0x10000);
  for (int i = 0; i < kProgramsPerFile; ++i) {
    RandomCode(a, seed * kProgramsPerFile + static_cast<uint32_t>(i)).Emit(4, 60);
    a.la(30, "dump");
    for (int r = 1; r < RandomCode::kNumFree; ++r) a.sw(r, 30, 4 * r);
    EmitOutput(a, target, "output" + std::to_string(i));
  }
  a.li(reg::a0, 0);
  a.li(reg::a7, target == Target::kLinux ? 93 : static_cast<uint32_t>(Ecall::kHalt));
  a.ecall();
  a.label("dump");
  for (int r = 0; r < 32; ++r) a.word(0);
  a.label(RandomCode::kScratch);
  for (int i = 0; i < RandomCode::kScratchBytes / 4; ++i) a.word(0);
  const Program program = a.Build();
  const std::vector<uint8_t> bytes = BytesOf(program.image);
  return BuildElf(program.entry, {{0x10000, bytes, static_cast<uint32_t>(bytes.size())}});
}

// The output of an ELF file under the emulator, as words.
std::vector<uint32_t> Emulate(const std::vector<uint8_t>& elf) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("zkvm_differential_" + std::to_string(getpid()));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(elf.data()), static_cast<std::streamsize>(elf.size()));
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  std::vector<uint32_t> words;
  const std::string command = std::string(kEmulator) + " " + path.string();
  if (FILE* pipe = popen(command.c_str(), "r")) {
    uint32_t word;
    while (fread(&word, sizeof word, 1, pipe) == 1) words.push_back(word);
    EXPECT_EQ(pclose(pipe), 0);
  }
  std::filesystem::remove(path);
  return words;
}

TEST(DifferentialTest, RandomProgramsAgreeWithTheEmulator) {
  if (access(kEmulator, X_OK) != 0) GTEST_SKIP() << kEmulator << " is not installed (qemu-user)";
  uint64_t cycles = 0;
  for (uint32_t seed = 0; seed < kFiles; ++seed) {
    const auto loaded = LoadElf(MakeElf(Target::kZkvm, seed));
    ASSERT_TRUE(std::holds_alternative<Program>(loaded)) << std::get<ElfError>(loaded).message;
    const ExecutionResult ours = Execute(std::get<Program>(loaded), {});
    ASSERT_FALSE(ours.fault) << ours.fault->Message();
    cycles += ours.cycles;

    const std::vector<uint32_t> theirs = Emulate(MakeElf(Target::kLinux, seed));
    ASSERT_EQ(ours.journal.size(), kDumpWords * kProgramsPerFile);
    ASSERT_EQ(theirs.size(), ours.journal.size());
    for (size_t i = 0; i < theirs.size(); ++i) {
      ASSERT_EQ(ours.journal[i], theirs[i])
          << "file " << seed << ", program " << i / kDumpWords << ", word " << i % kDumpWords
          << " (registers, then scratch)";
    }
  }
  EXPECT_GT(cycles, uint64_t{1000} * kFiles * kProgramsPerFile);
}

}  // namespace
}  // namespace zkvm
