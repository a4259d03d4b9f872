// Counts how often every entry of the lookup tables is looked up: a builder that hears nothing but
// Lookup, and knows where each entry stands.
#ifndef ZKVM_VM_LOOKUP_COUNTER_H_
#define ZKVM_VM_LOOKUP_COUNTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "isa/air/buses.h"
#include "isa/program.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/lookups.h"
#include "stark/air/chip.h"
#include "stark/air/no_ext.h"
#include "stark/field/fp.h"
#include "vm/chips/byte_table.h"
#include "vm/chips/misc_table.h"
#include "vm/chips/program_table.h"
#include "vm/chips/range_table.h"

namespace zkvm {

// The program table by rows. The last row is the constants row.
using ProgramRows = std::vector<ProgramTable::Fixed<Fp>>;
ProgramRows MakeProgramRows(const Program& program);

// Number of lookups of every entry, by row of the tables.
struct LookupCounts {
  LookupCounts(size_t program_rows, tensor::Lookups tensor_lookups)
      : program(program_rows), tensors(std::move(tensor_lookups)) {}

  LookupCounts& operator+=(const LookupCounts& other);

  std::vector<uint32_t> program;
  std::vector<uint32_t> range = std::vector<uint32_t>(RangeTable::kEntries);
  std::vector<uint32_t> bytes = std::vector<uint32_t>(ByteTable::kEntries + 1);
  std::vector<uint32_t> pair = std::vector<uint32_t>(ByteTable::kEntries + 1);
  std::array<uint32_t, MiscTable::kShifts> shift{};
  tensor::Lookups tensors;
};

// A lookup that no table answers is a fault of whoever filled the row: it throws std::logic_error
// with chip, row, bus and message. MUL64 is only checked: its provider counts for itself.
class LookupCounter {
 public:
  using Expr = Fp;
  using Ext = NoExt;

  // `rows` outlives the counter; `tensors` has counted nothing.
  LookupCounter(const ProgramRows& rows, const tensor::Lookups& tensors)
      : counts_(rows.size(), tensors), program_(rows) {}

  // Where the next lookups come from; each stands for `weight` equal ones.
  void Begin(std::string_view chip, size_t row, uint32_t weight = 1) {
    chip_ = chip;
    row_ = row;
    weight_ = weight;
  }
  const LookupCounts& counts() const { return counts_; }

  template <class E>
  void AssertZero(const E&) {}
  template <class E>
  void First(const E&) {}
  template <class E>
  void LastActive(const E&) {}
  NoExt Constant(size_t) const { return {}; }
  NoExt Dot(size_t, const Fp*, size_t) const { return {}; }
  template <class... Fields>
  void Contribute(const Bus&, const Fields&...) {}
  template <class Consumed, class Produced>
  void Exchange(const Consumed&, const Produced&) {}
  template <class M, class... Fields>
  void Send(const Bus&, const M&, const Fields&...) {}
  template <class M, class... Fields>
  void Receive(const Bus&, const M&, const Fields&...) {}
  template <class M, class... Fields>
  void Provide(const Bus&, const M&, const Fields&...) {}

  void LookupPair(const Bus& bus, int index, Fp x, Fp y, Fp) {
    Lookup(bus, kOnce, index, x);
    Lookup(bus, kOnce, index, y);
  }
  template <class M, class... Fields>
  [[gnu::always_inline]] void Lookup(const Bus& bus, const M& multiplicity,
                                     const Fields&... fields) {
    if constexpr (!std::is_same_v<M, Once>) {
      if (multiplicity.IsZero()) return;
      if (!(multiplicity == Fp(1))) Fail(bus, MessageOf(fields...));
    }
    bool found = false;
    if (bus.id >= tensor::kMicro.id) {
      found = weight_ == 1 && counts_.tensors.Count(bus, MessageOf(fields...));
    } else if constexpr (sizeof...(Fields) == 2) {
      found = bus.id == kRange.id ? CountRange(Integer(fields)...) : CountPair(Integer(fields)...);
    } else if constexpr (kIsBase<3, Fields...>) {
      found = CountBytes(Integer(fields)...);
    } else if constexpr (sizeof...(Fields) == 5) {
      found = CountShift(Integer(fields)...);
    } else if constexpr (sizeof...(Fields) == 8) {
      found = bus.id == kProgram.id ? CountProgram({Element(fields)...})
                                    : IsProduct({Integer(fields)...});
    }
    if (!found) [[unlikely]] {
      Fail(bus, MessageOf(fields...));
    }
  }

