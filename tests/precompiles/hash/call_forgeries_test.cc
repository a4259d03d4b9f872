// Forged traces of the calls of hash functions and of their memory accesses must be rejected, and
// every statement of these tables must be needed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "precompiles/hash_chips.h"
#include "tests/support/assembler.h"
#include "tests/support/audit.h"
#include "tests/support/script.h"
#include "tests/vm/boundary_forging.h"

namespace zkvm {
namespace {

// Which argument of which call is not what the call did: it is larger by p.
enum class Lie { kNone, kShaState, kShaBlock, kBlakeState, kBlakeBlock };

// Areas of the image hold a state and a block each. SHA-256 compresses areas 0, 1, .., 11 and again
// the last one, twice; then BLAKE3 area 12, three times. After the last call of each an idle
// register is set while a7, a0 and a1 still say what they said.
struct HashWorld {
  static constexpr uint32_t kAreaWords = 28;
  static constexpr uint32_t kShaAreas = 12;
  static constexpr uint32_t kLastShaArea = kShaAreas - 1;
  static constexpr uint32_t kBlakeArea = kShaAreas;

  explicit HashWorld(Lie lie) : script(Image()) {
    for (uint32_t area = 0; area < kShaAreas; ++area) Sha(area, area == 0 ? lie : Lie::kNone);
    Sha(kLastShaArea, Lie::kNone);
    Sha(kLastShaArea, Lie::kNone);
    after_sha = SetIdle(26);
    Blake(lie);
    Blake(Lie::kNone);
    Blake(Lie::kNone);
    after_blake = SetIdle(27);
    script.Set(reg::a1, 0);
    script.Halt(0);
  }

  static std::vector<uint32_t> Image() {
    std::mt19937 random(1);
    std::vector<uint32_t> image(kAreaWords * (kShaAreas + 1));
    for (uint32_t& word : image) word = static_cast<uint32_t>(random());
    return image;
  }
  static uint32_t StateOf(uint32_t area) { return Script::kImageBase + 4 * kAreaWords * area; }
  static uint32_t BlockOf(uint32_t area) { return StateOf(area) + 48; }

  void Sha(uint32_t area, Lie lie) {
    script.HashWith<sha256::State>(StateOf(area) + (lie == Lie::kShaState ? Fp::kModulus : 0),
                                   BlockOf(area) + (lie == Lie::kShaBlock ? Fp::kModulus : 0),
                                   StateOf(area), BlockOf(area));
  }
  void Blake(Lie lie) {
    script.HashWith<blake3::State>(
        StateOf(kBlakeArea) + (lie == Lie::kBlakeState ? Fp::kModulus : 0),
        BlockOf(kBlakeArea) + (lie == Lie::kBlakeBlock ? Fp::kModulus : 0), StateOf(kBlakeArea),
        BlockOf(kBlakeArea));
  }
  Moment SetIdle(int reg) {
    const Moment now{script.pc(), script.ts()};
    script.Set(reg, 0);
    return now;
  }

  Script script;
  Moment after_sha{}, after_blake{};
};

struct Audited {
  explicit Audited(Lie lie)
      : world(lie),
        audit(world.script.program(), world.script.record(),
              {world.script.program().entry, 0, {}}) {}

  static Audited& Of(Lie lie) {
    static std::map<Lie, std::unique_ptr<Audited>> all;
    std::unique_ptr<Audited>& audited = all[lie];
    if (!audited) audited = std::make_unique<Audited>(lie);
    return *audited;
  }

