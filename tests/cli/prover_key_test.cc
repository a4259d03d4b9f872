// zkvm keygen --prover-key and zkvm prove --prover-key, with the network of examples/digits.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/cli_fixture.h"

namespace zkvm {
namespace {

using Json = nlohmann::json;

class ProverKeyTest : public CliTest {
 protected:
  static void Build(const std::string& output) {
    const std::string digits = std::string(ZKVM_EXAMPLES) + "/digits/";
    const CommandResult result =
        Zkvm({"build", digits + "digits.cc", digits + "image.cc", digits + "mlp.cc", "-o", output});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  static std::string Image() { return std::string(ZKVM_EXAMPLES) + "/digits/images/7.pgm"; }

  static CommandResult Prove(const std::string& prover_key) {
    return Zkvm({"prove", "digits.elf", "--input", Image(), "--prover-key", prover_key, "-o",
                 "digits.proof", "--json"});
  }
};

TEST_F(ProverKeyTest, ProvesWithTheMappedModelAndRefusesOthers) {
  Build("digits.elf");
  ASSERT_EQ(
      Zkvm({"keygen", "digits.elf", "-o", "digits.key", "--prover-key", "digits.zkvf"}).exit_code,
      0);

  const CommandResult proved = Prove("digits.zkvf");
  ASSERT_EQ(proved.exit_code, 0) << proved.err;
  EXPECT_EQ(Json::parse(proved.out)["model_id"].get<std::string>().size(), 64U);
  const CommandResult verified = Zkvm({"verify", "digits.proof", "--key", "digits.key"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;

  // Of the same program under the other preset.
  ASSERT_EQ(Zkvm({"keygen", "digits.elf", "--preset", "std100", "-o", "std.key", "--prover-key",
                  "std.zkvf"})
                .exit_code,
            0);
  ExpectFailure(Prove("std.zkvf"), 2, "std.zkvf");

  // Cut short, and no such file at all.
  const std::string whole = Read("digits.zkvf");
  Write("cut.zkvf", whole.substr(0, whole.size() / 2));
  ExpectFailure(Prove("cut.zkvf"), 2, "cut.zkvf");
  ExpectFailure(Prove("digits.elf"), 2, "digits.elf");
  ExpectFailure(Prove("none.zkvf"), 2, "none.zkvf");
}

TEST_F(ProverKeyTest, AProgramWithoutAModelNeedsNone) {
  ExpectFailure(Zkvm({"keygen", "echo.elf", "-o", "new.key", "--prover-key", "echo.zkvf"}), 2,
                "has no model");
}

}  // namespace
}  // namespace zkvm
