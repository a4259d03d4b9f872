// Which integers stand for the values of a model.
#ifndef ZKVM_COMPILER_QUANTIZE_REPRESENTATION_H_
#define ZKVM_COMPILER_QUANTIZE_REPRESENTATION_H_

#include <optional>
#include <set>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/quantize/distributions.h"
#include "compiler/quantize/layer.h"
#include "precompiles/tensor/descriptor.h"

namespace zkvm::compiler {

// real = scale * lane.
struct Representation {
  tensor::Element element = tensor::Element::kI8;
  double scale = 1;
};

// The range of lanes that values are rounded to: symmetric but for kI8 and kI16, whose least value
// no real number is given.
struct LaneRange {
  double low = 0, high = 0;
  bool operator==(const LaneRange&) const = default;
};
LaneRange RangeOfLanes(tensor::Element element);

// What QuantizeLinear and DequantizeLinear with one scale and one zero point say of the integers:
// real = scale * (q - zero), and the range of q - zero.
struct Rounding {
  double scale = 1, zero = 0;
  LaneRange range;
  bool operator==(const Rounding&) const = default;
};
// Nothing for other nodes.
std::optional<Rounding> RoundingBy(const Graph& graph, const Node& node);
// With the least element that holds all of these integers.
std::optional<Representation> RepresentationOf(const Rounding& rounding);
// A layer that only rounds, as the model's QuantizeLinear and DequantizeLinear say.
bool IsRounding(const Graph& graph, const Layer& layer);

// By ValueId; nothing for values that are no tensors.
//
// Eight bits but for outputs of the model, residuals of sums that no weights multiply, what
// normalizations read, and `wide` values: the product of 30 bits leaves weights the more bits the
// fewer the value has, and tables over sixteen bits are long. A value that is moved, or pooled by
// its maximum, keeps its integers; so do values at all steps of a recurrent layer. Scales of eight
// bits minimize the mean squared error of the samples, so outliers may be clipped. What comes out
// of the model's own DequantizeLinear keeps the model's scale. Scales of results of functions and
// normalizations are powers of 2^(1/4), so that layers share tables.
class Representations {
 public:
  // REQUIRES: all outlive it.
  Representations(const Graph& graph, const std::vector<Layer>& layers,
                  const Distributions& distributions);

  std::vector<std::optional<Representation>> Choose(const std::set<ValueId>& wide) const;

  // Whether the model itself says which integers stand for the value.
  bool IsGiven(ValueId value) const;
  // Whether it can be given sixteen bits, and is not by itself.
  bool CanWiden(ValueId value) const;
  // Values that share their integers with this one have the same root.
  ValueId Root(ValueId value) const;
  const Distribution& DistributionOf(ValueId value) const;

 private:
  // How a value and those that share its integers are used.
  struct Uses {
    Distribution distribution;
    std::optional<Representation> given;  // by the model itself
    bool is_tensor = false;
    bool is_input = false, is_output = false;  // of the graph, or of code
    bool weighted = false;                     // multiplied by weights, or by a value
    bool added = false;                        // a residual of a sum
    bool kernel = false;     // in a product of two values, where both have to be narrow
    bool ordered = false;    // the source of a normalization, or of ArgMax
    bool curved = false;     // a normalization or a function that is no clip makes it
    bool is_scores = false;  // nothing but softmax reads it
    bool is_softmax = false;
  };

  void Unite(ValueId a, ValueId b);
  void FindGiven(const std::vector<Layer>& layers);
  Representation ChooseOne(const Uses& uses, bool wide) const;

  const Graph& graph_;
  std::vector<ValueId> parent_;
  std::vector<Uses> uses_;  // by root
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_REPRESENTATION_H_
