// What quantization did to a model, layer by layer.
#ifndef ZKVM_COMPILER_QUANTIZE_REPORT_H_
#define ZKVM_COMPILER_QUANTIZE_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/type.h"

namespace zkvm::compiler {

struct LayerReport {
  std::string name;       // Step::layer
  std::string operators;  // "Conv + Relu"
  bool tensor = false;    // calls of the tensor unit; false: code
  std::string element;    // of the result: "i8", "i16", ..., or the type of the code's result
  Shape shape;            // of the result
  double scale = 0;       // of an element
  uint64_t weights = 0;   // numbers in constants
  int weight_bits = 0;    // of the largest weight as an integer, with its sign; 0: no weights
  // Against the float model on the measured samples: the root mean square of the difference over
  // that of the float values, the largest difference in units of `scale`, and the share of elements
  // whose float value is outside of what the integers reach, by more than half a unit.
  double error = 0, max_difference = 0, saturation = 0;
  // A model that came quantized: the share of elements with the same integer as the float
  // computation of the model's own QuantizeLinear gives.
  std::optional<double> equal;
  std::string note;  // why it is code; what else there is to know
};

struct QuantizationReport {
  std::vector<LayerReport> layers;    // in the order of execution
  std::vector<std::string> warnings;  // one sentence each, naming the layer
  size_t samples = 0, measured = 0;   // calibration
  double target_error = 0;
  // As LayerReport::error, the largest of the outputs (if they are indices alone: how many are
  // others than the float model's), and the share of rows
  // (along the last axis) of outputs whose largest element is the same as the float model's.
  double output_error = 0, agreement = 1;
  int rounds = 1;  // of the search for target_error
};

std::string ToJson(const QuantizationReport& report);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_REPORT_H_
