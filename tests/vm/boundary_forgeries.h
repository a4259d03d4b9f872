// Forged traces of the memory boundary, the environment calls and Refresh. Each violates one
// statement of one chip, or names an attack of docs/protocol.md, section 13.
#ifndef ZKVM_TESTS_VM_BOUNDARY_FORGERIES_H_
#define ZKVM_TESTS_VM_BOUNDARY_FORGERIES_H_

#include <string>
#include <vector>

#include "tests/support/audit.h"
#include "tests/vm/boundary_world.h"

namespace zkvm {

struct Forgery {
  std::string name;
  void (*apply)(const World&, Audit&);
  Honesty honesty = Honesty::kAll;
};

const std::vector<Forgery>& CallForgeries();
const std::vector<Forgery>& HintForgeries();
const std::vector<Forgery>& MemoryForgeries();

inline std::vector<Forgery> BoundaryForgeries() {
  std::vector<Forgery> all;
  for (const auto* some : {&CallForgeries(), &HintForgeries(), &MemoryForgeries()}) {
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

}  // namespace zkvm

#endif  // ZKVM_TESTS_VM_BOUNDARY_FORGERIES_H_
