// NORM and NORM_SCALARS: honest rows agree with semantics.h, forgeries, and what each condition is
// for.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "precompiles/tensor/chips/norm.h"
#include "precompiles/tensor/chips/norm_scalars.h"
#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/semantics.h"
#include "tests/precompiles/chip_trial.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t kProgram = kFirstWorkerProgram + 3;
constexpr uint32_t kSquare = 11, kTable = 12, kRsqrt = 13;
constexpr uint32_t kIn = 5, kOut = 7;
constexpr uint32_t kSource = 1, kDst = 600;
constexpr int32_t kTableStart = -(1 << 15);
const MicroRow kConstants = {kSquare, kTable, kIn, kOut, 0, 0};

// What the second row of constants is made of.
struct Parameters {
  uint32_t width = 32;
  bool rms = false;
  uint32_t epsilon = 1;
  int scale = 25;

  MicroRow Constants() const {
    return {kRsqrt, width, width / 2, rms ? 0U : 1U, epsilon, Fp(scale - 22).Value()};
  }
  Descriptor MakeDescriptor() const {
    Descriptor d;
    d.out.planes = 1;
    d.out.kind = Kind::kSequence;
    d.out.width = static_cast<uint16_t>(width);
    d.mode = rms ? 1 : 0;
    d.param[0] = static_cast<int32_t>(epsilon);
    d.param[1] = scale;
    return d;
  }
  // Of the sum of squares, as semantics.h has it.
  uint32_t FactorOf(uint64_t squares) const {
    const uint64_t v = squares + epsilon;
    const int shift = static_cast<int>(std::bit_width(v)) - 15;
    const uint64_t mantissa = shift >= 0 ? v >> shift : v << -shift;
    const uint32_t f = RsqrtTable()[mantissa - kMantissa + kMantissa * (shift & 1)];
    const int s = scale - 22 - (shift >> 1);
    return s >= 0 ? f << s : (f + (1U << (-s - 1))) >> -s;
  }
};

int Integer(Fp x) {
  return x.Value() < Fp::kModulus / 2 ? static_cast<int>(x.Value())
                                      : -static_cast<int>((-x).Value());
}

World MakeWorld(const Parameters& parameters) {
  World world;
  world.AddRule(kLut, [](const std::vector<uint32_t>& f) {
    const uint32_t table = f[0] % 10 + 10;
    const int y = Integer(Fp::FromU32(f[1]));
    Fp out;
    if (table == kSquare && y >= -kMaxDeviation && y <= kMaxDeviation) {
      out = Sq(y);
    } else if (table == kTable && y >= kTableStart && y < -kTableStart) {
      out = y;
    } else if (table == kRsqrt && f[1] < 2 * kMantissa) {
      out = int{RsqrtTable()[f[1]]};
    } else {
      return false;
    }
    return f[0] / 10 <= 2 && (out + static_cast<int>(f[0] / 10 - 1)).Value() == f[2];
  });
  world.AddRule(kNorm, [parameters](const std::vector<uint32_t>& f) {
    const int sum = Integer(Fp::FromU32(f[1]));
    const int64_t rest = int64_t{parameters.width} * Integer(Fp::FromU32(f[4])) -
                         (parameters.rms ? 0 : sum) + parameters.width / 2;
    if (f[0] != kProgram || rest < 0 || rest >= parameters.width) return false;
    if (f[2] >= 1U << 30 || f[3] >= 1U << 28) return false;
    return f[5] == parameters.FactorOf((uint64_t{f[2]} << kCutBits) + f[3]);
  });
  world.AddProgram(kProgram + 1, {kConstants});
  world.AddProgram(kProgram + 2, {parameters.Constants()});
  return world;
}

class Call {
 public:
  using Rows = Trial<NormChip>::Rows;

