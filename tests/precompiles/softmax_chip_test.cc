// SOFTMAX and SOFTMAX_SCALARS: honest rows agree with semantics.h, forgeries, and what each
// condition is for.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "precompiles/tensor/chips/softmax.h"
#include "precompiles/tensor/chips/softmax_scalars.h"
#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/semantics.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t kProgram = kFirstWorkerProgram + 3;
constexpr uint32_t kExp = 11, kLog = 12, kLn2 = 13;
constexpr uint32_t kScores = 5, kResult = 7;
constexpr uint32_t kSource = 1, kDst = 200;
const MicroRow kConstants = {kExp, kScores, kResult, 0, 0, 0};
const MicroRow kScalarConstants = {kLog, kLn2, 0, 0, 0, 0};

// A table's entries, and one more table whose entries are larger by 1.
template <class Function>
bool IsEntry(uint32_t table, uint32_t size, const std::vector<uint32_t>& f,
             const Function& function) {
  return (f[0] == table || f[0] == table + 10) && f[1] < size &&
         f[2] == (Fp(function(f[1])) + (f[0] == table ? 0 : 1)).Value();
}

World MakeWorld() {
  World world;
  world.AddRule(kLut, [](const std::vector<uint32_t>& f) {
    return IsEntry(kExp, kExpEntries, f, [](uint32_t y) { return int{ExpTable()[y]}; }) ||
           IsEntry(kLog, kMantissa, f, [](uint32_t y) { return int{LogTable()[y]}; }) ||
           IsEntry(kLn2, kLn2Entries, f, [](uint32_t y) { return static_cast<int>(Ln2(y)); });
  });
  world.AddRule(kSoftmax, [](const std::vector<uint32_t>& f) {
    return f[0] == kProgram && f[1] >= kMantissa && f[1] < 1U << 30 &&
           Fp(SoftmaxScalarChip::LogOf(f[1])).Value() == f[2];
  });
  world.AddProgram(kProgram + 1, {kConstants});
  world.AddProgram(kProgram + 2, {kScalarConstants});
  return world;
}

// A call whose planes have the given numbers of lanes and cells, each run `runs` times.
struct Planes {
  std::vector<uint32_t> lanes;
  std::vector<uint32_t> cells;
  uint32_t runs = 1;

  std::vector<MicroRow> Program() const {
    std::vector<MicroRow> program;
    for (size_t p = 0; p < lanes.size(); ++p) {
      for (uint32_t i = 0; i < cells[p]; ++i) {
        uint32_t code = i == 0 ? SoftmaxChip::kFirstOfPlane : 0U;
        if (i + 1 == cells[p]) code |= SoftmaxChip::kLastOfPlane;
        const uint32_t used = lanes[p] > kLanes * i ? lanes[p] - kLanes * i : 0;
        program.push_back({code, used >= kLanes ? 0xFFFF : (1U << used) - 1, 0, 0, 0, 0});
      }
    }
    program.back()[0] |= 1;
    return program;
  }
};

class Call {
 public:
  using Rows = Trial<SoftmaxChip>::Rows;

  // `scores`: those of all cells of all runs.
  Call(const Planes& planes, std::span<const int16_t> scores)
      : world_(MakeWorld()), program_(planes.Program()), tensor_((kDst + 64) * kLanes) {
    const auto rows = static_cast<uint32_t>(scores.size() / kLanes);
    std::ranges::copy(scores, tensor_.begin() + kLanes * kSource);
    run_ = {100, kProgram, static_cast<uint32_t>(program_.size()), planes.runs};
    call_.ts = 100;
    call_.pointer = kDst;
    call_.source[0] = kSource;
    for (size_t first = 0, p = 0; first < rows; p = (p + 1) % planes.lanes.size()) {
      Descriptor d;
      d.out.planes = 1;
      d.out.kind = Kind::kSequence;
      d.out.width = static_cast<uint16_t>(kLanes * planes.cells[p]);
      d.mode = 1;
      d.param[0] = static_cast<int32_t>(planes.lanes[p]) - 1;
      Softmax(d, &tensor_[kLanes * (kSource + first)], &tensor_[kLanes * (kDst + first)]);
      first += planes.cells[p];
    }
    world_.AddProgram(kProgram, program_);
    world_.AddStart({kSoftmaxWorker, 100, kProgram, planes.runs - 1, kDst, kSource, 0, 0});
    for (uint32_t address = 0; address < kDst; ++address) {
      world_.AddCell(kScores, address, &tensor_[kLanes * address]);
      world_.AddCell(kScores + 10, address, &tensor_[kLanes * (kDst - address)]);
    }

    std::vector<SoftmaxChip::State> states(rows);
    SoftmaxChip::Measure(call_, run_, program_, tensor_.data(), states);
    honest_.resize(rows);
    for (uint32_t i = 0; i < rows; ++i) {
      SoftmaxChip::Fill(call_, run_, i, program_[i % run_.steps], kConstants, tensor_.data(),
                        states[i], honest_[i]);
      honest_[i].uses = 1;
    }
  }

