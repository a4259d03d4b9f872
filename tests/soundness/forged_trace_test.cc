// Forged traces of the whole machine. One cell of an honest execution that uses every table is
// changed, and everything that the prover may repair is repaired: the change must be noticed, or
// the cell stand on the list below. The judge is the checker for every cell, and the verifier, on
// real proofs of the changed traces, for a sample of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "stark/prover.h"
#include "tests/e2e/programs.h"
#include "tests/support/audit.h"
#include "tests/support/check_machine.h"
#include "tests/support/prove_program.h"
#include "vm/machine_kernels.h"
#include "vm/trace.h"

namespace zkvm {
namespace {

// Cells of rows in use that may be changed alone.
struct FreeCells {
  std::string_view chip;
  size_t first_column, columns;
  std::string_view reason;
};

// Where a member of a row struct begins.
template <class Row, class Member>
size_t ColumnOf(Member Row::* member) {
  const Row row{};
  return static_cast<size_t>(reinterpret_cast<const Fp*>(&(row.*member)) -
                             reinterpret_cast<const Fp*>(&row));
}

const std::vector<FreeCells> kFreeCells = {
    {"branch_equal", ColumnOf(&BranchEqual::Main<Fp>::inverse), 2,
     "one inverse is needed where the words differ, none where they are equal"},
    {"shift", ColumnOf(&Shift::Main<Fp>::b_hi), 1,
     "an immediate has no register, of which this would be the high limb"},
    {"mul_high", ColumnOf(&MulHigh::Main<Fp>::provides), 1,
     "how often a true product is provided; the bus sees to it that it is as often as looked up"},
    {"hint", ColumnOf(&HintCall::Main<Fp>::pc), 1,
     "a block is one instruction, and its first row is: the others have no pc"},
    {"hint", ColumnOf(&HintCall::Main<Fp>::pointer), 4, "arguments are read in the first row"},
    {"zero_memory", ColumnOf(&ZeroMemory::Main<Fp>::same_high), 2,
     "about the step to the next row, and the last row has none"},
};

const FreeCells* FindFree(std::string_view chip, size_t column) {
  for (const FreeCells& cells : kFreeCells) {
    if (cells.chip == chip && column - cells.first_column < cells.columns) return &cells;
  }
  return nullptr;
}

struct World {
  World() : guest(EveryInstruction()) {
    Recording recording = RecordExecution(guest.program, {.input = guest.input});
    EXPECT_FALSE(recording.result.fault);
    record = std::move(recording.record);
    claim = {guest.program.entry, recording.result.exit_code, recording.result.journal};
  }

