// Models from ONNX to verified proofs with the zkvm command, and what it says of wrong files.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/command.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const fs::path kExamples = fs::path(ZKVM_SOURCE_DIR) / "examples";
const std::string kLogistic = kExamples / "tabular/logistic.onnx";
const std::string kRows = kExamples / "tabular/test.npy";
const std::string kRowLabels = kExamples / "tabular/labels.npy";
const std::string kDigits = kExamples / "onnx-digits/digits.onnx";
const std::string kImages = kExamples / "onnx-digits/test.npy";
const std::string kCalibration = kExamples / "onnx-digits/calibration.npy";
const std::string kImageLabels = kExamples / "onnx-digits/labels.npy";

// A directory with logistic.elf (floating point) and digits.elf (integers; the image is hashed).
class ModelTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("zkvm-model-test-" + std::to_string(getpid()));
    fs::create_directories(folder_);
    fs::current_path(folder_);
    ASSERT_EQ(Zkvm({"compile", kLogistic, "-o", "logistic.elf"}).exit_code, 0);
    const CommandResult digits = Zkvm({"compile", kDigits, "-o", "digits.elf", "--calibrate",
                                       kCalibration, "--hash", "image", "--json"});
    ASSERT_EQ(digits.exit_code, 0) << digits.err;
    digits_report_ = new Json(Json::parse(digits.out));
  }
  static void TearDownTestSuite() {
    fs::current_path(fs::temp_directory_path());
    fs::remove_all(folder_);
    delete digits_report_;
  }

  static CommandResult Zkvm(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), ZKVM_COMMAND);
    return RunCommand(arguments, input);
  }
  static Json ZkvmJson(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const CommandResult result = Zkvm(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out, nullptr, false);
  }
  static void ExpectFailure(const std::vector<std::string>& arguments, int exit_code,
                            const std::string& part) {
    const CommandResult result = Zkvm(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_TRUE(result.err.starts_with("zkvm: ")) << result.err;
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  }
  static std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(name, std::ios::binary) << text;
    return name;
  }

  static inline fs::path folder_;
  static inline Json* digits_report_ = nullptr;
};

TEST_F(ModelTest, CompileReports) {
  const Json& report = *digits_report_;
  EXPECT_EQ(report["inputs"][0]["visibility"], "hash");
  EXPECT_EQ(report["outputs"][0]["visibility"], "public");
  EXPECT_GT(report["layers"].size(), 5U);
  EXPECT_GT(report["tensor_share"], 0.5);
  EXPECT_GT(report["prediction"]["proof_bytes"], 100000);
  EXPECT_LT(report["calibration"]["output_error"], 0.05);
  double share = 0;
  for (const Json& layer : report["layers"]) share += layer["share"].get<double>();
  EXPECT_NEAR(share, 1, 1e-9);
}

TEST_F(ModelTest, TheSameModelGivesTheSameProgram) {
  ASSERT_EQ(
      Zkvm({"compile", kDigits, "-o", "again.elf", "--calibrate", kCalibration, "--hash", "image"})
          .exit_code,
      0);
  EXPECT_EQ(RunCommand({"cmp", "digits.elf", "again.elf"}).exit_code, 0);
}

TEST_F(ModelTest, EvalComparesWithTheFloatModel) {
  const Json exact = ZkvmJson({"eval", "logistic.elf", "--data", kRows, "--labels", kRowLabels});
  EXPECT_EQ(exact["samples"], 171);
  EXPECT_EQ(exact["accuracy"], exact["float_accuracy"]);
  EXPECT_EQ(exact["agreement"], 1.0);
  EXPECT_EQ(exact["error"], 0.0);
  const Json digits = ZkvmJson(
      {"eval", "digits.elf", "--data", kImages, "--labels", kImageLabels, "--limit", "100"});
  EXPECT_EQ(digits["samples"], 100);
  EXPECT_GT(digits["accuracy"], 0.95);
  EXPECT_GT(digits["agreement"], 0.95);
  EXPECT_LT(digits["error"], 0.05);
  EXPECT_GT(digits["inferences_per_second"], 10);
}

