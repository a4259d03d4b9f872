// Evaluates everything a chip says about one row of field elements and keeps it: the basis of the
// debug checker, the bus tracker and the tests.
#ifndef ZKVM_STARK_AIR_ROW_BUILDER_H_
#define ZKVM_STARK_AIR_ROW_BUILDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "stark/air/chip.h"
#include "stark/field/fp.h"
#include "stark/field/fp5.h"

namespace zkvm {

enum class RowKind : uint8_t { kEvery, kFirst, kLastActive };

class RowBuilder {
 public:
  using Expr = Fp;
  using Ext = Fp5;

  // Without constants, for chips that use none.
  RowBuilder() = default;
  // `constants` are the values of Machine::monomials; they outlive the builder.
  explicit RowBuilder(std::span<const Fp5> constants) : constants_(constants) {}

  struct Constraint {
    Fp5 value;
    RowKind where;
    std::source_location location;
  };
  // +multiplicity for consumers and senders, -multiplicity for providers and receivers. A field of
  // F is five fields here. On an additive bus `share` is the numerator, and the multiplicity 1.
  struct Message {
    const Bus* bus;
    Fp multiplicity;
    std::vector<Fp> fields;
    bool provides;
    Fp5 share = {};
  };
  // (space, addr, lo, hi, ts).
  using TupleValue = std::array<Fp, 5>;
  struct TuplePair {
    TupleValue consumed, produced;
  };

  Fp5 Constant(size_t i) const { return constants_[i]; }
  Fp5 Dot(size_t first, const Fp* xs, size_t count) const {
    Fp5 sum;
    for (size_t i = 0; i < count; ++i) sum += constants_[first + i] * xs[i];
    return sum;
  }
  void AssertZero(Fp5 e, std::source_location where = std::source_location::current()) {
    constraints.push_back({e, RowKind::kEvery, where});
  }
  void First(Fp5 e, std::source_location where = std::source_location::current()) {
    constraints.push_back({e, RowKind::kFirst, where});
  }
  void LastActive(Fp5 e, std::source_location where = std::source_location::current()) {
    constraints.push_back({e, RowKind::kLastActive, where});
  }
  template <class M, class... Fields>
  void Lookup(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Add(bus, Value(multiplicity), false, fields...);
  }
  // Two messages.
  void LookupPair(const Bus& bus, int index, Fp x, Fp y, Fp xy,
                  std::source_location where = std::source_location::current()) {
    AssertZero(x * y - xy, where);
    Lookup(bus, kOnce, Fp(index), x);
    Lookup(bus, kOnce, Fp(index), y);
  }
  template <class M, class... Fields>
  void Provide(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Add(bus, -Value(multiplicity), true, fields...);
  }
  template <class M, class... Fields>
  void Send(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Add(bus, Value(multiplicity), false, fields...);
  }
  template <class M, class... Fields>
  void Receive(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Add(bus, -Value(multiplicity), true, fields...);
  }
  template <class... Fields>
  void Contribute(const Bus& bus, const Fp5& share, const Fields&... fields) {
    Add(bus, 1, false, fields...);
    messages.back().share = share;
  }
  template <class Consumed, class Produced>
  void Exchange(const Consumed& consumed, const Produced& produced) {
    exchanges.push_back({Values(consumed), Values(produced)});
  }

  void Clear() {
    constraints.clear();
    messages.clear();
    exchanges.clear();
  }

  std::vector<Constraint> constraints;
  std::vector<Message> messages;
  std::vector<TuplePair> exchanges;

 private:
  template <class T>
  static Fp Value(const T& x) {
    if constexpr (std::is_same_v<T, Zero>) {
      return 0;
    } else if constexpr (std::is_same_v<T, Once>) {
      return 1;
    } else {
      return x;
    }
  }
  template <class T>
  static TupleValue Values(const T& t) {
    return {Value(t.space), Value(t.addr), Value(t.lo), Value(t.hi), Value(t.ts)};
  }
  template <class... Fields>
  void Add(const Bus& bus, Fp multiplicity, bool provides, const Fields&... fields) {
    Message message{&bus, multiplicity, {}, provides};
    (Append(fields, message.fields), ...);
    messages.push_back(std::move(message));
  }
  template <class T>
  static void Append(const T& field, std::vector<Fp>& fields) {
    if constexpr (std::is_same_v<T, Fp5>) {
      fields.insert(fields.end(), field.c.begin(), field.c.end());
    } else {
      fields.push_back(Value(field));
    }
  }

  std::span<const Fp5> constants_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_ROW_BUILDER_H_