  // `x`: the planes, one a run.
  Call(const Parameters& parameters, std::span<const int16_t> x)
      : parameters_(parameters), world_(MakeWorld(parameters)), tensor_((kDst + 600) * kLanes) {
    std::ranges::copy(x, tensor_.begin() + kLanes * kSource);
    const uint32_t cells = parameters.width / kLanes;
    const auto rows = static_cast<uint32_t>(x.size() / kLanes);
    run_ = {100, kProgram, cells, rows / cells};
    call_.ts = 100;
    call_.pointer = kDst;
    call_.source[0] = kSource;
    std::vector<MicroRow> program(cells);
    program.front()[0] |= NormChip::kFirstOfPlane;
    program.back()[0] |= NormChip::kLastOfPlane | 1;
    const Descriptor d = parameters.MakeDescriptor();
    for (uint32_t p = 0; p < run_.runs; ++p) {
      const int16_t* plane = &tensor_[kLanes * (kSource + p * cells)];
      const NormScalars scalars = MeasurePlane(d, plane);
      for (uint32_t l = 0; l < parameters.width; ++l) {
        tensor_[kLanes * (kDst + p * cells) + l] =
            static_cast<int16_t>(Requantize(int64_t{plane[l] - scalars.mean} * scalars.factor));
      }
    }
    world_.AddProgram(kProgram, program);
    world_.AddStart({kNormWorker, 100, kProgram, run_.runs - 1, kDst, kSource, 0, 0});
    for (uint32_t address = 0; address < kDst; ++address) {
      world_.AddCell(kIn, address, &tensor_[kLanes * address]);
      world_.AddCell(kIn + 10, address, &tensor_[kLanes * (kSource + rows - 1 - address % rows)]);
    }
    std::vector<NormChip::State> states(rows);
    NormChip::Measure(call_, run_, parameters.Constants(), tensor_.data(), states);
    honest_.resize(rows);
    for (uint32_t i = 0; i < rows; ++i) {
      NormChip::Fill(call_, run_, i, program[i % cells], kConstants, tensor_.data(), states[i],
                     honest_[i]);
      honest_[i].uses = 1;
      if (program[i % cells][0] & NormChip::kLastOfPlane) {
        NormSums sums = states[i].sums;
        for (uint32_t j = 0; j < kLanes; ++j) {
          sums.Add(CellAt(kSource + i)[j], states[i].mean);
        }
        scalars_.emplace_back();
        NormScalarChip::Fill(kProgram, parameters.Constants(), sums, states[i].mean,
                             scalars_.back());
        scalars_.back().uses = 1;
      }
    }
  }

  const World& world() const { return world_; }
  const Rows& honest() const { return honest_; }
  const Trial<NormScalarChip>::Rows& scalars() const { return scalars_; }
  const int16_t* CellAt(uint32_t address) const { return &tensor_[kLanes * address]; }

  std::multiset<Fact> Results() const {
    std::multiset<Fact> results;
    for (uint32_t i = 0; i < honest_.size(); ++i) {
      Fact fact = {kCell.id, {kOut, kDst + i}};
      for (uint32_t j = 0; j < kLanes; ++j) {
        fact.second.push_back(Fp(int{CellAt(kDst + i)[j]}).Value());
      }
      results.insert(std::move(fact));
    }
    return results;
  }
  std::multiset<Fact> Scalars() const {
    const Descriptor d = parameters_.MakeDescriptor();
    std::multiset<Fact> results;
    for (uint32_t p = 0; p < run_.runs; ++p) {
      const int16_t* plane = CellAt(kSource + p * run_.steps);
      const NormScalars scalars = MeasurePlane(d, plane);
      uint32_t high = 0, low = 0;
      for (uint32_t l = 0; l < parameters_.width; ++l) {
        const int64_t square = int64_t{plane[l] - scalars.mean} * (plane[l] - scalars.mean);
        high += static_cast<uint32_t>(square >> kCutBits);
        low += static_cast<uint32_t>(square & ((1 << kCutBits) - 1));
      }
      results.insert({kNorm.id,
                      {kProgram, Fp(static_cast<int>(scalars.sum)).Value(), high, low,
                       Fp(scalars.mean).Value(), scalars.factor}});
    }
    return results;
  }

