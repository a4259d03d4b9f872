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

#include "precompiles/hash_chips.h"
#include "precompiles/tensor/chips.h"
#include "stark/air/chip.h"
#include "stark/air/chip_list.h"
#include "stark/machine.h"
#include "vm/rv32_chips.h"

namespace zkvm {

using MachineChips = Joined<Joined<Rv32Chips, tensor::Chips>, HashChips>;

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
    std::is_same_v<Chip, tensor::Call> || std::is_same_v<Chip, Sha256Call> ||
    std::is_same_v<Chip, Blake3Call> ||
    (IsOneOf<Chip>(Rv32Chips()) && !kIsFixed<Chip> && !std::is_same_v<Chip, ZeroMemory>);
inline constexpr uint64_t kMaxTimedRows = uint64_t{1} << 26;

// The machine as the proof system sees it.
const Machine& Rv32Machine();

}  // namespace zkvm

#endif  // ZKVM_VM_MACHINE_H_
