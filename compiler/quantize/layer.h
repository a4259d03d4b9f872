// A graph as layers: which nodes become one operation of the tensor unit, and which become code.
//
// A layer that is a sum of products with constants takes in what follows of biases, residuals,
// factors and one function of one variable (passes/univariate.h); the others take in a function.
#ifndef ZKVM_COMPILER_QUANTIZE_LAYER_H_
#define ZKVM_COMPILER_QUANTIZE_LAYER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/passes/univariate.h"

namespace zkvm::compiler {

// A term of a sum, in real numbers.
struct LayerTerm {
  enum class Kind : uint8_t {
    kConv,      // of x with weights; `node` says how
    kDense,     // x [..., K] times weights [K, O]
    kEmbed,     // rows `x` (integers) of weights [V, O]
    kMatMul,    // factor x y, of two values
    kAdd,       // factor x, a value
    kConstant,  // weights, a tensor that broadcasts to the result
    kAffine,    // weights[c] x, c the index along `axis`: the only term then
  };
  Kind kind = Kind::kAdd;
  ValueId x = kNoValue, y = kNoValue;
  std::vector<float> weights;
  Shape shape;        // of weights
  int32_t node = -1;  // kConv: the node
  size_t axis = 0;    // kAffine
  double factor = 1;
};

struct Layer {
  enum class Kind : uint8_t {
    kLinear,   // terms, bias
    kBinary,   // Add, Sub, Mul, Max, Min of two values
    kMap,      // the function alone
    kSoftmax,  // along the last axis; `causal`
    kNorm,     // LayerNormalization, RMSNormalization without scale and bias
    kPool,     // windows, and means over axes
    kMove,     // the same elements elsewhere
    kArgmax,
    kCode,
  };
  Kind kind = Kind::kCode;
  std::vector<int32_t> nodes;  // ascending; the last one computes `outputs`
  int32_t node = -1;           // the one whose attributes matter
  std::vector<ValueId> outputs;
  std::vector<LayerTerm> terms;   // kLinear
  std::vector<float> bias;        // kLinear: empty, or one for each channel or last-axis element
  std::optional<int64_t> causal;  // kSoftmax: element j of row i counts for j <= i + causal
  bool masked = false;            // kLinear: scores from which a causal mask was taken
  std::optional<Univariate> function;
  std::string reason;  // kCode: why

  ValueId output() const { return outputs.front(); }
};

// The layers of a graph in an order in which they can run. Every node that is not a constant's is
// in exactly one.
std::vector<Layer> FindLayers(const Graph& graph);

// "Conv + Add + Relu"
std::string OperatorsOf(const Graph& graph, const Layer& layer);

// The values that the layer reads as tensors (kCode: none).
std::vector<ValueId> TensorInputs(const Graph& graph, const Layer& layer);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_LAYER_H_