 private:
  Parameters parameters_;
  World world_;
  std::vector<int16_t> tensor_;
  BlockRun run_{};
  TensorCall call_;
  Rows honest_;
  Trial<NormScalarChip>::Rows scalars_;
};

std::vector<int16_t> Noise(size_t size, int amplitude, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::vector<int16_t> x(size);
  for (int16_t& v : x) {
    v = static_cast<int16_t>(static_cast<int>(random() % static_cast<uint32_t>(2 * amplitude + 1)) -
                             amplitude);
  }
  return x;
}

void ExpectHonest(const Parameters& parameters, std::span<const int16_t> x) {
  const Call call(parameters, x);
  const Trial<NormChip> trial(call.world(), call.honest());
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  EXPECT_EQ(trial.claims(), call.Results());
  const World world = MakeWorld(parameters);
  const Trial<NormScalarChip> scalars(world, call.scalars());
  EXPECT_TRUE(scalars.Judge(scalars.honest()).violated.empty());
  EXPECT_EQ(scalars.claims(), call.Scalars());
}

TEST(Norm, HonestRowsAgreeWithTheSpecification) {
  for (const bool rms : {false, true}) {
    for (const uint32_t width : {16U, 32U, 48U, 768U}) {
      for (const int scale : {kMinNormScale, 24, kMaxNormScale}) {
        for (const uint32_t epsilon : {1U, 5000U, (1U << 28) - 1}) {
          const Parameters parameters = {width, rms, epsilon, scale};
          for (const int amplitude : {0, 1, 3, 40, 1000, 16384}) {
            ExpectHonest(parameters, Noise(2 * width, amplitude));
          }
          std::vector<int16_t> x(width, -16384);
          ExpectHonest(parameters, x);
          x[5] = 16384;
          ExpectHonest(parameters, x);
          std::ranges::fill(x, 16384);
          x.back() = -16384;
          ExpectHonest(parameters, x);
          std::ranges::fill(x, int16_t{1});  // means that round: ties go down
          std::fill_n(x.begin(), width / 2, int16_t{0});
          ExpectHonest(parameters, x);
          x[0] = 1;
          ExpectHonest(parameters, x);
        }
      }
    }
  }
  ExpectHonest({8192, false, 1, 26}, Noise(8192, 16384));
  std::vector<int16_t> x(8192, 16384);
  std::fill_n(x.begin(), 4096, int16_t{-16384});
  ExpectHonest({8192, false, (1U << 28) - 1, 26}, x);
}

using Row = NormChip::Main<Fp>;
using Rows = std::vector<Row>;

void DeriveLane(Row& row, size_t j) {
  const int64_t cut = int64_t{Integer(row.x[j] - row.mean)} * row.factor.Value() + (1 << 13);
  row.y[j] = static_cast<int>(cut >> kCutBits);
  row.rem[j] = static_cast<int>(cut & ((1 << kCutBits) - 1));
  row.rem_product[j / 2] = row.rem[j] * row.rem[j ^ 1];
  row.out[j] = row.y[j];
}
void DeriveLanes(Row& row) {
  for (size_t j = 0; j < kLanes; ++j) DeriveLane(row, j);
}
void DeriveSquares(Row& row) {
  for (size_t j = 0; j < kLanes; ++j) row.square[j] = Sq(Integer(row.x[j] - row.mean));
}
void DeriveRowLow(Row& row) {
  row.row_low = 0;
  for (size_t j = 0; j < kLanes; ++j) {
    const Fp u = row.x[j] - row.mean;
    row.row_low += u * u - row.square[j] * (1 << kCutBits);
  }
}
// The sums that the row hands on.
void HandOn(const Row& row, Row& next) {
  next.sum = row.sum;
  next.high = row.high;
  next.low = row.low + row.row_low;
  for (size_t j = 0; j < kLanes; ++j) {
    next.sum += row.x[j];
    next.high += row.square[j];
  }
}
// The factor of what the plane's last row says, and all that follows.
void DeriveFactor(const Parameters& parameters, std::span<Row> plane) {
  Row total{};
  HandOn(plane.back(), total);
  const Fp factor = Fp::FromU32(
      parameters.FactorOf((uint64_t{total.high.Value()} << kCutBits) + total.low.Value()));
  for (Row& row : plane) {
    row.factor = factor;
    DeriveLanes(row);
  }
}
void DeriveSums(const Parameters& parameters, std::span<Row> plane) {
  for (Row& row : plane) DeriveRowLow(row);
  for (size_t i = 0; i + 1 < plane.size(); ++i) HandOn(plane[i], plane[i + 1]);
  DeriveFactor(parameters, plane);
}
// Everything from x and mean.
void Derive(const Parameters& parameters, std::span<Row> plane) {
  for (Row& row : plane) DeriveSquares(row);
  DeriveSums(parameters, plane);
}

