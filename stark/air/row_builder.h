// Evaluates everything a chip says about one row of field elements and keeps it: the basis of the
// debug checker, the bus tracker and the tests.
#ifndef ZKVM_STARK_AIR_ROW_BUILDER_H_
#define ZKVM_STARK_AIR_ROW_BUILDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <vector>

#include "stark/air/chip.h"
#include "stark/field/fp.h"

namespace zkvm {

enum class RowKind : uint8_t { kEvery, kFirst, kLastActive };

class RowBuilder {
 public:
  using Expr = Fp;

  struct Constraint {
    Fp value;
    RowKind where;
    std::source_location location;
  };
  // +multiplicity for consumers and senders, -multiplicity for providers and receivers.
  struct Message {
    const Bus* bus;
    Fp multiplicity;
    std::vector<Fp> fields;
    bool provides;
  };
  // (space, addr, lo, hi, ts).
  using TupleValue = std::array<Fp, 5>;
  struct TuplePair {
    TupleValue consumed, produced;
  };

  void AssertZero(Fp e, std::source_location where = std::source_location::current()) {
    constraints.push_back({e, RowKind::kEvery, where});
  }
  void First(Fp e, std::source_location where = std::source_location::current()) {
    constraints.push_back({e, RowKind::kFirst, where});
  }
  void LastActive(Fp e, std::source_location where = std::source_location::current()) {
    constraints.push_back({e, RowKind::kLastActive, where});
  }
  template <class M, class... Fields>
  void Lookup(const Bus& bus, const M& multiplicity, const Fields&... fields) {
    Add(bus, Value(multiplicity), false, fields...);
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
    messages.push_back({&bus, multiplicity, {Value(fields)...}, provides});
  }
};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_ROW_BUILDER_H_
