// Nodes whose outputs PyTorch has computed: torch_cases.json, written by torch_cases.py.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

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

NodeSpec ReadSpec(const Json& test) {
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
  return spec;
}

void RunCase(const Json& test) {
  const std::vector<Literal> outputs = RunNode(ReadSpec(test));
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
  EXPECT_EQ(cases.size(), 132u);
  for (const Json& test : cases) {
    SCOPED_TRACE(test.at("name").get<std::string>());
    EXPECT_NO_THROW(RunCase(test));
  }
}

// One thing about a node changes.
class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  void Change(NodeSpec& spec) {
    switch (Below(spec.inputs.empty() ? 3 : 7)) {
      case 0: {
        constexpr const char* kNames[] = {
            "axis",      "group",        "strides",   "pads",          "dilations", "kernel_shape",
            "ceil_mode", "hidden_size",  "layout",    "axes",          "p",         "size",
            "onesided",  "output_shape", "inverse",   "num_groups",    "transA",    "antialias",
            "auto_pad",  "activations",  "direction", "output_padding"};
        spec.attributes[kNames[Below(std::size(kNames))]] = AnyAttribute();
        break;
      }
      case 1:
        if (!spec.attributes.empty()) AnyOf(spec.attributes).second = AnyAttribute();
        break;
      case 2:
        spec.opset = static_cast<int64_t>(7 + Below(18));
        break;
      case 3:
        spec.inputs.erase(spec.inputs.begin() + static_cast<std::ptrdiff_t>(AnyInput(spec)));
        break;
      case 4:
        spec.inputs[AnyInput(spec)].constant ^= true;
        break;
      default: {
        NodeInput& input = spec.inputs[AnyInput(spec)];
        Type type = input.value.type();
        if (Below(4) == 0) {
          constexpr DType kTypes[] = {DType::kFloat, DType::kInt64,   DType::kUint8, DType::kBool,
                                      DType::kInt32, DType::kFloat16, DType::kDouble};
          type.dtype = kTypes[Below(std::size(kTypes))];
        } else if (Below(3) == 0 || type.shape.empty()) {
          type.shape.insert(type.shape.begin(), static_cast<int64_t>(Below(3)));
        } else if (Below(3) == 0) {
          type.shape.pop_back();
        } else {
          AnyOf(type.shape) = static_cast<int64_t>(Below(8));
        }
        if (ByteSize(type.dtype) == 0) return;
        std::vector<uint8_t> bytes(type.bytes());
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(Below(3) == 0 ? Below(256) : 0);
        if (type.dtype == DType::kBool) std::fill(bytes.begin(), bytes.end(), uint8_t{1});
        input.value = Literal(type, bytes);
        input.absent = false;
        break;
      }
    }
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  size_t AnyInput(const NodeSpec& spec) { return Below(spec.inputs.size()); }
  template <class Container>
  typename Container::reference AnyOf(Container& container) {
    return *std::next(container.begin(), static_cast<std::ptrdiff_t>(Below(container.size())));
  }
  int64_t AnyInteger() {
    constexpr int64_t kNumbers[] = {
        0,         1,         2,         3,         5,         -1,        -2, 1 << 16,
        INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1LL << 29, 1LL << 32, 17, 4};
    return kNumbers[Below(Below(2) == 0 ? 5 : std::size(kNumbers))];
  }
  Attribute AnyAttribute() {
    switch (Below(6)) {
      case 0:
        return static_cast<float>(AnyInteger());
      case 1:
        return std::string(Below(2) == 0 ? "" : "SAME_UPPER");
      case 2:
        return AnyInteger();
      case 3:
        return std::vector<std::string>(Below(3), "Relu");
      default: {
        std::vector<int64_t> numbers(Below(5));
        for (int64_t& number : numbers) number = AnyInteger();
        return numbers;
      }
    }
  }

  std::mt19937 random_;
};

// Changed nodes are refused, or run: nothing else happens.
TEST(TorchCases, ChangedNodesAreRefusedOrRun) {
  std::ifstream file(TORCH_CASES);
  const Json cases = Json::parse(file);
  size_t refused = 0, ran = 0;
  uint32_t seed = 1;
  for (const Json& test : cases) {
    for (int i = 0; i < 8; ++i, ++seed) {
      NodeSpec spec = ReadSpec(test);
      Mutator mutator(seed);
      for (int changes = 0; changes <= i / 3; ++changes) mutator.Change(spec);
      SCOPED_TRACE(fmt::format("{}, seed {}", test.at("name").get<std::string>(), seed));
      try {
        RunNode(spec);
        ++ran;
      } catch (const CompileError&) {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, cases.size());
  EXPECT_GT(ran, cases.size());
}

}  // namespace
}  // namespace zkvm::compiler