 private:
  // A message of kCount fields, none of them of F.
  template <size_t kCount, class... Fields>
  static constexpr bool kIsBase =
      sizeof...(Fields) == kCount && !(std::is_same_v<Fields, NoExt> || ...);

  // Without the field of F.
  template <class... Fields>
  static auto MessageOf(const Fields&... fields) {
    constexpr size_t kExt = (size_t{std::is_same_v<Fields, NoExt>} + ...);
    std::array<Fp, sizeof...(Fields) - kExt> message;
    size_t i = 0;
    const auto append = [&]<class T>(const T& field) {
      if constexpr (!std::is_same_v<T, NoExt>) message[i++] = Element(field);
    };
    (append(fields), ...);
    return message;
  }

  static uint32_t Integer(Fp x) { return x.Value(); }
  static uint32_t Integer(int x) { return static_cast<uint32_t>(x); }
  static uint32_t Integer(Zero) { return 0; }
  static Fp Element(Fp x) { return x; }
  static Fp Element(int x) { return x; }
  static Fp Element(Zero) { return 0; }

  bool CountRange(uint32_t bits, uint32_t value) {
    if (bits > RangeTable::kMaxBits || value >> bits != 0) return false;
    counts_.range[RangeTable::Row(bits, value)] += weight_;
    return true;
  }
  bool CountPair(uint32_t x, uint32_t y) {
    if (x > 0xFF || y > 0xFF) return false;
    counts_.pair[ByteTable::Row(x, y)] += weight_;
    return true;
  }
  bool CountBytes(uint32_t x, uint32_t y, uint32_t x_and_y) {
    if (x > 0xFF || y > 0xFF || (x & y) != x_and_y) return false;
    counts_.bytes[ByteTable::Row(x, y)] += weight_;
    return true;
  }
  bool CountShift(uint32_t left, uint32_t c, uint32_t q, uint32_t two_to_q,
                  uint32_t two_to_16_minus_q) {
    if (left > 1 || c > 15 || q != (left != 0 ? 16 - c : c)) return false;
    if (two_to_q != 1U << q || two_to_16_minus_q != 1U << (16 - q)) return false;
    counts_.shift[MiscTable::Row(left != 0, c)] += weight_;
    return true;
  }
  bool CountProgram(const ProgramTable::Fixed<Fp>& message) {
    const uint32_t pc = message.pc.Value();
    const size_t constants = program_.size() - 1;
    const size_t i = pc == ProgramTable::kConstantsPc ? constants : (pc - text_base_) / 4;
    if (i > constants || !(program_[i] == message)) return false;
    counts_.program[i] += weight_;
    return true;
  }
  // a0, a1, b0, b1, y0, y1, y2, y3.
  static bool IsProduct(const std::array<uint32_t, 8>& limbs) {
    uint64_t y = 0;
    for (size_t i = 0; i < 8; ++i) {
      if (limbs[i] > 0xFFFF) return false;
    }
    for (size_t i = 8; i-- > 4;) y = y << 16 | limbs[i];
    return (uint64_t{limbs[1]} << 16 | limbs[0]) * (uint64_t{limbs[3]} << 16 | limbs[2]) == y;
  }

  [[noreturn, gnu::cold, gnu::noinline]] void Fail(const Bus& bus,
                                                   std::span<const Fp> message) const;

  LookupCounts counts_;
  const ProgramRows& program_;
  uint32_t text_base_ = program_[0].pc.Value();
  std::string_view chip_;
  size_t row_ = 0;
  uint32_t weight_ = 1;
};

}  // namespace zkvm

#endif  // ZKVM_VM_LOOKUP_COUNTER_H_
