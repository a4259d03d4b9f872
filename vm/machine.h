// The machine: its tables in order. Fixed tables come first, then one table for each kind of
// instruction, then environment calls and zero-initialised memory, then the tables of precompiles,
// then the second parts of the instruction tables.
#ifndef ZKVM_VM_MACHINE_H_
#define ZKVM_VM_MACHINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "precompiles/tensor/chips.h"
#include "stark/air/chip.h"
#include "stark/air/chip_list.h"
#include "stark/machine.h"
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

using MachineChips = Joined<Rv32Chips, tensor::Chips>;

// The tables of a proof: one for each chip, then a second part for each instruction chip, with the
// same constraints. A prover uses it where two tables of different heights take fewer cells than
// one (vm/table_rows.h); to the verifier it is one more optional table.
inline constexpr size_t kNumTables = MachineChips::kSize + InstructionChips::kSize;

// Position of a chip among the tables.
template <class Chip>
inline constexpr size_t kTableOf = PositionIn<Chip>(MachineChips());

// The tables of tensor::Chips are kFirstTensorTable, kFirstTensorTable + 1, ...
inline constexpr size_t kFirstTensorTable = Rv32Chips::kSize;

// Position of the second part of an instruction chip.
template <class Chip>
inline constexpr size_t kSecondPartOf = MachineChips::kSize + PositionIn<Chip>(InstructionChips());

// Fixed columns and height are in the key, which may be without a model's tables. Every other table
// may be absent from a proof: without rows it would say nothing.
template <class Chip>
inline constexpr bool kIsFixed = ChipWidth<Chip>::kFixed > 0;
template <class Chip>
inline constexpr bool kIsOptional = !kIsFixed<Chip> || kIsModelTable<Chip>;

// Its rows take steps of the state chain, 4 units of time each. The bound keeps all times below
// 2^29 (docs/protocol.md, section 8.1).
template <class Chip>
inline constexpr bool kIsTimed =
    std::is_same_v<Chip, tensor::Call> ||
    (IsOneOf<Chip>(Rv32Chips()) && !kIsFixed<Chip> && !std::is_same_v<Chip, ZeroMemory>);
inline constexpr uint64_t kMaxTimedRows = uint64_t{1} << 26;

// The machine as the proof system sees it.
const Machine& Rv32Machine();

}  // namespace zkvm

#endif  // ZKVM_VM_MACHINE_H_
