#include "compiler/data/info.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "compiler/data/elf_file.h"
#include "compiler/data/one_line.h"

namespace zkvm::compiler {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const TensorInfo& tensor) {
  Json json = {{"name", tensor.name},
               {"dtype", NameOf(tensor.type.dtype)},
               {"shape", tensor.type.shape},
               {"model_dtype", NameOf(tensor.model_dtype)},
               {"visibility", NameOf(tensor.visibility)}};
  if (tensor.scale != 0) json["scale"] = tensor.scale;
  if (tensor.dynamic_axis >= 0) json["dynamic_axis"] = tensor.dynamic_axis;
  return json;
}

Json ToJson(const LayerInfo& layer) {
  Json json = {{"name", layer.name},
               {"op", layer.op},
               {"element", layer.element},
               {"shape", layer.shape},
               {"scale", layer.scale},
               {"weights", layer.weights},
               {"weight_bits", layer.weight_bits}};
  if (layer.error) json["error"] = *layer.error;
  if (layer.max_difference) json["max_difference"] = *layer.max_difference;
  if (layer.saturation) json["saturation"] = *layer.saturation;
  if (layer.equal) json["equal"] = *layer.equal;
  if (!layer.note.empty()) json["note"] = layer.note;
  return json;
}

Json ToJson(const StepInfo& step) {
  Json json = {{"layer", step.layer}};
  if (step.descriptor) json["descriptor"] = *step.descriptor;
  if (!step.function.empty()) json["function"] = step.function;
  if (!step.value.empty()) {
    json["value"] = step.value;
    json["scale"] = step.scale;
  }
  return json;
}

template <class T>
Json ListOf(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(ToJson(item));
  return list;
}

DType ParseDType(const std::string& name) {
  for (int i = 1; i <= static_cast<int>(DType::kBfloat16); ++i) {
    const auto dtype = static_cast<DType>(i);
    if (ByteSize(dtype) != 0 && name == NameOf(dtype)) return dtype;
  }
  throw CompileError(fmt::format("'{}' is no element type", OneLine(name)));
}

Visibility ParseVisibility(const std::string& name) {
  for (const Visibility v : {Visibility::kPrivate, Visibility::kPublic, Visibility::kHash}) {
    if (name == NameOf(v)) return v;
  }
  throw CompileError(fmt::format("'{}' is no visibility", OneLine(name)));
}

// Numbers that are converted silently otherwise.
template <class T>
T Integer(const Json& json) {
  if (json.is_number_unsigned() && std::in_range<T>(json.get<uint64_t>())) {
    return static_cast<T>(json.get<uint64_t>());
  }
  if (json.is_number_integer() && !json.is_number_unsigned() &&
      std::in_range<T>(json.get<int64_t>())) {
    return static_cast<T>(json.get<int64_t>());
  }
  throw CompileError("a number is no integer or out of range");
}

template <class T>
T Integer(const Json& json, const char* name, T otherwise) {
  return json.contains(name) ? Integer<T>(json.at(name)) : otherwise;
}

std::optional<double> OptionalDouble(const Json& json, const char* name) {
  if (!json.contains(name) || json.at(name).is_null()) return std::nullopt;
  return json.at(name).get<double>();
}

float Scale(const Json& json) {
  const double scale = json.value("scale", 0.0);
  if (!(scale >= 0 && scale <= double{std::numeric_limits<float>::max()})) {
    throw CompileError("a scale is out of range");
  }
  return static_cast<float>(scale);
}

Shape ParseShape(const Json& json) {
  Shape shape;
  for (const Json& extent : json) shape.push_back(Integer<int64_t>(extent));
  constexpr uint64_t kMostElements = uint64_t{1} << 32;
  uint64_t count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0 || static_cast<uint64_t>(extent) > kMostElements) {
      throw CompileError("a shape is out of range");
    }
    count *= static_cast<uint64_t>(extent == 0 ? 1 : extent);
    if (count > kMostElements) throw CompileError("a shape is out of range");
  }
  return shape;
}

TensorInfo ParseTensor(const Json& json) {
  TensorInfo tensor;
  tensor.name = json.at("name").get<std::string>();
  tensor.type = {ParseDType(json.at("dtype").get<std::string>()), ParseShape(json.at("shape"))};
  tensor.model_dtype = ParseDType(json.at("model_dtype").get<std::string>());
  tensor.visibility = ParseVisibility(json.at("visibility").get<std::string>());
  tensor.scale = Scale(json);
  tensor.dynamic_axis = Integer<int>(json, "dynamic_axis", -1);
  if (tensor.dynamic_axis < -1 ||
      tensor.dynamic_axis >= static_cast<int>(tensor.type.shape.size())) {
    throw CompileError("a dynamic axis is out of range");
  }
  return tensor;
}

