// Bad files, bad usage, and a machine that does not cooperate: one clear line, the right exit code,
// and existing files stay whole.
#include <elf.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/cli_fixture.h"

namespace zkvm {
namespace {

std::string RandomBytes(size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, 0);
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

CommandResult Verify(const std::string& proof, const std::string& key = "echo.key") {
  return RunCommand({ZKVM_COMMAND, "verify", proof, "--key", key});
}

// Runs zkvm under a limit of the shell.
CommandResult UnderLimit(const std::string& limit, const std::string& arguments) {
  return RunCommand({"sh", "-c", "ulimit " + limit + "; exec " ZKVM_COMMAND " " + arguments});
}

TEST_F(CliTest, BadUsage) {
  ExpectFailure(Zkvm({}), 2, "the first argument is");
  ExpectFailure(Zkvm({"frobnicate"}), 2, "the first argument is");
  for (const std::string verb :
       {"build", "compile", "eval", "run", "keygen", "prove", "verify", "inspect"}) {
    ExpectFailure(Zkvm({verb}), 2, "see zkvm " + verb + " --help");
    ExpectFailure(Zkvm({verb, "echo.elf", "--no-such-option"}), 2, "see zkvm " + verb + " --help");
  }
  ExpectFailure(Zkvm({"keygen", "echo.elf"}), 2, "--output");
  ExpectFailure(Zkvm({"keygen", "echo.elf", "-o", "k", "--preset", "fast200"}), 2, "fast200");
  ExpectFailure(Zkvm({"run", "echo.elf", "--max-cycles", "many"}), 2, "many");
}

TEST_F(CliTest, MissingFiles) {
  ExpectFailure(Zkvm({"build", "none.c"}), 2, "none.c");
  ExpectFailure(Zkvm({"run", "none.elf"}), 2, "none.elf: No such file");
  ExpectFailure(Zkvm({"run", "echo.elf", "--input", "none.in"}), 2, "none.in: No such file");
  ExpectFailure(Zkvm({"keygen", "none.elf", "-o", "k"}), 2, "none.elf: No such file");
  ExpectFailure(Zkvm({"prove", "echo.elf", "--input", "none.in", "-o", "p"}), 2, "none.in");
  ExpectFailure(Verify("none.proof"), 2, "none.proof: No such file");
  ExpectFailure(Verify("good.proof", "none.key"), 2, "none.key: No such file");
  ExpectFailure(Zkvm({"inspect", "none"}), 2, "none: No such file");
  ExpectFailure(Zkvm({"run", "."}), 2, "directory");
}

TEST_F(CliTest, BadPrograms) {
  const std::string elf = Read("echo.elf");
  for (const size_t size : {size_t{0}, size_t{3}, size_t{40}, size_t{60}, elf.size() / 2}) {
    Write("bad.elf", elf.substr(0, size));
    for (const std::string verb : {"run", "inspect"}) ExpectFailure(Zkvm({verb, "bad.elf"}), 2, "");
    ExpectFailure(Zkvm({"keygen", "bad.elf", "-o", "k"}), 2, "bad.elf");
    ExpectFailure(Zkvm({"prove", "bad.elf", "-o", "p"}), 2, "bad.elf");
  }
  Write("bad.elf", RandomBytes(5000));
  ExpectFailure(Zkvm({"run", "bad.elf"}), 2, "bad.elf: not an ELF file");
  std::string other_machine = elf;
  other_machine[offsetof(Elf32_Ehdr, e_machine)] = EM_386;
  Write("bad.elf", other_machine);
  ExpectFailure(Zkvm({"run", "bad.elf"}), 2, "another machine");
  ExpectFailure(Zkvm({"run", ZKVM_COMMAND}), 2, "not a 32-bit ELF file");
  EXPECT_EQ(Read("k") + Read("p"), "");
}

// Whatever single byte changes, the command ends by itself with one of its exit codes.
TEST_F(CliTest, AlteredPrograms) {
  const std::string elf = Read("echo.elf");
  std::mt19937 random(2);
  for (int i = 0; i < 60; ++i) {
    std::string altered = elf;
    const size_t at =
        i < 30 ? random() % (sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr)) : random() % altered.size();
    altered[at] = static_cast<char>(altered[at] ^ (1 << random() % 8));
    Write("bad.elf", altered);
    const CommandResult result = Zkvm({"run", "bad.elf", "--max-cycles", "100000"}, "0abc");
    EXPECT_GE(result.exit_code, 0) << "byte " << at;
    EXPECT_LE(result.exit_code, 2) << "byte " << at;
    if (result.exit_code != 0) ExpectFailure(result, result.exit_code, "");
  }
}

TEST_F(CliTest, FaultsNameTheInstructionAndTheFunction) {
  const CommandResult short_input = Zkvm({"run", "echo.elf"}, "");
  ExpectFailure(short_input, 1, "(read_input");
  EXPECT_NE(short_input.err.find("fault at 0x"), std::string::npos);
  ExpectFailure(Zkvm({"prove", "echo.elf", "-o", "p"}, ""), 1, "(read_input");
  Write("loop.elf", LoopElf(1 << 20));
  ExpectFailure(Zkvm({"run", "loop.elf", "--max-cycles", "1000"}), 1, "(count_down");
  EXPECT_FALSE(std::filesystem::exists("p"));
}

TEST_F(CliTest, BadKeys) {
  const std::string key = Read("echo.key");
  for (const size_t size : {size_t{0}, size_t{3}, key.size() / 2, key.size() - 1}) {
    Write("bad.key", key.substr(0, size));
    ExpectFailure(Verify("good.proof", "bad.key"), 2, "bad.key: ");
  }
  Write("bad.key", key + "x");
  ExpectFailure(Verify("good.proof", "bad.key"), 2, "bad.key: ");
  Write("bad.key", RandomBytes(key.size()));
  ExpectFailure(Verify("good.proof", "bad.key"), 2, "not a verifying key");
  Write("bad.key", std::string(size_t{1} << 20, 'x'));
  ExpectFailure(Verify("good.proof", "bad.key"), 2, "longer than");
  ExpectFailure(Verify("good.proof", "good.proof"), 2, "good.proof");
  for (size_t i = 0; i < key.size(); ++i) {
    std::string altered = key;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    Write("bad.key", altered);
    const CommandResult result = Verify("good.proof", "bad.key");
    ExpectFailure(result, result.exit_code, "");
    EXPECT_TRUE(result.exit_code == 1 || result.exit_code == 2) << "byte " << i;
  }
}

TEST_F(CliTest, AKeyOfAnotherProgramOrPreset) {
  ASSERT_EQ(Zkvm({"keygen", "other.elf", "-o", "other.key"}).exit_code, 0);
  ExpectFailure(Verify("good.proof", "other.key"), 1, "another program");
  ASSERT_EQ(Zkvm({"keygen", "echo.elf", "--preset", "std100", "-o", "std.key"}).exit_code, 0);
  ExpectFailure(Verify("good.proof", "std.key"), 1, "another preset");
}

TEST_F(CliTest, BadProofs) {
  const std::string proof = Read("good.proof");
  Write("bad.proof", "");
  ExpectFailure(Verify("bad.proof"), 2, "not a proof");
  Write("bad.proof", RandomBytes(proof.size()));
  ExpectFailure(Verify("bad.proof"), 2, "not a proof");
  Write("bad.proof", proof.substr(0, 20));
  ExpectFailure(Verify("bad.proof"), 2, "cut off");
  for (const size_t size : {size_t{70}, proof.size() / 2, proof.size() - 1}) {
    Write("bad.proof", proof.substr(0, size));
    ExpectFailure(Verify("bad.proof"), 1, "bad.proof is rejected");
  }
  Write("bad.proof", proof + "x");
  ExpectFailure(Verify("bad.proof"), 1, "surplus bytes");
  Write("bad.proof", proof.substr(0, proof.size() / 2) + RandomBytes(proof.size() / 2));
  ExpectFailure(Verify("bad.proof"), 1, "rejected");

  // More than is read of a proof, of which nothing is on the disk.
  std::filesystem::resize_file("bad.proof", (size_t{64} << 20) + 1);
  ExpectFailure(Verify("bad.proof"), 2, "longer than 64.0 MiB");
}

TEST_F(CliTest, AlteredProofs) {
  const std::string proof = Read("good.proof");
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    std::string altered = proof;
    const size_t at = i < 30 ? random() % 200 : random() % proof.size();
    altered[at] = static_cast<char>(altered[at] ^ (1 << random() % 8));
    Write("bad.proof", altered);
    const CommandResult result =
        Zkvm({"verify", "bad.proof", "--key", "echo.key", "--journal", "journal"});
    ExpectFailure(result, result.exit_code, "");
    EXPECT_TRUE(result.exit_code == 1 || result.exit_code == 2) << "byte " << at;
    const int inspected = Zkvm({"inspect", "bad.proof"}).exit_code;
    EXPECT_TRUE(inspected == 0 || inspected == 2) << "byte " << at;
  }
  EXPECT_FALSE(std::filesystem::exists("journal"));
}

