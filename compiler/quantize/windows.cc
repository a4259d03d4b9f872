#include "compiler/quantize/windows.h"

#include <algorithm>
#include <string>
#include <utility>

namespace zkvm::compiler {

TensorWindow WindowOf(const Graph& graph, const Node& node, Shape kernel) {
  const size_t axes = kernel.size();
  const Shape& input = graph.At(node.inputs[0]).type.shape;
  const Shape& output = graph.At(node.outputs[0]).type.shape;
  TensorWindow window;
  window.kernel = std::move(kernel);
  window.strides = node.Ints("strides", Shape(axes, 1));
  window.dilations = node.Ints("dilations", Shape(axes, 1));
  window.pads_begin.assign(axes, 0);
  window.pads_end.assign(axes, 0);
  const std::vector<int64_t> pads = node.Ints("pads", std::vector<int64_t>(2 * axes, 0));
  const std::string automatic = node.String("auto_pad", "NOTSET");
  for (size_t a = 0; a < axes; ++a) {
    const int64_t reach = (output[a + 2] - 1) * window.strides[a] +
                          window.dilations[a] * (window.kernel[a] - 1) + 1 - input[a + 2];
    const int64_t total = std::max<int64_t>(reach, 0);
    int64_t& begin = window.pads_begin[a];
    if (automatic == "SAME_UPPER") {
      begin = total / 2;
    } else if (automatic == "SAME_LOWER") {
      begin = (total + 1) / 2;
    } else if (automatic == "NOTSET" || automatic.empty()) {
      begin = pads[a];
    }
    window.pads_end[a] = std::max<int64_t>(reach - begin, 0);
  }
  return window;
}

}  // namespace zkvm::compiler