  const World& world() const { return world_; }
  const Rows& honest() const { return honest_; }
  std::multiset<Fact> Results() const {
    std::multiset<Fact> results;
    for (uint32_t i = 0; i < honest_.size(); ++i) {
      Fact fact = {kCell.id, {kResult, kDst + i}};
      for (uint32_t j = 0; j < kLanes; ++j) {
        fact.second.push_back(Fp(int{tensor_[kLanes * (kDst + i) + j]}).Value());
      }
      results.insert(std::move(fact));
    }
    return results;
  }
  const int16_t* CellAt(uint32_t address) const { return &tensor_[kLanes * address]; }

 private:
  World world_;
  std::vector<MicroRow> program_;
  std::vector<int16_t> tensor_;
  BlockRun run_{};
  TensorCall call_;
  Rows honest_;
};

void ExpectHonest(const Planes& planes, std::span<const int16_t> scores) {
  const Call call(planes, scores);
  const Trial<SoftmaxChip> trial(call.world(), call.honest());
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  EXPECT_EQ(trial.claims(), call.Results());
}

TEST(Softmax, HonestRowsAgreeWithTheSpecification) {
  const Planes planes = {{5, 20, 16, 48, 1, 33}, {2, 2, 1, 3, 1, 3}};
  const size_t size = 12 * kLanes;
  ExpectHonest(planes, std::vector<int16_t>(size, 0));
  ExpectHonest(planes, std::vector<int16_t>(size, -16384));
  ExpectHonest(planes, std::vector<int16_t>(size, 16384));
  std::vector<int16_t> one_hot(size, -16384);
  for (const size_t l : {3, 40, 64, 80 + 47, 128, 144 + 32}) one_hot[l] = 16384;
  ExpectHonest(planes, one_hot);
  std::mt19937 random(1);
  for (const int spread : {3, 300, 3000, 30000}) {
    std::vector<int16_t> scores(size);
    for (int16_t& s : scores) {
      s = static_cast<int16_t>(static_cast<int>(random() % static_cast<uint32_t>(spread)) -
                               spread / 2);
    }
    ExpectHonest(planes, scores);
  }
}

int Integer(Fp x) {
  return x.Value() < Fp::kModulus / 2 ? static_cast<int>(x.Value())
                                      : -static_cast<int>((-x).Value());
}
int Exp(Fp gap) { return ExpTable()[gap.Value() % kExpEntries]; }

using Row = SoftmaxChip::Main<Fp>;
using Rows = std::vector<Row>;