// A rejected proof leaves the journal of an earlier one as it was.
TEST_F(CliTest, ExistingFilesSurviveFailures) {
  Write("journal", "old");
  Write("bad.proof", Read("good.proof") + "x");
  EXPECT_EQ(Zkvm({"verify", "bad.proof", "--key", "echo.key", "--journal", "journal"}).exit_code,
            1);
  EXPECT_EQ(Zkvm({"prove", "echo.elf", "-o", "journal"}, "7abc").exit_code, 1);
  EXPECT_EQ(Zkvm({"keygen", "good.in", "-o", "journal"}).exit_code, 2);
  EXPECT_EQ(Read("journal"), "old");
}

TEST_F(CliTest, OutputsThatCannotBeWritten) {
  const std::vector<std::string> before = Names();
  ExpectFailure(Zkvm({"keygen", "echo.elf", "-o", "/dev/full"}), 2, "/dev/full: No space left");
  ExpectFailure(Zkvm({"prove", "echo.elf", "-o", "/dev/full"}, "0abc"), 2, "/dev/full: No space");
  ExpectFailure(Zkvm({"run", "echo.elf", "--journal", "/dev/full"}, "0abc"), 2, "/dev/full");
  ExpectFailure(Zkvm({"keygen", "echo.elf", "-o", "none/k"}), 2, "none/k: No such file");
  ExpectFailure(Zkvm({"keygen", "echo.elf", "-o", "."}), 2, "directory");
  ExpectFailure(Zkvm({"prove", "echo.elf", "-o", "/proc/p"}, "0abc"), 2, "cannot write /proc/p");
  ExpectFailure(Zkvm({"keygen", "echo.elf", "-o", "echo.elf"}), 2, "is an input");
  ExpectFailure(Zkvm({"prove", "echo.elf", "--input", "good.in", "-o", "./good.in"}), 2,
                "is an input");
  EXPECT_EQ(Names(), before);

  ExpectFailure(UnderLimit("-S -t unlimited", "inspect echo.elf > /dev/full"), 2,
                "standard output");
}

