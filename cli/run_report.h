// What `zkvm run --stats` says of a run.
#ifndef ZKVM_CLI_RUN_REPORT_H_
#define ZKVM_CLI_RUN_REPORT_H_

#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/costs.h"
#include "isa/program.h"
#include "stark/params.h"
#include "vm/executor.h"
#include "vm/stats.h"

namespace zkvm {

class RunReport {
 public:
  // Runs the program once more, to count the rows of its tables. REQUIRES: `execution` halted.
  RunReport(const Program& program, const CountedExecution& execution,
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
  const Preset& preset_;
  // Of a proof of this run; nothing if it does not fit one, for the reason given.
  std::vector<TableCost> tables_;
  std::string does_not_fit_;
  size_t cells_ = 0;
  size_t memory_ = 0;
  double seconds_ = 0;
};

}  // namespace zkvm

#endif  // ZKVM_CLI_RUN_REPORT_H_
