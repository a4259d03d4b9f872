// Inputs, dimensions, constants, names.
#include "compiler/onnx/import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/compiler/onnx/models.h"

namespace zkvm::compiler {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> Operators(const Graph& graph) {
  std::vector<std::string> operators;
  for (const Node& node : graph.nodes) operators.push_back(node.op);
  return operators;
}

TEST(Import, TypesAndNames) {
  const Graph graph = ImportModel(Model(R"(
    net (float[2, 3] x) => (float[2, 4] y) <float[3, 4] w = {1,2,3,4,5,6,7,8,9,10,11,12}> {
      h = MatMul (x, w)
      y = Relu (h)
    })"));
  EXPECT_EQ(graph.name, "net");
  EXPECT_EQ(Operators(graph), (std::vector<std::string>{"MatMul", "Relu"}));
  EXPECT_EQ(graph.nodes[0].name, "MatMul_0");
  EXPECT_EQ(graph.nodes[0].opset, 17);
  EXPECT_EQ(graph.At(graph.inputs[0]).name, "x");
  EXPECT_EQ(graph.At(graph.outputs[0]).name, "y");
  EXPECT_EQ(graph.At(graph.outputs[0]).type, (Type{DType::kFloat, {2, 4}}));
  EXPECT_EQ(OutputsOf(graph, {Floats({2, 3}, {1, 0, 0, 0, -1, 0})})[0],
            Floats({2, 4}, {1, 2, 3, 4, 0, 0, 0, 0}));
}

TEST(Import, SymbolicDimensions) {
  const onnx::ModelProto model = Model(
      "g (float[N, length] x, float[1, length] z) => (float[N, length] y) { y = Add (x, z) }");
  EXPECT_EQ(ErrorOf(model),
            "input 'x': the extent of dimension 1 ('length') is not known: give it with --dim "
            "length=N");
  ImportOptions options;
  options.dimensions = {{"x:1", 5}, {"z:1", 5}};
  ImportNotes notes;
  Graph graph = ImportModel(model, options, &notes);
  EXPECT_EQ(graph.At(graph.outputs[0]).type.shape, (Shape{1, 5}));
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0],
            "the leading dimension 'N' of input 'x' is taken to be 1 (--dim N=N chooses another)");

  options.dimensions = {{"N", 3}, {"length", 4}};
  notes.clear();
  graph = ImportModel(model, options, &notes);
  EXPECT_EQ(graph.At(graph.outputs[0]).type.shape, (Shape{3, 4}));
  EXPECT_TRUE(notes.empty());

  options.dimensions = {{"batch", 3}};
  EXPECT_EQ(ErrorOf(model, options),
            "--dim: the model has no dimension 'batch'; it has 'N' 'length'");
  options.dimensions = {{"N", -3}};
  EXPECT_EQ(ErrorOf(model, options), "--dim: the extent of 'N' is negative");
}

TEST(Import, FixedInputsAreConstants) {
  const onnx::ModelProto model = Model(R"(
    g (float[2, 3] x, int64[2] shape) => (float[A, B] y) { y = Reshape (x, shape) })");
  EXPECT_TRUE(Contains(ErrorOf(model), "node 'Reshape_0' (Reshape): "));
  ImportOptions options;
  options.fixed_inputs.emplace("shape", Literal::Int64s(std::vector<int64_t>{3, -1}));
  const Graph graph = ImportModel(model, options);
  EXPECT_EQ(graph.inputs.size(), 1u);
  EXPECT_EQ(graph.At(graph.outputs[0]).type.shape, (Shape{3, 2}));

  options.fixed_inputs = {{"shape", Bool(true)}};
  EXPECT_TRUE(Contains(ErrorOf(model, options), "input 'shape': it is fixed to bool[]"));
  options.fixed_inputs = {{"other", Bool(true)}};
  EXPECT_TRUE(Contains(ErrorOf(model, options), "no input 'other'"));
}

