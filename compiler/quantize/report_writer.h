// Makes the report of a quantization.
#ifndef ZKVM_COMPILER_QUANTIZE_REPORT_WRITER_H_
#define ZKVM_COMPILER_QUANTIZE_REPORT_WRITER_H_

#include <string>
#include <vector>

#include "compiler/quantize/distributions.h"
#include "compiler/quantize/layer.h"
#include "compiler/quantize/measurement.h"
#include "compiler/quantize/program_writer.h"
#include "compiler/quantize/report.h"

namespace zkvm::compiler {

// All but `samples`, `measured`, `target_error` and `rounds`.
QuantizationReport WriteReport(const Graph& graph, const std::vector<Layer>& layers,
                               const WrittenProgram& written, const Measurement& measurement,
                               const Distributions& distributions);

// "1.25 %"
std::string Percent(double share);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_QUANTIZE_REPORT_WRITER_H_
