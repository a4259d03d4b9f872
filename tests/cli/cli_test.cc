// What every command does when all is well.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/cli_fixture.h"

namespace zkvm {
namespace {

using Json = nlohmann::json;

TEST_F(CliTest, EveryVerbHasHelpWithAnExample) {
  for (const std::string verb :
       {"build", "compile", "eval", "run", "keygen", "prove", "verify", "inspect"}) {
    const CommandResult result = Zkvm({verb, "--help"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_NE(result.out.find("Example:\n  zkvm " + verb), std::string::npos) << result.out;
    EXPECT_EQ(result.err, "");
  }
  EXPECT_NE(Zkvm({"--help"}).out.find("Exit codes"), std::string::npos);
}

TEST_F(CliTest, RunReadsStandardInputAndWritesTheJournal) {
  const CommandResult result = Zkvm({"run", "echo.elf"}, "0xyz");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "0xyz");
  EXPECT_EQ(result.err, "");
}

TEST_F(CliTest, RunReadsAndWritesFiles) {
  const CommandResult result =
      Zkvm({"run", "echo.elf", "--input", "good.in", "--journal", "journal"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(Read("journal"), "0abc");
}

TEST_F(CliTest, StatisticsGoWhereTheJournalDoesNot) {
  const CommandResult beside = Zkvm({"run", "echo.elf", "--stats"}, "0xyz");
  EXPECT_EQ(beside.out, "0xyz");
  for (const char* part : {"cycles", "read_input", "publish", "addi", "hint", "journal", "cells"}) {
    EXPECT_NE(beside.err.find(part), std::string::npos) << part << "\n" << beside.err;
  }
  const CommandResult alone = Zkvm({"run", "echo.elf", "--stats", "--journal", "journal"}, "0xyz");
  EXPECT_EQ(alone.err, "");
  EXPECT_NE(alone.out.find("publish"), std::string::npos);
}

TEST_F(CliTest, RunReportsAsJson) {
  const CommandResult result = Zkvm({"run", "echo.elf", "--json"}, "0xyz");
  EXPECT_EQ(result.exit_code, 0);
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["journal_hex"], "3078797a");
  uint64_t cycles = 0;
  for (const auto& [op, count] : json["instructions"].items()) cycles += count.get<uint64_t>();
  EXPECT_EQ(json["cycles"], cycles);
  EXPECT_EQ(json["functions"].size(), 2U);
  EXPECT_GT(json["prediction"]["memory_bytes"], 10 << 20);
}

TEST_F(CliTest, AGuestsExitCodeIsReported) {
  ExpectFailure(Zkvm({"run", "echo.elf", "--journal", "journal"}, "7xyz"), 1,
                "echo.elf exited with code 7");
  EXPECT_EQ(Read("journal"), "7xyz");
}

TEST_F(CliTest, KeysAreAFunctionOfProgramAndPreset) {
  const CommandResult again = Zkvm({"keygen", "echo.elf", "-o", "again.key", "--json"});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(Read("again.key"), Read("echo.key"));
  EXPECT_EQ(Json::parse(again.out)["program_id"].get<std::string>().size(), 64U);
  EXPECT_EQ(Zkvm({"keygen", "echo.elf", "--preset", "std100", "-o", "std.key"}).exit_code, 0);
  EXPECT_NE(Read("std.key"), Read("echo.key"));
}

TEST_F(CliTest, ProveReportsWhatItDid) {
  const CommandResult result =
      Zkvm({"prove", "echo.elf", "--preset", "std100", "-o", "std.proof", "--json"}, "0xyz");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["proof_bytes"], Read("std.proof").size());
  EXPECT_EQ(json["preset"], "std100");
  EXPECT_GE(json["security"]["johnson"]["total"], 100);
  EXPECT_GT(json["memory_bytes"]["peak"], 0);
  EXPECT_GT(json["memory_bytes"]["predicted"], 0);
  EXPECT_GT(json["seconds"]["verify"], 0);

  EXPECT_EQ(Zkvm({"keygen", "echo.elf", "--preset", "std100", "-o", "std.key"}).exit_code, 0);
  EXPECT_EQ(Zkvm({"verify", "std.proof", "--key", "std.key"}).exit_code, 0);
}

TEST_F(CliTest, ProofAndJournalCanGoToStandardOutput) {
  const CommandResult proof = Zkvm({"prove", "echo.elf", "-o", "-"}, "0xyz");
  EXPECT_EQ(proof.exit_code, 0);
  Write("piped.proof", proof.out);
  const CommandResult result =
      Zkvm({"verify", "piped.proof", "--key", "echo.key", "--journal", "-"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "0xyz");
  EXPECT_NE(result.err.find("security"), std::string::npos);
}

TEST_F(CliTest, VerifyWritesTheProvenJournal) {
  const CommandResult result =
      Zkvm({"verify", "good.proof", "--key", "echo.key", "--journal", "journal"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(Read("journal"), "0abc");
  for (const char* part : {"verified", "program id", "exit code   0", "bits proven"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  }
}

TEST_F(CliTest, VerifyReportsAsJson) {
  const CommandResult result = Zkvm({"verify", "good.proof", "--key", "echo.key", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["verified"], true);
  EXPECT_EQ(json["exit_code"], 0);
  EXPECT_EQ(json["journal_hex"], "30616263");
  EXPECT_GE(json["security"]["johnson"]["total"], 100);
  EXPECT_GT(json["security"]["unique_decoding"]["total"], 80);
}

TEST_F(CliTest, AProvenFailureIsReportedUnlessAllowed) {
  ExpectFailure(Zkvm({"prove", "echo.elf", "-o", "new.proof"}, "7abc"), 1, "exited with code 7");
  EXPECT_FALSE(Read("failed.proof").empty());
  ExpectFailure(Zkvm({"verify", "failed.proof", "--key", "echo.key"}), 1, "exit code 7");
  const CommandResult allowed =
      Zkvm({"verify", "failed.proof", "--key", "echo.key", "--allow-failure"});
  EXPECT_EQ(allowed.exit_code, 0);
  EXPECT_NE(allowed.out.find("exit code   7"), std::string::npos);
}

TEST_F(CliTest, InspectDescribesEveryKindOfFile) {
  const CommandResult program = Zkvm({"inspect", "echo.elf"});
  EXPECT_EQ(program.exit_code, 0);
  EXPECT_NE(program.out.find("(read_input)"), std::string::npos) << program.out;
  EXPECT_EQ(Json::parse(Zkvm({"inspect", "echo.elf", "--json"}).out)["kind"], "program");

  const CommandResult key = Zkvm({"inspect", "echo.key"});
  EXPECT_EQ(key.exit_code, 0);
  EXPECT_NE(key.out.find("program id"), std::string::npos);
  EXPECT_EQ(Json::parse(Zkvm({"inspect", "echo.key", "--json"}).out)["preset"], "fast100");

  const CommandResult proof = Zkvm({"inspect", "failed.proof"});
  EXPECT_EQ(proof.exit_code, 0);
  EXPECT_NE(proof.out.find("exit code 7"), std::string::npos);
  const Json json = Json::parse(Zkvm({"inspect", "failed.proof", "--json"}).out);
  size_t bytes = 0;
  for (const auto& [name, size] : json["sections"].items()) bytes += size.get<size_t>();
  EXPECT_EQ(bytes, Read("failed.proof").size());
  EXPECT_EQ(json["verified"], false);
}

}  // namespace
}  // namespace zkvm
