// From a parsed model to a graph, node by node (import.h).
#ifndef ZKVM_COMPILER_ONNX_IMPORTER_H_
#define ZKVM_COMPILER_ONNX_IMPORTER_H_

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/onnx/builder.h"
#include "compiler/onnx/functions.h"
#include "compiler/onnx/import.h"
#include "compiler/onnx/tensors.h"

namespace zkvm::compiler {

// What a name of the model stands for. An optional that has an element is that element.
struct Item {
  enum class Kind { kNone, kTensor, kSequence };

  Kind kind = Kind::kNone;  // left out, or an optional without element
  ValueId tensor = kNoValue;
  std::vector<ValueId> elements;  // of a sequence

  static Item Tensor(ValueId id) { return {Kind::kTensor, id, {}}; }
  static Item Sequence(std::vector<ValueId> ids) {
    return {Kind::kSequence, kNoValue, std::move(ids)};
  }
  bool IsNone() const { return kind == Kind::kNone; }
  bool IsTensor() const { return kind == Kind::kTensor; }
  bool IsSequence() const { return kind == Kind::kSequence; }
  bool operator==(const Item&) const = default;
};

class Importer {
 public:
  Importer(const onnx::ModelProto& model, std::filesystem::path folder,
           const ImportOptions& options, ImportNotes* notes);

  Graph Run();

 private:
  using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

  // Of the model, or of a function that is being expanded.
  struct Frame {
    std::map<std::string, int64_t> opsets;                  // by domain, "" for ai.onnx
    std::map<std::string, onnx::AttributeProto> arguments;  // what attributes refer to
    bool is_function = false;
  };
  // The names of a graph; those of the graphs around it are seen from it.
  struct Scope {
    const Scope* outer = nullptr;
    const Frame* frame = nullptr;
    std::string prefix;  // of names of nodes and values
    size_t depth = 0;
    std::unordered_map<std::string, Item> names = {};
  };
  // A node of the model on its way into the graph.
  struct Call {
    const onnx::NodeProto& proto;  // attributes are no references
    Node node;                     // name, operator, domain, opset: what errors speak of
    std::vector<Item> inputs;
    Scope& scope;
    bool keeps = false;  // whether `proto` is part of the model, and lives as long

    const onnx::AttributeProto* Find(std::string_view name) const;
    int64_t Int(std::string_view name, int64_t otherwise) const;
    std::vector<int64_t> Ints(std::string_view name) const;
    // The graph that is the attribute `name`; fails where there is none.
    const onnx::GraphProto& Body(std::string_view name) const;
    bool Has(size_t i) const { return i < inputs.size() && !inputs[i].IsNone(); }
    // Fail where the input is left out, or is something else.
    ValueId Tensor(size_t i) const;
    const std::vector<ValueId>& Sequence(size_t i) const;
  };
  using Handler = std::vector<Item> (Importer::*)(Call&);

  // importer.cc
  static const std::map<std::string, Handler, std::less<>>& Handlers();
  void AddNodes(const Nodes& nodes, Scope& scope);
  void AddNode(const Nodes& nodes, int index, Scope& scope);
  // What the node's outputs are.
  std::vector<Item> Evaluate(Call& call);
  std::vector<Item> AddOperator(Call& call);
  std::vector<Item> Expand(Call& call, const Function& function);
  // Of the model or of ONNX; null if the node is no call of one.
  const Function* FindFunction(const Call& call);
  const Item* Lookup(const std::string& name, const Scope& scope) const;
  void Define(const std::string& what, const std::string& name, Item item, Scope& scope);
  std::vector<Item> Constant(Call& call);
  std::vector<Item> Identity(Call& call);
  // The outputs of a subgraph whose inputs are `inputs`.
  std::vector<Item> Inline(const Call& call, const onnx::GraphProto& body,
                           const std::vector<Item>& inputs, const std::string& prefix);
  // The types of the tensors that it would compute; nothing is added.
  std::vector<Type> OutputTypes(const Call& call, const onnx::GraphProto& body,
                                const std::vector<Item>& inputs);

