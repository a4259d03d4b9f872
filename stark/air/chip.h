// What a chip is, and what it may say about its rows.
//
// A chip is one table of the machine: a stateless struct
//
//   struct AddSub {
//     static constexpr std::string_view kName = "add_sub";
//     template <class T> using Fixed = NoColumns<T>;            // preprocessed columns, in the key
//     template <class T> struct Main { T pc, ts, /* ... */; };  // committed columns
//     template <class B>
//     static constexpr void Constrain(B& b, const Window<AddSub, typename B::Expr>& w);
//   };
//
// Fixed and Main hold nothing but T members: their width is sizeof(Main<T>) / sizeof(T) and their
// order is the column order of the table. `Constrain` is written once and instantiated for
//
//   SymbolicBuilder   degrees, counts, next-row use, machine id, generated documentation
//   CheckBuilder      the debug checker: names chip, row and constraint
//   BusTracker        names unbalanced messages and their rows
//   PointBuilder      the verifier, at the out-of-domain point
//   PackedBuilder     the prover, on SIMD lanes of rows
//
// and, at compile time, to count its messages and tuple pairs; so it and its gadgets are constexpr.
//
// Expressions. B::Expr is a value type with + - * among itself, Fp and int (both convert). A
// product of three columns is the highest degree allowed (checked symbolically, never declared).
//
// Rows (docs/protocol.md, section 2.2). A table of height n has u = n - tau active rows 0..u-1.
// Everything said with AssertZero and every interaction holds on the active rows; w.next of row
// u-1 is the terminal row u, whose cells are free. Interactions use the current row only.
//
//   b.AssertZero(e)                   e = 0 on every active row, degree <= 3
//   b.First(e)                        e = 0 on row 0, degree <= 2
//   b.LastActive(e)                   e = 0 on row u-1, degree <= 2 (may read w.next, which is row
//   u)
//
// Buses (section 2.3): m is kOnce, or an expression of degree <= 1; fields are expressions of
// degree <= 1, ints, or kZero. The number of fields is the bus's width.
//
//   b.Lookup(bus, m, fields...)       consumer; m boolean by constraint
//   b.LookupPair(bus, i, x, y, xy)    the consumers (i, x) and (i, y) as one fraction, with the
//                                     statement x y = xy; i is an int
//   b.Provide(bus, m, fields...)      provider; m a free multiplicity column
//   b.Send(bus, m, fields...)         exact bus; m boolean by constraint
//   b.Receive(bus, m, fields...)      exact bus; m boolean by constraint
//
// State, registers and memory (section 2.4): one grand product over tuples.
//
//   b.Exchange(consumed, produced)    Tuple{space, addr, lo, hi, ts} each
//
// Rounds of challenges (section 2.6). A chip may have columns of F besides:
//
//     template <class T> struct Garbage { T ... };   // committed after gamma and delta
//     template <class T> struct Folds { T ... };     // committed after x and y
//
// Its window is Window<Chip, typename B::Expr, typename B::Ext> then, with w.garbage, w.folds and
// w.folds_next. B::Ext mixes with B::Expr, Fp and int in + - *; all statements take either type.
//
//   b.Constant(i)                     entry i of Machine::monomials, in F
//   b.Dot(first, xs, n)               sum over j < n of Constant(first + j) xs[j]; xs are B::Expr
//   b.Lookup(bus, m, fields..., v)    the last field of a message may be of F: one field
//   b.Contribute(bus, v, fields...)   additive bus; v of F or F_p, degree <= 2
//
// A table whose fixed columns belong to a model rather than to a program says so:
//
//     static constexpr bool kModel = true;
#ifndef ZKVM_STARK_AIR_CHIP_H_
#define ZKVM_STARK_AIR_CHIP_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace zkvm {

// A table without columns of a kind. Its size is taken as zero, whatever sizeof says.
template <class T>
struct NoColumns {};

// Number of columns of a row struct template, e.g. kNumColumns<AddSub::Main>.
template <template <class> class Row>
inline constexpr size_t kNumColumns = std::is_empty_v<Row<uint8_t>> ? 0 : sizeof(Row<uint8_t>);

