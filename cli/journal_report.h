// Journals as commands show them: those of models as tensors.
#ifndef ZKVM_CLI_JOURNAL_REPORT_H_
#define ZKVM_CLI_JOURNAL_REPORT_H_

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

#include "compiler/data/journal.h"

namespace zkvm {

using JournalBlocks = std::vector<std::vector<compiler::JournalRecord>>;

// [{"inputs": [...], "outputs": [...]}, ...], a pair for each block. A tensor is name, dtype, shape
// and "values", real numbers in row-major order (null: not finite), with "scale" and "elements"
// where it is quantized; or "blake3" in their place.
nlohmann::ordered_json ToJson(const JournalBlocks& blocks);

// A line for each tensor.
void PrintJournal(const JournalBlocks& blocks, std::FILE* file);

}  // namespace zkvm

#endif  // ZKVM_CLI_JOURNAL_REPORT_H_
