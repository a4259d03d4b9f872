// Weights that a model keeps in files beside its own.
#ifndef ZKVM_COMPILER_ONNX_EXTERNAL_DATA_H_
#define ZKVM_COMPILER_ONNX_EXTERNAL_DATA_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace zkvm::compiler {

struct ExternalRange {
  std::string location;            // as the model says, relative to its folder
  uint64_t offset = 0;             // bytes
  std::optional<uint64_t> length;  // bytes; to the end of the file
};

// The `size` bytes of the range. Throws CompileError, which begins with `what`, unless they lie
// within a regular file within `folder` (absolute paths, "..", and links to elsewhere are refused;
// so is everything where `folder` is empty).
std::vector<uint8_t> ReadExternalData(const std::filesystem::path& folder,
                                      const ExternalRange& range, uint64_t size,
                                      const std::string& what);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_ONNX_EXTERNAL_DATA_H_
