// The user's data, cut into what a model takes at a time.
#ifndef ZKVM_COMPILER_DATA_SAMPLES_H_
#define ZKVM_COMPILER_DATA_SAMPLES_H_

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/data/tensors.h"
#include "compiler/graph/type.h"

namespace zkvm::compiler {

// An input of the model.
struct TensorSpec {
  std::string name;
  Type type;  // of the model, not quantized
};

using Sample = std::vector<Literal>;  // for each input, in order and of its type

// The samples of a file (tensors.h) or a directory, at most `limit`. Throws CompileError, which
// names the file.
//
// Tensors belong to inputs by name, or by position if no names fit and there are as many. A tensor
// of the input's shape, but for extents of 1, is one sample; one more axis in front is the
// samples', so is the first one where the input's is 1 or divides it; rows of as many elements as
// the input has, and flat arrays of a multiple, are cut as they come. Inputs with one sample serve
// all.
//
// A directory is
//   files input_0.pb, input_1.pb, ...: one sample, of the inputs in this order (ONNX's test data)
//   subdirectories: read by themselves, in the order of their names
//   files named as the inputs are: one for each
//   any other files: read by themselves, in the order of their names
std::vector<Sample> ReadSamples(const std::string& path, std::span<const TensorSpec> inputs,
                                size_t limit);

// The samples of tensors that are read. `what` begins messages.
std::vector<Sample> MakeSamples(std::span<const NamedTensor> tensors,
                                std::span<const TensorSpec> inputs, size_t limit,
                                const std::string& what);

// How many samples of `shape` there are in a tensor of shape `data`; nothing if it does not fit.
std::optional<int64_t> CountSamples(const Shape& data, const Shape& shape);

// Labels: one number or row of numbers for each sample.
struct Labels {
  std::vector<double> values;
  size_t per_sample = 1;

  size_t samples() const { return values.size() / per_sample; }
};

// A tensor file of one tensor whose first axis is the samples', or a text file (any other name) of
// numbers: one line for each sample. Throws CompileError.
Labels ReadLabels(const std::string& path);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_SAMPLES_H_
