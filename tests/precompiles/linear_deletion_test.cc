// Every statement of the linear chips is needed: for each there is a cheat that it alone refuses.
//
// Exceptions: statements about blocks are block_test.cc's; what a row provides, receives or
// contributes is needed because the honest trace does not balance without it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/folds/five.h"
#include "stark/air/row_builder.h"
#include "tests/precompiles/linear_world.h"

namespace zkvm::tensor {
namespace {

// Results that nobody reads, unused lanes, a tensor read again from its cells, kernels of weights
// and of operands, and garbage.
struct World : LinearWorld {
  World() : LinearWorld(21) {
    const Operand x = Input(Sequence(2, 20));
    const Operand v = Input(Sequence(20, 18, Role::kV));
    const Operand y = Layer(Sequence(2, 20)).Weights(x, 1, Times(2)).Run();
    Evaluate(y, Sequence(2, 20, Role::kK));
    mix = NumCalls();
    Layer(Sequence(2, 18)).From(y, 1, Use::kWeights).From(v, 20, Use::kOperandV).Run();
    plain = NumCalls();
    Layer(Sequence(2, 17)).Weights(x, 1).Run();
    biased = NumCalls();
    Layer(Sequence(2, 17)).Weights(x, 1).Bias().Run();
    Build();
  }
  size_t NumCalls() { return calls().size(); }

  // Calls whose results nobody reads: p v, W x, W x + b.
  size_t mix, plain, biased;

  // The rows of a call in a table.
  template <class Chip>
  std::vector<size_t> RowsOf(size_t call) {
    std::vector<size_t> of_call;
    for (size_t i = 0; i < rows<Chip>(); ++i) {
      if (CallOf(Get<Chip>(i)) == Fp::FromU32(calls()[call].ts)) of_call.push_back(i);
    }
    return of_call;
  }
  template <class Row>
  static Fp CallOf(const Row& row) {
    if constexpr (requires { row.block; }) {
      return row.block.call;
    } else {
      return row.call;
    }
  }

  // All accumulators of a call become f(row, lane, v), with the results that belong to them.
  void SetAccumulators(size_t call, const std::function<int32_t(size_t, size_t, int32_t)>& f) {
    const std::vector<size_t> rows = RowsOf<Out>(call);
    for (size_t i = 0; i < rows.size(); ++i) {
      Out::Main<Fp> row = Get<Out>(rows[i]);
      for (size_t j = 0; j < kLanes; ++j) {
        const Fp v = row.y[j] * Fp(1 << kCutBits) + row.rem[j] - Fp(1 << (kCutBits - 1));
        const auto value = static_cast<int32_t>((v + Fp(1 << 29)).Value()) - (1 << 29);
        const int32_t shifted = f(i, j, value) + (1 << (kCutBits - 1));
        row.y[j] = shifted >> kCutBits;
        row.rem[j] = shifted & ((1 << kCutBits) - 1);
        row.rem_product[j / 2] = row.rem[j] * row.rem[j ^ 1];
        row.out[j] = row.mask[j] * Fp((shifted >> kCutBits) % 128);
      }
      Set<Out>(rows[i], row);
    }
  }
  void ScaleGarbage(size_t call, Fp factor) {
    zkvm::Matrix& garbage = table<GarbageChip>().garbage;
    for (const size_t i : RowsOf<GarbageChip>(call)) {
      for (size_t j = 0; j < garbage.cols(); ++j) garbage.column(j)[i] *= factor;
    }
  }
  // A call with all of its results, and its garbage, times two.
  void Double(size_t call) {
    SetAccumulators(call, [](size_t, size_t, int32_t v) { return 2 * v; });
    ScaleGarbage(call, 2);
  }
  void ScaleFold(size_t row, size_t fold, Fp factor) {
    for (size_t k = 0; k < 5; ++k) table<Term>().folds.column(5 * fold + k)[row] *= factor;
  }
  // The source of a call is in mid-plane, and there its evaluations are 0.
  void ShiftSource(size_t call) {
    calls()[call].source[0] += 1;
    for (const size_t i : RowsOf<Term>(call)) {
      Term::Main<Fp> row = Get<Term>(i);
      row.source[0] += 1;
      row.address += row.flag[Term::kSource0];
      Set<Term>(i, row);
    }
    SetAccumulators(call, [](size_t, size_t, int32_t) { return 0; });
    ScaleGarbage(call, 0);
  }
};

// The number of statements of a chip, and which of its messages look something up on which bus.
struct Inventory {
  size_t constraints = 0;
  std::vector<std::string> lookups;  // by message; empty for what is not looked up
};
template <class Chip>
Inventory InventoryOf(LinearWorld& world) {
  RowBuilder b(world.constants());
  Chip::Constrain(b, WindowFor<Chip, RowBuilder>());
  Inventory inventory;
  inventory.constraints = b.constraints.size();
  for (const RowBuilder::Message& message : b.messages) {
    const bool looks_up = !message.provides && message.bus->kind == BusKind::kLookup;
    inventory.lookups.emplace_back(looks_up ? message.bus->name : "");
  }
  return inventory;
}

// Which statements of a chip some cheat needs.
template <class Chip>
class Deletions {
 public:
  explicit Deletions(World& world) : world_(world), inventory_(InventoryOf<Chip>(world)) {
    needed_constraints_.resize(inventory_.constraints);
    needed_messages_.resize(inventory_.lookups.size());
  }

