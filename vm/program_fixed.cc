#include "vm/program_fixed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <variant>

#include "precompiles/tensor/model_tables.h"
#include "stark/air/columns.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

struct Bounds {
  int32_t min = 0;
  int32_t max = 0;

  bool Contain(int32_t x) const { return min <= x && x <= max; }
};
constexpr Bounds kImmediate{-2048, 2047};
constexpr Bounds kLimb{0, 0xFFFF};
constexpr Bounds kPc{0, static_cast<int32_t>(kMaxPc)};

// What a row of the program table may hold: unused fields are 0.
struct Form {
  Bounds rd{}, rs1{}, rs2{}, k0{}, k1{}, k2{};
};

Form FormOf(const Instruction& instruction) {
  constexpr Bounds kDestination{1, kSinkRegister};
  constexpr Bounds kSource{0, 31};
  switch (instruction.op) {
    case Op::kTrap:
    case Op::kEcall:
      return {};
    case Op::kAddi:
    case Op::kLw:
    case Op::kLb:
    case Op::kLbu:
    case Op::kLh:
    case Op::kLhu:
      return {.rd = kDestination, .rs1 = kSource, .k0 = kImmediate};
    case Op::kUpper:
      return {.rd = kDestination, .k0 = kLimb, .k1 = kLimb, .k2 = kPc};
    case Op::kJalr:
      return {.rd = kDestination, .rs1 = kSource, .k0 = kImmediate, .k1 = kLimb, .k2 = kLimb};
    case Op::kBeq:
    case Op::kBne:
    case Op::kBlt:
    case Op::kBge:
    case Op::kBltu:
    case Op::kBgeu:
      return {.rs1 = kSource, .rs2 = kSource, .k0 = kPc};
    case Op::kSw:
    case Op::kSb:
    case Op::kSh:
      return {.rs1 = kSource, .rs2 = kSource, .k0 = kImmediate};
    case Op::kSll:
    case Op::kSrl:
    case Op::kSra:
      if (instruction.immediate) return {.rd = kDestination, .rs1 = kSource, .k0 = {0, 31}};
      break;
    case Op::kSlt:
    case Op::kSltu:
    case Op::kAnd:
    case Op::kOr:
    case Op::kXor:
      if (instruction.immediate) {
        return {.rd = kDestination, .rs1 = kSource, .k0 = kLimb, .k1 = kLimb};
      }
      break;
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kMulh:
    case Op::kMulhsu:
    case Op::kMulhu:
    case Op::kDiv:
    case Op::kDivu:
    case Op::kRem:
    case Op::kRemu:
      break;
  }
  return {.rd = kDestination, .rs1 = kSource, .rs2 = kSource};
}

bool MayBeImmediate(Op op) {
  return op == Op::kSlt || op == Op::kSltu || op == Op::kAnd || op == Op::kOr || op == Op::kXor ||
         op == Op::kSll || op == Op::kSrl || op == Op::kSra;
}

// The name of the first field that breaks its op's form; empty if none does.
std::string WrongField(const Instruction& x) {
  if (x.op > Op::kEcall) return "op";
  if (x.immediate && !MayBeImmediate(x.op)) return "immediate";
  const Form form = FormOf(x);
  if (!form.rd.Contain(x.rd)) return "rd";
  if (!form.rs1.Contain(x.rs1)) return "rs1";
  if (!form.rs2.Contain(x.rs2)) return "rs2";
  if (!form.k0.Contain(x.k0)) return "k0";
  if (!form.k1.Contain(x.k1)) return "k1";
  if (!form.k2.Contain(x.k2)) return "k2";
  return {};
}

}  // namespace

Status CheckProgram(const Program& program) {
  const uint64_t text_end = program.text_base + uint64_t{4} * program.text.size();
  if (program.text.size() + 1 > kMaxTableRows) {
    return Status::Error("text: more instructions than the program table holds");
  }
  if (program.text_base % 4 != 0) return Status::Error("text_base: not a multiple of 4");
  if (text_end > kMaxPc) {
    return Status::Error(
        fmt::format("text: ends at {:#x}, above the last pc {:#x}", text_end, kMaxPc - 4));
  }
  if (program.entry % 4 != 0 || program.entry < program.text_base || program.entry >= text_end) {
    return Status::Error(fmt::format("entry: no instruction at {:#x}", program.entry));
  }
  for (size_t i = 0; i < program.text.size(); ++i) {
    if (const std::string field = WrongField(program.text[i]); !field.empty()) {
      return Status::Error(fmt::format("text: {} of the instruction at {:#x} is out of range",
                                       field, program.text_base + 4 * i));
    }
  }
  if (program.image_base % 4 != 0) return Status::Error("image_base: not a multiple of 4");
  if (kNumRegisters + program.image.size() > kMaxTableRows) {
    return Status::Error("image: more words than the image table holds");
  }
  const uint64_t zero_base = program.image_base / 4 + uint64_t{program.image.size()};
  if (zero_base > kMaxZeroBaseWord) {
    return Status::Error(fmt::format("image: ends at {:#x}, above {:#x}", 4 * zero_base,
                                     uint64_t{4} * kMaxZeroBaseWord));
  }
  const auto model = ModelOf(program);
  if (const auto* error = std::get_if<tensor::ModelError>(&model)) {
    return Status::Error("model: " + error->message);
  }
  return Status::Ok();
}

ProgramFixed MakeProgramFixed(const Program& program) {
  return MakeProgramFixed(program, LowerModel(program).get());
}

ProgramFixed MakeProgramFixed(const Program& program, const GuestModel* model) {
  ProgramFixed fixed;
  fixed.entry = program.entry;
  fixed.image_base = program.image_base / 4;
  fixed.zero_base = program.zero_base() / 4;
  fixed.columns.resize(kNumTables);

  const size_t instructions = program.text.size();
  fixed.columns[kTableOf<ProgramTable>] = FillColumns<ProgramTable::Fixed>(
      instructions + 1, [&](size_t i, ProgramTable::Fixed<Fp>& row) {
        if (i == instructions) {
          ProgramTable::FillConstants(fixed.zero_base, row);
        } else {
          ProgramTable::Fill(program.text_base + 4 * static_cast<uint32_t>(i), program.text[i],
                             row);
        }
      });
  fixed.columns[kTableOf<Image>] = FillColumns<Image::Fixed>(
      kNumRegisters + program.image.size(), [&](size_t i, Image::Fixed<Fp>& row) {
        if (i < kNumRegisters) {
          Image::FillRegister(static_cast<uint32_t>(i), row);
        } else {
          const size_t word = i - kNumRegisters;
          Image::FillWord(fixed.image_base + static_cast<uint32_t>(word), program.image[word], row);
        }
      });
  fixed.columns[kTableOf<RangeTable>] =
      FillColumns<RangeTable::Fixed>(RangeTable::kEntries, RangeTable::Fill);
  fixed.columns[kTableOf<ByteTable>] =
      FillColumns<ByteTable::Fixed>(ByteTable::kEntries, ByteTable::Fill);
  constexpr size_t kMiscRows = (size_t{1} << kMinLogHeight) - kTailRows;
  fixed.columns[kTableOf<MiscTable>] = FillColumns<MiscTable::Fixed>(kMiscRows, MiscTable::Fill);
  if (model != nullptr) {
    tensor::ModelColumns columns = tensor::FillModelTables(model->lowered);
    std::ranges::move(columns, fixed.columns.begin() + kFirstTensorTable);
  }
  return fixed;
}

}  // namespace zkvm
