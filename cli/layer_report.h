// What each layer of a model costs and loses, as a table and as JSON.
#ifndef ZKVM_CLI_LAYER_REPORT_H_
#define ZKVM_CLI_LAYER_REPORT_H_

#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/model_execution.h"
#include "cli/model_program.h"

namespace zkvm {

// Against the float model, over all samples.
struct LayerError {
  std::optional<double> error, saturation;  // as compiler::LayerInfo has them
};

// Where the model comes from, its inputs and outputs, and how it was calibrated.
void PrintModel(const compiler::ModelInfo& info, std::FILE* file);

class LayerReport {
 public:
  // `costs` of one execution; `errors`, by layer, are those of the calibration if there are none.
  LayerReport(const compiler::ModelInfo& info, std::vector<LayerCost> costs,
              std::vector<LayerError> errors = {});

  void Print(std::FILE* file) const;
  nlohmann::ordered_json Json() const;

  // The share of the cells above that are in tables of tensor calls.
  double TensorShare() const;

 private:
  const compiler::ModelInfo& info_;
  std::vector<LayerCost> costs_;
  std::vector<LayerError> errors_;
  uint64_t cells_ = 0;
};

}  // namespace zkvm

#endif  // ZKVM_CLI_LAYER_REPORT_H_
