// What a compiled model says of itself: JSON there and back, and the header for the user's code.
#include "compiler/data/info.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "compiler/data/elf_file.h"
#include "compiler/data/model_header.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

ModelInfo Example() {
  ModelInfo info;
  info.compiler_version = "1";
  info.source = "digits.onnx";
  info.source_blake3 = std::string(64, 'a');
  info.dims = {{"batch", 1}};
  info.inputs = {
      {"image", {DType::kInt8, {1, 1, 8, 8}}, DType::kFloat, 0.0078125F, -1, Visibility::kHash}};
  info.outputs = {
      {"logits", {DType::kInt16, {1, 10}}, DType::kFloat, 0.1F, -1, Visibility::kPublic},
      {"boxes", {DType::kInt64, {20, 3}}, DType::kInt64, 0, 0, Visibility::kPrivate}};
  LayerInfo layer{"conv1", "Conv + Relu", "i8", {1, 16, 8, 8}, 0.02,         160,
                  12,      0.001,         0.6,  0.0,           std::nullopt, "a note"};
  LayerInfo code;
  code.name = "select";
  code.op = "NonMaxSuppression";
  code.element = "int64";
  code.shape = {20, 3};
  info.layers = {layer, code};
  info.steps = {{0, 0, "", "relu1", 0.02}, {1, std::nullopt, "zkvm_node_1", "", 0}};
  info.calibration = Calibration{100, 0.01, 0.002, 0.99};
  info.warnings = {"conv1 saturates"};
  info.own_preprocess = true;
  return info;
}

TEST(InfoTest, JsonThereAndBack) {
  const std::string json = ToJson(Example());
  const ModelInfo info = ParseInfo(json);
  EXPECT_EQ(ToJson(info), json);
  EXPECT_EQ(info.inputs[0].type, (Type{DType::kInt8, {1, 1, 8, 8}}));
  EXPECT_EQ(info.inputs[0].scale, 0.0078125F);
  EXPECT_EQ(info.outputs[0].scale, 0.1F);
  EXPECT_EQ(info.outputs[1].dynamic_axis, 0);
  EXPECT_EQ(info.layers[0].max_difference, 0.6);
  EXPECT_EQ(info.layers[1].error, std::nullopt);
  EXPECT_EQ(info.steps[0].descriptor, 0U);
  EXPECT_EQ(info.steps[1].function, "zkvm_node_1");
  EXPECT_TRUE(info.quantized());
  EXPECT_TRUE(info.own_preprocess);
}

TEST(InfoTest, ErrorsMayBeInfinite) {
  ModelInfo info = Example();
  info.calibration->output_error = std::numeric_limits<double>::infinity();
  EXPECT_EQ(ParseInfo(ToJson(info)).calibration->output_error, info.calibration->output_error);
}

TEST(InfoTest, RefusesWhatIsDamaged) {
  const std::string good = ToJson(Example());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    try {
      ParseInfo(text);
    } catch (const CompileError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(with("\"version\":1", "\"version\":2").find("another version"), std::string::npos);
  EXPECT_NE(with("\"int8\"", "\"string\"").find("no element type"), std::string::npos);
  EXPECT_NE(with("\"hash\"", "\"secret\"").find("no visibility"), std::string::npos);
  EXPECT_NE(with("[1,1,8,8]", "[1,-1,8,8]").find("shape"), std::string::npos);
  EXPECT_NE(with("[1,1,8,8]", "[9223372036854775807,9223372036854775807]").find("shape"),
            std::string::npos);
  EXPECT_NE(with("[1,1,8,8]", "[1.5]"), "no error");
  EXPECT_NE(with("\"layer\":1", "\"layer\":2").find("no layer"), std::string::npos);
  EXPECT_NE(with("\"dynamic_axis\":0", "\"dynamic_axis\":2").find("axis"), std::string::npos);
  EXPECT_NE(with("{\"version\"", "[\"version\""), "no error");
  EXPECT_THROW(ParseInfo(""), CompileError);
}

TEST(InfoTest, FilesWithoutTheSection) {
  EXPECT_EQ(ReadInfo({}), std::nullopt);
  const std::string text =
      "\x7f"
      "ELF and nothing else, but long enough to hold a header of it";
  EXPECT_EQ(ReadInfo({reinterpret_cast<const uint8_t*>(text.data()), text.size()}), std::nullopt);
}

TEST(ModelHeaderTest, DeclaresTensors) {
  const std::string header = ModelHeader(Example());
  EXPECT_NE(header.find("inline constexpr Input<0, int8_t, 1, 1, 8, 8> image{0.0078125F};"),
            std::string::npos)
      << header;
  EXPECT_NE(header.find("inline constexpr Output<0, int16_t, 1, 10> logits{0.1F};"),
            std::string::npos)
      << header;
  EXPECT_NE(header.find("inline constexpr Output<1, int64_t, 20, 3> boxes;"), std::string::npos)
      << header;
}

// Names of ONNX are any text.
TEST(ModelHeaderTest, MakesNamesOfAnyText) {
  ModelInfo info = Example();
  const auto name_of = [&](const std::string& name) {
    info.outputs[0].name = name;
    const std::string header = ModelHeader(info);
    const size_t at = header.find("Output<0, int16_t, 1, 10> ") + 26;
    return header.substr(at, header.find('{', at) - at);
  };
  EXPECT_EQ(name_of("dense/1:0"), "dense_1_0");
  EXPECT_EQ(name_of("3"), "t3");
  EXPECT_EQ(name_of("class"), "class_");
  EXPECT_EQ(name_of(""), "t");
  EXPECT_EQ(name_of("*/ #include \\\n"), "include");
  info.outputs[1].name = "x.y";
  EXPECT_EQ(name_of("x y"), "x_y");
  EXPECT_NE(ModelHeader(info).find(" x_y2;"), std::string::npos);
  for (const std::string name : {"a\nb", "a\\\n"}) {
    info.outputs[0].name = name;
    EXPECT_EQ(ModelHeader(info).find(name), std::string::npos);
  }
  info.outputs[0].scale = 1e-5F;
  EXPECT_NE(ModelHeader(info).find("e-05F}"), std::string::npos) << ModelHeader(info);
  info.outputs[0].scale = 2;
  EXPECT_NE(ModelHeader(info).find("{2.0F}"), std::string::npos) << ModelHeader(info);
}

}  // namespace
}  // namespace zkvm::compiler
