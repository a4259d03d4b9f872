// Which columns a proof commits to, in which tree they lie and at which points they are opened.
// Everything follows from the machine and the declared heights; prover and verifier build the same
// Layout and read nothing of it from a proof.
#ifndef ZKVM_STARK_LAYOUT_H_
#define ZKVM_STARK_LAYOUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stark/machine.h"
#include "stark/merkle/opening.h"
#include "stark/params.h"

namespace zkvm {

// The trees in transcript order. The first two are in the key; the others are roots of the proof. A
// tree without columns does not exist: it has no root and no opening.
enum TreeId : uint8_t {
  kFixedTree,  // of the program
  kModelTree,  // of the model
  kMainTree,
  kGarbageTree,
  kFoldTree,
  kBusTree,
  kQuotientTree
};
inline constexpr size_t kNumTrees = 7;

// Where a function is opened: zeta_t = s eta^(e_t), g_t zeta_t, or eta itself (quotient chunks).
enum class Point : uint8_t { kHere, kNext, kEta };

// The columns of one table in one tree. A column of F is five base columns in a row of the tree
// and is opened as one function (docs/protocol.md, section 5.2).
struct ColumnGroup {
  size_t table;  // of the machine; unused for quotient chunks
  int log_n;
  bool extension;  // columns of F rather than F_p
  size_t columns;
  std::vector<uint32_t> next;  // columns that are opened at g zeta too
  size_t level;                // of the tree, and
  size_t offset;               // first word in the rows of that level
  size_t first_function;       // its openings: all columns, then the next ones

  size_t words() const { return columns * (extension ? 5 : 1); }
};

struct Tree {
  std::vector<ColumnGroup> groups;  // in table order
  TreeShape shape;

  bool exists() const { return !groups.empty(); }
};

// One opening and one term of the batch: a column of a group at a point.
struct Function {
  size_t column;
  size_t place;  // in Layout::places
};

// A point of a height; functions of one place share the denominator X - z.
struct Place {
  int log_n;
  Point point;

  friend bool operator==(const Place&, const Place&) = default;
};

struct Layout {
  Layout(const Machine& machine, const Preset& preset, const Heights& heights);

  // Whether the rounds before the bus take place.
  bool has_folds() const { return trees[kGarbageTree].exists() || trees[kFoldTree].exists(); }

  std::array<Tree, kNumTrees> trees;
  std::vector<Function> functions;  // in the order of openings and of lambda
  std::vector<Place> places;
  size_t constraints = 0;  // elements of chi

 private:
  size_t PlaceOf(int log_n, Point point);
};

}  // namespace zkvm

#endif  // ZKVM_STARK_LAYOUT_H_
