// Models that are wrong: every error names the node and says what is wrong with it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/compiler/onnx/models.h"

namespace zkvm::compiler {
namespace {

std::string ErrorOfBytes(const std::string& bytes) {
  try {
    ImportBytes({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, {});
  } catch (const CompileError& error) {
    return error.what();
  }
  return "imported";
}

onnx::ModelProto Small() {
  return Model(R"(
    g (float[2, 3] x) => (float[A, B] y) <float[3, 4] w = {1,2,3,4,5,6,7,8,9,10,11,12}> {
      h = MatMul (x, w)
      r = Relu (h)
      y = Neg (r)
    })");
}

TEST(Hostile, FilesThatAreNoModels) {
  const std::string not_onnx =
      "not an ONNX model: the file is damaged, truncated, or of another kind";
  EXPECT_EQ(ErrorOfBytes(""), "not an ONNX model: there is no graph with outputs");
  EXPECT_EQ(ErrorOfBytes("PK\3\4 this is an archive"), not_onnx);
  EXPECT_EQ(ErrorOfBytes(std::string(1000, '\xff')), not_onnx);
  const std::string whole = Small().SerializeAsString();
  EXPECT_EQ(ErrorOfBytes(whole), "imported");
  for (const size_t size : {whole.size() - 1, whole.size() / 2, size_t{10}}) {
    EXPECT_NE(ErrorOfBytes(whole.substr(0, size)), "imported") << size;
  }
  EXPECT_THROW(Import("/nowhere/model.onnx"), CompileError);
  EXPECT_THROW(Import(testing::TempDir()), CompileError);
  ImportOptions options;
  options.max_file_bytes = 100;
  EXPECT_EQ(ErrorOf(Small(), options), "the model is too large: " + std::to_string(whole.size()) +
                                           " bytes; weights can be kept as external data");
}

TEST(Hostile, MessagesInMessages) {
  onnx::ModelProto model = Small();
  onnx::GraphProto* graph = model.mutable_graph();
  for (int i = 0; i < 2000; ++i) {
    onnx::NodeProto* node = graph->add_node();
    node->set_op_type("If");
    onnx::AttributeProto* attribute = node->add_attribute();
    attribute->set_name("then_branch");
    attribute->set_type(onnx::AttributeProto::GRAPH);
    graph = attribute->mutable_g();
  }
  EXPECT_EQ(ErrorOf(model),
            "not an ONNX model: the file is damaged, truncated, or of another kind");
}

TEST(Hostile, Cycles) {
  onnx::ModelProto model = Small();
  NodeOf(model, "MatMul").set_name("first");
  NodeOf(model, "MatMul").set_input(0, "r");
  NodeOf(model, "Relu").set_name("second");
  EXPECT_EQ(ErrorOf(model),
            "node 'first' (MatMul): it is part of a cycle: its input 'r' comes from node 'second' "
            "(Relu), which depends on it");
  model = Small();
  NodeOf(model, "Relu").set_name("self");
  NodeOf(model, "Relu").set_input(0, "r");
  EXPECT_EQ(ErrorOf(model),
            "node 'self' (Relu): it is part of a cycle: its input 'r' comes from node 'self' "
            "(Relu), which depends on it");
}

TEST(Hostile, NodesOutOfOrder) {
  onnx::ModelProto model = Small();
  model.mutable_graph()->mutable_node()->SwapElements(1, 2);
  EXPECT_EQ(ErrorOf(model),
            "node 'Neg_1' (Neg): its input 'r' comes from node '' (Relu), which stands behind it: "
            "nodes have to be sorted");
}

TEST(Hostile, MissingInitializers) {
  onnx::ModelProto model = Small();
  model.mutable_graph()->clear_initializer();
  EXPECT_EQ(ErrorOf(model),
            "node 'MatMul_0' (MatMul): its input 'w' is no input, initializer or result of a "
            "node: the model is incomplete");
  model = Small();
  model.mutable_graph()->mutable_output(0)->set_name("z");
  EXPECT_EQ(ErrorOf(model), "output 'z': no node computes it");
}

TEST(Hostile, UnknownOperators) {
  onnx::ModelProto model = Small();
  NodeOf(model, "Relu").set_name("act");
  NodeOf(model, "Relu").set_op_type("Wobble");
  NodeOf(model, "Neg").set_domain("com.example");
  onnx::OperatorSetIdProto* opset = model.add_opset_import();
  opset->set_domain("com.example");
  opset->set_version(2);
  EXPECT_EQ(ErrorOf(model),
            "the model has operators that are not supported: Wobble (domain 'ai.onnx', opset 17, "
            "node 'act'); Neg (domain 'com.example', opset 2, node '')");
  model.mutable_opset_import()->RemoveLast();
  EXPECT_NE(ErrorOf(model).find("Neg (domain 'com.example', opset 0"), std::string::npos);
}

TEST(Hostile, DuplicateNames) {
  onnx::ModelProto model = Small();
  NodeOf(model, "Relu").set_output(0, "h");
  EXPECT_EQ(ErrorOf(model), "node 'Relu_1': the name 'h' is defined twice");
  model = Small();
  *model.mutable_graph()->add_initializer() = model.graph().initializer(0);
  EXPECT_EQ(ErrorOf(model), "initializer 'w': the name 'w' is defined twice");
  model = Small();
  *model.mutable_graph()->add_input() = model.graph().input(0);
  EXPECT_EQ(ErrorOf(model), "input 'x' is defined twice");
  model = Small();
  *model.mutable_graph()->add_output() = model.graph().output(0);
  EXPECT_EQ(ErrorOf(model), "output 'y' is defined twice");
}

TEST(Hostile, TensorsWhoseDataDoesNotFit) {
  onnx::ModelProto model = Small();
  onnx::TensorProto* tensor = model.mutable_graph()->mutable_initializer(0);
  tensor->clear_float_data();
  tensor->set_raw_data(std::string(47, '\0'));
  EXPECT_EQ(ErrorOf(model), "initializer 'w': 47 bytes of data, but float[3, 4] has 48");
  tensor->clear_raw_data();
  EXPECT_EQ(ErrorOf(model), "initializer 'w': 0 bytes of data, but float[3, 4] has 48");
  tensor->set_dims(0, -3);
  EXPECT_EQ(ErrorOf(model), "initializer 'w': negative extent in [-3, 4]");
  tensor->set_dims(0, int64_t{1} << 40);
  EXPECT_EQ(ErrorOf(model), "initializer 'w': too large: float[1099511627776, 4]");
  tensor->set_dims(0, int64_t{1} << 62);
  EXPECT_EQ(ErrorOf(model), "initializer 'w': too large: float[4611686018427387904, 4]");
  for (int i = 0; i < 40; ++i) tensor->add_dims(1);
  EXPECT_EQ(ErrorOf(model), "initializer 'w': its rank of 42 is too large");
  tensor->clear_dims();
  tensor->set_data_type(14);
  EXPECT_EQ(ErrorOf(model), "initializer 'w': tensors of complex numbers are not supported");
  tensor->set_data_type(99);
  EXPECT_EQ(ErrorOf(model), "initializer 'w': tensors of type 99 are not supported");
  tensor->set_data_type(1);
  tensor->mutable_segment()->set_begin(0);
  EXPECT_EQ(ErrorOf(model), "initializer 'w': segments are not supported");
}

TEST(Hostile, InputsOfImpossibleTypes) {
  onnx::ModelProto model = Small();
  onnx::TypeProto::Tensor* type =
      model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  type->mutable_shape()->mutable_dim(0)->set_dim_value(-1);
  EXPECT_EQ(ErrorOf(model), "input 'x': negative extent in [-1]");
  type->mutable_shape()->mutable_dim(0)->set_dim_value(int64_t{1} << 62);
  EXPECT_EQ(ErrorOf(model), "input 'x': too large: float[4611686018427387904, 3]");
  type->mutable_shape()->mutable_dim(0)->set_dim_value(2);
  type->set_elem_type(8);
  EXPECT_EQ(ErrorOf(model), "input 'x': strings are not supported");
  type->set_elem_type(0);
  EXPECT_EQ(ErrorOf(model), "input 'x': tensors of type 0 are not supported");
  type->set_elem_type(1);
  type->clear_shape();
  EXPECT_EQ(ErrorOf(model), "input 'x': the model does not say its shape");
  model.mutable_graph()->mutable_input(0)->clear_type();
  EXPECT_EQ(ErrorOf(model), "input 'x': inputs have to be tensors");
}

TEST(Hostile, ShapesThatDoNotFit) {
  const std::string error = ErrorOf(Model(R"(
    g (float[2, 3] x, float[4, 5] z) => (float[A, B] y) { y = MatMul (x, z) })"));
  EXPECT_TRUE(error.starts_with("node 'MatMul_0' (MatMul): ")) << error;
  onnx::ModelProto model = Small();
  model.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(7);
  EXPECT_EQ(ErrorOf(model),
            "output 'y': it is float[2, 4], which is not the type that the model declares");
}

TEST(Hostile, ResultsThatAreTooLarge) {
  // Shapes of constants that are not the file's size: no memory is taken for them.
  for (const char* shape : {"{100000, 100000}", "{4611686018427387904, 4}", "{-1, 4}"}) {
    const std::string error = ErrorOf(Model(std::string(R"(
      g (float[1] x) => (float[A, B] y) {
        shape = Constant <value = int64[2] )") +
                                            shape +
                                            R"(> ()
        large = ConstantOfShape (shape)
        y = Add (large, x)
      })"));
    EXPECT_TRUE(error.starts_with("node 'ConstantOfShape_1' (ConstantOfShape): ")) << error;
  }
  const std::string error = ErrorOf(Model(R"(
    g (float[1] x) => (float[A, B] y) {
      shape = Constant <value = int64[2] {65536, 65536}> ()
      y = Expand (x, shape)
    })"));
  EXPECT_TRUE(error.starts_with("node 'Expand_1' (Expand): ")) << error;
}

TEST(Hostile, AttributesOfOtherTypes) {
  onnx::ModelProto model =
      Model("g (float[2, 3] x) => (float[A, B] y) { y = Softmax <axis = 1> (x) }");
  onnx::AttributeProto* attribute = NodeOf(model, "Softmax").mutable_attribute(0);
  attribute->set_type(onnx::AttributeProto::FLOATS);
  EXPECT_TRUE(ErrorOf(model).starts_with("node 'Softmax_0' (Softmax): "));
  attribute->set_type(onnx::AttributeProto::GRAPH);
  attribute->mutable_g();
  EXPECT_TRUE(ErrorOf(model).starts_with("node 'Softmax_0' (Softmax): "));
  attribute->Clear();
  attribute->set_name("wobble");
  EXPECT_TRUE(ErrorOf(model).starts_with("node 'Softmax_0' (Softmax): "));
  // Newer than the schemas of the library are.
  model.mutable_opset_import(0)->set_version(100);
  EXPECT_TRUE(ErrorOf(model).starts_with("node 'Softmax_0' (Softmax): attribute 'wobble'"));
}

TEST(Hostile, WrongNumbersOfInputsAndOutputs) {
  for (const int64_t opset : {17, 100}) {
    onnx::ModelProto model = Small();
    model.mutable_opset_import(0)->set_version(opset);
    NodeOf(model, "MatMul").mutable_input()->RemoveLast();
    EXPECT_TRUE(ErrorOf(model).starts_with("node 'MatMul_0' (MatMul): ")) << opset;
    model = Small();
    model.mutable_opset_import(0)->set_version(opset);
    NodeOf(model, "Relu").add_output("more");
    EXPECT_TRUE(ErrorOf(model).starts_with("node 'Relu_1' (Relu): ")) << opset;
  }
}

TEST(Hostile, GraphsInGraphsWithoutEnd) {
  std::string text = "y = Neg (x)";
  for (int i = 0; i < 8; ++i) {
    const std::string k = std::to_string(i);
    text = "y" + k + " = Identity (x) y = If (c) < then_branch = t () => (float[1] y) { " + text +
           " }, else_branch = e () => (float[1] z) { z = Relu (x) } >";
  }
  const onnx::ModelProto model = Model("g (float[1] x, bool c) => (float[1] y) { " + text + " }");
  EXPECT_EQ(ImportModel(model).outputs.size(), 1u);
  ImportOptions options;
  options.max_depth = 4;
  EXPECT_NE(ErrorOf(model, options).find("graphs are nested too deeply"), std::string::npos);
}

TEST(Hostile, ConstantsWithoutValues) {
  onnx::ModelProto model = Model(
      "g (float[1] x) => (float[1] y) { c = Constant <value_float = 1.0> () y = Add (x, c) }");
  NodeOf(model, "Constant").clear_attribute();
  EXPECT_EQ(ErrorOf(model), "node 'Constant_0' (Constant): it needs one attribute");
}

TEST(Hostile, SizesThatDependOnData) {
  const std::string error = ErrorOf(Model(R"(
    g (float[4] x) => (float[A, B] y) {
      n = NonZero (x)
      y = Cast <to = 1> (n)
    })"));
  EXPECT_EQ(error,
            "node 'Cast_1' (Cast): the size of its input 'n' depends on data: only outputs of the "
            "model may be such tensors");
}

TEST(Hostile, TextThatCannotBePrinted) {
  onnx::ModelProto model = Small();
  NodeOf(model, "Relu").set_name("caf\xc3\xa9\n\xe9\xff\xc3");
  NodeOf(model, "Relu").set_output(0, "h");
  EXPECT_EQ(ErrorOf(model), "node 'caf\xc3\xa9 ?\?\?': the name 'h' is defined twice");
  NodeOf(model, "Relu").set_name(std::string(300, 'a'));
  EXPECT_EQ(ErrorOf(model),
            "node '" + std::string(200, 'a') + "...': the name 'h' is defined twice");
}

TEST(Hostile, ConstantsTogether) {
  ImportOptions options;
  options.max_total_bytes = 40;
  EXPECT_EQ(ErrorOf(Small(), options), "the model's constants have more than 40 bytes");
}

}  // namespace
}  // namespace zkvm::compiler
