#include "stark/air/symbolic.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace zkvm {
namespace {

void Require(bool condition, const AirShape& shape, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "chip %s: %s\n", std::string(shape.name).c_str(), what.c_str());
  std::abort();
}

// The columns n0, n1, ... of the next row that a text names.
std::set<uint32_t> NextColumns(const std::string& text) {
  std::set<uint32_t> columns;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const bool starts = text[i] == 'n' && (i == 0 || text[i - 1] == ' ') &&
                        std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0;
    if (starts) columns.insert(static_cast<uint32_t>(std::strtoul(&text[i + 1], nullptr, 10)));
  }
  return columns;
}

}  // namespace

// An expression that buses may hold: linear, and in the current row only, because the next row of
// the last active one is free (protocol.md, section 2.2).
void SymbolicBuilder::RequireBusField(const Expr& e) const {
  Require(e.degree() <= 1, shape_, "degree " + std::to_string(e.degree()) + " in " + e.text());
  Require(NextColumns(e.text()).empty(), shape_, "next row on a bus: " + e.text());
}

void SymbolicBuilder::Emit(std::string_view what, const std::vector<Expr>& list) {
  shape_.canonical += what;
  for (const Expr& e : list) shape_.canonical += " " + e.text();
  shape_.canonical += "\n";
}

void SymbolicBuilder::Statement(std::string_view where, const Expr& e, int max_degree) {
  Require(e.degree() <= max_degree, shape_,
          "degree " + std::to_string(e.degree()) + " in " + e.text());
  ++shape_.statements;
  Emit(where, {e});
}

void SymbolicBuilder::Message(std::string_view what, const Bus& bus, bool consumes,
                              const std::vector<Expr>& multiplicity_and_fields) {
  Require(multiplicity_and_fields.size() == bus.width + 1, shape_,
          "wrong width of a message on " + std::string(bus.name));
  for (const Expr& e : multiplicity_and_fields) RequireBusField(e);
  ++shape_.fractions;
  Emit(std::string(what) + " " + std::to_string(bus.id), multiplicity_and_fields);
  for (BusUse& use : shape_.buses) {
    if (use.bus.id != bus.id) continue;
    ++(consumes ? use.consumed : use.provided);
    return;
  }
  shape_.buses.push_back({bus, consumes ? size_t{1} : size_t{0}, consumes ? size_t{0} : size_t{1}});
}

void SymbolicBuilder::Pair(const std::vector<Expr>& consumed, const std::vector<Expr>& produced) {
  ++shape_.exchanges;
  for (const auto* side : {&consumed, &produced}) {
    for (const Expr& e : *side) RequireBusField(e);
  }
  Emit("consume", consumed);
  Emit("produce", produced);
}

void FinishShape(AirShape& shape) {
  const std::set<uint32_t> next = NextColumns(shape.canonical);
  shape.main_next.assign(next.begin(), next.end());
  shape.canonical = "table " + std::string(shape.name) + " " + std::to_string(shape.fixed_columns) +
                    " " + std::to_string(shape.main_columns) + "\n" + shape.canonical;
}

}  // namespace zkvm
