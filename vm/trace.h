// The columns that the prover commits to first: every table's main columns, from the record of an
// execution (docs/protocol.md, sections 2.1 and 2.2).
#ifndef ZKVM_VM_TRACE_H_
#define ZKVM_VM_TRACE_H_

#include <vector>

#include "isa/program.h"
#include "stark/arena.h"
#include "vm/record.h"

namespace zkvm {

// By table of MachineChips; empty for a table that has no rows. Cells are zero beyond the rows in
// use, the tail included.
using Traces = std::vector<Matrix>;

// Consumes the record, table by table, but for its tensors and the model. Throws std::logic_error
// where a row looks something up that no table provides: the record does not fit the program.
// REQUIRES: CheckProgram(program).ok(); no table has more than kMaxTableRows rows.
Traces FillTraces(const Program& program, Record&& record);

}  // namespace zkvm

#endif  // ZKVM_VM_TRACE_H_
