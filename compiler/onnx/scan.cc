// Scan (onnx/docs/Operators.md): the lengths of sequences are static, so it is unrolled.
#include <algorithm>
#include <utility>

#include "compiler/onnx/importer.h"

namespace zkvm::compiler {

Importer::ScanResult Importer::RunScan(Call& call, const onnx::GraphProto& body,
                                       std::vector<Item> state,
                                       const std::vector<std::vector<ValueId>>& sequences,
                                       size_t steps, const std::string& prefix) {
  if (body.output_size() < static_cast<int>(state.size())) {
    Fail(call.node, "its graph has fewer outputs than state variables");
  }
  ScanResult result;
  const size_t scans = static_cast<size_t>(body.output_size()) - state.size();
  result.outputs.resize(scans);
  for (size_t step = 0; step < steps; ++step) {
    builder_.CountStep(call.node);
    std::vector<Item> inputs = state;
    for (const std::vector<ValueId>& sequence : sequences) {
      inputs.push_back(Item::Tensor(sequence[step]));
    }
    std::string name = prefix;
    name.append("/").append(std::to_string(step)).append("/");
    std::vector<Item> outputs = Inline(call, body, inputs, name);
    for (size_t k = 0; k < scans; ++k) {
      const Item& output = outputs[state.size() + k];
      if (!output.IsTensor()) Fail(call.node, "an output of its graph is not a tensor");
      result.outputs[k].push_back(output.tensor);
    }
    outputs.resize(state.size());
    state = std::move(outputs);
  }
  result.state = std::move(state);
  for (size_t k = 0; k < scans && steps > 0; ++k) {
    result.types.push_back(builder_.At(result.outputs[k][0]).type);
  }
  return result;
}

std::vector<Item> Importer::Scan(Call& call) {
  if (call.node.opset < 9) return Scan8(call);
  const onnx::GraphProto& body = call.Body("body");
  const int64_t count = call.Int("num_scan_inputs", 0);
  if (count < 1 || count > std::ssize(call.inputs)) {
    Fail(call.node, "'num_scan_inputs' is " + std::to_string(count) + " of " +
                        std::to_string(call.inputs.size()) + " inputs");
  }
  const size_t sequences = static_cast<size_t>(count);
  const size_t states = call.inputs.size() - sequences;
  const auto listed = [&](const char* name, size_t size) {
    std::vector<int64_t> values = call.Ints(name);
    if (values.empty()) values.resize(size);
    if (values.size() != size) {
      Fail(call.node, std::string("'").append(name).append("' has the wrong length"));
    }
    return values;
  };
  const std::vector<int64_t> axes = listed("scan_input_axes", sequences);
  const std::vector<int64_t> directions = listed("scan_input_directions", sequences);

  // Elements by sequence and step.
  std::vector<std::vector<ValueId>> elements(sequences);
  int64_t steps = 0;
  std::vector<Type> element_types;
  for (size_t k = 0; k < sequences; ++k) {
    const ValueId tensor = call.Tensor(states + k);
    Type type = builder_.At(tensor).type;
    const int64_t rank = static_cast<int64_t>(type.shape.size());
    const int64_t axis = axes[k] < 0 ? axes[k] + rank : axes[k];
    if (axis < 0 || axis >= rank) Fail(call.node, "'scan_input_axes' is out of range");
    const int64_t length = type.shape[static_cast<size_t>(axis)];
    if (k > 0 && length != steps) Fail(call.node, "its sequences differ in length");
    steps = length;
    for (int64_t i = 0; i < length; ++i) {
      builder_.CountStep(call.node);
      elements[k].push_back(Slice(call, tensor, axis, directions[k] != 0 ? length - 1 - i : i));
    }
    type.shape.erase(type.shape.begin() + axis);
    element_types.push_back(std::move(type));
  }

  std::vector<Item> state(call.inputs.begin(),
                          call.inputs.begin() + static_cast<std::ptrdiff_t>(states));
  std::vector<Item> inputs = state;
  ScanResult result =
      RunScan(call, body, std::move(state), elements, static_cast<size_t>(steps), call.node.name);
  const size_t scans = result.outputs.size();
  if (steps == 0 && scans > 0) {
    for (const Type& type : element_types) {
      const std::optional<int64_t> bytes = CheckedBytes(type.dtype, type.shape);
      if (!bytes || *bytes > reader_.max_bytes) Fail(call.node, "its elements are too large");
      inputs.push_back(Item::Tensor(builder_.AddConstant(
          "", Literal(type, std::vector<uint8_t>(static_cast<size_t>(*bytes))))));
    }
    const std::vector<Type> all = OutputTypes(call, body, inputs);
    result.types.assign(all.end() - static_cast<std::ptrdiff_t>(scans), all.end());
  }
  const std::vector<int64_t> output_axes = listed("scan_output_axes", scans);
  const std::vector<int64_t> output_directions = listed("scan_output_directions", scans);
  for (size_t k = 0; k < scans; ++k) {
    std::vector<ValueId>& outputs = result.outputs[k];
    if (output_directions[k] != 0) std::reverse(outputs.begin(), outputs.end());
    result.state.push_back(Item::Tensor(
        Stack(call, outputs, output_axes[k], result.types[k], call.node.name + "/scan")));
  }
  return std::move(result.state);
}

// Of opset 8: the first axis of everything is the batch, the second one of sequences the time.
std::vector<Item> Importer::Scan8(Call& call) {
  const onnx::GraphProto& body = call.Body("body");
  const int64_t count = call.Int("num_scan_inputs", 0);
  if (count < 1 || count > std::ssize(call.inputs) - 1) {
    Fail(call.node, "'num_scan_inputs' is " + std::to_string(count));
  }
  const size_t sequences = static_cast<size_t>(count);
  const size_t states = call.inputs.size() - 1 - sequences;
  std::vector<int64_t> directions = call.Ints("directions");
  if (directions.empty()) directions.resize(sequences);
  if (directions.size() != sequences) Fail(call.node, "'directions' has the wrong length");

  const Shape& first = builder_.At(call.Tensor(1 + states)).type.shape;
  if (first.size() < 2) Fail(call.node, "its sequences need a batch and a time axis");
  const int64_t batch = first[0], steps = first[1];
  if (batch < 1 || steps < 1) Fail(call.node, "batches and sequences without elements");
  for (size_t k = 0; k < states + sequences; ++k) {
    const Shape& shape = builder_.At(call.Tensor(1 + k)).type.shape;
    if (shape.empty() || shape[0] != batch ||
        (k >= states && (shape.size() < 2 || shape[1] != steps))) {
      Fail(call.node, "its inputs differ in the extents of batch and time");
    }
  }
  if (call.Has(0)) {
    const Literal* lengths = builder_.ConstantOf(call.Tensor(0));
    if (lengths == nullptr) Fail(call.node, "'sequence_lens' has to be constant");
    for (const int64_t length : lengths->ToInt64s()) {
      if (length != steps) Fail(call.node, "sequences of different lengths are not supported");
    }
  }

  // By output, then batch.
  std::vector<std::vector<ValueId>> outputs(static_cast<size_t>(body.output_size()));
  for (int64_t b = 0; b < batch; ++b) {
    std::vector<Item> state;
    for (size_t k = 0; k < states; ++k) {
      state.push_back(Item::Tensor(Slice(call, call.Tensor(1 + k), 0, b)));
    }
    std::vector<std::vector<ValueId>> elements(sequences);
    for (size_t k = 0; k < sequences; ++k) {
      const ValueId sequence = Slice(call, call.Tensor(1 + states + k), 0, b);
      for (int64_t i = 0; i < steps; ++i) {
        builder_.CountStep(call.node);
        elements[k].push_back(Slice(call, sequence, 0, directions[k] != 0 ? steps - 1 - i : i));
      }
    }
    std::string prefix = call.node.name;
    prefix.append("/batch").append(std::to_string(b));
    const ScanResult result =
        RunScan(call, body, std::move(state), elements, static_cast<size_t>(steps), prefix);
    for (size_t k = 0; k < states; ++k) {
      if (!result.state[k].IsTensor()) Fail(call.node, "a state variable is not a tensor");
      outputs[k].push_back(result.state[k].tensor);
    }
    for (size_t k = 0; k < result.outputs.size(); ++k) {
      outputs[states + k].push_back(
          Stack(call, result.outputs[k], 0, result.types[k], prefix + "/scan"));
    }
  }
  std::vector<Item> results;
  for (const std::vector<ValueId>& output : outputs) {
    results.push_back(Item::Tensor(
        Stack(call, output, 0, builder_.At(output[0]).type, call.node.name + "/batches")));
  }
  return results;
}

}  // namespace zkvm::compiler
