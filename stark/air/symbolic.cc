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

}  // namespace

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
  for (const Expr& e : multiplicity_and_fields) {
    Require(e.degree() <= 1, shape_, "degree " + std::to_string(e.degree()) + " in " + e.text());
  }
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
    for (const Expr& e : *side) {
      Require(e.degree() <= 1, shape_, "degree " + std::to_string(e.degree()) + " in " + e.text());
    }
  }
  Emit("consume", consumed);
  Emit("produce", produced);
}

void FinishShape(AirShape& shape) {
  std::set<uint32_t> next;
  const std::string& text = shape.canonical;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    const bool starts = text[i] == 'n' && text[i - 1] == ' ' &&
                        std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0;
    if (starts) next.insert(static_cast<uint32_t>(std::strtoul(&text[i + 1], nullptr, 10)));
  }
  shape.main_next.assign(next.begin(), next.end());
  shape.canonical = "table " + std::string(shape.name) + " " + std::to_string(shape.fixed_columns) +
                    " " + std::to_string(shape.main_columns) + "\n" + shape.canonical;
}

}  // namespace zkvm
