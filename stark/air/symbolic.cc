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

// The columns n0, n1, ... (main) or h0, h1, ... (folds) of the next row that a text names.
std::set<uint32_t> NextColumns(char kind, const std::string& text) {
  std::set<uint32_t> columns;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const bool starts = text[i] == kind && (i == 0 || text[i - 1] == ' ') &&
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
  RequireCurrentRow(e);
}

void SymbolicBuilder::RequireCurrentRow(const Expr& e) const {
  const bool next = !NextColumns('n', e.text()).empty() || !NextColumns('h', e.text()).empty();
  Require(!next, shape_, "next row on a bus: " + e.text());
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
  Require(bus.kind != BusKind::kAdditive && multiplicity_and_fields.size() == bus.width + 1, shape_,
          "wrong kind or width of a message on " + std::string(bus.name));
  for (const Expr& e : multiplicity_and_fields) RequireBusField(e);
  ++shape_.fractions;
  Emit(std::string(what) + " " + std::to_string(bus.id), multiplicity_and_fields);
  CountUse(bus, consumes);
}

void SymbolicBuilder::LookupPair(const Bus& bus, int index, const Expr& x, const Expr& y,
                                 const Expr& xy) {
  Require(bus.kind == BusKind::kLookup && bus.width == 2, shape_, "a pair on another bus");
  AssertZero(x * y - xy);
  for (const Expr* e : {&x, &y, &xy}) RequireBusField(*e);
  ++shape_.fractions;
  Emit("pair " + std::to_string(bus.id), {Expr(index), x, y, xy});
  CountUse(bus, true);
  CountUse(bus, true);
}

void SymbolicBuilder::CountUse(const Bus& bus, bool consumes) {
  for (BusUse& use : shape_.buses) {
    if (use.bus.id != bus.id) continue;
    ++(consumes ? use.consumed : use.provided);
    return;
  }
  shape_.buses.push_back({bus, consumes ? size_t{1} : size_t{0}, consumes ? size_t{0} : size_t{1}});
}

void SymbolicBuilder::Share(const Bus& bus, const std::vector<Expr>& numerator_and_fields) {
  Require(bus.kind == BusKind::kAdditive && numerator_and_fields.size() == bus.width + 1, shape_,
          "wrong kind or width of a message on " + std::string(bus.name));
  const Expr& numerator = numerator_and_fields[0];
  Require(numerator.degree() <= 2, shape_, "degree of " + numerator.text());
  RequireCurrentRow(numerator);
  for (size_t i = 1; i < numerator_and_fields.size(); ++i) RequireBusField(numerator_and_fields[i]);
  ++shape_.fractions;
  Emit("contribute " + std::to_string(bus.id), numerator_and_fields);
  CountUse(bus, true);
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
  const std::set<uint32_t> next = NextColumns('n', shape.canonical);
  shape.main_next.assign(next.begin(), next.end());
  const std::set<uint32_t> fold_next = NextColumns('h', shape.canonical);
  shape.fold_next.assign(fold_next.begin(), fold_next.end());
  std::string widths =
      std::to_string(shape.fixed_columns) + " " + std::to_string(shape.main_columns);
  if (shape.model) widths += " model";
  if (shape.garbage_columns + shape.fold_columns > 0) {
    widths += " garbage " + std::to_string(shape.garbage_columns) + " folds " +
              std::to_string(shape.fold_columns);
  }
  shape.canonical = "table " + std::string(shape.name) + " " + widths + "\n" + shape.canonical;
}

}  // namespace zkvm