LayerInfo ParseLayer(const Json& json) {
  LayerInfo layer;
  layer.name = json.at("name").get<std::string>();
  layer.op = json.at("op").get<std::string>();
  layer.element = json.at("element").get<std::string>();
  layer.shape = ParseShape(json.at("shape"));
  layer.weights = Integer<uint64_t>(json.at("weights"));
  layer.scale = json.value("scale", 0.0);
  layer.weight_bits = Integer<int>(json, "weight_bits", 0);
  layer.error = OptionalDouble(json, "error");
  layer.max_difference = OptionalDouble(json, "max_difference");
  layer.saturation = OptionalDouble(json, "saturation");
  layer.equal = OptionalDouble(json, "equal");
  layer.note = json.value("note", "");
  return layer;
}

StepInfo ParseStep(const Json& json, size_t layers) {
  StepInfo step;
  step.layer = Integer<uint32_t>(json.at("layer"));
  if (step.layer >= layers) throw CompileError("a step belongs to no layer");
  if (json.contains("descriptor")) step.descriptor = Integer<uint32_t>(json.at("descriptor"));
  step.function = json.value("function", "");
  step.value = json.value("value", "");
  step.scale = json.value("scale", 0.0);
  return step;
}

ModelInfo Parse(const Json& json) {
  if (Integer<int>(json.at("version")) != kInfoVersion) {
    throw CompileError(
        "it was written by another version of the compiler: compile the model again");
  }
  ModelInfo info;
  info.compiler_version = json.value("compiler_version", "");
  info.source = json.at("source").get<std::string>();
  info.source_blake3 = json.at("source_blake3").get<std::string>();
  for (const auto& [name, extent] : json.at("dims").items()) {
    info.dims[name] = Integer<int64_t>(extent);
  }
  for (const Json& tensor : json.at("inputs")) info.inputs.push_back(ParseTensor(tensor));
  for (const Json& tensor : json.at("outputs")) info.outputs.push_back(ParseTensor(tensor));
  for (const Json& layer : json.at("layers")) info.layers.push_back(ParseLayer(layer));
  for (const Json& step : json.at("steps")) {
    info.steps.push_back(ParseStep(step, info.layers.size()));
  }
  if (json.contains("calibration")) {
    const Json& calibration = json.at("calibration");
    // JSON has no infinity: an output that overflows is null.
    info.calibration = {Integer<uint32_t>(calibration.at("samples")),
                        calibration.at("target_error").get<double>(),
                        OptionalDouble(calibration, "output_error")
                            .value_or(std::numeric_limits<double>::infinity()),
                        calibration.value("agreement", 1.0)};
  }
  info.warnings = json.at("warnings").get<std::vector<std::string>>();
  info.own_preprocess = json.value("own_preprocess", false);
  info.own_postprocess = json.value("own_postprocess", false);
  info.own_main = json.value("own_main", false);
  return info;
}

}  // namespace

const char* NameOf(Visibility visibility) {
  switch (visibility) {
    case Visibility::kPrivate:
      return "private";
    case Visibility::kPublic:
      return "public";
    case Visibility::kHash:
      return "hash";
  }
  return "private";
}

std::string ToJson(const ModelInfo& info) {
  Json json = {{"version", kInfoVersion},
               {"compiler_version", info.compiler_version},
               {"source", info.source},
               {"source_blake3", info.source_blake3},
               {"dims", info.dims},
               {"inputs", ListOf(info.inputs)},
               {"outputs", ListOf(info.outputs)},
               {"layers", ListOf(info.layers)},
               {"steps", ListOf(info.steps)}};
  if (info.calibration) {
    json["calibration"] = {{"samples", info.calibration->samples},
                           {"target_error", info.calibration->target_error},
                           {"output_error", info.calibration->output_error},
                           {"agreement", info.calibration->agreement}};
  }
  json["warnings"] = info.warnings;
  json["own_preprocess"] = info.own_preprocess;
  json["own_postprocess"] = info.own_postprocess;
  json["own_main"] = info.own_main;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ModelInfo ParseInfo(std::string_view text) {
  try {
    return Parse(Json::parse(text));
  } catch (const nlohmann::json::exception&) {
    throw CompileError(
        fmt::format("the section {} is damaged: compile the model again", kInfoSection));
  } catch (const CompileError& error) {
    throw CompileError(fmt::format("the section {}: {}", kInfoSection, error.what()));
  }
}

std::optional<ModelInfo> ReadInfo(std::span<const uint8_t> elf) {
  const auto section = ElfFile(elf).Section(kInfoSection);
  if (!section) return std::nullopt;
  return ParseInfo({reinterpret_cast<const char*>(section->data()), section->size()});
}

}  // namespace zkvm::compiler
