#include "tests/compiler/operators/node_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "compiler/codegen/evaluator.h"
#include "compiler/data/tensors.h"
#include "compiler/onnx/import.h"

namespace zkvm::compiler {
namespace {

namespace fs = std::filesystem;

std::vector<NamedTensor> ReadTensors(const fs::path& set, std::string_view kind) {
  std::vector<NamedTensor> tensors;
  for (size_t i = 0;; ++i) {
    const fs::path path = set / fmt::format("{}_{}.pb", kind, i);
    if (!fs::exists(path)) return tensors;
    tensors.push_back(ReadTensorFile(path.string()).at(0));
  }
}

std::string Compare(const Literal& is, const Literal& expected) {
  if (is.dtype() != expected.dtype() || is.shape() != expected.shape()) {
    return fmt::format("{} where {} is expected", ToString(is.type()), ToString(expected.type()));
  }
  // Of 16-bit results a few last bits depend on where else the expectation was rounded.
  const double relative = is.dtype() == DType::kBfloat16  ? 0x1p-6
                          : is.dtype() == DType::kFloat16 ? 0x1p-9
                                                          : 1e-3;
  const std::vector<double> a = is.ToDoubles(), b = expected.ToDoubles();
  for (size_t i = 0; i < a.size(); ++i) {
    const bool close = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
                       std::abs(a[i] - b[i]) <= 1e-5 + relative * std::abs(b[i]);
    if (!close) return fmt::format("element {} is {}, expected {}", i, a[i], b[i]);
  }
  return "";
}

// Models of opsets 1 and 6 use operators that did not change since; their last field is
// "opset_import { version: 6 }", with or without an empty domain. It becomes version 7.
std::vector<uint8_t> ReadModel(const fs::path& path) {
  std::vector<uint8_t> bytes = ReadBytes(path.string());
  constexpr uint8_t kLong[] = {0x42, 0x04, 0x0a, 0x00, 0x10}, kShort[] = {0x42, 0x02, 0x10};
  const auto ends_with = [&](std::span<const uint8_t> field) {
    return bytes.size() > field.size() &&
           std::equal(field.rbegin(), field.rend(), bytes.rbegin() + 1);
  };
  if (ends_with(kLong) || ends_with(kShort)) {
    bytes.back() = std::max<uint8_t>(bytes.back(), 7);
  }
  return bytes;
}

// The graph with inputs from number `fixed` on as constants.
std::vector<Literal> Evaluate(std::span<const uint8_t> model,
                              const std::vector<NamedTensor>& inputs, size_t fixed) {
  ImportOptions options;
  for (size_t i = fixed; i < inputs.size(); ++i) {
    options.fixed_inputs[inputs[i].name] = inputs[i].value;
  }
  const Graph graph = ImportBytes(model, {}, options);
  std::vector<Literal> arguments;
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    // By name, or in order where the data has no names.
    const auto named = std::find_if(inputs.begin(), inputs.end(), [&](const NamedTensor& t) {
      return t.name == graph.At(graph.inputs[i]).name;
    });
    arguments.push_back(named != inputs.end() ? named->value : inputs.at(i).value);
  }
  Evaluator evaluator;
  std::vector<Literal> values = evaluator.RunGraph(graph, arguments);
  std::vector<Literal> outputs;
  for (const ValueId id : graph.outputs) outputs.push_back(values[static_cast<size_t>(id)]);
  return outputs;
}

}  // namespace

std::vector<fs::path> NodeCases(const fs::path& root, const std::vector<std::string>& prefixes) {
  std::vector<fs::path> cases;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    const bool wanted =
        std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
          return name.starts_with(std::string("test_").append(prefix));
        });
    if (wanted && fs::exists(entry.path() / "model.onnx")) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  return cases;
}

std::string RunNodeCase(const fs::path& folder) {
  size_t sets = 0;
  for (;; ++sets) {
    const fs::path set = folder / fmt::format("test_data_set_{}", sets);
    if (!fs::exists(set)) break;
    try {
      const std::vector<NamedTensor> inputs = ReadTensors(set, "input");
      const std::vector<NamedTensor> expected = ReadTensors(set, "output");
      const std::vector<uint8_t> model = ReadModel(folder / "model.onnx");
      // Shapes, axes and the like have to be constants; they mostly follow the data.
      std::vector<Literal> outputs;
      for (const size_t fixed : {inputs.size(), size_t{1}, size_t{0}}) {
        try {
          outputs = Evaluate(model, inputs, fixed);
          break;
        } catch (const CompileError&) {
          if (fixed == 0 || inputs[0].name.empty()) throw;
        }
      }
      if (outputs.size() != expected.size()) return "another number of outputs";
      for (size_t i = 0; i < outputs.size(); ++i) {
        const std::string difference = Compare(outputs[i], expected[i].value);
        if (!difference.empty()) return fmt::format("output {}: {}", i, difference);
      }
    } catch (const CompileError& error) {
      return error.what();
    }
  }
  return sets > 0 ? "" : "no data";
}

}  // namespace zkvm::compiler
