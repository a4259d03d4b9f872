// The chips of RV32IM: fixed tables, instructions, environment calls and memory.
#ifndef ZKVM_VM_RV32_CHIPS_H_
#define ZKVM_VM_RV32_CHIPS_H_

#include "stark/air/chip_list.h"
#include "vm/chips/add_sub.h"
#include "vm/chips/addi.h"
#include "vm/chips/bitwise.h"
#include "vm/chips/branch_equal.h"
#include "vm/chips/branch_less.h"
#include "vm/chips/byte_table.h"
#include "vm/chips/div_rem.h"
#include "vm/chips/halt_call.h"
#include "vm/chips/hint_call.h"
#include "vm/chips/image.h"
#include "vm/chips/jalr.h"
#include "vm/chips/journal_call.h"
#include "vm/chips/load_part.h"
#include "vm/chips/load_word.h"
#include "vm/chips/misc_table.h"
#include "vm/chips/mul.h"
#include "vm/chips/mul_high.h"
#include "vm/chips/note_call.h"
#include "vm/chips/program_table.h"
#include "vm/chips/range_table.h"
#include "vm/chips/refresh.h"
#include "vm/chips/set_less.h"
#include "vm/chips/shift.h"
#include "vm/chips/store_part.h"
#include "vm/chips/store_word.h"
#include "vm/chips/upper.h"
#include "vm/chips/zero_memory.h"

namespace zkvm {

// In the order of Family (vm/record.h).
using InstructionChips =
    ChipList<AddSub, Addi, Upper, Jalr, BranchEqual, BranchLess, SetLess, Bitwise, Shift, LoadWord,
             StoreWord, LoadPart, StorePart, Mul, MulHigh, DivRem>;

using Rv32Chips =
    ChipList<ProgramTable, Image, RangeTable, ByteTable, MiscTable,  //
             AddSub, Addi, Upper, Jalr, BranchEqual, BranchLess, SetLess, Bitwise, Shift, LoadWord,
             StoreWord, LoadPart, StorePart, Mul, MulHigh, DivRem,  //
             Refresh, HaltCall, JournalCall, NoteCall, HintCall, ZeroMemory>;

}  // namespace zkvm

#endif  // ZKVM_VM_RV32_CHIPS_H_