  // The world holds a cheat: finds the statement that alone refuses it, if there is one.
  void Try(const LinearWorld::Tamper& after_folds = {}, const LinearWorld::Tamper& at_last = {}) {
    TryIn(world_, after_folds, at_last);
  }
  void TryIn(LinearWorld& world, const LinearWorld::Tamper& after_folds = {},
             const LinearWorld::Tamper& at_last = {}) {
    const CheckReport report = world.Check({}, after_folds, at_last);
    if (report.ok() || report.total > CheckReport::kMaxProblems) return;
    const std::string& problem = report.problems.front();
    const std::string chip = "chip " + std::string(Chip::kName) + ", row ";
    if (problem.starts_with(chip)) {
      const size_t index =
          std::strtoul(problem.c_str() + problem.find("constraint ") + 11, nullptr, 10);
      if (needed_constraints_[index]) return;
      const Leave leave{Chip::kName, {Omission::kConstraint, index}};
      needed_constraints_[index] = world.Check(leave, after_folds, at_last).ok();
    } else if (problem.starts_with("bus ")) {
      const std::string bus = problem.substr(4, problem.find(':') - 4);
      for (size_t i = 0; i < inventory_.lookups.size(); ++i) {
        if (inventory_.lookups[i] != bus || needed_messages_[i]) continue;
        const Leave leave{Chip::kName, {Omission::kMessage, i}};
        needed_messages_[i] = world.Check(leave, after_folds, at_last).ok();
      }
    }
  }
  // A changed row.
  void TryRow(size_t row, const std::function<void(typename Chip::template Main<Fp>&)>& change) {
    const auto honest = world_.Get<Chip>(row);
    auto changed = honest;
    change(changed);
    world_.Set<Chip>(row, changed);
    Try();
    world_.Set<Chip>(row, honest);
  }
  void TryCells(const std::vector<size_t>& rows) {
    zkvm::Matrix& main = world_.table<Chip>().main;
    for (const size_t i : rows) {
      for (size_t j = 0; j < main.cols(); ++j) {
        const Fp honest = main.column(j)[i];
        main.column(j)[i] += 1;
        Try();
        main.column(j)[i] = honest;
      }
    }
  }
  void TryFolds(const std::vector<size_t>& rows) {
    for (const size_t i : rows) {
      for (size_t j = 0; j < ChipWidth<Chip>::kFolds; ++j) {
        Try([&](LinearWorld& w) { w.table<Chip>().folds.column(5 * j)[i] += 1; });
      }
    }
  }

