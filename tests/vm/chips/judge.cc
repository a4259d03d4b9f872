#include "tests/vm/chips/judge.h"

#include "isa/air/buses.h"
#include "isa/program.h"

namespace zkvm::chip_test {
namespace {

constexpr uint32_t kTimeEnd = 1 << 29;
constexpr uint32_t kWordAddressEnd = (1 << 27) + (1 << 28);  // the largest that a key may allow

std::optional<uint32_t> WordAt(const TupleValue& tuple) {
  const uint32_t lo = tuple[2].Value();
  const uint32_t hi = tuple[3].Value();
  if (lo >= 0x10000 || hi >= 0x10000) return std::nullopt;
  return lo + (hi << 16);
}

TupleValue RegisterOrMemory(const Access& access, uint32_t value, uint32_t time) {
  return {Fp(access.space), Fp::FromU32(access.address), Fp::FromU32(value & 0xFFFF),
          Fp::FromU32(value >> 16), Fp::FromU32(time)};
}

}  // namespace

std::array<Fp, 8> ProgramRow(uint32_t pc, const Instruction& instruction) {
  const int op = static_cast<int>(instruction.op) + (instruction.immediate ? kImmediateFlag : 0);
  return {Fp::FromU32(pc),     Fp(op),
          Fp(instruction.rd),  Fp(instruction.rs1),
          Fp(instruction.rs2), Fp(instruction.k0),
          Fp(instruction.k1),  Fp(instruction.k2)};
}

bool IsPlausible(const Evaluator::TuplePair& pair) {
  if (pair.Cancels()) return true;
  const TupleValue& consumed = pair.consumed;
  const uint32_t time = consumed[4].Value();
  if (time >= kTimeEnd || !WordAt(consumed)) return false;
  const uint32_t address = consumed[1].Value();
  switch (consumed[0].Value()) {
    case kSpaceState: {
      const uint32_t next_pc = pair.produced[1].Value();
      return time % 4 == 0 && time >= 4 && next_pc < kMemoryEnd && next_pc % 4 == 0;
    }
    case kSpaceRegister:
      return address < kNumRegisters;
    default:
      return address < kWordAddressEnd;
  }
}

bool IsLawfulEffect(uint32_t pc, const Instruction& instruction,
                    std::span<const Evaluator::TuplePair> exchanges) {
  std::vector<Evaluator::TuplePair> moved;
  for (const auto& pair : exchanges) {
    if (!pair.Cancels()) moved.push_back(pair);
  }
  if (moved.empty()) return true;

  const std::vector<uint32_t> slots = SlotsOf(instruction);
  if (moved.size() != 1 + slots.size()) return false;
  Step step{};
  step.pc = pc;
  step.ts = moved[0].consumed[4].Value();
  for (size_t i = 0; i < slots.size(); ++i) {
    const std::optional<uint32_t> word = WordAt(moved[i + 1].consumed);
    if (!word) return false;
    (slots[i] == 0 ? step.a : slots[i] == 1 ? step.b : step.old) = *word;
    step.prev[slots[i]] = moved[i + 1].consumed[4].Value();
  }
  const std::optional<Execution> execution = Execute(instruction, step);
  if (!execution) return false;

  const TupleValue before = {kSpaceState, Fp::FromU32(pc), 0, 0, Fp::FromU32(step.ts)};
  const TupleValue after = {kSpaceState, Fp::FromU32(execution->next_pc), 0, 0,
                            Fp::FromU32(step.ts + 4)};
  if (moved[0].consumed != before || moved[0].produced != after) return false;
  for (size_t i = 0; i < slots.size(); ++i) {
    const Access& access = execution->accesses[i];
    const uint32_t previous = step.prev[access.slot];
    const uint32_t now = step.ts + access.slot;
    if (previous >= now) return false;
    if (moved[i + 1].consumed != RegisterOrMemory(access, access.before, previous)) return false;
    if (moved[i + 1].produced != RegisterOrMemory(access, access.after, now)) return false;
  }
  return true;
}

bool Judge::Holds(Condition condition) const {
  switch (condition.kind) {
    case Condition::kConstraint:
      return said_.constraints[condition.index].IsZero();
    case Condition::kContext:
      return IsPlausible(said_.exchanges[condition.index]);
    default:
      break;
  }
  // A multiplicity that is not boolean is no violation here: the other side may be arranged to
  // match. IsLawful objects to it.
  const Evaluator::Message& message = said_.messages[condition.index];
  if (message.provided || !(message.multiplicity == Fp(1))) return true;
  return message.bus->id == kProgram.id ? message.fields == program_row_
                                        : InTable<Rv32Geometry>(message);
}

std::vector<Condition> Judge::Violations(std::optional<Condition> omitted, size_t limit) const {
  std::vector<Condition> violations;
  const auto examine = [&](Condition::Kind kind, size_t count) {
    for (size_t i = 0; i < count && violations.size() < limit; ++i) {
      const Condition condition{kind, i};
      if (condition != omitted && !Holds(condition)) violations.push_back(condition);
    }
  };
  examine(Condition::kConstraint, said_.constraints.size());
  examine(Condition::kMessage, said_.messages.size());
  examine(Condition::kContext, said_.exchanges.size());
  return violations;
}

bool Judge::IsLawful(std::optional<Condition> omitted) const {
  for (size_t i = 0; i < said_.messages.size(); ++i) {
    const Evaluator::Message& message = said_.messages[i];
    if (omitted == Condition{Condition::kMessage, i}) continue;
    if (message.provided) {
      if (!message.multiplicity.IsZero() && !InTable<Rv32Geometry>(message)) return false;
    } else if (!message.multiplicity.IsZero() && !(message.multiplicity == Fp(1))) {
      return false;
    }
  }
  return IsLawfulEffect(pc_, instruction_, said_.exchanges);
}

}  // namespace zkvm::chip_test