  const HashWorld world;
  Audit audit;
};

struct HashForgery {
  std::string name;  // begins with that of the chip
  std::function<void(const HashWorld&, Audit&)> apply;
  Lie lie = Lie::kNone;
};

template <class Chip>
struct CallTraits;
template <>
struct CallTraits<Sha256Call> {
  using Rounds = Sha256Rounds;
  static constexpr size_t kLast = HashWorld::kShaAreas + 1;  // row of the last call
  static constexpr Lie kLieOfState = Lie::kShaState, kLieOfBlock = Lie::kShaBlock;
  static constexpr int kIdle = 26;
  static constexpr uint32_t kArea = HashWorld::kLastShaArea;
  static Moment After(const HashWorld& w) { return w.after_sha; }
  static const auto& Steps(const HashWorld& w) { return w.script.record().sha256; }
};
template <>
struct CallTraits<Blake3Call> {
  using Rounds = Blake3HalfRounds;
  static constexpr size_t kLast = 2;
  static constexpr Lie kLieOfState = Lie::kBlakeState, kLieOfBlock = Lie::kBlakeBlock;
  static constexpr int kIdle = 27;
  static constexpr uint32_t kArea = HashWorld::kBlakeArea;
  static Moment After(const HashWorld& w) { return w.after_blake; }
  static const auto& Steps(const HashWorld& w) { return w.script.record().blake3; }
};

size_t ImageRow(uint32_t address) { return kNumRegisters + (address - Script::kImageBase) / 4; }
// The access at `now` to the words at a byte address.
size_t QuadAt(const Audit& a, Fp now, uint32_t address) {
  return a.Find<QuadAccess>(
      [&](const auto& row) { return row.now == now && row.address == Fp::FromU32(address / 4); });
}

// A call with a block of rounds and all accesses, in place of the instruction that set the idle
// register. Memory is as the last call left it.
template <class Chip>
void CallWhereTheProgramHasNone(const HashWorld& w, Audit& a) {
  using Traits = CallTraits<Chip>;
  using Rounds = typename Traits::Rounds;
  constexpr size_t kRows = Rounds::kRowsOfCall;
  const Moment at = Traits::After(w);
  const auto last = Traits::Steps(w).back();
  auto step = last;
  const auto result = [](auto step) {
    if constexpr (std::is_same_v<Chip, Sha256Call>) {
      sha256::Compress(step.state, step.block);
    } else {
      blake3::Compress(step.state, step.block);
    }
    return step.state;
  };
  step.state = result(last);
  step.call.pc = at.pc;
  step.call.ts = at.ts;
  step.call.prev_a7 = step.call.prev_a0 = step.call.prev_a1 = last.call.ts;
  const auto after = result(step);

  typename Chip::template Main<Fp> call{};
  Chip::Fill(step, call);
  a.Append<Chip>(call);
  size_t first = a.active_rows<Rounds>();
  while (first > 0 && a.Get<Rounds>(first - 1).call.IsZero()) --first;
  for (size_t n = 0; n <= kRows; ++n) {
    typename Rounds::template Main<Fp> row{};
    if constexpr (std::is_same_v<Chip, Sha256Call>) {
      Rounds::Fill(n < kRows ? &last : &step, n < kRows ? &step : nullptr, n % kRows, row);
    } else {
      if (n == kRows) break;
      Rounds::Fill(step, n, row);
    }
    a.Set<Rounds>(first + n, row);
  }
  const auto access = [&](uint32_t address, uint32_t slot, const uint32_t* old,
                          const uint32_t* value) {
    QuadStep quad{at.ts + slot, address / 4, {}, {}, {}};
    for (uint32_t i = 0; i < 4; ++i) {
      quad.old[i] = old[i];
      quad.value[i] = value[i];
      quad.prev[i] = last.call.ts + slot;
      a.Set<Image>(ImageRow(address + 4 * i), {WordOf(value[i]), Fp::FromU32(at.ts + slot)});
    }
    QuadAccess::Main<Fp> row{};
    QuadAccess::Fill(quad, row);
    a.Append<QuadAccess>(row);
  };
  const uint32_t state = HashWorld::StateOf(Traits::kArea);
  const uint32_t block = HashWorld::BlockOf(Traits::kArea);
  for (uint32_t i = 0; i < 16; i += 4) {
    access(block + 4 * i, 1, &step.block[i], &step.block[i]);
  }
  for (uint32_t i = 0; i < step.state.size(); i += 4) {
    access(state + 4 * i, i < 8 ? 2 : 3, &step.state[i], &after[i]);
  }
  const Fp now = Fp::FromU32(at.ts);
  a.Set<Upper>(SetAt(a, now), {});
  EndRegister(a, Traits::kIdle, {0, 0}, 0);
  for (const int reg : {reg::a7, reg::a0, reg::a1}) {
    ShiftNextSet(a, reg, Fp::FromU32(last.call.ts), now);
  }
}

// A row of a call that is not real and changes nothing.
template <class Chip>
typename Chip::template Main<Fp> IdleCall(Fp ts) {
  typename Chip::template Main<Fp> row{};
  row.call.ts = row.call.prev_a7 = row.call.prev_a0 = row.call.prev_a1 = ts;
  return row;
}

template <class Chip>
void AddCallForgeries(std::vector<HashForgery>& all) {
  using Traits = CallTraits<Chip>;
  using Call = HashCall<Fp>;
  const std::string name(Chip::kName);
  const std::pair<int, Fp Call::*> reads[] = {
      {reg::a7, &Call::prev_a7}, {reg::a0, &Call::prev_a0}, {reg::a1, &Call::prev_a1}};
  for (const auto& [reg, prev] : reads) {
    const std::string suffix = std::string("x").append(std::to_string(reg));
    // A padding row moves the register's time, in the last gap before it is set again.
    all.push_back({name + "PaddingMovesTimeOf" + suffix, [=](const HashWorld&, Audit& a) {
                     const Call last = a.Get<Chip>(Traits::kLast).call;
                     auto row = IdleCall<Chip>(last.ts + 1);
                     row.call.*prev = last.ts;
                     row.call.state_pointer = last.state_pointer;
                     row.call.block_pointer = last.block_pointer;
                     ShiftNextSet(a, reg, last.ts, row.call.ts);
                     a.Append<Chip>(row);
                   }});
    // Of two calls with the same arguments the first reads what is set for the second.
    all.push_back({name + "ReadsTheFuture" + suffix, [=](const HashWorld&, Audit& a) {
                     auto one = a.Get<Chip>(Traits::kLast - 1);
                     auto two = a.Get<Chip>(Traits::kLast);
                     ShiftNextSet(a, reg, one.call.ts, one.call.*prev);
                     one.call.*prev = two.call.*prev;
                     two.call.*prev = one.call.ts;
                     a.Set<Chip>(Traits::kLast - 1, one);
                     a.Set<Chip>(Traits::kLast, two);
                   }});
  }
  all.push_back({name + "WhereTheProgramHasNone", &CallWhereTheProgramHasNone<Chip>});
  const auto add_p = [](Word<Fp>& pointer) {
    pointer = WordOf(pointer.lo.Value() + (pointer.hi.Value() << 16) + Fp::kModulus);
  };
  all.push_back({name + "StatePointerAboveTheField",
                 [=](const HashWorld&, Audit& a) {
                   a.Edit<Chip>(0, [&](auto& row) { add_p(row.call.state_pointer); });
                 },
                 Traits::kLieOfState});
  all.push_back({name + "BlockPointerAboveTheField",
                 [=](const HashWorld&, Audit& a) {
                   a.Edit<Chip>(0, [&](auto& row) { add_p(row.call.block_pointer); });
                 },
                 Traits::kLieOfBlock});
}

// Another result of a call that nothing follows.
template <class Chip>
void SetResult(Audit& a, size_t call, uint32_t area, size_t i, const Word<Fp>& result) {
  const Fp now = a.Get<Chip>(call).call.ts + 2;
  const uint32_t state = HashWorld::StateOf(area);
  const size_t quad = QuadAt(a, now, state + 16 * static_cast<uint32_t>(i / 4));
  a.Edit<QuadAccess>(quad, [&](auto& row) { row.value[i % 4] = result; });
  a.Edit<Image>(ImageRow(state + 4 * static_cast<uint32_t>(i)),
                [&](auto& word) { word.last = result; });
}

int Integer(Fp x) { return static_cast<int>(x.Value()); }

void AddResultForgeries(std::vector<HashForgery>& all) {
  for (size_t i = 0; i < 8; ++i) {
    // Carries c with 2^16 c = -+1 in the field: +-30720.
    all.push_back(
        {std::string("sha256LowCarry").append(std::to_string(i)), [i](const HashWorld&, Audit& a) {
           auto row = a.Get<Sha256Call>(0);
           Word<Fp>& result = row.result[i];
           const int low = Integer(row.state[i].lo + row.after[i].lo);
           const int high = Integer(row.state[i].hi + row.after[i].hi) + low / 65536;
           const int sign = (high + 30720) < 131072 ? 1 : -1;
           result.lo += sign;
           result.hi = (high + sign * 30720) & 0xFFFF;
           a.Set<Sha256Call>(0, row);
           SetResult<Sha256Call>(a, 0, 0, i, result);
         }});
    all.push_back(
        {std::string("sha256HighCarry").append(std::to_string(i)), [i](const HashWorld&, Audit& a) {
           auto row = a.Get<Sha256Call>(0);
           row.result[i].hi += row.result[i].hi == Fp(0xFFFF) ? -1 : 1;
           a.Set<Sha256Call>(0, row);
           SetResult<Sha256Call>(a, 0, 0, i, row.result[i]);
         }});
    // A carry that stays where it is.
    for (const bool high : {false, true}) {
      all.push_back({(high ? "sha256HighLimb" : "sha256LowLimb") + std::to_string(i),
                     [i, high](const HashWorld&, Audit& a) {
                       for (size_t call = 0; call < HashWorld::kLastShaArea; ++call) {
                         auto row = a.Get<Sha256Call>(call);
                         Word<Fp>& result = row.result[i];
                         const int low = Integer(row.state[i].lo + row.after[i].lo);
                         const int sum = Integer(row.state[i].hi + row.after[i].hi) + low / 65536;
                         if ((high ? sum : low) < 65536) continue;
                         if (high) {
                           result.hi += 65536;
                         } else {
                           result.lo += 65536;
                           result.hi = (sum - 1) & 0xFFFF;
                         }
                         a.Set<Sha256Call>(call, row);
                         SetResult<Sha256Call>(a, call, static_cast<uint32_t>(call), i, result);
                         return;
                       }
                     }});
    }
    for (size_t k = 0; k < 4; ++k) {
      all.push_back({std::string("blake3And").append(std::to_string(4 * i + k)),
                     [i, k](const HashWorld&, Audit& a) {
                       constexpr size_t kLast = CallTraits<Blake3Call>::kLast;
                       auto row = a.Get<Blake3Call>(kLast);
                       row.both[i][k] += 1;
                       a.Set<Blake3Call>(kLast, row);
                       const uint32_t state = HashWorld::StateOf(HashWorld::kBlakeArea);
                       Word<Fp> result =
                           a.Get<Image>(ImageRow(state + 4 * static_cast<uint32_t>(i))).last;
                       (k < 2 ? result.lo : result.hi) -= k % 2 == 0 ? 2 : 512;
                       SetResult<Blake3Call>(a, kLast, HashWorld::kBlakeArea, i, result);
                     }});
    }
  }
}

void AddQuadForgeries(std::vector<HashForgery>& all) {
  // The last two accesses to words of a block that is only read.
  struct Pair {
    size_t one, two;
  };
  const auto last_two = [](const Audit& a, uint32_t address) {
    const Fp one = a.Get<Sha256Call>(CallTraits<Sha256Call>::kLast - 1).call.ts + 1;
    const Fp two = a.Get<Sha256Call>(CallTraits<Sha256Call>::kLast).call.ts + 1;
    return Pair{QuadAt(a, one, address), QuadAt(a, two, address)};
  };
  const uint32_t block = HashWorld::BlockOf(HashWorld::kLastShaArea);
  for (uint32_t i = 0; i < 4; ++i) {
    const size_t image = ImageRow(block + 4 * i);
    for (const bool field_element : {false, true}) {
      all.push_back(
          {(field_element ? "quad_accessGapAsAFieldElement" : "quad_accessReadsTheFuture") +
               std::to_string(i),
           [=](const HashWorld&, Audit& a) {
             const auto [first, second] = last_two(a, block);
             auto one = a.Get<QuadAccess>(first);
             auto two = a.Get<QuadAccess>(second);
             two.prev[i] = one.prev[i];
             one.prev[i] = two.now;
             if (field_element) {
               one.gap_hi[i] = (one.now - one.prev[i] - 1) * Rv32Geometry::kInverseLimb;
             }
             a.Set<QuadAccess>(first, one);
             a.Set<QuadAccess>(second, two);
             a.Edit<Image>(image, [&](auto& word) { word.last_ts = one.now; });
           }});
    }
    enum What { kTime, kLow, kHigh };
    for (const What what : {kTime, kLow, kHigh}) {
      all.push_back({std::string("quad_accessOnPaddingChanges")
                         .append(std::to_string(what))
                         .append("OfWord")
                         .append(std::to_string(i)),
                     [=](const HashWorld&, Audit& a) {
                       const auto word = a.Get<Image>(image);
                       QuadAccess::Main<Fp> row{};
                       row.now = what == kTime ? word.last_ts + 100 : word.last_ts;
                       row.address = Fp::FromU32(block / 4);
                       row.prev.fill(row.now);
                       row.prev[i] = word.last_ts;
                       row.old[i] = row.value[i] = word.last;
                       if (what == kLow) row.value[i].lo += 1;
                       if (what == kHigh) row.value[i].hi += 1;
                       a.Append<QuadAccess>(row);
                       a.Set<Image>(image, {row.value[i], row.now});
                     }});
    }
  }
}

const std::vector<HashForgery>& Forgeries() {
  static const std::vector<HashForgery> kAll = [] {
    std::vector<HashForgery> all;
    AddCallForgeries<Sha256Call>(all);
    AddCallForgeries<Blake3Call>(all);
    AddResultForgeries(all);
    AddQuadForgeries(all);
    std::ranges::stable_partition(
        all, [](const HashForgery& forgery) { return forgery.lie == Lie::kNone; });
    return all;
  }();
  return kAll;
}

bool IsAccepted(const HashForgery& forgery) {
  Audited& audited = Audited::Of(forgery.lie);
  forgery.apply(audited.world, audited.audit);
  const bool accepted = audited.audit.accepted();
  audited.audit.Undo();
  return accepted;
}

TEST(HashForgeries, HonestTraceIsAccepted) {
  EXPECT_TRUE(Audited::Of(Lie::kNone).audit.accepted());
}

TEST(HashForgeries, AreRejected) {
  for (const HashForgery& forgery : Forgeries()) EXPECT_FALSE(IsAccepted(forgery)) << forgery.name;
}

// Attack 20 of docs/protocol.md: a call that is answered by no block of rounds, by two, by that of
// another call, or at another time.
template <class Rounds>
size_t FirstRowOf(const Audit& a, Fp call) {
  return a.Find<Rounds>([&](const auto& row) { return row.call == call; });
}
template <class Call>
void ExpectOneAnswer() {
  using Rounds = typename CallTraits<Call>::Rounds;
  constexpr size_t kRows = Rounds::kRowsOfCall;
  Audit& a = Audited::Of(Lie::kNone).audit;
  const auto expect_rejected = [&](const char* what) {
    EXPECT_FALSE(a.accepted()) << Call::kName << ": " << what;
    a.Undo();
    ASSERT_TRUE(a.accepted());
  };
  const size_t last = CallTraits<Call>::kLast;
  const Fp one = a.Get<Call>(last - 1).call.ts;
  const Fp two = a.Get<Call>(last).call.ts;
  const size_t first = FirstRowOf<Rounds>(a, one);
  const size_t second = FirstRowOf<Rounds>(a, two);
  ASSERT_EQ(second, first + kRows);

  a.Set<Call>(last, {});
  expect_rejected("a call that is not there");
  for (size_t i = 0; i <= kRows; ++i) a.Set<Rounds>(second + i, a.Get<Rounds>(second + kRows + i));
  expect_rejected("never answered");
  for (size_t i = 0; i <= kRows; ++i) {
    a.Set<Rounds>(second + kRows + i, a.Get<Rounds>(second + i));
  }
  a.Set<Rounds>(second + 2 * kRows, a.Get<Rounds>(second + kRows));
  expect_rejected("answered twice");
  for (size_t i = 0; i < kRows; ++i) {
    a.Edit<Rounds>(first + i, [&](auto& row) { row.call = two; });
    a.Edit<Rounds>(second + i, [&](auto& row) { row.call = one; });
  }
  expect_rejected("answers exchanged");
  const size_t quad = QuadAt(a, two + 1, HashWorld::BlockOf(CallTraits<Call>::kArea));
  a.Edit<QuadAccess>(quad, [](auto& row) { row.now += 1; });
  expect_rejected("memory at another time");
}

TEST(HashForgeries, No20_CallsHaveOneAnswer) {
  ExpectOneAnswer<Sha256Call>();
  ExpectOneAnswer<Blake3Call>();
}

// Statements that the forgeries do not need, with the reason.
const std::map<std::string, std::string> kNotNeededAlone = {
    {"sha256 constraint 0",
     "real boolean. Where it is neither, prev = ts, and the gap is in range only if real is a "
     "small "
     "negative number. Then the row sends its messages a negative number of times, which no "
     "receiver makes up for. It is stated because a multiplicity must be boolean by constraint."},
    {"blake3 constraint 0", "as sha256 constraint 0."},
    {"quad_access constraint 0",
     "as sha256 constraint 0: it would receive a message a negative number of times."}};

TEST(HashForgeries, EveryStatementIsNeeded) {
  std::set<std::string> not_needed;
  ChipList<QuadAccess, Sha256Call, Blake3Call>::ForEach([&]<class Chip>() {
    const RowBuilder statements = Audit::Statements<Chip>();
    const auto leave_out = [&](Omission omission, const char* kind) {
      Audit& audit = Audited::Of(Lie::kNone).audit;
      audit.Omit<Chip>(omission);
      // Forgeries in other executions come last and are rarely tried: omitting takes long.
      const auto shows = [&](const HashForgery& forgery) {
        if (!forgery.name.starts_with(Chip::kName)) return false;
        if (forgery.lie == Lie::kNone) return IsAccepted(forgery);
        Audit& other = Audited::Of(forgery.lie).audit;
        other.Omit<Chip>(omission);
        const bool accepted = IsAccepted(forgery);
        other.Omit<Chip>({});
        return accepted;
      };
      const bool needed = !audit.accepted() || std::ranges::any_of(Forgeries(), shows);
      audit.Omit<Chip>({});
      if (!needed) {
        not_needed.insert(std::string(Chip::kName) + " " + kind + " " +
                          std::to_string(omission.index));
      }
    };
    for (size_t k = 0; k < statements.constraints.size(); ++k) {
      leave_out({Omission::kConstraint, k}, "constraint");
    }
    for (size_t k = 0; k < statements.messages.size(); ++k) {
      leave_out({Omission::kMessage, k}, "message");
    }
    for (size_t k = 0; k < statements.exchanges.size(); ++k) {
      leave_out({Omission::kExchange, k}, "exchange");
    }
  });
  for (const std::string& name : not_needed) EXPECT_TRUE(kNotNeededAlone.contains(name)) << name;
  for (const auto& [name, reason] : kNotNeededAlone) EXPECT_TRUE(not_needed.contains(name)) << name;
}

}  // namespace
}  // namespace zkvm
