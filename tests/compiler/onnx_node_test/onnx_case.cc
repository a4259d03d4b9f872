#include "tests/compiler/onnx_node_test/onnx_case.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "compiler/data/tensors.h"
#include "compiler/graph/graph.h"
#include "tests/compiler/onnx_node_test/wire.h"

namespace zkvm::compiler {
namespace {

// Field numbers of onnx.proto.
constexpr uint64_t kModelGraph = 7;
constexpr uint64_t kGraphNode = 1, kGraphInitializer = 5, kGraphInput = 11, kGraphOutput = 12;
constexpr uint64_t kNodeOperator = 4, kNodeDomain = 7;
constexpr uint64_t kTensorName = 8;
constexpr uint64_t kValueName = 1, kValueType = 2;
constexpr uint64_t kTypeTensor = 1, kElementType = 1;
constexpr uint64_t kTypeSequence = 4, kTypeOptional = 9, kOptionalElement = 1;
constexpr uint64_t kSequenceTensors = 3;
constexpr uint64_t kOptionalTensor = 3, kOptionalSequence = 5;

using Bytes = std::span<const uint8_t>;

Bytes GraphOf(Bytes model) {
  const std::vector<WireField> graphs = ReadWire(model, kModelGraph);
  if (graphs.size() != 1) throw CompileError("the model has no graph");
  return graphs[0].bytes;
}

enum class Form { kTensor, kSequence, kOptionalTensor, kOptionalSequence };

Form FormOf(Bytes type) {
  for (const WireField& field : ReadWire(type)) {
    if (field.number == kTypeSequence) return Form::kSequence;
    if (field.number == kTypeOptional) {
      for (const WireField& element : ReadWire(field.bytes, kOptionalElement)) {
        if (FormOf(element.bytes) == Form::kSequence) return Form::kOptionalSequence;
      }
      return Form::kOptionalTensor;
    }
  }
  return Form::kTensor;
}

// Data files have bfloat16 as uint16 (numpy has no bfloat16).
Literal WithDeclaredType(const Literal& literal, Bytes type) {
  for (const WireField& tensor : ReadWire(type, kTypeTensor)) {
    for (const WireField& element : ReadWire(tensor.bytes, kElementType)) {
      if (static_cast<DType>(element.value) == DType::kBfloat16 &&
          literal.dtype() == DType::kUint16) {
        return Literal::Of<uint16_t>(DType::kBfloat16, literal.shape(), literal.As<uint16_t>());
      }
    }
  }
  return literal;
}

std::vector<Literal> ReadSequence(Bytes message) {
  std::vector<Literal> literals;
  for (const WireField& tensor : ReadWire(message, kSequenceTensors)) {
    literals.push_back(ParseTensorProto(tensor.bytes).value);
  }
  return literals;
}

std::vector<Literal> ReadValue(Bytes message, Form form) {
  std::vector<Literal> literals;
  switch (form) {
    case Form::kTensor:
      return {ParseTensorProto(message).value};
    case Form::kSequence:
      return ReadSequence(message);
    case Form::kOptionalTensor:
      for (const WireField& tensor : ReadWire(message, kOptionalTensor)) {
        literals.push_back(ParseTensorProto(tensor.bytes).value);
      }
      return literals;
    case Form::kOptionalSequence:
      for (const WireField& sequence : ReadWire(message, kOptionalSequence)) {
        literals = ReadSequence(sequence.bytes);
      }
      return literals;
  }
  return literals;
}

std::vector<OnnxValue> ReadValues(Bytes graph, uint64_t field, const std::string& prefix,
                                  const std::filesystem::path& folder) {
  std::set<std::string> initialized;
  for (const WireField& tensor : ReadWire(graph, kGraphInitializer)) {
    for (const WireField& name : ReadWire(tensor.bytes, kTensorName)) {
      initialized.insert(name.Text());
    }
  }
  std::vector<OnnxValue> values;
  for (const WireField& info : ReadWire(graph, field)) {
    OnnxValue value;
    Bytes type;
    for (const WireField& part : ReadWire(info.bytes)) {
      if (part.number == kValueName) value.name = part.Text();
      if (part.number == kValueType) type = part.bytes;
    }
    if (initialized.contains(value.name)) continue;
    const auto file = folder / (prefix + std::to_string(values.size()) + ".pb");
    const Form form = FormOf(type);
    value.tensor = form == Form::kTensor || form == Form::kOptionalTensor;
    value.literals = ReadValue(ReadBytes(file.string()), form);
    for (Literal& literal : value.literals) literal = WithDeclaredType(literal, type);
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

std::vector<OnnxCase> ListCases(const std::string& set) {
  const char* given = std::getenv("ZKVM_ONNX_TESTDATA");
  const std::filesystem::path root = given != nullptr ? given : "/usr/share/libonnx-testdata/data";
  std::vector<OnnxCase> cases;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root / set, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("test_")) cases.push_back({set, name.substr(5), entry.path()});
  }
  std::sort(cases.begin(), cases.end(),
            [](const OnnxCase& a, const OnnxCase& b) { return a.name < b.name; });
  return cases;
}

OnnxData ReadData(const OnnxCase& test) {
  const std::vector<uint8_t> model = ReadBytes(test.model().string());
  const Bytes graph = GraphOf(model);
  const std::filesystem::path folder = test.folder / "test_data_set_0";
  return {ReadValues(graph, kGraphInput, "input_", folder),
          ReadValues(graph, kGraphOutput, "output_", folder)};
}

std::vector<std::string> OperatorsOf(const OnnxCase& test) {
  const std::vector<uint8_t> model = ReadBytes(test.model().string());
  std::set<std::string> operators;
  for (const WireField& node : ReadWire(GraphOf(model), kGraphNode)) {
    std::string name, domain;
    for (const WireField& field : ReadWire(node.bytes)) {
      if (field.number == kNodeOperator) name = field.Text();
      if (field.number == kNodeDomain) domain = field.Text();
    }
    operators.insert(domain.empty() ? name : domain + ":" + name);
  }
  return {operators.begin(), operators.end()};
}

}  // namespace zkvm::compiler
