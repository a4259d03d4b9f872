#include "tests/compiler/onnx_node_test/model_run.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "compiler/codegen/evaluator.h"
#include "compiler/onnx/import.h"

namespace zkvm::compiler {
namespace {

// The graph with the inputs of `mask` fixed.
Graph ImportWith(const OnnxCase& test, const OnnxData& data, uint64_t mask) {
  ImportOptions options;
  for (size_t i = 0; i < data.inputs.size(); ++i) {
    const OnnxValue& input = data.inputs[i];
    if ((mask >> i & 1) != 0) {
      options.fixed_inputs[input.name] = input.literals[0];
      continue;
    }
    std::vector<Type>& types = options.input_types[input.name];
    for (const Literal& literal : input.literals) types.push_back(literal.type());
  }
  return Import(test.model(), options);
}

// Subsets of `candidates`, smaller ones first.
std::vector<uint64_t> Subsets(uint64_t candidates) {
  std::vector<uint64_t> subsets = {0};
  for (uint64_t subset = candidates; subset != 0; subset = (subset - 1) & candidates) {
    subsets.push_back(subset);
  }
  std::sort(subsets.begin(), subsets.end(), [](uint64_t a, uint64_t b) {
    return std::pair(std::popcount(a), a) < std::pair(std::popcount(b), b);
  });
  return subsets;
}

}  // namespace

FixedModel ImportCase(const OnnxCase& test) {
  OnnxData data = ReadData(test);
  uint64_t candidates = 0;
  for (size_t i = 0; i < data.inputs.size(); ++i) {
    if (data.inputs[i].tensor && data.inputs[i].literals.size() == 1) {
      candidates |= uint64_t{1} << i;
    }
  }
  std::optional<CompileError> first;
  for (const uint64_t mask : Subsets(candidates)) {
    FixedModel model;
    try {
      model.graph = ImportWith(test, data, mask);
    } catch (const CompileError& error) {
      if (!first) first = error;
      continue;
    }
    for (size_t i = 0; i < data.inputs.size(); ++i) {
      const OnnxValue& input = data.inputs[i];
      if ((mask >> i & 1) != 0) {
        model.fixed.push_back(input.name);
      } else {
        model.inputs.insert(model.inputs.end(), input.literals.begin(), input.literals.end());
      }
    }
    for (const OnnxValue& output : data.outputs) {
      model.expected.insert(model.expected.end(), output.literals.begin(), output.literals.end());
    }
    return model;
  }
  throw *first;
}

std::vector<Literal> RunNative(const FixedModel& model) {
  Evaluator evaluator;
  const std::vector<Literal> values = evaluator.RunGraph(model.graph, model.inputs);
  std::vector<Literal> outputs;
  for (const ValueId id : model.graph.outputs) outputs.push_back(values[static_cast<size_t>(id)]);
  return outputs;
}

namespace {

std::string Compare(const Literal& actual, const Literal& expected, double relative,
                    double absolute) {
  if (actual.type() != expected.type()) {
    return "the type is " + ToString(actual.type()) + ", not " + ToString(expected.type());
  }
  const size_t width = ByteSize(actual.dtype());
  const auto a = actual.bytes(), b = expected.bytes();
  if (std::equal(a.begin(), a.end(), b.begin(), b.end())) return "";
  const std::vector<double> x = actual.ToDoubles(), y = expected.ToDoubles();
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::equal(a.begin() + static_cast<std::ptrdiff_t>(i * width),
                   a.begin() + static_cast<std::ptrdiff_t>((i + 1) * width),
                   b.begin() + static_cast<std::ptrdiff_t>(i * width))) {
      continue;
    }
    bool same = std::isnan(x[i]) && std::isnan(y[i]);
    if (IsFloat(actual.dtype()) && std::isfinite(x[i]) && std::isfinite(y[i])) {
      same = same || std::abs(x[i] - y[i]) <= absolute + relative * std::abs(y[i]);
    }
    if (!same) {
      return "element " + std::to_string(i) + " is " + std::to_string(x[i]) + ", not " +
             std::to_string(y[i]);
    }
  }
  return "";
}

}  // namespace

// The expected bfloat16 values are truncated floats, not rounded ones: one step of the format.
std::string Difference(const Literal& actual, const Literal& expected) {
  return Compare(actual, expected, actual.dtype() == DType::kBfloat16 ? 0x1p-7 : 1e-3, 1e-7);
}

std::string BitDifference(const Literal& actual, const Literal& expected) {
  return Compare(actual, expected, -1, -1);
}

}  // namespace zkvm::compiler
