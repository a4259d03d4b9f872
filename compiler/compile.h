// From an ONNX model to a guest: the passes of the compiler in their order.
#ifndef ZKVM_COMPILER_COMPILE_H_
#define ZKVM_COMPILER_COMPILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/data/info.h"

namespace zkvm::compiler {

struct CompileOptions {
  std::string model;   // path of the ONNX file
  std::string output;  // path of the program; appears complete or not at all
  // Extents of symbolic dimensions (compiler/onnx/import.h).
  std::map<std::string, int64_t> dims;
  // Data to calibrate with (compiler/data/samples.h); empty: exact mode.
  std::vector<std::string> calibrate;
  size_t max_samples = 256;  // of them
  double target_error = 0;   // of the outputs, as LayerInfo::error; 0: the best of the usual effort
  // By name of an input or output; outputs are public and inputs private where nothing is said.
  std::map<std::string, Visibility> visibility;
  // The user's C and C++ files, objects and archives, which see the model through <zkvm/model.h>,
  // and options for their compiler.
  std::vector<std::string> sources, flags;
  // Called as work proceeds: what comes next, and the fraction of all work behind.
  std::function<void(std::string_view phase, double done)> progress;
};

// What the program says of itself (section .zkml.info). Throws CompileError.
ModelInfo Compile(const CompileOptions& options);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_COMPILE_H_