TEST_F(ModelTest, TheJournalSaysTheClass) {
  const Json run = ZkvmJson({"run", "logistic.elf", "--input", kRows, "--sample", "3"});
  const Json& outputs = run["journal"][0]["outputs"];
  EXPECT_EQ(outputs[0]["name"], "label");
  const Json& scores = outputs[1]["values"];
  EXPECT_EQ(outputs[0]["values"][0], scores[1] > scores[0] ? 1 : 0);
  EXPECT_TRUE(run["journal"][0]["inputs"].empty());
  const CommandResult table =
      Zkvm({"run", "digits.elf", "--input", kImages, "--sample", "0", "--stats"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_NE(table.out.find("BLAKE3"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("(greatest: "), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("in precompiles"), std::string::npos) << table.out;
  const CommandResult bytes =
      Zkvm({"run", "digits.elf", "--input", kImages, "--sample", "0", "--journal", "-"});
  EXPECT_TRUE(bytes.out.starts_with("ZKML"));
}

// The same input in any form: the elements of the file's sample, as the guest takes them.
TEST_F(ModelTest, InputsOfEveryForm) {
  const std::string elements(64, '\x05');
  const CommandResult raw =
      Zkvm({"run", "digits.elf", "--input", Write("raw.bin", elements), "--journal", "-"});
  EXPECT_EQ(raw.exit_code, 0) << raw.err;
  const Json input = (*digits_report_)["inputs"][0];
  Json values = Json::array();
  for (int i = 0; i < 64; ++i) values.push_back(5 * input["scale"].get<double>());
  Write("x.json", Json{{"input_data", {values}}}.dump());
  Write("y.json", Json{{"image", values}}.dump());
  for (const char* const name : {"x.json", "y.json"}) {
    EXPECT_EQ(Zkvm({"run", "digits.elf", "--input", name, "--journal", "-"}).out, raw.out) << name;
  }
}

TEST_F(ModelTest, ProvenAndVerified) {
  ASSERT_EQ(Zkvm({"keygen", "digits.elf", "-o", "digits.key"}).exit_code, 0);
  const Json proven =
      ZkvmJson({"prove", "digits.elf", "--input", kImages, "--sample", "7", "-o", "digits.proof"});
  const Json verified = ZkvmJson({"verify", "digits.proof", "--key", "digits.key"});
  const Json run = ZkvmJson({"run", "digits.elf", "--input", kImages, "--sample", "7"});
  EXPECT_EQ(verified["journal"], run["journal"]);
  EXPECT_EQ(verified["journal"][0]["inputs"][0]["blake3"].get<std::string>().size(), 64U);
  EXPECT_EQ(verified["journal"][0]["outputs"][0]["values"].size(), 10U);
  EXPECT_NE(verified["program_id"], verified["model_id"]);
  const double predicted = run["prediction"]["proof_bytes"];
  EXPECT_NEAR(proven["proof_bytes"].get<double>() / predicted, 1, 0.06);
}

TEST_F(ModelTest, CodeOfTheUser) {
  Write("pre.cc", R"(
#include <zkvm/guest.h>
#include <zkvm/model.h>
namespace model = zkvm::model;
constexpr auto kTable = model::image.Table<17>([](int grey) { return grey / 16.0F; });
void zkvm_preprocess() {
  const auto pixels = zkvm::ReadInput();
  if (pixels.size() != model::image.size()) zkvm::Panic("not 64 pixels");
  for (size_t i = 0; i < pixels.size(); ++i) model::image[i] = kTable[pixels[i]];
}
)");
  const CommandResult compiled = Zkvm({"compile", kDigits, "-o", "pre.elf", "--calibrate",
                                       kCalibration, "--pre", "pre.cc", "--header", "model.h"});
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  EXPECT_NE(compiled.out.find("zkvm_preprocess"), std::string::npos);
  EXPECT_TRUE(fs::exists("model.h"));
  Write("pixels.bin", std::string(64, '\x08'));
  const Json run = ZkvmJson({"run", "pre.elf", "--input", "pixels.bin"});
  EXPECT_EQ(run["journal"][0]["outputs"][0]["name"], "logits");
  ExpectFailure({"run", "pre.elf", "--input", kDigits}, 1, "not 64 pixels");
  // This network, that preprocessing.
  const Json plain = ZkvmJson({"keygen", "digits.elf", "-o", "plain.key"});
  const Json prepared = ZkvmJson({"keygen", "pre.elf", "-o", "pre.key"});
  EXPECT_EQ(plain["model_id"], prepared["model_id"]);
  EXPECT_NE(plain["program_id"], prepared["program_id"]);

  fs::create_directory("pixels");
  Write("pixels/a.bin", std::string(64, '\x08'));
  Write("pixels/b.bin", std::string(64, '\x01'));
  const Json evaluated = ZkvmJson({"eval", "pre.elf", "--data", "pixels"});
  EXPECT_EQ(evaluated["samples"], 2);
  EXPECT_LT(evaluated["error"], 0.1);

  Write("main.cc", R"(
#include <cstdio>
#include <zkvm/model.h>
int main() {
  for (int k = 0; k < 3; ++k) {
    zkvm::model::Run();
    std::printf("%d\n", static_cast<int>(zkvm::model::logits.Argmax()));
  }
}
)");
  ASSERT_EQ(
      Zkvm({"compile", kDigits, "-o", "main.elf", "--calibrate", kCalibration, "--pre", "main.cc"})
          .exit_code,
      0);
  const CommandResult three = Zkvm({"run", "main.elf"});
  EXPECT_EQ(std::ranges::count(three.out, '\n'), 3) << three.err;
  Write("broken.cc", "int main() { return undeclared; }\n");
  const CommandResult broken = Zkvm({"compile", kDigits, "-o", "broken.elf", "--pre", "broken.cc"});
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_NE(broken.err.find("broken.cc"), std::string::npos);
  EXPECT_FALSE(fs::exists("broken.elf"));
}

TEST_F(ModelTest, InspectShowsTheModel) {
  const Json json = ZkvmJson({"inspect", "digits.elf"});
  EXPECT_EQ(json["compiled"]["inputs"][0]["name"], "image");
  const CommandResult text = Zkvm({"inspect", "digits.elf"});
  EXPECT_NE(text.out.find("/0/Conv"), std::string::npos) << text.out;
}

TEST_F(ModelTest, WrongModels) {
  ExpectFailure({"compile"}, 2, "see zkvm compile --help");
  ExpectFailure({"compile", "none.onnx"}, 2, "none.onnx");
  ExpectFailure({"compile", Write("bad.onnx", "not a model at all")}, 2, "bad.onnx");
  ExpectFailure({"compile", Write("empty.onnx", "")}, 2, "empty.onnx");
  ExpectFailure({"compile", kLogistic, "-o", kLogistic}, 2, "is an input");
  ExpectFailure({"compile", kLogistic, "-o", "none/x.elf"}, 2, "none/x.elf");
  ExpectFailure({"compile", kLogistic, "-o", "x.elf", "--pre", "none.cc"}, 2, "none.cc");
  ExpectFailure({"compile", kLogistic, "-o", "x.elf", "--dim", "batch"}, 2, "--dim batch");
  ExpectFailure({"compile", kLogistic, "-o", "x.elf", "--dim", "batch=0"}, 2, "--dim batch=0");
  ExpectFailure({"compile", kLogistic, "-o", "x.elf", "--public", "none"}, 2, "none");
  ExpectFailure({"compile", kLogistic, "-o", "x.elf", "--public", "label", "--hash", "label"}, 2,
                "more than one of");
  ExpectFailure({"compile", kDigits, "-o", "x.elf", "--calibrate", kRows}, 2,
                "does not fit the input 'image'");
  ExpectFailure({"compile", kDigits, "-o", "x.elf", "--calibrate", "none.npy"}, 2, "none.npy");
  ExpectFailure({"compile", kDigits, "-o", "x.elf", "--target-error", "7"}, 2, "--target-error");
  EXPECT_FALSE(fs::exists("x.elf"));
}

TEST_F(ModelTest, WrongData) {
  ExpectFailure({"run", "digits.elf", "--input", kImages}, 2, "--sample");
  ExpectFailure({"run", "digits.elf", "--input", kImages, "--sample", "100000"}, 2,
                "--sample 100000");
  ExpectFailure({"run", "digits.elf", "--input", kRows, "--sample", "0"}, 2, "does not fit");
  ExpectFailure({"run", "digits.elf", "--input", Write("bad.npy", "x")}, 2, "bad.npy");
  ExpectFailure({"run", "digits.elf", "--input", Write("short.bin", "abc")}, 1,
                "ends inside the model's input 'image'");
  ExpectFailure({"run", "digits.elf", "--input", Write("long.bin", std::string(65, 'a'))}, 1,
                "goes on after");
  ExpectFailure({"eval", "digits.elf"}, 2, "--data");
  ExpectFailure({"eval", "digits.elf", "--data", kRows}, 2, "does not fit");
  ExpectFailure({"eval", "digits.elf", "--data", kImages, "--labels", kRowLabels}, 2, "labels for");
  ExpectFailure({"eval", "digits.elf", "--data", kImages, "--labels", kImages}, 2, "do not fit");
  ExpectFailure({"eval", "digits.elf", "--data", kImages, "--model", kLogistic}, 2,
                "not the file that the program was compiled from");
  ExpectFailure({"eval", "digits.elf", "--data", kImages, "--output", "none"}, 2, "none");
  ExpectFailure({"eval", kDigits, "--data", kImages}, 2, "not an ELF file");
}

}  // namespace
}  // namespace zkvm
