// Chips read as expressions: degrees, counts, next-row use, and the canonical text that names the
// machine.
#ifndef ZKVM_STARK_AIR_SYMBOLIC_H_
#define ZKVM_STARK_AIR_SYMBOLIC_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

// An expression in the columns of a table: its canonical prefix text and its degree. Texts are
// shared by nothing and compared by nothing but equality; chips are small.
class SymbolicExpr {
 public:
  SymbolicExpr() : SymbolicExpr(Fp()) {}
  SymbolicExpr(int value) : SymbolicExpr(Fp(value)) {}  // NOLINT(google-explicit-constructor)
  SymbolicExpr(Fp value)                                // NOLINT(google-explicit-constructor)
      : text_(std::to_string(value.Value())), degree_(0) {}

  static SymbolicExpr Column(char kind, size_t index) {
    return SymbolicExpr(kind + std::to_string(index), 1);
  }
  // Entry `index` of Machine::monomials.
  static SymbolicExpr Constant(size_t index) {
    return SymbolicExpr(std::string("k").append(std::to_string(index)), 0);
  }

  const std::string& text() const { return text_; }
  int degree() const { return degree_; }

  friend SymbolicExpr operator+(const SymbolicExpr& a, const SymbolicExpr& b) {
    return Combine('+', a, b, std::max(a.degree_, b.degree_));
  }
  friend SymbolicExpr operator-(const SymbolicExpr& a, const SymbolicExpr& b) {
    return Combine('-', a, b, std::max(a.degree_, b.degree_));
  }
  friend SymbolicExpr operator*(const SymbolicExpr& a, const SymbolicExpr& b) {
    return Combine('*', a, b, a.degree_ + b.degree_);
  }
  SymbolicExpr operator-() const { return SymbolicExpr(0) - *this; }
  SymbolicExpr& operator+=(const SymbolicExpr& b) { return *this = *this + b; }
  SymbolicExpr& operator-=(const SymbolicExpr& b) { return *this = *this - b; }
  SymbolicExpr& operator*=(const SymbolicExpr& b) { return *this = *this * b; }

 private:
  SymbolicExpr(std::string text, int degree) : text_(std::move(text)), degree_(degree) {}
  static SymbolicExpr Combine(char op, const SymbolicExpr& a, const SymbolicExpr& b, int degree) {
    std::string text = "(";
    text += op;
    text.append(" ").append(a.text_).append(" ").append(b.text_).append(")");
    return SymbolicExpr(std::move(text), degree);
  }

  std::string text_;
  int degree_;
};

// A bus as one chip uses it.
struct BusUse {
  Bus bus;
  size_t consumed;  // Lookup, Send and Contribute, a row
  size_t provided;  // Provide and Receive, a row
};

// What the engine needs to know of a table; everything follows from Constrain.
struct AirShape {
  std::string_view name;
  size_t fixed_columns = 0;
  size_t main_columns = 0;
  std::vector<uint32_t> main_next;  // main columns read in the next row, ascending
  bool model = false;               // the fixed columns lie in the model tree
  size_t garbage_columns = 0;       // of F
  size_t fold_columns = 0;          // of F
  std::vector<uint32_t> fold_next;  // fold columns read in the next row, ascending
  size_t fractions = 0;             // messages a row
  size_t exchanges = 0;             // tuple pairs a row
  std::vector<BusUse> buses;
  size_t statements = 0;  // AssertZero, First and LastActive, in all
  std::string canonical;  // text of the table: widths, constraints, buses, order

  // Columns of F committed in the bus round: psi_1.. P, then f_1.. A (protocol.md, 2.3 and 2.4).
  size_t product_columns() const { return (exchanges + 1) / 2; }
  size_t sum_columns() const { return (fractions + 1) / 2; }
  size_t bus_columns() const { return product_columns() + sum_columns(); }
  // Columns of the trees of a proof but the quotient's, a column of F counted as five.
  size_t committed_columns() const {
    return main_columns + 5 * (garbage_columns + fold_columns + bus_columns());
  }
  // Elements of chi: the statements, one for each bus column, and two boundaries for each of P, A.
  size_t constraints() const {
    return statements + bus_columns() + (exchanges > 0 ? 2 : 0) + (fractions > 0 ? 2 : 0);
  }
};

class SymbolicBuilder {
 public:
  using Expr = SymbolicExpr;
  using Ext = SymbolicExpr;

  explicit SymbolicBuilder(AirShape& shape) : shape_(shape) {}

