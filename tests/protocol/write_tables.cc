// Writes what the code has for the machine's tables, for comparison with docs/protocol.md:
//
//   OPTIONAL TIMED PAIRS FRACTIONS CONSTRAINTS     yes or no; numbers
//   table NAME FIXED MAIN ...                      the canonical text (section 11)
//   ...
//   next MAIN_COLUMN...                            that the constraints read in the next row
//   next_fold FOLD_COLUMN...
//
// for each table without the second parts, then `monomial A B C D` for each.
#include <iostream>

#include "precompiles/tensor/constants.h"
#include "stark/air/symbolic.h"
#include "vm/machine.h"

int main() {
  const auto yes = [](bool x) { return x ? "yes " : "no "; };
  zkvm::MachineChips::ForEach([&]<class Chip>() {
    const zkvm::AirShape shape = zkvm::ShapeOf<Chip>();
    std::cout << yes(zkvm::kIsOptional<Chip>) << yes(zkvm::kIsTimed<Chip>) << shape.exchanges << " "
              << shape.fractions << " " << shape.constraints() << "\n"
              << shape.canonical << "next";
    for (const uint32_t column : shape.main_next) std::cout << " " << column;
    std::cout << "\nnext_fold";
    for (const uint32_t column : shape.fold_next) std::cout << " " << column;
    std::cout << "\n";
  });
  for (const zkvm::Monomial& m : zkvm::tensor::kMonomials) {
    std::cout << "monomial " << m.gamma << " " << m.delta << " " << m.x << " " << m.y << "\n";
  }
}
