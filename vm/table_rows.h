// How many rows each table of the machine needs for an execution.
#ifndef ZKVM_VM_TABLE_ROWS_H_
#define ZKVM_VM_TABLE_ROWS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "isa/program.h"
#include "vm/machine.h"
#include "vm/record.h"

namespace zkvm {

using TableRows = std::array<size_t, kNumTables>;  // 0: the table is absent

// Heights are powers of two, so a table wastes up to half its cells. An instruction table is cut in
// two, 2^(k-1) rows and the rest, where that saves at least 1/32 of all cells: smaller savings are
// not worth the columns that the second part adds to every opening of a proof.
TableRows RowsOf(const Program& program, const Record& record);

// The sum of the heights of the tables that move the clock, which the verifier bounds.
uint64_t TimedRows(const TableRows& rows);

}  // namespace zkvm

#endif  // ZKVM_VM_TABLE_ROWS_H_
