// Files with tensors, of any of the formats that the compiler reads.
#ifndef ZKVM_COMPILER_DATA_TENSORS_H_
#define ZKVM_COMPILER_DATA_TENSORS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/graph/type.h"

namespace zkvm::compiler {

struct NamedTensor {
  std::string name;  // empty where the file has none
  Literal value;
};

// By the name of the file: .npy, .npz, .pb (a TensorProto of ONNX), .json. Throws CompileError,
// which begins with the path.
std::vector<NamedTensor> ReadTensorFile(const std::string& path);

// Whether ReadTensorFile reads files of this name.
bool IsTensorFile(std::string_view path);

// The bytes of a file, of at most `max_bytes`. Throws CompileError.
std::vector<uint8_t> ReadBytes(const std::string& path, size_t max_bytes = size_t{1} << 34);

// Each for one format. Any bytes may come in; they throw CompileError without the path.
//
// JSON: nested arrays of numbers and booleans of one length each, or an object of such arrays; an
// array under the name "input_data" is a list of tensors without names (EZKL's format). Numbers
// become int64 if all are integers, else double.
std::vector<NamedTensor> ParseJsonTensors(std::string_view text);
NamedTensor ParseTensorProto(std::span<const uint8_t> bytes);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_TENSORS_H_