Fp Factor(const Row& row, size_t j) {
  return row.max - row.score[j] + (Fp(1) - row.mask[j]) * (1 << 20);
}
void DeriveProducts(Row& row) {
  Fp product = row.product;
  for (size_t j = 0; j < kLanes; ++j) {
    product *= Factor(row, j);
    if (j % 2 == 1) row.products[j / 2] = product;
  }
}
void DeriveExp(Row& row) {
  for (size_t j = 0; j < kLanes; ++j) {
    if (row.mask[j] == Fp(1)) row.exp[j] = Exp(row.max - row.score[j]);
  }
}
void DeriveOut(Row& row) {
  for (size_t j = 0; j < kLanes; ++j) {
    row.out[j] = row.mask[j] == Fp(1) ? Exp(row.max - row.score[j] + row.log_sum) : 0;
  }
}
void DeriveRowSum(Row& row) {
  row.row_sum = 0;
  for (size_t j = 0; j < kLanes; ++j) row.row_sum += row.mask[j] * row.exp[j];
}
// L of what the last row of the plane says, and all that follows.
void DeriveLog(std::span<Row> plane) {
  const int log_sum = SoftmaxScalarChip::LogOf((plane.back().sum + plane.back().row_sum).Value());
  for (Row& row : plane) {
    row.log_sum = log_sum;
    DeriveOut(row);
  }
}
// Everything from scores, masks, max and exp of a plane of rows.
void Derive(std::span<Row> plane) {
  Fp sum = 0;
  Fp product = 1;
  for (Row& row : plane) {
    row.sum = sum;
    row.product = product;
    DeriveProducts(row);
    DeriveRowSum(row);
    sum += row.row_sum;
    product = row.products.back();
  }
  DeriveLog(plane);
}

