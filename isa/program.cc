#include "isa/program.h"

#include <fmt/format.h>

#include <algorithm>

namespace zkvm {

const Symbol* Program::SymbolAt(uint32_t address) const {
  const auto after =
      std::upper_bound(symbols.begin(), symbols.end(), address,
                       [](uint32_t a, const Symbol& symbol) { return a < symbol.address; });
  if (after == symbols.begin()) return nullptr;
  const Symbol& symbol = *(after - 1);
  if (symbol.size != 0 && address - symbol.address >= symbol.size) return nullptr;
  return &symbol;
}

std::string Program::Describe(uint32_t address) const {
  const Symbol* symbol = SymbolAt(address);
  if (symbol == nullptr) return "?";
  if (address == symbol->address) return symbol->name;
  return fmt::format("{}+{:#x}", symbol->name, address - symbol->address);
}

}  // namespace zkvm
