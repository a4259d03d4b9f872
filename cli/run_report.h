// What `zkvm run --stats` says of a run.
#ifndef ZKVM_CLI_RUN_REPORT_H_
#define ZKVM_CLI_RUN_REPORT_H_

#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/costs.h"
#include "cli/layer_report.h"
#include "cli/model_program.h"
#include "stark/params.h"
#include "vm/executor.h"
#include "vm/stats.h"

namespace zkvm {

class RunReport {
 public:
  // Runs the program again, to count the rows of its tables. REQUIRES: `execution` halted.
  RunReport(const ModelProgram& program, const CountedExecution& execution,
            const ExecutorOptions& options, const Preset& preset);

  void Print(std::FILE* file) const;
  nlohmann::ordered_json Json() const;

 private:
  void PrintInstructions(std::FILE* file) const;
  void PrintFunctions(std::FILE* file) const;
  void PrintMarkers(std::FILE* file) const;
  void PrintTables(std::FILE* file) const;
  std::string Share(uint64_t cycles) const;

  Stats stats_;
  std::vector<Marker> markers_;
  ProofEstimate proof_;
  std::optional<LayerReport> layers_;  // of a compiled model
};

}  // namespace zkvm

#endif  // ZKVM_CLI_RUN_REPORT_H_