TEST(Softmax, EveryConditionIsNeeded) {
  // Rows 0, 1; 2, 3; 4, and the same again.
  const Planes planes = {{5, 20, 16}, {2, 2, 1}, 2};
  std::vector<int16_t> scores(10 * kLanes);
  for (size_t l = 0; l < scores.size(); ++l) scores[l] = static_cast<int16_t>(l * 37 % 101 * 5);
  // So many equal scores that a larger maximum would go with another t, and round otherwise.
  for (size_t j = 0; j < 2 * kLanes; ++j) scores[2 * kLanes + j] = static_cast<int16_t>(j % 5);
  scores[2 * kLanes + 3] = 10;
  // In the planes of one row, every other lane is so much smaller that its probability is 0.
  for (size_t j = 0; j < kLanes; ++j) {
    scores[4 * kLanes + j] = j % 2 == 0 ? -16000 : 100;
    scores[9 * kLanes + j] = j % 2 != 0 ? -16000 : 100;
  }
  const Call call(planes, scores);
  Trial<SoftmaxChip> trial(call.world(), call.honest());
  const auto plane = [](Rows& rows) { return std::span(rows).subspan(2, 2); };
  trial.TryAllCells();

  // Softmax does not care for the maximum but for rounding: this one matters.
  const auto raise_max = [&](Rows& rows) {
    const auto before = rows[2].out;
    for (int raised = 0; raised < 1000 && rows[2].out == before; ++raised) {
      for (Row& row : plane(rows)) {
        row.max += 1;
        DeriveExp(row);
      }
      Derive(plane(rows));
    }
    EXPECT_FALSE(rows[2].out == before);
  };
  trial.Try("a maximum that is not attained", raise_max);
  trial.Try("a product that starts at 0", [&](Rows& rows) {
    raise_max(rows);
    for (Row& row : plane(rows)) {
      row.product = 0;
      row.products.fill(0);
    }
  });
  trial.Try("a product that goes on with 0", [&](Rows& rows) {
    raise_max(rows);
    rows[3].product = 0;
    rows[3].products.fill(0);
  });
  for (size_t k = 0; k < kLanes / 2; ++k) {
    trial.Try("a product that becomes 0", [&](Rows& rows) {
      raise_max(rows);
      for (size_t i = k; i < kLanes / 2; ++i) rows[3].products[i] = 0;
    });
  }
  trial.Try("a maximum that is too small", [&](Rows& rows) {
    for (Row& row : plane(rows)) {
      row.max -= 1;
      DeriveExp(row);
    }
    Derive(plane(rows));
  });
  trial.Try("a maximum that changes", [&](Rows& rows) {
    // It is attained in the first row.
    bool attained = false;
    for (size_t j = 0; j < kLanes; ++j) attained |= rows[2].score[j] == rows[2].max;
    EXPECT_TRUE(attained);
    rows[3].max += 100;
    DeriveExp(rows[3]);
    Derive(plane(rows));
  });
  trial.Try("a maximum among lanes that are not in use", [&](Rows& rows) {
    for (Row& row : plane(rows)) {
      row.max = row.score[kLanes - 1] - (1 << 20);
      DeriveProducts(row);
    }
  });
  trial.Try("another logarithm", [&](Rows& rows) {
    for (Row& row : plane(rows)) {
      row.log_sum += 1;
      DeriveOut(row);
    }
  });
  trial.Try("a logarithm that changes", [&](Rows& rows) {
    rows[2].log_sum += 9;
    DeriveOut(rows[2]);
  });
  trial.Try("a sum that leaves a row out", [&](Rows& rows) {
    rows[3].sum = 0;
    DeriveLog(plane(rows));
  });
  trial.Try("a sum that starts at a million", [&](Rows& rows) {
    for (Row& row : plane(rows)) row.sum += 1000000;
    DeriveLog(plane(rows));
  });
  trial.Try("a row's sum too large", [&](Rows& rows) {
    rows[3].row_sum += 1000000;
    DeriveLog(plane(rows));
  });
  for (size_t j = 0; j < kLanes; ++j) {
    trial.Try("another exponential", [&](Rows& rows) {
      rows[2].exp[j] += 500000;
      Derive(plane(rows));
    });
    trial.Try("a mask that is neither 0 nor 1", [&](Rows& rows) {
      // Its probability is 0, and the word stays.
      const size_t i = j % 2 == 0 ? 4 : 9;
      const bool top = j + 1 == kLanes;
      rows[i].mask[j] += top ? Fp(2).Inverse() : Fp(2);
      rows[i].mask[top ? j - 1 : j + 1] -= 1;
      Derive(std::span(rows).subspan(i, 1));
    });
  }
  trial.Try("a lane taken out of use", [&](Rows& rows) {
    rows[3].mask[2] = 0;
    Derive(plane(rows));
  });
  trial.Try("another score", [&](Rows& rows) {
    rows[3].score[2] -= 300;
    DeriveExp(rows[3]);
    Derive(plane(rows));
  });
  trial.Try("scores of another type", [&](Rows& rows) {
    rows[4].score_type += 10;
    const int16_t* cell = call.CellAt(kDst - kSource - 4);
    rows[4].max = -30000;
    for (size_t j = 0; j < kLanes; ++j) {
      rows[4].score[j] = int{cell[j]};
      rows[4].max = std::max(Integer(rows[4].max), int{cell[j]});
    }
    DeriveExp(rows[4]);
    Derive(std::span(rows).subspan(4, 1));
  });
  trial.Try("scores of other cells", [&](Rows& rows) {
    for (uint32_t i = 4; i < 10; ++i) {
      rows[i].from -= 1;
      for (size_t j = 0; j < kLanes; ++j) rows[i].score[j] = int{call.CellAt(kSource + i - 1)[j]};
    }
    for (const auto& [first, count] : {std::pair{4, 1}, {5, 2}, {7, 2}, {9, 1}}) {
      const auto shifted =
          std::span(rows).subspan(static_cast<size_t>(first), static_cast<size_t>(count));
      int max = INT16_MIN;
      for (const Row& row : shifted) {
        for (size_t j = 0; j < kLanes; ++j) {
          if (row.mask[j] == Fp(1)) max = std::max(max, Integer(row.score[j]));
        }
      }
      for (Row& row : shifted) {
        row.max = max;
        DeriveExp(row);
      }
      Derive(shifted);
    }
  });
  trial.Try("results elsewhere", [&](Rows& rows) {
    for (uint32_t i = 4; i < 10; ++i) rows[i].address += 1;
  });
  // The last plane has one row, of which both flags and `end` are set: 1 + 2 + 4.
  const auto continue_in_padding = [](Rows& rows) {
    Row& row = rows[9];
    DeriveExp(row);
    DeriveRowSum(row);
    DeriveProducts(row);
    DeriveOut(row);
    rows[10].max = row.max;
    rows[10].log_sum = row.log_sum;
    rows[10].product = row.products.back();
    rows[10].sum = row.sum + row.row_sum;
    rows[10].products[0] = rows[10].product * Factor(rows[10], 0) * Factor(rows[10], 1);
    DeriveProducts(rows[10]);
  };
  trial.Try("three times the first cell, and not the last", [&](Rows& rows) {
    rows[9].flag = {3, 0};
    rows[9].max += 77;
    rows[9].log_sum = 5;
    continue_in_padding(rows);
  });
  trial.Try("one and a half times the last cell, and not the first", [&](Rows& rows) {
    rows[9].flag = {0, Fp(3) * Fp(2).Inverse()};
    rows[9].product = 0;
    rows[9].max += 77;
    DeriveExp(rows[9]);
    DeriveRowSum(rows[9]);
    rows[9].sum = Fp(1 << 20) - rows[9].row_sum;
    rows[9].log_sum = SoftmaxScalarChip::LogOf(1 << 20);
    continue_in_padding(rows);
  });
  trial.ExpectAllNeeded();
}

