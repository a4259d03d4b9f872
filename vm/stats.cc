#include "vm/stats.h"

#include <algorithm>
#include <cstddef>
#include <map>

namespace zkvm {

Stats MakeStats(const Program& program, const CountedExecution& execution) {
  Stats stats;
  stats.cycles = execution.result.cycles;
  std::map<const Symbol*, uint64_t> by_symbol;
  for (size_t i = 0; i < program.text.size(); ++i) {
    const uint64_t count = execution.counts[i];
    if (count == 0) continue;
    const Op op = program.text[i].op;
    stats.op_cycles[static_cast<size_t>(op)] += count;
    if (op != Op::kTrap && op != Op::kEcall) {
      stats.family_cycles[static_cast<size_t>(FamilyOf(op))] += count;
    }
    by_symbol[program.SymbolAt(program.text_base + 4 * static_cast<uint32_t>(i))] += count;
  }
  for (const auto& [symbol, cycles] : by_symbol) {
    stats.functions.push_back({symbol != nullptr ? symbol->name : "?", cycles});
  }
  std::ranges::sort(stats.functions, [](const FunctionCycles& a, const FunctionCycles& b) {
    return a.cycles != b.cycles ? a.cycles > b.cycles : a.name < b.name;
  });
  return stats;
}

std::string_view FamilyName(Family family) {
  constexpr std::string_view kNames[] = {"add/sub",      "addi",        "upper/jal",  "jalr",
                                         "branch equal", "branch less", "set less",   "bitwise",
                                         "shift",        "load word",   "store word", "load part",
                                         "store part",   "mul",         "mul high",   "div/rem"};
  static_assert(std::size(kNames) == kNumFamilies);
  return kNames[static_cast<size_t>(family)];
}

}  // namespace zkvm
