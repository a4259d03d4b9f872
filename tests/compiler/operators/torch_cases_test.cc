// Nodes whose outputs PyTorch has computed: torch_cases.json, written by torch_cases.py.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compiler/graph/half.h"
#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

using Json = nlohmann::json;

template <class T>
Literal Converted(DType dtype, const Shape& shape, const std::vector<double>& values) {
  std::vector<T> converted(values.size());
  std::transform(values.begin(), values.end(), converted.begin(),
                 [](double v) { return static_cast<T>(v); });
  return Literal::Of<T>(dtype, shape, converted);
}

Literal ReadLiteral(const Json& json) {
  const auto dtype = static_cast<DType>(json.at("dtype").get<int>());
  const auto shape = json.at("shape").get<Shape>();
  const auto values = json.at("values").get<std::vector<double>>();
  switch (dtype) {
    case DType::kFloat:
      return Converted<float>(dtype, shape, values);
    case DType::kInt32:
      return Converted<int32_t>(dtype, shape, values);
    case DType::kInt64:
      return Converted<int64_t>(dtype, shape, values);
    case DType::kDouble:
      return Converted<double>(dtype, shape, values);
    default: {
      EXPECT_EQ(dtype, DType::kFloat16);
      std::vector<uint16_t> halves;
      for (const double v : values) halves.push_back(FloatToFloat16(static_cast<float>(v)));
      return Literal::Of<uint16_t>(dtype, shape, halves);
    }
  }
}

Attribute ReadAttribute(const Json& json) {
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<float>();
  if (json.is_string()) return json.get<std::string>();
  return json.get<std::vector<int64_t>>();
}

void RunCase(const Json& test) {
  NodeSpec spec{.op = test.at("op").get<std::string>(),
                .inputs = {},
                .opset = test.at("opset").get<int64_t>(),
                .outputs = test.at("outputs").size()};
  for (const auto& [name, value] : test.at("attributes").items()) {
    spec.attributes[name] = ReadAttribute(value);
  }
  for (const Json& input : test.at("inputs")) {
    if (input.is_null()) {
      spec.inputs.push_back({.value = {}, .absent = true});
    } else {
      spec.inputs.push_back({ReadLiteral(input), input.at("constant").get<bool>()});
    }
  }
  const std::vector<Literal> outputs = RunNode(spec);
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Literal expected = ReadLiteral(test.at("outputs")[i]);
    ASSERT_EQ(outputs[i].type(), expected.type());
    const std::vector<double> is = outputs[i].ToDoubles(), should = expected.ToDoubles();
    const double relative = expected.dtype() == DType::kFloat16  ? 2e-3
                            : expected.dtype() == DType::kDouble ? 1e-6
                                                                 : 1e-5;
    for (size_t k = 0; k < is.size(); ++k) {
      ASSERT_NEAR(is[k], should[k], 2e-5 + relative * std::abs(should[k]))
          << "output " << i << ", element " << k;
    }
  }
}

TEST(TorchCases, OutputsAreThose) {
  std::ifstream file(TORCH_CASES);
  const Json cases = Json::parse(file);
  EXPECT_EQ(cases.size(), 110u);
  for (const Json& test : cases) {
    SCOPED_TRACE(test.at("name").get<std::string>());
    EXPECT_NO_THROW(RunCase(test));
  }
}

}  // namespace
}  // namespace zkvm::compiler
