// Steps that forgeries of boundary traces are made of. None of them shows by itself: the tuples are
// balanced again.
#ifndef ZKVM_TESTS_VM_BOUNDARY_FORGING_H_
#define ZKVM_TESTS_VM_BOUNDARY_FORGING_H_

#include <cstddef>
#include <cstdint>

#include "tests/support/audit.h"
#include "tests/vm/boundary_world.h"

namespace zkvm {

// The instruction that set `reg` at time ts (its row of the Upper table).
inline size_t SetAt(const Audit& a, Fp ts) {
  return a.Find<Upper>([&](const auto& row) { return row.real == Fp(1) && row.ts == ts; });
}
// The instruction whose write of `reg` consumed the tuple of time `prev`.
inline size_t SetAfter(const Audit& a, int reg, Fp prev) {
  return a.Find<Upper>([&](const auto& row) {
    return row.real == Fp(1) && row.rd == Fp(reg) && row.prev_c == prev;
  });
}
// Makes the next write of a register see it at another time.
inline void ShiftNextSet(Audit& a, int reg, Fp prev, Fp new_prev) {
  a.Edit<Upper>(SetAfter(a, reg, prev), [&](auto& row) { row.prev_c = new_prev; });
}
inline void EndRegister(Audit& a, int reg, const Word<Fp>& last, Fp last_ts) {
  a.Set<Image>(static_cast<size_t>(reg), {last, last_ts});
}

// Takes out an instruction that set an idle register.
inline void RemoveSet(Audit& a, const Moment& at, int reg) {
  a.Set<Upper>(SetAt(a, Fp::FromU32(at.ts)), {});
  EndRegister(a, reg, {0, 0}, 0);
}

// Two calls in a row set a register to the same value and read it. The first read is made to see
// what the second one should, so that it reads the future; every other gap stays positive.
template <class Chip, class Prev>
void ReadTheFuture(Audit& a, size_t first, size_t second, int reg, Prev prev) {
  auto one = a.Get<Chip>(first);
  auto two = a.Get<Chip>(second);
  ShiftNextSet(a, reg, one.ts, one.*prev);
  one.*prev = two.*prev;
  two.*prev = one.ts;
  a.Set<Chip>(first, one);
  a.Set<Chip>(second, two);
}

// A row of a call that is not real and changes nothing.
template <class Row>
Row Idle(Fp ts) {
  Row row{};
  row.ts = ts;
  row.prev_a7 = ts;
  if constexpr (requires { row.prev_a0; }) row.prev_a0 = ts;
  if constexpr (requires { row.prev_a1; }) row.prev_a1 = ts;
  if constexpr (requires { row.prev_index; }) row.prev_index = ts;
  if constexpr (requires { row.gap_hi; }) row.prev = ts;
  return row;
}

inline Fp LastNote(const Audit& a) { return a.Get<NoteCall>(3).ts; }
inline Fp LastJournal(const Audit& a) { return a.Get<JournalCall>(1).ts; }

}  // namespace zkvm

#endif  // ZKVM_TESTS_VM_BOUNDARY_FORGING_H_
