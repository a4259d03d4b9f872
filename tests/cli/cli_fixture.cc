#include "tests/cli/cli_fixture.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "isa/ecall.h"
#include "tests/support/assembler.h"
#include "tests/support/elf_builder.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kBuffer = 0x20000;

fs::path Root() {
  static const fs::path kRoot =
      fs::temp_directory_path() / ("zkvm-cli-test-" + std::to_string(getpid()));
  return kRoot;
}
fs::path Originals() { return Root() / "originals"; }
fs::path Work() { return Root() / "work"; }

std::string ToElf(Asm& code) {
  const Program program = code.Build();
  const std::vector<uint8_t> text = BytesOf(program.image);
  const std::vector<uint8_t> file =
      BuildElf(program.entry, {{program.image_base, text, static_cast<uint32_t>(text.size())}},
               program.symbols);
  return {file.begin(), file.end()};
}

std::string EchoElf() {
  Asm a;
  a.function("read_input");
  a.li(reg::a0, kBuffer);
  a.li(reg::a1, 2);
  a.hint();
  a.function("publish");
  a.li(reg::a0, 4);
  a.journal();
  a.li(reg::t0, kBuffer);
  a.lw(reg::a0, reg::t0, 4);
  a.journal();
  a.lbu(reg::a0, reg::t0, 4);
  a.addi(reg::a0, reg::a0, -'0');
  a.call_host(Ecall::kHalt);
  return ToElf(a);
}

std::string OtherElf() {
  Asm a;
  a.halt(0);
  return ToElf(a);
}

}  // namespace

std::string LoopElf(uint32_t iterations) {
  Asm a;
  a.function("count_down");
  a.li(reg::a0, iterations);
  a.label("loop");
  a.addi(reg::a0, reg::a0, -1);
  a.bne(reg::a0, reg::zero, "loop");
  a.halt(0);
  return ToElf(a);
}

void CliTest::SetUpTestSuite() {
  fs::create_directories(Originals());
  fs::current_path(Originals());
  Write("echo.elf", EchoElf());
  Write("other.elf", OtherElf());
  Write("good.in", "0abc");
  Write("failed.in", "7abc");
  ASSERT_EQ(Zkvm({"keygen", "echo.elf", "-o", "echo.key"}).exit_code, 0);
  ASSERT_EQ(Zkvm({"prove", "echo.elf", "--input", "good.in", "-o", "good.proof"}).exit_code, 0);
  ASSERT_EQ(
      Zkvm({"prove", "echo.elf", "--input", "failed.in", "--allow-failure", "-o", "failed.proof"})
          .exit_code,
      0);
}

void CliTest::TearDownTestSuite() {
  fs::current_path(fs::temp_directory_path());
  fs::remove_all(Root());
}

void CliTest::SetUp() {
  fs::copy(Originals(), Work());
  fs::current_path(Work());
}

void CliTest::TearDown() {
  fs::current_path(Root());
  fs::remove_all(Work());
}

CommandResult CliTest::Zkvm(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), ZKVM_COMMAND);
  return RunCommand(arguments, input);
}

void CliTest::ExpectFailure(const CommandResult& result, int exit_code,
                            const std::string& part_of_message) {
  EXPECT_EQ(result.exit_code, exit_code) << result.err;
  EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("zkvm: ")) << result.err;
  EXPECT_NE(result.err.find(part_of_message), std::string::npos) << result.err;
}

std::string CliTest::Read(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void CliTest::Write(const std::string& name, const std::string& bytes) {
  std::ofstream(name, std::ios::binary) << bytes;
}

std::vector<std::string> CliTest::Names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(Work())) {
    names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace zkvm