TEST(Norm, EveryConditionIsNeeded) {
  const Parameters parameters = {32, false, 7, 25};
  // Rows 0, 1; 2, 3; 4, 5.
  const Call call(parameters, Noise(6 * kLanes, 3000));
  Trial<NormChip> trial(call.world(), call.honest());
  trial.TryAllCells();
  const auto plane = [](Rows& rows) { return std::span(rows).subspan(2, 2); };

  trial.Try("another mean", [&](Rows& rows) {
    for (Row& row : plane(rows)) row.mean += 1;
    Derive(parameters, plane(rows));
  });
  trial.Try("a mean that changes", [&](Rows& rows) {
    rows[2].mean += 300;
    Derive(parameters, plane(rows));
  });
  trial.Try("another factor", [&](Rows& rows) {
    for (Row& row : plane(rows)) {
      row.factor += 1000;
      DeriveLanes(row);
    }
  });
  trial.Try("a factor that changes", [&](Rows& rows) {
    rows[2].factor += 1000;
    DeriveLanes(rows[2]);
  });
  for (size_t i : {0, 1}) {
    const std::string name = i == 0 ? "a sum that starts elsewhere" : "a sum that jumps";
    const auto from = [&, i](Rows& rows) { return plane(rows).subspan(i); };
    trial.Try(name, [&](Rows& rows) {
      for (Row& row : plane(rows)) row.mean += 40;
      if (i == 0) rows[2].sum += Fp(40 * 32);
      Derive(parameters, plane(rows));
      if (i == 1) rows[3].sum += Fp(40 * 32);
    });
    trial.Try(name, [&](Rows& rows) {
      for (Row& row : from(rows)) row.high += 100000;
      DeriveFactor(parameters, plane(rows));
    });
    trial.Try(name, [&](Rows& rows) {
      for (Row& row : from(rows)) row.low += 100000000;
      DeriveFactor(parameters, plane(rows));
    });
  }
  trial.Try("a row's rests too large", [&](Rows& rows) {
    rows[3].row_low += 100000000;
    DeriveFactor(parameters, plane(rows));
  });
  for (size_t j = 0; j < kLanes; ++j) {
    trial.Try("a square too large by p", [&](Rows& rows) {
      // 2^14 q + rest grows by p: 2^14 (p - 1) / 2^14 + 1.
      rows[2].square[j] += static_cast<int>((Fp::kModulus - 1) >> kCutBits);
      DeriveSums(parameters, plane(rows));
    });
    trial.Try("another quotient", [&](Rows& rows) {
      rows[2].y[j] += 1;
      rows[2].rem[j] -= 1 << kCutBits;
      rows[2].rem_product[j / 2] = rows[2].rem[j] * rows[2].rem[j ^ 1];
      rows[2].out[j] += 1;
    });
    trial.Try("another quotient, the same rest", [&](Rows& rows) {
      rows[2].y[j] += 1;
      rows[2].out[j] += 1;
    });
  }
  trial.Try("another element", [&](Rows& rows) {
    rows[2].x[4] += 1;
    rows[2].x[5] -= 1;
    Derive(parameters, plane(rows));
  });
  const auto mean_of = [&](std::span<Row> rows) {
    int sum = 0;
    for (const Row& row : rows) {
      for (const Fp x : row.x) sum += Integer(x);
    }
    for (Row& row : rows) row.mean = NormScalarChip::MeanOf(parameters.Constants(), sum);
    Derive(parameters, rows);
  };
  trial.Try("elements of another type", [&](Rows& rows) {
    for (uint32_t i = 2; i < 4; ++i) {
      rows[i].source_type += 10;
      const uint32_t address = kSource + i;
      for (size_t j = 0; j < kLanes; ++j) {
        rows[i].x[j] = int{call.CellAt(kSource + 5 - address % 6)[j]};
      }
    }
    mean_of(plane(rows));
  });
  trial.Try("other cells", [&](Rows& rows) {
    for (uint32_t i = 2; i < 6; ++i) {
      rows[i].from -= 1;
      for (size_t j = 0; j < kLanes; ++j) rows[i].x[j] = int{call.CellAt(kSource + i - 1)[j]};
    }
    mean_of(plane(rows));
    mean_of(std::span(rows).subspan(4, 2));
  });
  trial.Try("results elsewhere", [&](Rows& rows) {
    for (uint32_t i = 2; i < 6; ++i) rows[i].address += 1;
  });
  trial.Try("rows as planes of their own", [&](Rows& rows) {
    for (Row& row : plane(rows)) {
      row.flag = {1, 1};
      row.sum = row.high = row.low = 0;
      mean_of(std::span(&row, 1));
    }
  });

  // Planes of one row: the code word is 1 + 2 + 4.
  const Parameters narrow = {16, false, 7, 25};
  const Call narrow_call(narrow, Noise(2 * kLanes, 3000));
  Trial<NormChip> single(narrow_call.world(), narrow_call.honest());
  const auto continue_in_padding = [](Rows& rows) {
    Row& row = rows[1];
    row.factor = 12345;
    DeriveLanes(row);
    rows[2].mean = row.mean;
    rows[2].factor = row.factor;
    HandOn(row, rows[2]);
    DeriveRowLow(rows[2]);
    for (size_t j = 0; j < kLanes; ++j) {
      rows[2].y[j] = (rows[2].x[j] - row.mean) * row.factor * Fp(1 << kCutBits).Inverse();
    }
  };
  single.Try("three times the first cell, and not the last", [&](Rows& rows) {
    rows[1].flag = {3, 0};
    continue_in_padding(rows);
  });
  single.Try("one and a half times the last cell, and not the first", [&](Rows& rows) {
    rows[1].flag = {0, Fp(3) * Fp(2).Inverse()};
    rows[1].high += 100000;
    DeriveFactor(narrow, std::span(rows).subspan(1, 1));
    const Fp factor = rows[1].factor;
    continue_in_padding(rows);
    rows[1].factor = rows[2].factor = factor;
    DeriveLanes(rows[1]);
    for (size_t j = 0; j < kLanes; ++j) {
      rows[2].y[j] = (rows[2].x[j] - rows[1].mean) * factor * Fp(1 << kCutBits).Inverse();
    }
  });
  trial.Join(single);
  // The checker looks both remainders up by themselves; that a proof needs their product is
  // tests/stark/fold_rounds_test.cc's.
  std::map<Condition, std::string_view> products;
  for (size_t k = 39; k < 39 + kLanes / 2; ++k) {
    products[{Condition::kConstraint, k}] = "a product of remainders";
  }
  trial.ExpectAllNeeded(products);
}

