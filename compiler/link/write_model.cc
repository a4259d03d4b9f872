#include "compiler/link/write_model.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/codegen/guest_object.h"
#include "compiler/link/link.h"
#include "compiler/link/temporary.h"

namespace zkvm::compiler {
namespace {

namespace fs = std::filesystem;

void WriteFile(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw CompileError("cannot write " + path.string());
}

TensorInfo Describe(const Value& value, Visibility visibility) {
  TensorInfo info;
  info.name = value.name;
  info.type = value.type;
  info.model_dtype = value.type.dtype;
  info.dynamic_axis = value.dynamic_axis;
  info.visibility = visibility;
  return info;
}

LayerInfo Describe(const Graph& graph, const Step& step) {
  LayerInfo layer;
  layer.name = step.layer;
  const auto* const code = std::get_if<CodeStep>(&step.what);
  if (code == nullptr) return layer;
  const Node& node = graph.nodes[code->node];
  layer.op = node.op;
  for (const ValueId id : node.inputs) {
    if (id == kNoValue || !graph.At(id).constant) continue;
    layer.weights += static_cast<uint64_t>(graph.At(id).type.elements());
  }
  if (!node.HasOutput(0)) return layer;
  const Type& type = graph.At(node.outputs[0]).type;
  layer.element = NameOf(type.dtype);
  layer.shape = type.shape;
  return layer;
}

}  // namespace

Program ExactProgram(Graph graph) {
  Program program;
  for (uint32_t n = 0; n < graph.nodes.size(); ++n) {
    program.steps.push_back({CodeStep{.node = n}, graph.nodes[n].name});
  }
  program.graph = std::move(graph);
  return program;
}

ModelInfo DescribeProgram(const Program& program,
                          const std::map<std::string, Visibility>& visibility) {
  ModelInfo info;
  const auto visibility_of = [&](const Value& value, Visibility otherwise) {
    const auto found = visibility.find(value.name);
    return found == visibility.end() ? otherwise : found->second;
  };
  for (const ValueId id : program.graph.inputs) {
    const Value& value = program.graph.At(id);
    info.inputs.push_back(Describe(value, visibility_of(value, Visibility::kPrivate)));
  }
  for (const ValueId id : program.graph.outputs) {
    const Value& value = program.graph.At(id);
    info.outputs.push_back(Describe(value, visibility_of(value, Visibility::kPublic)));
  }
  for (const auto& [name, unused] : visibility) {
    const auto is_named = [&name = name](const TensorInfo& tensor) { return tensor.name == name; };
    if (std::none_of(info.inputs.begin(), info.inputs.end(), is_named) &&
        std::none_of(info.outputs.begin(), info.outputs.end(), is_named)) {
      throw CompileError("the model has no input or output '" + name + "'");
    }
  }
  std::map<std::string, uint32_t> layers;
  for (const Step& step : program.steps) {
    const auto [place, is_new] =
        layers.try_emplace(step.layer, static_cast<uint32_t>(info.layers.size()));
    if (is_new) info.layers.push_back(Describe(program.graph, step));
    StepInfo& described = info.steps.emplace_back();
    described.layer = place->second;
    described.value = step.value;
    described.scale = step.scale;
    if (const auto* const call = std::get_if<TensorCall>(&step.what)) {
      described.descriptor = call->descriptor;
    }
  }
  return info;
}

ModelSize WriteModel(const Program& program, ModelInfo& info, std::span<const fs::path> objects,
                     const fs::path& output) {
  const GuestObject model = EmitGuestObject(program, info.inputs, info.outputs);
  if (info.steps.size() != program.steps.size()) {
    throw CompileError("the description of the steps is not that of the program");
  }
  for (size_t s = 0; s < info.steps.size(); ++s) info.steps[s].function = model.functions[s];

  const TemporaryDirectory directory;
  if (directory.path().empty()) throw CompileError("cannot make a temporary directory");
  // The model comes first: descriptors have the numbers that `info` says.
  std::vector<fs::path> all = {directory.path() / "model.o", directory.path() / "info.o"};
  WriteFile(all[0], model.elf);
  WriteFile(all[1], EmitInfoObject(ToJson(info)));
  all.insert(all.end(), objects.begin(), objects.end());
  LinkModel(all, output);
  return {.arena_bytes = model.arena_bytes, .constant_bytes = model.constant_bytes};
}

}  // namespace zkvm::compiler
