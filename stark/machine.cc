#include "stark/machine.h"

#include <map>
#include <string>

namespace zkvm {
namespace {

// Messages on each bus that could carry a multiplicity: consumers of a lookup bus, both sides of an
// exact one, none of an additive one.
Status CheckMessages(const Machine& machine, const Statement& statement, const Heights& heights) {
  std::map<uint32_t, uint64_t> messages;
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    const uint64_t active = heights.rows(t) - kTailRows;
    for (const BusUse& use : machine.tables[t].air->shape().buses) {
      if (use.bus.kind == BusKind::kAdditive) continue;
      const bool exact = use.bus.kind == BusKind::kExact;
      messages[use.bus.id] += active * (use.consumed + (exact ? use.provided : 0));
    }
  }
  for (const PublicMessage& message : statement.messages) ++messages[message.bus.id];
  for (const auto& [bus, count] : messages) {
    if (count >= Fp::kModulus) {
      return Status::Error("the declared heights allow 2^31 or more messages on bus " +
                           std::to_string(bus));
    }
  }
  return Status::Ok();
}

}  // namespace

Digest MachineId(const Machine& machine) {
  std::string text;
  for (const TableRule& rule : machine.tables) {
    text += rule.optional ? "optional " : "always ";
    text += rule.timed ? "timed " : "untimed ";
    text += rule.air->shape().canonical;
  }
  for (const Monomial& m : machine.monomials) {
    text += "monomial " + std::to_string(m.gamma) + " " + std::to_string(m.delta) + " " +
            std::to_string(m.x) + " " + std::to_string(m.y) + "\n";
  }
  text += "timed rows " + std::to_string(machine.max_timed_rows) + "\n";
  return Blake3Hash({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Status CheckHeights(const Machine& machine, const Preset& preset, const FixedCommitment& fixed,
                    const Statement& statement, const Heights& heights) {
  uint64_t timed_rows = 0;
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    const TableRule& rule = machine.tables[t];
    const std::string name(rule.air->shape().name);
    const int log_n = heights.log_heights[t];
    if (log_n < 0) {
      const bool in_key = fixed.log_heights[t] >= 0;
      if (!rule.optional || in_key) return Status::Error("table " + name + " is missing");
      continue;
    }
    if (log_n < kMinLogHeight || log_n > kMaxLogHeight) {
      return Status::Error("table " + name + " has an impossible height");
    }
    if (rule.air->shape().fixed_columns > 0 && log_n != fixed.log_heights[t]) {
      return Status::Error("table " + name + " has another height than in the key");
    }
    if (rule.timed) timed_rows += heights.rows(t);
  }
  if (heights.log_k + preset.log_blowup > kMaxLogDomain) {
    return Status::Error("the tallest table is too tall for this preset");
  }
  if (timed_rows > machine.max_timed_rows) {
    return Status::Error("the declared heights exceed the limit on executed instructions");
  }
  return CheckMessages(machine, statement, heights);
}

}  // namespace zkvm