// The row structs of columns of F, NoColumns where a chip has none.
template <class Chip, class T>
struct GarbageRowOf {
  using Type = NoColumns<T>;
};
template <class Chip, class T>
  requires requires { typename Chip::template Garbage<T>; }
struct GarbageRowOf<Chip, T> {
  using Type = typename Chip::template Garbage<T>;
};
template <class Chip, class T>
struct FoldsRowOf {
  using Type = NoColumns<T>;
};
template <class Chip, class T>
  requires requires { typename Chip::template Folds<T>; }
struct FoldsRowOf<Chip, T> {
  using Type = typename Chip::template Folds<T>;
};

template <class Chip>
struct ChipWidth {
  template <class T>
  using FixedRow = typename Chip::template Fixed<T>;
  template <class T>
  using MainRow = typename Chip::template Main<T>;
  static constexpr size_t kFixed = kNumColumns<FixedRow>;
  template <class T>
  using GarbageRow = typename GarbageRowOf<Chip, T>::Type;
  template <class T>
  using FoldsRow = typename FoldsRowOf<Chip, T>::Type;
  static constexpr size_t kMain = kNumColumns<MainRow>;
  // Columns of F.
  static constexpr size_t kGarbage = kNumColumns<GarbageRow>;
  static constexpr size_t kFolds = kNumColumns<FoldsRow>;
};

template <class Chip>
inline constexpr bool kIsModelTable = [] {
  if constexpr (requires { Chip::kModel; }) {
    return Chip::kModel;
  } else {
    return false;
  }
}();

template <class Chip, class Expr, class Ext = Expr>
struct Window {
  typename Chip::template Fixed<Expr> fixed;
  typename Chip::template Main<Expr> row;
  typename Chip::template Main<Expr> next;
  typename GarbageRowOf<Chip, Ext>::Type garbage;
  typename FoldsRowOf<Chip, Ext>::Type folds;
  typename FoldsRowOf<Chip, Ext>::Type folds_next;
};

// The window that a chip's Constrain takes from a builder.
template <class Chip, class B>
using WindowFor = std::conditional_t<(ChipWidth<Chip>::kGarbage + ChipWidth<Chip>::kFolds > 0),
                                     Window<Chip, typename B::Expr, typename B::Ext>,
                                     Window<Chip, typename B::Expr>>;

// Calls visit(column_index, cell) for the kColumns members, of type T, of a row struct, in order.
template <size_t kColumns, class T, class Row, class Visitor>
void VisitCells(Row& row, Visitor visit) {
  if constexpr (kColumns > 0) {
    static_assert(sizeof(Row) == kColumns * sizeof(T), "a row struct holds T members only");
    T* cells = reinterpret_cast<T*>(&row);
    for (size_t i = 0; i < kColumns; ++i) visit(i, cells[i]);
  }
}

template <template <class> class Row, class T, class Visitor>
void ForEachColumn(Row<T>& row, Visitor visit) {
  VisitCells<kNumColumns<Row>, T>(row, visit);
}

// Lookup buses balance sums of multiplicities over any field; exact buses have boolean
// multiplicities on both sides; on additive buses the numerators of every message sum to zero.
enum class BusKind : uint8_t { kLookup, kExact, kAdditive };

struct Bus {
  uint32_t id;  // >= 1, an element of every message
  std::string_view name;
  size_t width;  // number of fields
  BusKind kind;
};

// Multiplicity one, on every active row.
struct Once {};
inline constexpr Once kOnce;

// The field 0, for which nothing is computed.
struct Zero {};
inline constexpr Zero kZero;

// An element of the grand product: space + b addr + b^2 lo + b^3 hi + b^4 ts.
template <class Space, class Addr, class Lo, class Hi, class Ts>
struct Tuple {
  Space space;
  Addr addr;
  Lo lo;
  Hi hi;
  Ts ts;
};
template <class Space, class Addr, class Lo, class Hi, class Ts>
Tuple(Space, Addr, Lo, Hi, Ts) -> Tuple<Space, Addr, Lo, Hi, Ts>;

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_CHIP_H_