TEST(Import, ComputationsOfShapesDisappear) {
  // What exporters write for x.view(x.size(0), -1).
  const Graph graph = ImportModel(Model(R"(
    g (float[2, 3, 4] x) => (float[A, B] y) {
      shape = Shape (x)
      zero = Constant <value = int64 {0}> ()
      first = Gather <axis = 0> (shape, zero)
      axes = Constant <value = int64[1] {0}> ()
      rest = Constant <value = int64[1] {-1}> ()
      vector = Unsqueeze (first, axes)
      new = Concat <axis = 0> (vector, rest)
      y = Reshape (x, new)
    })"));
  EXPECT_EQ(Operators(graph), (std::vector<std::string>{"Reshape"}));
  EXPECT_EQ(graph.At(graph.outputs[0]).type.shape, (Shape{2, 12}));
  EXPECT_EQ(graph.values.size(), 3u);  // the others are gone
}

TEST(Import, ConstantsAreComputedUpToALimit) {
  const onnx::ModelProto model = Model(R"(
    g (float[1] x) => (float[A, B] y) {
      shape = Constant <value = int64[2] {300, 200}> ()
      ones = ConstantOfShape <value = float[1] {1}> (shape)
      y = Add (ones, x)
    })");
  EXPECT_EQ(Operators(ImportModel(model)), (std::vector<std::string>{"Add"}));
  ImportOptions options;
  options.max_folded_bytes = 1000;
  EXPECT_EQ(Operators(ImportModel(model, options)),
            (std::vector<std::string>{"ConstantOfShape", "Add"}));
  options.max_tensor_bytes = 1000;
  EXPECT_EQ(ErrorOf(model, options),
            "node 'ConstantOfShape_1' (ConstantOfShape): its output would be too large: "
            "float[300, 200]");
}

TEST(Import, EveryFormOfConstant) {
  onnx::ModelProto model = Model(R"(
    g () => (float[1] a, float[1] b, float[1] c, float[1] d, float[1] e) {
      a = Constant <value_float = 1.5> ()
      b = Constant <value_floats = [1.5, 2.5]> ()
      c = Constant <value_int = 3> ()
      d = Constant <value_ints = [3, 4]> ()
      e = Constant <value_float = 0.0> ()
    })");
  for (onnx::ValueInfoProto& output : *model.mutable_graph()->mutable_output()) {
    output.clear_type();
  }
  onnx::AttributeProto* sparse = model.mutable_graph()->mutable_node(4)->mutable_attribute(0);
  sparse->Clear();
  sparse->set_name("sparse_value");
  sparse->set_type(onnx::AttributeProto::SPARSE_TENSOR);
  onnx::SparseTensorProto* tensor = sparse->mutable_sparse_tensor();
  tensor->add_dims(2);
  tensor->add_dims(2);
  tensor->mutable_values()->set_data_type(onnx::TensorProto::FLOAT);
  tensor->mutable_values()->add_dims(1);
  tensor->mutable_values()->add_float_data(7);
  tensor->mutable_indices()->set_data_type(onnx::TensorProto::INT64);
  tensor->mutable_indices()->add_dims(1);
  tensor->mutable_indices()->add_dims(2);
  tensor->mutable_indices()->add_int64_data(1);
  tensor->mutable_indices()->add_int64_data(0);

  const std::vector<Literal> outputs = OutputsOf(ImportModel(model), {});
  EXPECT_EQ(outputs[0], Floats({}, {1.5f}));
  EXPECT_EQ(outputs[1], Floats({2}, {1.5f, 2.5f}));
  EXPECT_EQ(outputs[2], Int64(3));
  EXPECT_EQ(outputs[3], Literal::Int64s(std::vector<int64_t>{3, 4}));
  EXPECT_EQ(outputs[4], Floats({2, 2}, {0, 0, 7, 0}));

  tensor->mutable_indices()->set_int64_data(1, 2);
  EXPECT_TRUE(Contains(ErrorOf(model), "an index lies outside of [2, 2]"));
}

TEST(Import, TensorsOfEveryEncoding) {
  onnx::ModelProto model = Model("g () => (int64[1] y) <int8[2] w = {1, 2}> { y = Identity (w) }");
  model.mutable_graph()->mutable_output(0)->clear_type();
  const auto import = [&](int32_t type, auto fill) {
    onnx::TensorProto* tensor = model.mutable_graph()->mutable_initializer(0);
    tensor->Clear();
    tensor->set_name("w");
    tensor->add_dims(2);
    tensor->set_data_type(type);
    fill(*tensor);
    return OutputsOf(ImportModel(model), {})[0].ToDoubles();
  };
  const std::vector<double> expected = {3, 1};
  const auto in_int32 = [](onnx::TensorProto& t) { t.add_int32_data(3), t.add_int32_data(1); };
  for (const int32_t type :
       {onnx::TensorProto::INT32, onnx::TensorProto::INT16, onnx::TensorProto::INT8,
        onnx::TensorProto::UINT16, onnx::TensorProto::UINT8}) {
    EXPECT_EQ(import(type, in_int32), expected) << type;
  }
  EXPECT_EQ(import(onnx::TensorProto::BOOL, in_int32), (std::vector<double>{1, 1}));
  EXPECT_EQ(
      import(onnx::TensorProto::FLOAT16,
             [](onnx::TensorProto& t) { t.add_int32_data(0x4200), t.add_int32_data(0x3c00); }),
      expected);
  EXPECT_EQ(import(onnx::TensorProto::UINT32,
                   [](onnx::TensorProto& t) { t.add_uint64_data(3), t.add_uint64_data(1); }),
            expected);
  EXPECT_EQ(import(onnx::TensorProto::DOUBLE,
                   [](onnx::TensorProto& t) { t.add_double_data(3), t.add_double_data(1); }),
            expected);
  EXPECT_EQ(import(onnx::TensorProto::INT16,
                   [](onnx::TensorProto& t) { t.set_raw_data(std::string("\3\0\1\0", 4)); }),
            expected);
}

TEST(Import, OutputsAreResultsOfNodes) {
  const Graph graph = ImportModel(Model(R"(
    g (float[2] x) => (float[2] a, float[2] b, float[2] c, float[2] d)
    <float[2] w = {1, 2}> {
      a = Identity (x)
      b = Identity (w)
      c = Relu (x)
      d = Identity (c)
    })"));
  EXPECT_EQ(Operators(graph),
            (std::vector<std::string>{"Relu", "Identity", "Identity", "Identity"}));
  const std::vector<std::string> names = {"a", "b", "c", "d"};
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(graph.At(graph.outputs[i]).name, names[i]);
  }
  const std::vector<Literal> outputs = OutputsOf(graph, {Floats({2}, {-1, 1})});
  EXPECT_EQ(outputs[1], Floats({2}, {1, 2}));
  EXPECT_EQ(outputs[3], Floats({2}, {0, 1}));
}

TEST(Import, InputsWithInitializersAreConstants) {
  const Graph graph =
      ImportModel(Model("g (float[2] x, float[2] w = {1, 2}) => (float[2] y) { y = Add (x, w) }"));
  EXPECT_EQ(graph.inputs.size(), 1u);
}

TEST(Import, NamesOfNodesAreMadeUnique) {
  onnx::ModelProto model =
      Model("g (float[2] x) => (float[2] y) { a = Relu (x) b = Neg (a) y = Abs (b) }");
  for (onnx::NodeProto& node : *model.mutable_graph()->mutable_node()) node.set_name("same\n");
  const Graph graph = ImportModel(model);
  EXPECT_EQ(graph.nodes[0].name, "same ");
  EXPECT_EQ(graph.nodes[1].name, "same _1");
  EXPECT_EQ(graph.nodes[2].name, "same _2");
}

TEST(Import, OldOpsetsWhereOperatorsAreTheSame) {
  EXPECT_EQ(ImportModel(Model("<ir_version: 3, opset_import: [\"\" : 6]>\n"
                              "g (float[2] x) => (float[2] y) { y = Elu (x) }"))
                .nodes[0]
                .opset,
            7);
  EXPECT_EQ(ErrorOf(Model("<ir_version: 3, opset_import: [\"\" : 6]>\n"
                          "g (float[2] x) => (float[2] y) { y = Add (x, x) }")),
            "node 'Add_0' (Add): the operator of opset 6 is not supported: export the model with "
            "opset 7 or later");
}

class ExternalData : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) / "external_data_test";
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "model" / "weights");
    Write(folder_ / "model" / "weights" / "w.bin");
    Write(folder_ / "secret.bin");
    model_ = Model("g (float[2] x) => (float[2] y) <float[2] w = {0, 0}> { y = Add (x, w) }");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static void Write(const std::filesystem::path& path) {
    const float values[] = {1, 2, 3, 4};
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(values), sizeof(values));
  }

  const onnx::ModelProto& At(const std::string& location, const std::string& offset,
                             const std::string& length) {
    onnx::TensorProto* tensor = model_.mutable_graph()->mutable_initializer(0);
    tensor->clear_float_data();
    tensor->clear_external_data();
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    const std::pair<const char*, std::string> entries[] = {
        {"location", location}, {"offset", offset}, {"length", length}};
    for (const auto& [key, value] : entries) {
      if (value.empty()) continue;
      onnx::StringStringEntryProto* entry = tensor->add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
    return model_;
  }
  std::string Error(const std::string& location, const std::string& offset = "",
                    const std::string& length = "8") {
    return ErrorOf(At(location, offset, length), {}, folder_ / "model");
  }

  std::filesystem::path folder_;
  onnx::ModelProto model_;
};