  // signature.cc
  void AddInputs(Scope& scope);
  Item AddInput(const std::string& name, const onnx::TypeProto& type);
  Shape InputShape(const std::string& name, const onnx::TensorShapeProto& shape);
  // Extents of symbolic dimensions: those of the options, and leading ones that are not among them.
  void ResolveDimensions();
  void AddInitializers(const onnx::GraphProto& graph, Scope& scope);
  void AddOutputs(const Scope& scope);

  // diagnosis.cc
  // Throws an error that lists all operators of the model that nothing is known of.
  void CheckOperators() const;
  void FindUnknown(const Nodes& nodes, const Frame& frame, size_t depth,
                   std::map<std::string, std::string>* unknown) const;
  [[noreturn]] void FailUndefined(const Nodes& nodes, int index, const Node& node,
                                  const std::string& input) const;

  // control_flow.cc
  std::vector<Item> If(Call& call);
  std::vector<Item> Loop(Call& call);
  // A single bool as a scalar; sets `known` where it is constant.
  ValueId Condition(const Call& call, ValueId id, const char* what, std::optional<bool>* known);
  Item Select(const Call& call, ValueId condition, const Item& yes, const Item& no,
              const std::string& name);
  // Tensors of one shape along a new axis; `type` is the element's where there are none.
  ValueId Stack(const Call& call, const std::vector<ValueId>& elements, int64_t axis,
                const Type& type, const std::string& name);
  // The element `index` of the axis, which is left out of the result.
  ValueId Slice(const Call& call, ValueId tensor, int64_t axis, int64_t index);

  // scan.cc
  std::vector<Item> Scan(Call& call);
  std::vector<Item> Scan8(Call& call);
  // One pass over sequences, given as a list of elements for each scan input.
  struct ScanResult {
    std::vector<Item> state;
    std::vector<std::vector<ValueId>> outputs;  // by scan output, then step
    std::vector<Type> types;                    // of elements of the scan outputs
  };
  ScanResult RunScan(Call& call, const onnx::GraphProto& body, std::vector<Item> state,
                     const std::vector<std::vector<ValueId>>& sequences, size_t steps,
                     const std::string& prefix);

  // attention.cc
  std::vector<Item> Attention(Call& call);
  std::vector<Item> RotaryEmbedding(Call& call);
  ValueId PositionBias(const Call& call, int64_t queries, int64_t keys, int64_t past);

  // sequences.cc
  std::vector<Item> SequenceEmpty(Call& call);
  std::vector<Item> SequenceConstruct(Call& call);
  std::vector<Item> SequenceAt(Call& call);
  std::vector<Item> SequenceInsert(Call& call);
  std::vector<Item> SequenceErase(Call& call);
  std::vector<Item> SequenceLength(Call& call);
  std::vector<Item> ConcatFromSequence(Call& call);
  std::vector<Item> SplitToSequence(Call& call);
  std::vector<Item> Optional(Call& call);
  std::vector<Item> OptionalHasElement(Call& call);
  std::vector<Item> OptionalGetElement(Call& call);
  std::vector<Item> ZipMap(Call& call);
  // A constant that is one integer; fails where it is not.
  int64_t Integer(const Call& call, ValueId id, const char* what) const;

  void Note(std::string text);

  const onnx::ModelProto& model_;
  const ImportOptions& options_;
  ImportNotes* notes_;
  TensorReader reader_;
  ModelBuilder builder_;
  Frame frame_;
  std::map<std::string, int64_t> dimensions_;  // of the options, and leading ones that became 1
  std::map<std::string, Function> functions_;  // of the model, "domain:name"
  std::deque<Function> expanded_;              // of ONNX: they live as long as constants_
  // Of tensors in the model: graphs may be inlined more than once.
  std::map<const void*, ValueId> constants_;
  size_t elements_ = 0;  // of all sequences that have a name
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_ONNX_IMPORTER_H_
