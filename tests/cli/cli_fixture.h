// The zkvm command, and files to run it on.
#ifndef ZKVM_TESTS_CLI_CLI_FIXTURE_H_
#define ZKVM_TESTS_CLI_CLI_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "tests/cli/command.h"

namespace zkvm {

// Every test has a directory of its own with
//   echo.elf           publishes the first four bytes of its input; the exit code is the first of
//                      them less '0'
//   other.elf          publishes nothing
//   echo.key           of echo.elf
//   good.in, good.proof     input "0abc", its proof
//   failed.in, failed.proof     input "7abc", its proof
class CliTest : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;
  void TearDown() override;

  // Runs zkvm in the directory.
  static CommandResult Zkvm(std::vector<std::string> arguments, const std::string& input = "");

  // One clear line on standard error, and this exit code.
  static void ExpectFailure(const CommandResult& result, int exit_code,
                            const std::string& part_of_message);

  static std::string Read(const std::string& name);
  static void Write(const std::string& name, const std::string& bytes);
  static std::vector<std::string> Names();
};

// A loop of `iterations` times two instructions, as an ELF file.
std::string LoopElf(uint32_t iterations);

}  // namespace zkvm

#endif  // ZKVM_TESTS_CLI_CLI_FIXTURE_H_
