// One proof for every operator: the cases of prove_cases.txt are compiled in exact mode, proven,
// and verified, and what the proof says is what the case expects.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/data/journal.h"
#include "compiler/link/write_model.h"
#include "isa/framing.h"
#include "tests/compiler/codegen/guest.h"
#include "tests/compiler/onnx_node_test/model_run.h"
#include "tests/compiler/onnx_node_test/onnx_case.h"
#include "tests/support/prove_program.h"

namespace zkvm::compiler {
namespace {

// The words of a file's lines, comments (#) left out: the first of each line.
std::set<std::string> FirstWords(const char* path) {
  std::set<std::string> words;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::string word = line.substr(0, line.find_first_of(" #"));
    if (!word.empty()) words.insert(word);
  }
  return words;
}

std::vector<OnnxCase> ProvenCases() {
  const std::set<std::string> names = FirstWords(ZKVM_ONNX_PROVE_CASES);
  std::vector<OnnxCase> cases;
  for (const OnnxCase& test : ListCases("node")) {
    if (names.contains(test.id())) cases.push_back(test);
  }
  return cases;
}

class OnnxProveTest : public testing::TestWithParam<OnnxCase> {};

TEST_P(OnnxProveTest, IsProvenAndVerified) {
  const FixedModel model = ImportCase(GetParam());
  const zkvm::Program program = BuildProgram(ExactProgram(model.graph));
  std::vector<uint8_t> input;
  for (const Literal& literal : model.inputs) {
    input.insert(input.end(), literal.bytes().begin(), literal.bytes().end());
  }
  const ProvenProgram proven = ProveProgram(program, kFast100, {.input = input});
  VerifiedProof verified;
  const Status status = VerifyProof(proven.key.verifying_key, proven.proof, &verified);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(verified.outcome.exit_code, 0U);
  const auto bytes = JournalBytes(verified.outcome.journal);
  const auto blocks = bytes ? ParseJournal(*bytes) : std::nullopt;
  ASSERT_TRUE(blocks && blocks->size() == 1);
  const std::vector<JournalRecord>& records = blocks->front();
  ASSERT_EQ(records.size(), model.expected.size());
  for (size_t i = 0; i < records.size(); ++i) {
    ASSERT_TRUE(records[i].elements);
    EXPECT_EQ(Difference(*records[i].elements, model.expected[i]), "") << "output " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Onnx, OnnxProveTest, testing::ValuesIn(ProvenCases()),
                         [](const auto& test) { return test.param.name; });

// Operators of models with one operator, which are in scope: each is in a case that is proven.
TEST(OnnxProveCases, CoverEveryOperator) {
  const std::set<std::string> proven = FirstWords(ZKVM_ONNX_PROVE_CASES);
  const std::set<std::string> out_of_scope = FirstWords(ZKVM_ONNX_OUT_OF_SCOPE);
  std::set<std::string> covered, missing;
  for (const OnnxCase& test : ListCases("node")) {
    const std::vector<std::string> operators = OperatorsOf(test);
    if (operators.size() != 1 || out_of_scope.contains(test.id())) continue;
    (proven.contains(test.id()) ? covered : missing).insert(operators[0]);
  }
  for (const std::string& op : covered) missing.erase(op);
  for (const std::string& op : missing) ADD_FAILURE() << op << " is in no case that is proven";
}

TEST(OnnxProveCases, OperatorsAreDocumented) {
  std::ifstream file(ZKVM_OPERATORS_DOCUMENT);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::set<std::string> words;
  for (size_t i = 0, begin = 0; i <= text.size(); ++i) {
    if (i < text.size() && std::isalnum(static_cast<unsigned char>(text[i]))) continue;
    words.insert(text.substr(begin, i - begin));
    begin = i + 1;
  }
  for (const OnnxCase& test : ListCases("node")) {
    for (const std::string& op : OperatorsOf(test)) {
      if (op.find(':') == std::string::npos) {
        EXPECT_TRUE(words.contains(op)) << op << " is missing in docs/operators.md";
      }
    }
  }
}

}  // namespace
}  // namespace zkvm::compiler