  Guest guest;
  Record record;
  Claim claim;
};

const World& TheWorld() {
  static const World world;
  return world;
}

template <class Chip>
inline constexpr bool kOnlyProvides = kIsFixed<Chip> && !std::is_same_v<Chip, Image>;

// Rows in use: all before the zeros at the end. Image uses every active row.
size_t RowsInUse(const Matrix& main) {
  size_t i = main.rows() - kTailRows;
  const auto is_zero = [&](size_t row) {
    for (size_t j = 0; j < main.cols(); ++j) {
      if (!main.column(j)[row].IsZero()) return false;
    }
    return true;
  };
  while (i > 0 && is_zero(i - 1)) --i;
  return i;
}

// First, second, one in the middle and the last row in use; the first and the last padding row.
std::set<size_t> KindsOfRows(const Matrix& main) {
  const size_t used = RowsInUse(main);
  const size_t last_active = main.rows() - kTailRows - 1;
  std::set<size_t> rows = {0, 1, used / 2, used == 0 ? 0 : used - 1, used, last_active};
  std::erase_if(rows, [&](size_t row) { return row > last_active; });
  return rows;
}

std::vector<Fp> OtherValues(Fp honest, std::mt19937& random) {
  std::vector<Fp> values = {honest + 1,
                            honest - 1,
                            Fp(0),
                            Fp(1),
                            Fp(2),
                            Fp(-1),
                            honest * 2,
                            -honest,
                            honest + 0x10000,
                            honest - 0x10000,
                            honest + 4,
                            Fp(0x4000),
                            Fp(0xFFFF)};
  for (int i = 0; i < 3; ++i) values.push_back(Fp::FromU32(static_cast<uint32_t>(random())));
  std::erase(values, honest);
  return values;
}

// What a row consumes it produces, and it sends nothing on an exact bus.
template <class Chip>
bool IsInert(const Audit& audit, size_t row) {
  if constexpr (kIsFixed<Chip>) {
    return false;
  } else {
    RowBuilder b;
    Chip::Constrain(
        b, Window<Chip, Fp>{{}, audit.Get<Chip>(row), audit.Get<Chip>(row + 1), {}, {}, {}});
    return std::ranges::all_of(b.exchanges,
                               [](const auto& pair) { return pair.consumed == pair.produced; }) &&
           std::ranges::all_of(b.messages, [](const auto& message) {
             return message.bus->kind == BusKind::kLookup || message.multiplicity.IsZero();
           });
  }
}

TEST(ForgedTrace, No33_EveryCellOfEveryKindOfRow) {
  const World& world = TheWorld();
  Audit audit(world.guest.program, world.record, world.claim);
  ASSERT_TRUE(audit.accepted());
  const Traces traces = FillTraces(world.guest.program, Record(world.record));
  std::mt19937 random(9);
  std::set<const FreeCells*> found_free;
  Rv32Chips::ForEach([&]<class Chip>() {
    if constexpr (!kOnlyProvides<Chip>) {
      ASSERT_GT(traces[kTableOf<Chip>].rows(), 0u) << Chip::kName << " has no rows";
      for (const size_t i : KindsOfRows(traces[kTableOf<Chip>])) {
        const auto row = audit.Get<Chip>(i);
        const bool was_inert = IsInert<Chip>(audit, i);
        for (size_t j = 0; j < ChipWidth<Chip>::kMain; ++j) {
          auto changed = row;
          Fp* cell = reinterpret_cast<Fp*>(&changed) + j;
          for (const Fp value : OtherValues(*cell, random)) {
            *cell = value;
            audit.Set<Chip>(i, changed);
            // A row that did nothing and does nothing proves nothing, whatever it holds.
            if (audit.accepted() && !(was_inert && IsInert<Chip>(audit, i))) {
              const FreeCells* free = FindFree(Chip::kName, j);
              EXPECT_NE(free, nullptr)
                  << Chip::kName << " column " << j << " of row " << i << " = " << value.Value();
              found_free.insert(free);
            }
            audit.Undo();
          }
        }
      }
    }
  });
  for (const FreeCells& cells : kFreeCells) {
    EXPECT_TRUE(found_free.contains(&cells))
        << cells.chip << " column " << cells.first_column << " is not free";
  }
  EXPECT_TRUE(audit.accepted());
}

// Tables that only provide have nothing but multiplicities, which the audit takes as repaired.
TEST(ForgedTrace, No33_EveryMultiplicity) {
  const World& world = TheWorld();
  const std::vector<Matrix> fixed = MakeProgramFixed(world.guest.program).columns;
  Traces traces = FillTraces(world.guest.program, Record(world.record));
  ASSERT_TRUE(CheckMachine(fixed, traces, world.claim).ok());
  Rv32Chips::ForEach([&]<class Chip>() {
    if constexpr (kOnlyProvides<Chip>) {
      Matrix& main = traces[kTableOf<Chip>];
      for (size_t j = 0; j < main.cols(); ++j) {
        for (const size_t row : {size_t{0}, main.rows() / 2, main.rows() - kTailRows - 1}) {
          main.column(j)[row] += 1;
          EXPECT_EQ(CheckMachine(fixed, traces, world.claim).total, 1u)
              << Chip::kName << " column " << j << " row " << row;
          main.column(j)[row] -= 1;
        }
      }
    }
  });
}

// The verifier on the trace as it is.
Status Verdict(const ProvingKey& key, const Outcome& outcome, Traces traces) {
  const FixedCommitment fixed = CommitmentOf(key.verifying_key);
  ByteWriter proof;
  proof.WriteBytes(SerializeHeader({key.preset->id, fixed.vk_id, outcome}));
  Prove({Rv32Machine(), MachineKernels()}, *key.preset, key.fixed, fixed,
        MakeStatement(key.verifying_key, outcome), std::move(traces), proof);
  VerifiedProof verified;
  return VerifyProof(key.verifying_key, proof.bytes(), &verified);
}

// One change for each table and each kind of row, in a column drawn at random, multiplicities
// included. Checker and verifier must agree on every one.
TEST(ForgedTrace, CheckerAndVerifierAgree) {
  const World& world = TheWorld();
  const ProvingKey key = MakeProvingKey(world.guest.program, kFast100);
  const Outcome outcome{world.claim.exit_code, world.claim.journal};
  const std::vector<Matrix> fixed = MakeProgramFixed(world.guest.program).columns;
  const Traces honest = FillTraces(world.guest.program, Record(world.record));
  std::mt19937 random(17);
  std::array<size_t, 2> verdicts{};
  ASSERT_GT(honest[kSecondPartOf<Addi>].rows(), 0u) << "no table is in two parts";
  for (size_t t = 0; t < kNumTables; ++t) {
    if (honest[t].rows() == 0) continue;
    if (honest[t].rows() == 0) continue;  // the second parts of short tables
    const std::string name(Rv32Machine().tables[t].air->shape().name);
    const size_t used = RowsInUse(honest[t]);
    const size_t u = honest[t].rows() - kTailRows;
    // One row in use, one padding row; the terminal row of every other table.
    std::set<size_t> rows = {random() % std::max<size_t>(used, 1), u - 1 - random() % 2};
    if (t % 2 == 0) rows.insert(u);
    for (const size_t row : rows) {
      Traces traces = FillTraces(world.guest.program, Record(world.record));
      const size_t column = random() % traces[t].cols();
      traces[t].column(column)[row] += static_cast<int>(1 + random() % 3);
      const bool passes = CheckMachine(fixed, traces, world.claim).ok();
      const Status status = Verdict(key, outcome, std::move(traces));
      EXPECT_EQ(status.ok(), passes) << name << " column " << column << " row " << row << " of "
                                     << used << " in use: " << status.message();
      ++verdicts[passes];
    }
  }
  // Changes of the terminal row pass, but for flags that the row before it looks at.
  EXPECT_GT(verdicts[true], 10u);
  EXPECT_GT(verdicts[false], 30u);
}

// The honest trace, with the prover's claims forged instead.
TEST(ForgedTrace, AnotherClaim) {
  const World& world = TheWorld();
  const ProvingKey key = MakeProvingKey(world.guest.program, kFast100);
  const auto verdict = [&](const Outcome& outcome) {
    return Verdict(key, outcome, FillTraces(world.guest.program, Record(world.record)));
  };
  const Outcome honest{world.claim.exit_code, world.claim.journal};
  EXPECT_TRUE(verdict(honest).ok());
  Outcome forged = honest;
  forged.exit_code += 1;
  EXPECT_EQ(verdict(forged).message(), "state, registers and memory do not balance");
  forged = honest;
  forged.journal.back() += 1;
  EXPECT_EQ(verdict(forged).message(), "the lookup buses do not balance");
  forged = honest;
  forged.journal.push_back(0);
  EXPECT_EQ(verdict(forged).message(), "the lookup buses do not balance");
}

}  // namespace
}  // namespace zkvm
