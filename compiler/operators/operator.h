// What a node means: the types of its outputs, and the code that computes them.
//
// Each family of operators is one file with a Register function; registry.cc lists them. Operators
// of all versions since opset 7 share an entry, which looks at Node::opset where versions differ
// (axes that were attributes and became inputs, and the like).
#ifndef ZKVM_COMPILER_OPERATORS_OPERATOR_H_
#define ZKVM_COMPILER_OPERATORS_OPERATOR_H_

#include <map>
#include <string>
#include <string_view>

#include "compiler/codegen/emitter.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {

// What Infer sees of a node: types and constants of inputs, attributes (node()), and where the
// types of outputs go.
class InferContext {
 public:
  InferContext(Graph& graph, const Node& node) : graph_(graph), node_(node) {}

  const Node& node() const { return node_; }
  size_t inputs() const { return node_.inputs.size(); }
  bool Has(size_t i) const { return node_.HasInput(i); }
  // Throws CompileError where the input is left out.
  const Type& Input(size_t i) const;
  const Shape& InputShape(size_t i) const { return Input(i).shape; }
  int64_t Rank(size_t i) const { return static_cast<int64_t>(Input(i).shape.size()); }
  // Null if the input is no constant, or left out.
  const Literal* Constant(size_t i) const;
  // The same, where the operator cannot be compiled without: throws CompileError, which names
  // the input (`what`: "shape", "axes", ...).
  const Literal& Required(size_t i, std::string_view what) const;

  // Axis -rank..rank-1 as 0..rank-1; throws outside.
  int64_t Axis(int64_t axis, int64_t rank) const;

  bool Wants(size_t i) const { return node_.HasOutput(i); }
  // Ignored for outputs that are left out.
  void Output(size_t i, DType dtype, Shape shape);
  // The same with a size that depends on data: shape[axis] is an upper bound.
  void DynamicOutput(size_t i, DType dtype, Shape shape, int axis);

  [[noreturn]] void Fail(std::string_view what) const { compiler::Fail(node_, what); }

 private:
  Graph& graph_;
  const Node& node_;
};

struct Operator {
  void (*infer)(InferContext&) = nullptr;
  void (*emit)(Emitter&) = nullptr;
};

class Registry {
 public:
  // All operators; others may be added to them.
  static Registry& Get();

  // Null if there is none. `domain` "" or "ai.onnx.ml".
  const Operator* Find(std::string_view domain, std::string_view op) const;

  void Add(std::string_view op, Operator entry) { Add("", op, entry); }
  void Add(std::string_view domain, std::string_view op, Operator entry);

 private:
  std::map<std::string, Operator, std::less<>> operators_;  // "domain:op"
};

// The shape of the elementwise combination (ONNX, "Multidirectional Broadcasting"); throws
// CompileError where shapes do not fit.
Shape Broadcast(const InferContext& context, const Shape& a, const Shape& b);

// One for each file of this folder.
void RegisterElementwise(Registry&);      // elementwise.cc
void RegisterArithmetic(Registry&);       // arithmetic.cc
void RegisterLogic(Registry&);            // logic.cc
void RegisterCast(Registry&);             // cast.cc
void RegisterReduce(Registry&);           // reduce.cc
void RegisterSoftmax(Registry&);          // softmax.cc
void RegisterQuantized(Registry&);        // quantized.cc
void RegisterQuantizedLinear(Registry&);  // quantized_linear.cc
void RegisterLoss(Registry&);             // loss.cc
void RegisterMatmul(Registry&);           // matmul.cc
void RegisterEinsum(Registry&);           // einsum.cc
void RegisterConv(Registry&);             // conv.cc
void RegisterPool(Registry&);             // pool.cc
void RegisterNorm(Registry&);             // norm.cc
void RegisterRecurrent(Registry&);        // recurrent.cc
void RegisterResize(Registry&);           // resize.cc
void RegisterVision(Registry&);           // vision.cc
void RegisterSignal(Registry&);           // signal.cc
void RegisterLinearAttention(Registry&);  // linear_attention.cc
void RegisterShape(Registry&);            // shape.cc
void RegisterMove(Registry&);             // move.cc
void RegisterPad(Registry&);              // pad.cc
void RegisterGather(Registry&);           // gather.cc
void RegisterScatter(Registry&);          // scatter.cc
void RegisterSelect(Registry&);           // select.cc
void RegisterGenerate(Registry&);         // generate.cc
void RegisterTrees(Registry&);            // trees.cc
void RegisterClassicalMl(Registry&);      // classical_ml.cc
void RegisterSvm(Registry&);              // svm.cc
void RegisterTfIdf(Registry&);            // tfidf.cc

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_OPERATORS_OPERATOR_H_