TEST_F(CliTest, AReadOnlyDirectory) {
  if (geteuid() == 0) GTEST_SKIP() << "root writes everywhere";
  std::filesystem::create_directory("closed");
  std::filesystem::permissions("closed", std::filesystem::perms::owner_read);
  ExpectFailure(Zkvm({"keygen", "echo.elf", "-o", "closed/k"}), 2, "Permission denied");
}

// A file size limit stands for a disk that fills up in the middle of a file.
TEST_F(CliTest, ADiskThatFillsUp) {
  Write("old.proof", "old");
  const std::vector<std::string> before = Names();
  const CommandResult result = RunCommand({"sh", "-c",
                                           "trap '' XFSZ; ulimit -f 200; exec " ZKVM_COMMAND
                                           " prove echo.elf --input good.in -o old.proof"});
  ExpectFailure(result, 2, "cannot write old.proof");
  EXPECT_EQ(Read("old.proof"), "old");
  EXPECT_EQ(Names(), before);
}

TEST_F(CliTest, AKilledProverLeavesNothing) {
  Write("loop.elf", LoopElf(1 << 17));
  Write("old.proof", "old");
  const std::vector<std::string> before = Names();
  for (const int milliseconds : {5, 50, 200, 500}) {
    const pid_t child = StartCommand({ZKVM_COMMAND, "prove", "loop.elf", "-o", "old.proof"});
    usleep(static_cast<useconds_t>(milliseconds) * 1000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_EQ(Names(), before);
    const std::string proof = Read("old.proof");
    EXPECT_TRUE(proof == "old" || proof.starts_with("ZKVP"));
  }
}

TEST_F(CliTest, NotEnoughMemory) {
  Write("loop.elf", LoopElf(1 << 22));
  const std::vector<std::string> before = Names();
  ExpectFailure(UnderLimit("-v 400000", "prove loop.elf -o p"), 2, "out of memory");
  ExpectFailure(UnderLimit("-v 400000", "run echo.elf --input good.in"), 2, "out of memory");
  const CommandResult predicted = UnderLimit("-v 3500000", "prove loop.elf -o p");
  ExpectFailure(predicted, 2, "of memory and");
  EXPECT_EQ(Names(), before);
}

}  // namespace
}  // namespace zkvm
