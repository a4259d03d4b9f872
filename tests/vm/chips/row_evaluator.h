// Evaluates one row of a chip and keeps everything it says, in any field and word geometry.
#ifndef ZKVM_TESTS_VM_CHIPS_ROW_EVALUATOR_H_
#define ZKVM_TESTS_VM_CHIPS_ROW_EVALUATOR_H_

#include <array>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "isa/air/buses.h"
#include "isa/air/geometry.h"
#include "stark/air/chip.h"

namespace zkvm::chip_test {

template <class F, class G>
class RowEvaluator {
 public:
  using Expr = F;
  using Geometry = G;
  static constexpr size_t kMaxFields = 8;

  struct Message {
    const Bus* bus;
    bool provided;
    F multiplicity;
    std::array<F, kMaxFields> fields;  // zeros beyond the bus's width
  };
  // (space, addr, lo, hi, ts)
  using TupleValue = std::array<F, 5>;
  struct TuplePair {
    TupleValue consumed, produced;
    bool Cancels() const { return consumed == produced; }
  };

  void AssertZero(F e) { constraints.push_back(e); }
  template <class M, class... Fields>
  void Lookup(const Bus& bus, const M& m, const Fields&... fields) {
    messages.push_back({&bus, false, Value(m), {Value(fields)...}});
  }
  template <class M, class... Fields>
  void Provide(const Bus& bus, const M& m, const Fields&... fields) {
    messages.push_back({&bus, true, Value(m), {Value(fields)...}});
  }
  template <class Consumed, class Produced>
  void Exchange(const Consumed& consumed, const Produced& produced) {
    exchanges.push_back({Values(consumed), Values(produced)});
  }

  template <class Chip>
  void Evaluate(const typename Chip::template Main<F>& row) {
    constraints.clear();
    messages.clear();
    exchanges.clear();
    Window<Chip, F> window{};
    window.row = row;
    Chip::Constrain(*this, window);
  }

  std::vector<F> constraints;
  std::vector<Message> messages;
  std::vector<TuplePair> exchanges;

 private:
  template <class T>
  static F Value(const T& x) {
    if constexpr (std::is_same_v<T, Zero>) {
      return F(0);
    } else if constexpr (std::is_same_v<T, Once>) {
      return F(1);
    } else {
      return F(x);
    }
  }
  template <class T>
  static TupleValue Values(const T& t) {
    return {Value(t.space), Value(t.addr), Value(t.lo), Value(t.hi), Value(t.ts)};
  }
};

// Whether a message is an entry of its fixed table, or a true product for MUL64. PROG is not
// decided here.
template <class G, class Message>
bool InTable(const Message& message) {
  const auto field = [&](size_t i) -> uint64_t { return message.fields[i].Value(); };
  const Bus& bus = *message.bus;
  if (bus.id == kRange.id) return field(0) <= G::kLimbBits && field(1) < (1ULL << field(0));
  if (bus.id == kPair.id) return field(0) < G::kByte && field(1) < G::kByte;
  if (bus.id == kBytes.id) {
    return field(0) < G::kByte && field(1) < G::kByte && field(2) == (field(0) & field(1));
  }
  if (bus.id == kShift.id) {
    const uint64_t split = field(0) == 1 ? G::kLimbBits - field(1) : field(1);
    return field(0) <= 1 && field(1) < G::kLimbBits && field(2) == split &&
           field(3) == 1ULL << split && field(4) == 1ULL << (G::kLimbBits - split);
  }
  if (bus.id == kMul64.id) {
    for (size_t i = 0; i < 8; ++i) {
      if (field(i) >= G::kLimb) return false;
    }
    constexpr int kBits = G::kLimbBits;
    const uint64_t product = (field(0) + (field(1) << kBits)) * (field(2) + (field(3) << kBits));
    for (size_t i = 0; i < 4; ++i) {
      if (field(4 + i) != ((product >> (kBits * i)) & (G::kLimb - 1))) return false;
    }
    return true;
  }
  return false;
}

}  // namespace zkvm::chip_test

#endif  // ZKVM_TESTS_VM_CHIPS_ROW_EVALUATOR_H_
