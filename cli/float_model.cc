#include "cli/float_model.h"

#include <algorithm>

#include "cli/failure.h"
#include "cli/numbers.h"
#include "compiler/data/tensors.h"
#include "compiler/onnx/import.h"
#include "stark/hash/blake3.h"

namespace zkvm {

using compiler::Literal;
using compiler::ValueId;

FloatModel::FloatModel(const std::string& path, const compiler::ModelInfo& info) : info_(info) {
  try {
    if (Hex(Blake3Hash(compiler::ReadBytes(path))) != info.source_blake3) {
      throw Failure(ExitCode::kCannot, "{} is not the file that the program was compiled from",
                    path);
    }
    compiler::ImportOptions options;
    options.dimensions = info.dims;
    graph_ = compiler::Import(path, options);
  } catch (const compiler::CompileError& error) {
    throw Failure(ExitCode::kCannot, "{}", error.what());
  }
  kept_ = std::make_unique<bool[]>(graph_.values.size());
  const auto keep = [&](std::string_view name) {
    const ValueId id = Find(name);
    if (id != compiler::kNoValue) kept_[static_cast<size_t>(id)] = true;
    return id;
  };
  for (const ValueId input : graph_.inputs) {
    const auto found =
        std::ranges::find(info.inputs, graph_.At(input).name, &compiler::TensorInfo::name);
    if (found == info.inputs.end()) {
      throw Failure(ExitCode::kCannot, "{}: the program has no input '{}'", path,
                    graph_.At(input).name);
    }
    input_order_.push_back(static_cast<size_t>(found - info.inputs.begin()));
  }
  for (const compiler::TensorInfo& output : info.outputs) outputs_.push_back(keep(output.name));
  for (const compiler::StepInfo& step : info.steps) {
    steps_.push_back(step.value.empty() ? compiler::kNoValue : keep(step.value));
  }
}

ValueId FloatModel::Find(std::string_view name) const {
  for (const ValueId id : graph_.outputs) {
    if (graph_.At(id).name == name) return id;
  }
  const auto found = std::ranges::find(graph_.values, name, &compiler::Value::name);
  return found == graph_.values.end() ? compiler::kNoValue
                                      : static_cast<ValueId>(found - graph_.values.begin());
}

FloatModel::Values FloatModel::Run(compiler::Evaluator& evaluator,
                                   std::span<const Literal> inputs) const {
  std::vector<Literal> ordered;
  for (const size_t i : input_order_) ordered.push_back(inputs[i]);
  const std::vector<Literal> values =
      evaluator.RunGraph(graph_, ordered, {kept_.get(), graph_.values.size()});
  const auto select = [&](const std::vector<ValueId>& ids) {
    std::vector<Literal> selected;
    for (const ValueId id : ids) {
      selected.push_back(id == compiler::kNoValue ? Literal() : values[static_cast<size_t>(id)]);
    }
    return selected;
  };
  return {select(outputs_), select(steps_)};
}

}  // namespace zkvm