  // `implied` are constraints that others imply, `code` and `block` ranges of those that are
  // block_test.cc's: begin, end.
  void Expect(const std::map<size_t, std::string_view>& implied, std::array<size_t, 2> code,
              std::array<size_t, 2> block) {
    for (size_t i = 0; i < needed_constraints_.size(); ++i) {
      if (code[0] <= i && i < code[1]) continue;
      if (block[0] <= i && i < block[1]) continue;
      EXPECT_EQ(needed_constraints_[i], !implied.contains(i))
          << Chip::kName << ", constraint " << i;
    }
    for (size_t i = 0; i < needed_messages_.size(); ++i) {
      const Leave leave{Chip::kName, {Omission::kMessage, i}};
      if (inventory_.lookups[i].empty()) {
        EXPECT_FALSE(world_.Check(leave).ok()) << Chip::kName << ", message " << i;
      } else {
        EXPECT_TRUE(needed_messages_[i])
            << Chip::kName << ", lookup " << i << " on " << inventory_.lookups[i];
      }
    }
  }

 private:
  World& world_;
  Inventory inventory_;
  std::vector<bool> needed_constraints_, needed_messages_;
};

TEST(Deletion, Out) {
  World world;
  Deletions<Out> d(world);
  const std::vector<size_t> rows = world.RowsOf<Out>(world.mix);
  d.TryCells({rows[0], rows[1]});
  d.TryFolds({rows[0], rows[1]});
  for (size_t j = 0; j < kLanes; ++j) {
    // The same accumulator, cut elsewhere.
    d.TryRow(rows[0], [j](Out::Main<Fp>& row) {
      row.y[j] += 1;
      row.rem[j] -= Fp(1 << kCutBits);
      row.rem_product[j / 2] = row.rem[j] * row.rem[j ^ 1];
      row.out[j] = static_cast<int>((row.y[j] + Fp(1 << 20)).Value() - (1 << 20)) % 128;
    });
    // The mask word with a lane less: 3 + 2 * 0 = 1 + 2 * 1.
    d.TryRow(rows[0], [j](Out::Main<Fp>& row) {
      const size_t less = j + 1 < kLanes ? j + 1 : j - 1;
      row.mask[j] = j + 1 < kLanes ? Fp(3) : Fp(3) * Fp(2).Inverse();
      row.mask[less] = 0;
      row.out[less] = 0;
    });
  }
  // Addresses skip a cell.
  {
    for (const size_t i : rows) {
      if (i != rows[0])
        world.table<Out>().main.column(offsetof(Out::Main<uint8_t>, address))[i] += 1;
    }
    d.Try();
    for (const size_t i : rows) {
      if (i != rows[0])
        world.table<Out>().main.column(offsetof(Out::Main<uint8_t>, address))[i] -= 1;
    }
  }
  // A row of padding provides a cell that EVAL would like to read.
  {
    const size_t reader = world.RowsOf<Eval>(world.mix - 1).at(0);
    const Eval::Main<Fp> honest = world.Get<Eval>(reader);
    Eval::Main<Fp> read = honest;
    size_t source = 0;
    while (world.Get<Out>(source).address != read.address) ++source;
    Out::Main<Fp> row = world.Get<Out>(source);
    row.y[0] += 1;
    row.out[0] = read.lane[0] =
        static_cast<int>((row.y[0] + Fp(1 << 20)).Value() - (1 << 20)) % 128;
    row.block = {};
    row.flag = {};
    const size_t padding = world.rows<Out>();
    world.Set<Eval>(reader, read);
    world.Set<Out>(padding, row);
    d.Try({}, [padding](LinearWorld& w) {
      w.table<Out>().main.column(offsetof(Out::Main<uint8_t>, cells))[padding] = 1;
    });
    world.Set<Eval>(reader, honest);
    world.Set<Out>(padding, {});
  }
  // An evaluation in mid-plane.
  {
    World other;
    other.ShiftSource(other.mix);
    const Fp first = Fp::FromU32(other.calls()[other.mix].source[0]);
    d.TryIn(other, {}, [first](LinearWorld& w) {
      for (size_t i = 0; i < w.rows<Out>(); ++i) {
        const Fp address = w.Get<Out>(i).address;
        if (address == first || address == first + 2) {
          w.table<Out>().main.column(offsetof(Out::Main<uint8_t>, evals))[i] = 1;
        }
      }
    });
  }
  // An unused lane that is not 0.
  d.TryRow(world.RowsOf<Out>(world.plain)[1], [](Out::Main<Fp>& row) { row.out[1] = 5; });
  d.Expect({{54, "lane 0 of a cell is in use"}}, {0, 19}, {35, 53});
}

TEST(Deletion, Eval) {
  World world;
  Deletions<Eval> d(world);
  const std::vector<size_t> rows = world.RowsOf<Eval>(world.mix - 1);
  d.TryCells({rows[0]});
  d.TryFolds({rows[0], rows[1]});
  // A cell twice, the last one never.
  for (size_t i = rows.size(); --i > 0;) {
    Eval::Main<Fp> row = world.Get<Eval>(rows[i]);
    const Eval::Main<Fp> before = world.Get<Eval>(rows[i - 1]);
    row.address = before.address;
    row.lane = before.lane;
    world.Set<Eval>(rows[i], row);
  }
  d.Try();
  World other;
  other.ShiftSource(other.plain);
  const Fp first = Fp::FromU32(other.calls()[other.plain].source[0]);
  d.TryIn(other, {}, [first](LinearWorld& w) {
    for (size_t i = 0; i < w.rows<Eval>(); ++i) {
      const Fp address = w.Get<Eval>(i).address;
      if (address == first || address == first + 2) {
        w.table<Eval>().main.column(offsetof(Eval::Main<uint8_t>, evals))[i] = 1;
      }
    }
  });
  d.Expect({}, {0, 12}, {12, 30});
}

TEST(Deletion, Term) {
  using Folds = Term::Folds<uint8_t>;
  World world;
  Deletions<Term> d(world);
  const std::vector<size_t> rows = world.RowsOf<Term>(world.plain);
  d.TryCells({rows[1], world.RowsOf<Term>(world.biased).back()});
  d.TryFolds({0, rows[0], rows[1]});
  const auto has = [](World& w, size_t row, Term::Flag flag) {
    return !w.Get<Term>(row).flag[flag].IsZero();
  };
  // All evaluations twice what they are, or all kernels.
  for (const bool kernels : {false, true}) {
    World other;
    other.Double(other.plain);
    d.TryIn(other, [&](LinearWorld&) {
      for (const size_t i : other.RowsOf<Term>(other.plain)) {
        if (kernels) {
          other.ScaleFold(i, offsetof(Folds, w), 2);
        } else {
          other.ScaleFold(i, offsetof(Folds, a), 2);
          other.ScaleFold(i, offsetof(Folds, t), 2);
        }
        other.ScaleFold(i, offsetof(Folds, acc), 2);
      }
    });
  }
  // The kernel of an operand, from its copy on or while it is held.
  for (const Term::Flag from : {Term::kCopyW, Term::kHoldW}) {
    World other;
    other.Double(other.mix);
    d.TryIn(other, [&](LinearWorld&) {
      bool scaled = false;
      for (const size_t i : other.RowsOf<Term>(other.mix)) {
        scaled |= has(other, i, from);
        if (scaled) other.ScaleFold(i, offsetof(Folds, w), 2);
        other.ScaleFold(i, offsetof(Folds, acc), 2);
      }
    });
  }
  // 1 is 2: the bias counts twice.
  {
    World other;
    const std::vector<int32_t> bias = other.BiasOf(other.biased);
    other.SetAccumulators(other.biased, [&](size_t row, size_t lane, int32_t v) {
      const size_t o = row % 2 * kLanes + lane;
      return o < bias.size() ? v + bias[o] : v;
    });
    d.TryIn(other, [&](LinearWorld&) {
      bool scaled = false;
      for (const size_t i : other.RowsOf<Term>(other.biased)) {
        if (has(other, i, Term::kUnit)) {
          scaled = true;
          other.ScaleFold(i, offsetof(Folds, a), 2);
          other.ScaleFold(i, offsetof(Folds, t), 2);
        }
        if (scaled) other.ScaleFold(i, offsetof(Folds, acc), 2);
      }
    });
  }
  d.Expect({}, {0, 16}, {16, 34});
}

TEST(Deletion, Garbage) {
  using Folds = GarbageChip::Folds<uint8_t>;
  World world;
  Deletions<GarbageChip> d(world);
  zkvm::Matrix& garbage = world.table<GarbageChip>().garbage;
  const size_t extra = world.rows<GarbageChip>();
  size_t full = 0;
  const auto is_full = [&](size_t row) {
    const auto mask = world.Get<GarbageChip>(row).mask;
    return std::all_of(mask.begin(), mask.end(), [](Fp bit) { return bit == Fp(1); });
  };
  while (full < extra && !is_full(full)) ++full;
  ASSERT_LT(full, extra);
  // Row `extra` is a double without coefficients.
  const GarbageChip::Main<Fp> row = world.Get<GarbageChip>(full);
  world.Set<GarbageChip>(extra, row);
  ASSERT_TRUE(world.Check().ok());
  const auto change = [&](const auto& f) { d.TryRow(extra, f); };
  change([](GarbageChip::Main<Fp>& r) { r.mask[0] = 0; });
  change([&](GarbageChip::Main<Fp>& r) { r.call = Fp::FromU32(world.calls()[world.biased].ts); });
  change([&](GarbageChip::Main<Fp>& r) { r.call += 1; });
  for (const size_t fold : {offsetof(Folds, corner_x), offsetof(Folds, corner_y)}) {
    d.Try([&](LinearWorld& w) { w.table<GarbageChip>().folds.column(5 * fold)[extra] += 1; });
  }
  d.Try([&](LinearWorld& w) {
    Fp* line = w.table<GarbageChip>().folds.column(5 * offsetof(Folds, line));
    line[full] += 1;
    line[extra] -= 1;
  });
  // The mask word with a bit less, whose coefficient goes to the double.
  for (size_t j = 0; j < GarbageChip::kCoefficients; ++j) {
    const bool last = j + 1 == GarbageChip::kCoefficients;
    const size_t less = last ? j - 1 : j + 1;
    const Fp bit = last ? Fp(3) * Fp(2).Inverse() : Fp(3);
    const Fp5 kept = GetFive(garbage, j, full), moved = GetFive(garbage, less, full);
    GarbageChip::Main<Fp> changed = row;
    changed.mask[j] = bit;
    changed.mask[less] = 0;
    world.Set<GarbageChip>(full, changed);
    SetFive(garbage, j, full, kept * bit.Inverse());
    SetFive(garbage, less, extra, moved);
    d.Try([&](LinearWorld& w) {
      zkvm::Matrix& folds = w.table<GarbageChip>().folds;
      const Fp5 line = GetFive(folds, offsetof(Folds, line), full);
      const Fp5 corner = GetFive(folds, offsetof(Folds, corner_x), full);
      const Fp5 lost = kept - kept * bit.Inverse();
      SetFive(folds, offsetof(Folds, line), full,
              line + corner * lost * w.constants()[kZxPowers + j]);
    });
    world.Set<GarbageChip>(full, row);
    SetFive(garbage, j, full, kept);
    SetFive(garbage, less, extra, Fp5());
  }
  // A row of padding gives any call what it lacks.
  world.Set<GarbageChip>(extra, {});
  const size_t start = world.RowsOf<Out>(world.plain)[0];
  constexpr size_t kAcc = offsetof(Out::Folds<uint8_t>, acc);
  world.Check();
  const Fp5 honest = GetFive(world.table<Out>().folds, kAcc, start);
  world.SetAccumulators(
      world.plain, [](size_t i, size_t j, int32_t v) { return v + (i == 0 && j == 0 ? 1 : 0); });
  world.Check();
  const Fp5 lacking = honest - GetFive(world.table<Out>().folds, kAcc, start);
  GarbageChip::Main<Fp> padding{};
  padding.call = Fp::FromU32(world.calls()[world.plain].ts);
  padding.mask[0] = 1;
  world.Set<GarbageChip>(extra, padding);
  SetFive(garbage, 0, extra, lacking);
  d.Try([&](LinearWorld& w) {
    zkvm::Matrix& folds = w.table<GarbageChip>().folds;
    SetFive(folds, offsetof(Folds, corner_x), extra, Fp5(1));
    SetFive(folds, offsetof(Folds, corner_y), extra, Fp5(1));
    SetFive(folds, offsetof(Folds, line), extra, lacking);
  });
  d.Expect({{0, "real, where it is no flag, wants a mask word that is 0, and MICRO has none"}},
           {0, 0}, {0, 0});
}

}  // namespace
}  // namespace zkvm::tensor
