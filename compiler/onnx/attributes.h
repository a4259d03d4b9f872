// Attributes of ONNX nodes as attributes of the graph's.
#ifndef ZKVM_COMPILER_ONNX_ATTRIBUTES_H_
#define ZKVM_COMPILER_ONNX_ATTRIBUTES_H_

#include <onnx/onnx_pb.h>

#include <string>

#include "compiler/graph/graph.h"
#include "compiler/onnx/tensors.h"

namespace zkvm::compiler {

// What kind the attribute is: its type, or by the field that is set where it has none (files before
// IR version 3). UNDEFINED if it is empty.
onnx::AttributeProto::AttributeType KindOf(const onnx::AttributeProto& attribute);

// Throws CompileError, which begins with `what` ("node 'a' (Conv): attribute 'pads'"), for kinds
// that operators do not have: graphs, types, lists of tensors.
Attribute ReadAttribute(const onnx::AttributeProto& attribute, const TensorReader& reader,
                        const std::string& what);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_ONNX_ATTRIBUTES_H_
