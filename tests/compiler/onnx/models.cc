#include "tests/compiler/onnx/models.h"

#include <gtest/gtest.h>
#include <onnx/defs/parser.h>

#include <utility>

#include "compiler/codegen/evaluator.h"
#include "compiler/passes/passes.h"

namespace zkvm::compiler {

namespace {

void LeaveOut(onnx::GraphProto& graph) {
  for (onnx::NodeProto& node : *graph.mutable_node()) {
    for (std::string& input : *node.mutable_input()) {
      if (input == "_") input.clear();
    }
    for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) LeaveOut(*attribute.mutable_g());
    }
  }
}

}  // namespace

onnx::ModelProto Model(const std::string& text) {
  const std::string header = "<ir_version: 8, opset_import: [\"\" : 17, \"ai.onnx.ml\" : 3]>\n";
  const bool complete = text[text.find_first_not_of(" \n")] == '<';
  const std::string whole = complete ? text : header + text;
  onnx::ModelProto model;
  onnx::OnnxParser parser(whole.c_str());
  const auto status = parser.Parse(model);
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  LeaveOut(*model.mutable_graph());
  return model;
}

onnx::NodeProto& NodeOf(onnx::ModelProto& model, const std::string& op) {
  for (onnx::NodeProto& node : *model.mutable_graph()->mutable_node()) {
    if (node.op_type() == op) return node;
  }
  ADD_FAILURE() << "no node " << op;
  return *model.mutable_graph()->add_node();
}

std::vector<uint8_t> BytesOf(const onnx::ModelProto& model) {
  const std::string bytes = model.SerializeAsString();
  return {bytes.begin(), bytes.end()};
}

Graph ImportModel(const onnx::ModelProto& model, const ImportOptions& options, ImportNotes* notes,
                  const std::filesystem::path& folder) {
  Graph graph = ImportBytes(BytesOf(model), folder, options, notes);
  Validate(graph);
  return graph;
}

std::string ErrorOf(const onnx::ModelProto& model, const ImportOptions& options,
                    const std::filesystem::path& folder) {
  try {
    ImportBytes(BytesOf(model), folder, options);
  } catch (const CompileError& error) {
    const std::string message = error.what();
    EXPECT_FALSE(message.empty());
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return message;
  }
  ADD_FAILURE() << "imported";
  return {};
}

std::vector<Literal> OutputsOf(const Graph& graph, const std::vector<Literal>& inputs) {
  Evaluator evaluator;
  const std::vector<Literal> values = evaluator.RunGraph(graph, inputs);
  std::vector<Literal> outputs;
  for (const ValueId id : graph.outputs) outputs.push_back(values[static_cast<size_t>(id)]);
  return outputs;
}

Literal Floats(Shape shape, std::vector<float> values) {
  return Literal::Floats(std::move(shape), values);
}

Literal Int64(int64_t value) {
  return Literal::Of<int64_t>(DType::kInt64, {}, std::span(&value, 1));
}

Literal Bool(bool value) { return Literal::Scalar(DType::kBool, value ? 1 : 0); }

}  // namespace zkvm::compiler
