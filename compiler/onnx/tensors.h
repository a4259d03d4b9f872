// Tensors of ONNX files as literals.
#ifndef ZKVM_COMPILER_ONNX_TENSORS_H_
#define ZKVM_COMPILER_ONNX_TENSORS_H_

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>

#include "compiler/graph/graph.h"

namespace zkvm::compiler {

struct TensorReader {
  std::filesystem::path folder;  // of external data; empty: not allowed
  int64_t max_bytes;             // of a tensor

  // All throw CompileError, which begins with `what` ("initializer 'w'").
  Literal Read(const onnx::TensorProto& tensor, const std::string& what) const;
  Literal Read(const onnx::SparseTensorProto& tensor, const std::string& what) const;  // dense
};

// The number as a DType; throws for types that are no tensors of the compiler's.
DType DTypeOf(int32_t data_type, const std::string& what);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_ONNX_TENSORS_H_