using ScalarRow = NormScalarChip::Main<Fp>;
using ScalarRows = std::vector<ScalarRow>;

void SetPower(int exponent, NormScalarChip::Power<Fp>& power) {
  power = {exponent, 1 << exponent, 1 << (16 - exponent)};
}
// f 2^s as factor; its limbs are the caller's concern if they are out of range.
void SetFactor(ScalarRow& row, uint32_t factor) {
  row.factor_low = Fp::FromU32(factor & 0x7FFF);
  row.factor_high = Fp::FromU32(factor >> 15);
  row.factor_rest =
      row.f * row.up.value * 2 + row.down.value - Fp::FromU32(factor) * row.down.value * 2;
}
void RoundFactor(ScalarRow& row) {
  const uint64_t twice =
      2 * uint64_t{row.f.Value()} * row.up.value.Value() + row.down.value.Value();
  SetFactor(row, static_cast<uint32_t>(twice / (2 * row.down.value.Value())));
}
// f and the factor of what the row says of T and m. T may be off by what the mantissa lacks.
void CompleteFactor(ScalarRow& row) {
  const int shift = Integer(row.c.exponent - row.a.exponent + row.big * 14);
  const int half = shift >> 1;
  row.f = int{RsqrtTable()[(row.mantissa + (shift & 1) * (1 << 14)).Value()]};
  const int s = Integer(row.scale) - half;
  SetPower(std::max(s, 0), row.up);
  SetPower(std::max(-s, 0), row.down);
  RoundFactor(row);
}
// m and all that follows of the operand.
void Complete(ScalarRow& row) {
  const uint32_t value = (row.operand * row.a.value).Value();
  const int c = std::max(static_cast<int>(std::bit_width(value)) - 15, 0);
  SetPower(c, row.c);
  row.mantissa = Fp::FromU32(value >> c) - (1 << 14);
  row.rest = Fp::FromU32(value & ((1U << c) - 1));
  CompleteFactor(row);
}

