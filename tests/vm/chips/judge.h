// Whether a row would pass in a machine, and whether what it does to the machine is allowed.
//
// A row passes if its constraints hold, its lookups are in their tables (PROG: the one program row
// of the case) and its tuples could be those of a machine: what it consumes was produced by
// somebody, what it produces will be consumed. A row is lawful if its effect on state, registers
// and memory is none at all, or the one that the instruction set demands. A chip is sound if every
// row that passes is lawful.
#ifndef ZKVM_TESTS_VM_CHIPS_JUDGE_H_
#define ZKVM_TESTS_VM_CHIPS_JUDGE_H_

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "stark/field/fp.h"
#include "tests/vm/chips/reference.h"
#include "tests/vm/chips/row_evaluator.h"
#include "vm/step.h"

namespace zkvm::chip_test {

using Evaluator = RowEvaluator<Fp, Rv32Geometry>;
using TupleValue = Evaluator::TupleValue;

// An instruction in the program at step.pc, and operands for it.
struct Case {
  Instruction instruction;
  Step step;
};

// A statement that a row may violate. Contexts are indexed by exchange.
struct Condition {
  enum Kind : uint8_t { kConstraint, kMessage, kContext } kind;
  size_t index;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// The program row of an instruction, as PROG fields.
std::array<Fp, 8> ProgramRow(uint32_t pc, const Instruction& instruction);

// Whether a tuple pair could occur: word limbs and times of consumed tuples in range, addresses
// and pcs that exist.
bool IsPlausible(const Evaluator::TuplePair& pair);

// Whether the exchanges do nothing, or what `instruction` at `pc` demands.
bool IsLawfulEffect(uint32_t pc, const Instruction& instruction,
                    std::span<const Evaluator::TuplePair> exchanges);

class Judge {
 public:
  explicit Judge(const Case& c)
      : pc_(c.step.pc), instruction_(c.instruction), program_row_(ProgramRow(pc_, instruction_)) {}

  template <class Chip>
  void Evaluate(const typename Chip::template Main<Fp>& row) {
    said_.Evaluate<Chip>(row);
  }

  const Evaluator& said() const { return said_; }
  const std::array<Fp, 8>& program_row() const { return program_row_; }
  bool Holds(Condition condition) const;
  // The violated conditions except `omitted`, at most `limit` of them.
  std::vector<Condition> Violations(std::optional<Condition> omitted = std::nullopt,
                                    size_t limit = SIZE_MAX) const;
  // Passes, with `omitted` left out.
  bool Passes(std::optional<Condition> omitted = std::nullopt) const {
    return Violations(omitted, 1).empty();
  }
  // Multiplicities are boolean, what is provided is true, and the effect is lawful.
  bool IsLawful(std::optional<Condition> omitted = std::nullopt) const;

 private:
  uint32_t pc_;
  Instruction instruction_;
  std::array<Fp, 8> program_row_;
  Evaluator said_;
};

}  // namespace zkvm::chip_test

#endif  // ZKVM_TESTS_VM_CHIPS_JUDGE_H_
