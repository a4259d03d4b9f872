// What operators without an entry of their own are made of: functions of the model, and those by
// which ONNX defines operators (OpSchema).
#ifndef ZKVM_COMPILER_ONNX_FUNCTIONS_H_
#define ZKVM_COMPILER_ONNX_FUNCTIONS_H_

#include <onnx/onnx_pb.h>

#include <map>
#include <string>
#include <vector>

namespace zkvm::compiler {

struct Function {
  onnx::FunctionProto body;
  // For attributes that a node leaves out.
  std::map<std::string, onnx::AttributeProto> defaults;
};

// By which the version of the operator that is valid in `opset` is defined; false if it is no
// function. `inputs`: the types of the node's inputs, without a value where left out. `domain` is
// "" for ai.onnx.
bool FindSchemaFunction(const onnx::NodeProto& node, const std::string& domain, int64_t opset,
                        const std::vector<onnx::TypeProto>& inputs, Function* function);
// Whether there may be one.
bool HasSchemaFunction(const std::string& domain, const std::string& op, int64_t opset);

// The operators are implemented as of opset 7 and later. The opset in which a node of an older one
// means the same, or 0 if its operator changed until then.
int64_t SupportedOpset(const std::string& domain, const std::string& op, int64_t opset);

// What the schema finds wrong with inputs, outputs and attributes of a node; empty if nothing, or
// if the opset is newer than the schemas are.
std::string SchemaErrors(const onnx::NodeProto& node, const std::string& domain, int64_t opset);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_ONNX_FUNCTIONS_H_