TEST_F(ExternalData, IsRead) {
  const Graph graph = ImportModel(At("weights/w.bin", "4", "8"), {}, nullptr, folder_ / "model");
  EXPECT_EQ(OutputsOf(graph, {Floats({2}, {0, 0})})[0], Floats({2}, {2, 3}));
  // As a file beside it.
  std::ofstream(folder_ / "model" / "m.onnx", std::ios::binary)
      << At("weights/w.bin", "8", "").SerializeAsString();
  EXPECT_EQ(OutputsOf(Import(folder_ / "model" / "m.onnx"), {Floats({2}, {0, 0})})[0],
            Floats({2}, {3, 4}));
}

TEST_F(ExternalData, StaysBelowTheFolder) {
  EXPECT_EQ(Error("../secret.bin"),
            "initializer 'w': external data '../secret.bin' is not a path below the model's "
            "folder");
  EXPECT_TRUE(Contains(Error("weights/../../secret.bin"), "is not a path below"));
  EXPECT_TRUE(Contains(Error((folder_ / "secret.bin").string()), "is not a path below"));
  EXPECT_TRUE(Contains(Error(""), "is not a path below"));
  EXPECT_TRUE(Contains(Error(std::string("weights/w.bin\0x", 15)), "is not a path below"));
  std::filesystem::create_symlink(folder_ / "secret.bin", folder_ / "model" / "link.bin");
  EXPECT_TRUE(Contains(Error("link.bin"), "leads out of the model's folder"));
  std::filesystem::create_directory_symlink(folder_, folder_ / "model" / "up");
  EXPECT_TRUE(Contains(Error("up/secret.bin"), "leads out of the model's folder"));
  EXPECT_TRUE(Contains(Error("weights"), "is not a file"));
  EXPECT_TRUE(Contains(Error("weights/missing.bin"), "cannot be found"));
  EXPECT_TRUE(Contains(ErrorOf(At("weights/w.bin", "", "8")), "external data is not allowed here"));
}

TEST_F(ExternalData, StaysWithinTheFile) {
  EXPECT_TRUE(Contains(Error("weights/w.bin", "17"), "begins behind the end"));
  EXPECT_TRUE(Contains(Error("weights/w.bin", "12"), "ends behind the end"));
  EXPECT_TRUE(Contains(Error("weights/w.bin", "18446744073709551615"), "begins behind the end"));
  EXPECT_TRUE(Contains(Error("weights/w.bin", "8", "18446744073709551615"), "ends behind the end"));
  EXPECT_TRUE(Contains(Error("weights/w.bin", "-1"), "'-1' is not a number"));
  EXPECT_TRUE(Contains(Error("weights/w.bin", "", "4"), "has 4 bytes, its type 8"));
}

}  // namespace
}  // namespace zkvm::compiler