TEST(NormScalars, EveryConditionIsNeeded) {
  World world;
  ScalarRows honest;
  const auto add = [&](const Parameters& parameters, const NormSums& sums) {
    const auto program = kProgram + 10 * static_cast<uint32_t>(honest.size());
    world = [&] {
      World next = MakeWorld(parameters);  // the rules are the same for all
      return honest.empty() ? next : world;
    }();
    world.AddProgram(program + 2, {parameters.Constants()});
    honest.emplace_back();
    NormScalarChip::Fill(program, parameters.Constants(), sums,
                         NormScalarChip::MeanOf(parameters.Constants(), sums.sum), honest.back());
    honest.back().uses = 1;
  };
  add({32, false, 7, 25}, {1000, 0, 100});          // kSmall: v = 107
  add({32, false, 7, 25}, {-500, 5, 9000});         // v < 2^28, n = 0
  add({64, false, 7, 20}, {77, 3000, 90001});       // v < 2^28, n > 0
  add({64, false, 7, 28}, {77, 9000000, 5000000});  // kBig: v > p
  constexpr size_t kSmall = 0, kUp = 1, kDown = 2, kBig = 3;
  Trial<NormScalarChip> trial(world, honest);
  EXPECT_TRUE(trial.Judge(trial.honest()).violated.empty());
  EXPECT_FALSE(honest[kSmall].a.exponent.IsZero());
  EXPECT_TRUE(honest[kUp].down.exponent.IsZero());
  EXPECT_FALSE(honest[kDown].down.exponent.IsZero());
  EXPECT_EQ(honest[kBig].big, Fp(1));
  trial.TryAllCells();

  trial.Try("a row that is twice real", [](ScalarRows& rows) {
    ScalarRow& row = rows[kUp];
    row.real = 2;
    row.uses = 0;
    row.high += row.c.value;
    row.operand += row.c.value * (1 << 14);
  });
  trial.Try("a row that is not real", [](ScalarRows& rows) {
    rows.end()[-2].uses = 1;
    rows.end()[-2].mean = 5;
  });
  for (const int by : {-1, 1}) {
    trial.Try("a mean that is off", [&](ScalarRows& rows) {
      rows[kUp].mean += by;
      rows[kUp].mean_rest += by * 32;
    });
  }
  trial.Try("a mean that is a fraction", [](ScalarRows& rows) {
    EXPECT_NE(rows[kUp].mean_rest, Fp(31));
    rows[kUp].mean += Fp(32).Inverse();
    rows[kUp].mean_rest += 1;
  });
  trial.Try("v_low below 0", [](ScalarRows& rows) {
    ScalarRow& row = rows[kBig];
    row.v_carry += 20000;
    row.v_low -= Fp(20000) * (1 << 14);
    row.operand += 20000;
    Complete(row);
  });
  trial.Try("v too large by p", [](ScalarRows& rows) {
    ScalarRow& row = rows[kBig];
    row.v_low += 1;
    row.v_carry += static_cast<int>((Fp::kModulus - 1) >> 14);
    row.operand += static_cast<int>((Fp::kModulus - 1) >> 14);
    Complete(row);
  });
  trial.Try("v modulo p", [](ScalarRows& rows) {
    ScalarRow& row = rows[kBig];
    row.big = 0;
    row.operand = row.v_low + (row.high + row.v_carry) * (1 << 14);
    Complete(row);
  });
  trial.Try("half big", [](ScalarRows& rows) {
    ScalarRow& row = rows[kUp];
    row.big = Fp(2).Inverse();
    const Fp v_high = row.high + row.v_carry;
    row.operand = (row.v_low + v_high * ((1 << 14) + 1)) * Fp(2).Inverse();
    row.low += 1;
    row.v_low += 1;
    row.operand += Fp(2).Inverse();
    Complete(row);
  });
  trial.Try("half big, of an even number", [](ScalarRows& rows) {
    ScalarRow& row = rows[kUp];
    row.big = Fp(2).Inverse();
    const Fp v_high = row.high + row.v_carry;
    row.operand = (row.v_low + v_high * ((1 << 14) + 1)) * Fp(2).Inverse();
    Complete(row);
  });
  trial.Try("m from a product beyond p", [](ScalarRows& rows) {
    ScalarRow& row = rows[kDown];
    SetPower(8, row.a);
    EXPECT_GT(uint64_t{row.operand.Value()} << 8, Fp::kModulus);
    Complete(row);
  });
  trial.Try("another operand", [](ScalarRows& rows) {
    rows[kUp].operand += 5000;
    Complete(rows[kUp]);
  });
  trial.Try("another m", [](ScalarRows& rows) {
    rows[kUp].mantissa += 300;
    CompleteFactor(rows[kUp]);
  });
  trial.Try("another m, with a rest", [](ScalarRows& rows) {
    rows[kUp].mantissa -= 300;
    rows[kUp].rest += Fp(300) * rows[kUp].c.value;
    CompleteFactor(rows[kUp]);
  });
  trial.Try("another power for a", [](ScalarRows& rows) {
    ScalarRow& row = rows[kSmall];
    const Fp a = row.a.value;
    row.a.value = a + 5;
    const uint32_t value = (row.operand * row.a.value).Value();
    row.mantissa = Fp::FromU32(value) - (1 << 14);
    CompleteFactor(row);
  });
  trial.Try("another power for c", [](ScalarRows& rows) {
    ScalarRow& row = rows[kDown];
    EXPECT_GT(row.c.exponent.Value(), 6U);
    row.c.value += 2;
    const uint32_t c = row.c.value.Value();
    row.mantissa = Fp::FromU32(row.operand.Value() / c) - (1 << 14);
    row.rest = Fp::FromU32(row.operand.Value() % c);
    CompleteFactor(row);
  });
  for (const size_t i : {kUp, kDown, kBig}) {
    trial.Try("an m that is too small", [&](ScalarRows& rows) {
      ScalarRow& row = rows[i];
      const uint32_t m = row.mantissa.Value() + (1 << 14);
      if (Integer(row.c.exponent - row.a.exponent + row.big * 14) % 2 != 0) {
        row.mantissa += 1;  // refused otherwise: T must be even
        return;
      }
      row.rest += row.c.value * static_cast<int>(m % 2);
      SetPower(Integer(row.c.exponent) + 1, row.c);
      row.mantissa = static_cast<int>(m / 2) - (1 << 14);
      row.f = int{RsqrtTable()[(row.mantissa + (1 << 14)).Value()]};
      RoundFactor(row);
    });
  }
  trial.Try("another reciprocal", [](ScalarRows& rows) {
    rows[kUp].f += 100;
    RoundFactor(rows[kUp]);
  });
  trial.Try("another power for up", [](ScalarRows& rows) {
    rows[kUp].up.value += 1;
    RoundFactor(rows[kUp]);
  });
  trial.Try("another power for n", [](ScalarRows& rows) {
    ScalarRow& row = rows[kDown];
    row.down.value -= row.down.value * Fp(4).Inverse();
    RoundFactor(row);
  });
  trial.Try("another rounding", [](ScalarRows& rows) {
    ScalarRow& row = rows[kDown];
    SetFactor(row, row.factor_low.Value() - 1);
  });
  trial.Try("a factor that is a fraction", [](ScalarRows& rows) {
    ScalarRow& row = rows[kUp];
    row.factor_high += Fp(1 << 16).Inverse();
    row.factor_rest -= 1;
  });

  // 2 f 2^up + 2^n + j p instead of 2 f 2^up + 2^n, with n > 0.
  bool high = false, low = false;
  for (uint32_t v = 0; v < 4000 && !(high && low); ++v) {
    ScalarRow row;
    NormScalarChip::Fill(kProgram + 10 * kDown, Parameters{64, false, 7, 20}.Constants(),
                         {77, 3000 + v, 90001}, 1, row);
    row.mean = honest[kDown].mean;
    row.mean_rest = honest[kDown].mean_rest;
    row.uses = 1;
    const uint64_t n = row.down.value.Value();
    for (uint64_t j = 1; j < 64; ++j) {
      const uint64_t factor = (2 * uint64_t{row.f.Value()} + n + j * Fp::kModulus) / (2 * n);
      ScalarRow forged = row;
      if (factor >> 28 == 0 && (factor & 0x7FFF) < (uint64_t{1} << 16) / n) {
        SetFactor(forged, static_cast<uint32_t>(factor));
        trial.Try("both sides beyond p, high limb",
                  [&](ScalarRows& rows) { rows[kDown] = forged; });
        high = true;
      }
      SetFactor(forged, static_cast<uint32_t>(factor));
      forged.factor_low += forged.factor_high * (1 << 15);
      forged.factor_high = 0;
      trial.Try("both sides beyond p, low limb", [&](ScalarRows& rows) { rows[kDown] = forged; });
      low = true;
    }
  }
  EXPECT_TRUE(high && low);
  // f 2^16 = p - 1 has one solution, f = 30720. T = 0, so m = v.
  const auto found = std::ranges::find(RsqrtTable(), 30720);
  const auto m = static_cast<uint32_t>(found - RsqrtTable().begin()) + kMantissa;
  ASSERT_LT(m, 2 * kMantissa);
  trial.Try("up and n", [&](ScalarRows& rows) {
    ScalarRow row;
    NormScalarChip::Fill(kProgram, Parameters{32, false, 7, 25}.Constants(),
                         {1000, 1, m - 7 - (1 << 14)}, 31, row);
    row.uses = 1;
    EXPECT_EQ(row.up.exponent, Fp(3));
    SetPower(15, row.up);
    SetPower(12, row.down);
    SetFactor(row, 0);
    rows[kSmall] = row;
  });
  trial.ExpectAllNeeded();
}

}  // namespace
}  // namespace zkvm::tensor
