// Reads the journal of a model (docs/journal.md).
#ifndef ZKVM_COMPILER_DATA_JOURNAL_H_
#define ZKVM_COMPILER_DATA_JOURNAL_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/graph/type.h"
#include "compiler/runtime/journal_format.h"

namespace zkvm::compiler {

struct JournalRecord {
  model::RecordKind kind{};
  std::string name;
  float scale = 0;  // real value = scale * element; 0: the elements are the values
  Type type;
  // One of the two.
  std::optional<Literal> elements;
  std::optional<std::array<uint8_t, model::kHashBytes>> hash;
};

// The blocks of a journal, each with its records in order. Nothing if the bytes are not one block
// or more and nothing besides: programs with an output of their own write what they like. Any bytes
// may come in; memory is proportional to their number.
std::optional<std::vector<std::vector<JournalRecord>>> ParseJournal(std::span<const uint8_t> bytes);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_JOURNAL_H_
