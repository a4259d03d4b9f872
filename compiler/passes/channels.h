// Linear nodes and the constants for each channel that can be folded into them.
#ifndef ZKVM_COMPILER_PASSES_CHANNELS_H_
#define ZKVM_COMPILER_PASSES_CHANNELS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/passes/match.h"

namespace zkvm::compiler {

// y = scale[c] x + shift[c], c the index along one axis; for each channel.
struct ChannelMap {
  ValueId input = kNoValue;
  std::vector<double> scale, shift;
};

// Conv, ConvTranspose, Gemm or MatMul with weights of constant floats, and nothing but these: or
// MatMul and an Add of a constant for each channel.
struct LinearNode {
  int32_t node = -1;
  int32_t add = -1;  // the Add after MatMul, or none
  int64_t axis = 0;  // of channels, in the result
  int64_t channels = 0;
};

// The linear node whose result is `value`, if nothing else reads it or parts of it.
std::optional<LinearNode> LinearBefore(const Graph& graph, const Matcher& matcher, ValueId value);

// The constant's elements for each channel, where it is broadcast along all axes of `shape` but
// `axis`.
std::optional<std::vector<double>> ForEachChannel(const Graph& graph, ValueId constant,
                                                  const Shape& shape, int64_t axis);

// Changes weights and bias such that `linear` computes what the map makes of its result; the result
// keeps its number. Of MatMul without Add, `map.shift` has to be 0 (HasBias).
void Fold(Graph& graph, const LinearNode& linear, const ChannelMap& map);
// Whether a shift can be folded.
bool HasBias(const Graph& graph, const LinearNode& linear);

// Folds all maps that `find` sees in single nodes after linear ones.
using FindMap = std::optional<ChannelMap> (*)(const Graph& graph, const Matcher& matcher,
                                              const Node& node, const LinearNode& linear);
bool FoldMaps(Graph& graph, FindMap find);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_PASSES_CHANNELS_H_
