// The backend tests of ONNX: every case that out_of_scope.txt does not list is imported, compiled
// in exact mode, run by the executor, and has to give the expected outputs; the graph evaluated on
// this machine has to give the guest's, bit by bit. Cases that are listed have to fail, so that the
// list stays true.
//
// Writes a table of all cases to onnx_cases[.<shard>].md in the working directory.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"
#include "tests/compiler/codegen/guest.h"
#include "tests/compiler/onnx_node_test/model_run.h"
#include "tests/compiler/onnx_node_test/onnx_case.h"

namespace zkvm::compiler {
namespace {

// "set/name" to the category.
const std::map<std::string, std::string>& OutOfScope() {
  static const std::map<std::string, std::string> cases = [] {
    std::map<std::string, std::string> read;
    std::ifstream file(ZKVM_ONNX_OUT_OF_SCOPE);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line.substr(0, line.find('#')));
      std::string name, category;
      if (words >> name >> category) read[name] = category;
    }
    return read;
  }();
  return cases;
}

// Too many cycles of floating point in software for a test: compared on this machine only.
constexpr const char* kTooLong = "too-long";

struct Row {
  std::string result = "failed";  // "passed", or the category of what is out of scope
  std::string detail;
  uint64_t cycles = 0;
};

std::map<std::string, Row>& Table() {
  static std::map<std::string, Row> rows;
  return rows;
}

std::string Joined(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

// Empty where the guest does what the case asks for.
std::string RunCase(const OnnxCase& test, bool natively, Row& row) {
  const FixedModel model = ImportCase(test);
  if (!model.fixed.empty()) row.detail = "fixed: " + Joined(model.fixed);
  const std::vector<Literal> native = RunNative(model);
  if (native.size() != model.expected.size()) return "the number of outputs is another";
  for (size_t i = 0; i < native.size(); ++i) {
    const std::string what = Difference(native[i], model.expected[i]);
    if (!what.empty()) return "output " + std::to_string(i) + ", natively: " + what;
  }
  if (natively) return "";
  const GuestRun guest = RunExact(model.graph, model.inputs);
  row.cycles = guest.cycles;
  const std::vector<Literal>& outputs = guest.outputs;
  if (outputs.size() != native.size()) return "the journal has another number of outputs";
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string what = BitDifference(outputs[i], native[i]);
    if (!what.empty()) return "output " + std::to_string(i) + " of the guest: " + what;
  }
  return "";
}

class OnnxNodeTest : public testing::TestWithParam<OnnxCase> {};

TEST_P(OnnxNodeTest, GivesTheExpectedOutputs) {
  const OnnxCase& test = GetParam();
  Row& row = Table()[test.id()];
  const auto listed = OutOfScope().find(test.id());
  const std::string category = listed == OutOfScope().end() ? "" : listed->second;
  const bool natively = category == kTooLong;
  std::string what;
  try {
    what = RunCase(test, natively, row);
  } catch (const std::runtime_error& error) {
    what = error.what();
  }
  if (what.empty()) {
    row.result = natively ? category : "passed";
    EXPECT_TRUE(natively || category.empty()) << test.id() << " passes: take it off the list";
  } else {
    row.detail = what;
    if (!category.empty()) row.result = category;
    EXPECT_TRUE(!natively && !category.empty()) << test.id() << ": " << what;
  }
}

std::vector<OnnxCase> AllCases() {
  std::vector<OnnxCase> all;
  for (const char* set : {"node", "simple", "pytorch-operator", "pytorch-converted"}) {
    for (const OnnxCase& test : ListCases(set)) all.push_back(test);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Onnx, OnnxNodeTest, testing::ValuesIn(AllCases()), [](const auto& test) {
  std::string name = test.param.id();
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
  return name;
});

// Fewer cases than Debian's libonnx-testdata 1.12 has: the data is not what is expected.
TEST(OnnxTestData, IsComplete) {
  EXPECT_GE(ListCases("node").size(), 932U);
  EXPECT_GE(ListCases("simple").size(), 23U);
  EXPECT_GE(ListCases("pytorch-operator").size(), 35U);
  EXPECT_GE(ListCases("pytorch-converted").size(), 73U);
}

// The list of what is out of scope may not grow unnoticed.
TEST(OnnxTestData, NineHundredCasesAreInScope) {
  const std::vector<OnnxCase> cases = ListCases("node");
  const auto in_scope = [](const OnnxCase& test) { return !OutOfScope().contains(test.id()); };
  EXPECT_GE(std::count_if(cases.begin(), cases.end(), in_scope), 903);
}

// Summary on standard output, all rows to a file.
class TableWriter : public testing::Environment {
 public:
  void TearDown() override {
    std::map<std::string, std::map<std::string, int>> counts;  // by set and result
    const char* shard = std::getenv("GTEST_SHARD_INDEX");
    std::ofstream file(std::string("onnx_cases").append(shard ? std::string(".") + shard : "") +
                       ".md");
    file << "| case | result | cycles | |\n|---|---|---:|---|\n";
    for (const auto& [id, row] : Table()) {
      std::string detail = row.detail;
      std::replace(detail.begin(), detail.end(), '\n', ' ');
      std::replace(detail.begin(), detail.end(), '|', '/');
      file << "| " << id << " | " << row.result << " | " << row.cycles << " | " << detail << " |\n";
      ++counts[id.substr(0, id.find('/'))][row.result];
    }
    for (const auto& [set, results] : counts) {
      std::cout << set << ":";
      for (const auto& [result, count] : results) std::cout << "  " << result << " " << count;
      std::cout << "\n";
    }
  }
};

const auto* const writer = testing::AddGlobalTestEnvironment(new TableWriter);

}  // namespace

// Names parameters in GoogleTest's output.
void PrintTo(const OnnxCase& test, std::ostream* out) { *out << test.id(); }

}  // namespace zkvm::compiler
