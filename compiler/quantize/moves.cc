#include "compiler/quantize/moves.h"

#include <algorithm>
#include <numeric>
#include <string>

namespace zkvm::compiler {
namespace {

// One move: the node with its types and constants.
class Move {
 public:
  Move(Lowering& lowering, const Graph& graph, const Node& node, std::span<const View> inputs)
      : lowering_(lowering), graph_(graph), node_(node), inputs_(inputs), x_(inputs[0]) {}

  std::vector<View> Run() {
    if (node_.op == "Split") return Split();
    return {One()};
  }

 private:
  View One() {
    const std::string& op = node_.op;
    if (op == "Transpose") return Transpose();
    if (op == "Slice") return Slice();
    if (op == "Concat") return lowering_.Concat(inputs_, Axis(node_.Int("axis", 0)));
    if (op == "Expand") return lowering_.Expand(x_, Result());
    if (op == "Pad") return Pad();
    if (op == "Gather") return Gather();
    if (op == "Tile") return Tile();
    if (op == "DepthToSpace" || op == "SpaceToDepth") return Blocks();
    // Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout
    return lowering_.Reshape(x_, Result());
  }

  const Shape& Result() const { return graph_.At(node_.outputs[0]).type.shape; }
  const Shape& Input() const { return graph_.At(node_.inputs[0]).type.shape; }
  size_t Rank() const { return Input().size(); }
  size_t Axis(int64_t axis) const {
    return static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(Rank()) : axis);
  }

  // The constant input `k`, or the attribute of earlier opsets.
  std::vector<int64_t> Numbers(size_t k, std::string_view attribute,
                               std::vector<int64_t> otherwise = {}) const {
    if (node_.HasInput(k)) return graph_.At(node_.inputs[k]).constant->ToInt64s();
    return node_.Ints(attribute, std::move(otherwise));
  }

  View Transpose() {
    std::vector<int64_t> order(Rank());
    std::iota(order.rbegin(), order.rend(), 0);
    return lowering_.Transpose(x_, node_.Ints("perm", order));
  }

  View Slice() {
    const std::vector<int64_t> starts = Numbers(1, "starts");
    std::vector<int64_t> all(starts.size());
    std::iota(all.begin(), all.end(), 0);
    const std::vector<int64_t> axes = Numbers(3, "axes", all);
    const std::vector<int64_t> steps = Numbers(4, "steps", std::vector<int64_t>(starts.size(), 1));
    View view = x_;
    for (size_t i = 0; i < starts.size(); ++i) {
      const size_t axis = Axis(axes[i]);
      const int64_t extent = Input()[axis];
      int64_t start = starts[i] < 0 ? starts[i] + extent : starts[i];
      start = std::clamp<int64_t>(start, 0, steps[i] < 0 ? extent - 1 : extent);
      view = lowering_.Slice(view, axis, start, steps[i], Result()[axis]);
    }
    return view;
  }

  std::vector<View> Split() {
    const size_t axis = Axis(node_.Int("axis", 0));
    std::vector<View> parts;
    int64_t start = 0;
    for (const ValueId output : node_.outputs) {
      const int64_t extent = graph_.At(output).type.shape[axis];
      parts.push_back(lowering_.Slice(x_, axis, start, 1, extent));
      start += extent;
    }
    return parts;
  }

  View Pad() {
    const std::vector<int64_t> pads = Numbers(1, "pads");
    std::vector<int64_t> all(Rank());
    std::iota(all.begin(), all.end(), 0);
    const std::vector<int64_t> axes = Numbers(3, "", all);
    std::vector<int64_t> begin(Rank(), 0), end(Rank(), 0);
    for (size_t i = 0; i < axes.size(); ++i) {
      begin[Axis(axes[i])] = pads[i];
      end[Axis(axes[i])] = pads[axes.size() + i];
    }
    const std::string mode = node_.String("mode", "constant");
    const bool cuts = std::ranges::any_of(begin, [](int64_t p) { return p < 0; }) ||
                      std::ranges::any_of(end, [](int64_t p) { return p < 0; });
    if (mode == "constant" && !cuts) {
      double value = node_.Float("value", 0);
      if (node_.HasInput(2)) value = graph_.At(node_.inputs[2]).constant->ToDoubles()[0];
      return lowering_.Pad(x_, begin, end, value);
    }
    if (mode == "constant") throw CompileError("padding both adds and cuts");
    View view = x_;
    for (size_t axis = 0; axis < Rank(); ++axis) {
      if (begin[axis] == 0 && end[axis] == 0) continue;
      std::vector<int64_t> indices;
      for (int64_t i = -begin[axis]; i < Input()[axis] + end[axis]; ++i) {
        indices.push_back(PaddedIndex(mode, i, Input()[axis]));
      }
      view = lowering_.Take(view, axis, indices);
    }
    return view;
  }

  static int64_t PaddedIndex(const std::string& mode, int64_t i, int64_t extent) {
    if (mode == "edge") return std::clamp<int64_t>(i, 0, extent - 1);
    if (mode == "wrap") return (i % extent + extent) % extent;
    if (mode != "reflect") throw CompileError("padding of mode '" + mode + "'");
    if (extent == 1) return 0;
    const int64_t period = 2 * (extent - 1);
    i = (i % period + period) % period;
    return std::min(i, period - i);
  }

  View Gather() {
    const size_t axis = Axis(node_.Int("axis", 0));
    std::vector<int64_t> indices = Numbers(1, "");
    for (int64_t& i : indices) {
      if (i < 0) i += Input()[axis];
    }
    const View taken = indices.size() == 1 ? lowering_.Slice(x_, axis, indices[0], 1, 1)
                                           : lowering_.Take(x_, axis, indices);
    return lowering_.Reshape(taken, Result());
  }

  View Tile() {
    View view = x_;
    for (size_t axis = 0; axis < Rank(); ++axis) {
      if (Result()[axis] == Input()[axis]) continue;
      std::vector<int64_t> indices(static_cast<size_t>(Result()[axis]));
      for (size_t i = 0; i < indices.size(); ++i) {
        indices[i] = static_cast<int64_t>(i) % Input()[axis];
      }
      view = lowering_.Take(view, axis, indices);
    }
    return view;
  }

  // DepthToSpace, SpaceToDepth.
  View Blocks() {
    const int64_t b = node_.Int("blocksize", 1);
    const Shape& s = Input();
    Shape split;
    std::vector<int64_t> order;
    if (node_.op == "SpaceToDepth") {
      split = {s[0], s[1], s[2] / b, b, s[3] / b, b};
      order = {0, 3, 5, 1, 2, 4};
    } else if (node_.String("mode", "DCR") == "DCR") {
      split = {s[0], b, b, s[1] / (b * b), s[2], s[3]};
      order = {0, 3, 4, 1, 5, 2};
    } else {
      split = {s[0], s[1] / (b * b), b, b, s[2], s[3]};
      order = {0, 1, 4, 2, 5, 3};
    }
    return lowering_.Reshape(lowering_.Transpose(lowering_.Reshape(x_, split), order), Result());
  }

  Lowering& lowering_;
  const Graph& graph_;
  const Node& node_;
  std::span<const View> inputs_;
  const View& x_;
};

}  // namespace

std::vector<View> LowerMove(Lowering& lowering, const Graph& graph, const Node& node,
                            std::span<const View> inputs) {
  return Move(lowering, graph, node, inputs).Run();
}

}  // namespace zkvm::compiler