  void AssertZero(const Expr& e) { Statement("every", e, 3); }
  void First(const Expr& e) { Statement("first", e, 2); }
  void LastActive(const Expr& e) { Statement("last", e, 2); }
  template <class M, class... Fields>
  void Lookup(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Message("lookup", bus, true, {Value(multiplicity), Value(fields)...});
  }
  void LookupPair(const Bus& bus, int index, const Expr& x, const Expr& y, const Expr& xy);
  template <class M, class... Fields>
  void Provide(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Message("provide", bus, false, {Value(multiplicity), Value(fields)...});
  }
  template <class M, class... Fields>
  void Send(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Message("send", bus, true, {Value(multiplicity), Value(fields)...});
  }
  template <class M, class... Fields>
  void Receive(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Message("receive", bus, false, {Value(multiplicity), Value(fields)...});
  }
  template <class... Fields>
  void Contribute(const Bus& bus, const Ext& numerator, const Fields&... fields) {
    Share(bus, {numerator, Value(fields)...});
  }
  Ext Constant(size_t i) { return Expr::Constant(i); }
  Ext Dot(size_t first, const Expr* xs, size_t count) {
    Ext sum;
    for (size_t i = 0; i < count; ++i) sum += Expr::Constant(first + i) * xs[i];
    return sum;
  }
  template <class Consumed, class Produced>
  void Exchange(const Consumed& consumed, const Produced& produced) {
    Pair(Values(consumed), Values(produced));
  }

 private:
  template <class T>
  static Expr Value(const T& x) {
    if constexpr (std::is_same_v<T, Zero>) {
      return 0;
    } else if constexpr (std::is_same_v<T, Once>) {
      return 1;
    } else {
      return x;
    }
  }
  template <class T>
  static std::vector<Expr> Values(const T& t) {
    return {Value(t.space), Value(t.addr), Value(t.lo), Value(t.hi), Value(t.ts)};
  }
  void Statement(std::string_view where, const Expr& e, int max_degree);
  void Message(std::string_view what, const Bus& bus, bool consumes,
               const std::vector<Expr>& multiplicity_and_fields);
  void Share(const Bus& bus, const std::vector<Expr>& numerator_and_fields);
  void Pair(const std::vector<Expr>& consumed, const std::vector<Expr>& produced);
  void CountUse(const Bus& bus, bool consumes);
  void RequireBusField(const Expr& e) const;
  void RequireCurrentRow(const Expr& e) const;
  void Emit(std::string_view what, const std::vector<Expr>& list);

  AirShape& shape_;
};

// Marks the next-row columns that occur in shape.canonical; called once after Constrain.
void FinishShape(AirShape& shape);

// REQUIRES (checked, aborts with the name of the chip): degrees within their bounds, messages of
// their bus's width.
template <class Chip>
AirShape ShapeOf() {
  AirShape shape;
  shape.name = Chip::kName;
  shape.fixed_columns = ChipWidth<Chip>::kFixed;
  shape.main_columns = ChipWidth<Chip>::kMain;
  shape.model = kIsModelTable<Chip>;
  shape.garbage_columns = ChipWidth<Chip>::kGarbage;
  shape.fold_columns = ChipWidth<Chip>::kFolds;
  Window<Chip, SymbolicExpr> window;
  ForEachColumn<Chip::template Fixed>(
      window.fixed, [](size_t i, SymbolicExpr& x) { x = SymbolicExpr::Column('p', i); });
  ForEachColumn<Chip::template Main>(
      window.row, [](size_t i, SymbolicExpr& x) { x = SymbolicExpr::Column('c', i); });
  ForEachColumn<Chip::template Main>(
      window.next, [](size_t i, SymbolicExpr& x) { x = SymbolicExpr::Column('n', i); });
  VisitCells<ChipWidth<Chip>::kGarbage, SymbolicExpr>(
      window.garbage, [](size_t i, SymbolicExpr& x) { x = SymbolicExpr::Column('g', i); });
  VisitCells<ChipWidth<Chip>::kFolds, SymbolicExpr>(
      window.folds, [](size_t i, SymbolicExpr& x) { x = SymbolicExpr::Column('f', i); });
  VisitCells<ChipWidth<Chip>::kFolds, SymbolicExpr>(
      window.folds_next, [](size_t i, SymbolicExpr& x) { x = SymbolicExpr::Column('h', i); });
  SymbolicBuilder builder(shape);
  Chip::Constrain(builder, window);
  FinishShape(shape);
  return shape;
}

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_SYMBOLIC_H_