Trial<SoftmaxScalarChip>::Rows ScalarRows() {
  Trial<SoftmaxScalarChip>::Rows rows;
  for (const uint32_t sum : {1U << 14, 32767U, 32768U, 65535U, 1234567U, (1U << 30) - 1}) {
    rows.emplace_back();
    SoftmaxScalarChip::Fill(kProgram, kScalarConstants, sum, rows.back());
    rows.back().uses = 1;
  }
  return rows;
}

TEST(SoftmaxScalars, ProvideTheLogarithm) {
  const World world = MakeWorld();
  const Trial<SoftmaxScalarChip> trial(world, ScalarRows());
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  std::multiset<Fact> expected;
  for (const uint32_t sum : {1U << 14, 32767U, 32768U, 65535U, 1234567U, (1U << 30) - 1}) {
    const auto shift = static_cast<uint32_t>(std::bit_width(sum)) - 15;
    const int log = LogTable()[(sum >> shift) - kMantissa] + static_cast<int>(Ln2(shift));
    expected.insert({kSoftmax.id, {kProgram, sum, Fp(log).Value()}});
  }
  EXPECT_EQ(trial.claims(), expected);
}

TEST(SoftmaxScalars, EveryConditionIsNeeded) {
  using Rows = Trial<SoftmaxScalarChip>::Rows;
  const World world = MakeWorld();
  Trial<SoftmaxScalarChip> trial(world, ScalarRows());
  trial.TryAllCells();
  const auto set_mantissa = [](SoftmaxScalarChip::Main<Fp>& row, uint32_t mantissa) {
    row.mantissa = Fp::FromU32(mantissa);
    row.log = int{LogTable()[mantissa]};
    row.rest = row.sum - (row.mantissa + kMantissa) * row.power;
  };
  trial.Try("a smaller mantissa", [&](Rows& rows) { set_mantissa(rows[4], 100); });
  trial.Try("another power", [&](Rows& rows) {
    rows[4].power += 1;
    set_mantissa(rows[4], rows[4].mantissa.Value() - 200);
    rows[4].power += (rows[4].rest - 5) * (rows[4].mantissa + kMantissa).Inverse();
    rows[4].rest = 5;
  });
  trial.Try("a power that is half as high", [&](Rows& rows) {
    rows[4].shift -= 1;
    rows[4].power = rows[4].power * Fp(2).Inverse();
    rows[4].other_power *= 2;
    rows[4].mantissa = (rows[4].mantissa + kMantissa) * 2 - kMantissa;
    rows[4].ln2 = static_cast<int>(Ln2(rows[4].shift.Value()));
  });
  trial.Try("other tables", [&](Rows& rows) {
    rows[4].log_table += 10;
    rows[4].log += 1;
  });
  trial.Try("other constants", [&](Rows& rows) { rows[4].program += 1; });
  trial.Try("a row that is not real", [&](Rows& rows) {
    rows[6].uses = 1;
    rows[6].log = 7;
  });
  trial.Try("a row that is twice real", [&](Rows& rows) {
    rows[4].real = 2;
    rows[4].sum += Fp(static_cast<int>(kMantissa)) * rows[4].power;
    rows[4].uses = 0;
  });
  trial.ExpectAllNeeded();
}

}  // namespace
}  // namespace zkvm::tensor
