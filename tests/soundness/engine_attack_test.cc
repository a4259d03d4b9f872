// Attacks on the proof system itself, by a prover that follows the protocol except where it cheats.
// Numbers are those of protocol.md, section 13. The machine is the toy of tests/stark.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stark/verifier.h"
#include "tests/soundness/forging_prover.h"
#include "tests/stark/toy_proof.h"

namespace zkvm {
namespace {

constexpr size_t kSquaresTable = 0;
constexpr size_t kWalkerTable = 1;
constexpr size_t kCountdownTable = 2;

// Why a proof is rejected.
constexpr const char* kByConstraints = "the constraints do not hold at the opening point";
constexpr const char* kByDegree = "fails the low-degree test";
constexpr const char* kBySums = "the lookup buses do not balance";
constexpr const char* kByProducts = "state, registers and memory do not balance";

// Squares 2^9 rows, Walker 2^10, Countdown 2^9.
Toy SmallToy() { return MakeToy(10, 9); }

Status Judge(Toy toy, const Forgery& forgery = {}, const Preset& preset = kFast100) {
  const Forged forged = ForgeProof({ToyMachine(), ToyKernels()}, preset, std::move(toy.fixed),
                                   toy.statement, std::move(toy.main), forgery);
  ByteReader reader(forged.proof);
  return Verify(ToyMachine(), preset, forged.key, toy.statement, reader);
}

void ExpectRejected(const Status& status, const std::string& reason) {
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find(reason), std::string::npos) << status.message();
}
void ExpectAccepted(const Status& status) { EXPECT_TRUE(status.ok()) << status.message(); }

TEST(ForgingProver, WithoutForgeryIsTheProver) {
  for (const Preset& preset : kPresets) {
    Toy toy = MakeToy(11, 9);
    const Forged forged = ForgeProof({ToyMachine(), ToyKernels()}, preset, std::move(toy.fixed),
                                     toy.statement, std::move(toy.main), {});
    EXPECT_TRUE(forged.proof == ProveToy(MakeToy(11, 9), preset).proof) << preset.name;
  }
}

// Bus columns.

size_t SumColumn(size_t table) { return ToyMachine().tables[table].air->shape().bus_columns() - 1; }

void AddToSum(const Fp5& value, size_t table, std::vector<Matrix>& bus) {
  for (size_t i = 0; i < 5; ++i) {
    Fp* column = bus[table].column(5 * SumColumn(table) + i);
    for (size_t row = 0; row < bus[table].rows(); ++row) column[row] += value.c[i];
  }
}

void ScaleProducts(Fp factor, size_t table, std::vector<Matrix>& bus) {
  const size_t columns = 5 * ToyMachine().tables[table].air->shape().product_columns();
  for (size_t j = 0; j < columns; ++j) {
    for (size_t row = 0; row < bus[table].rows(); ++row) bus[table].column(j)[row] *= factor;
  }
}

TEST(EngineAttack, No23_AccumulatorsThatDoNotStartAtZero) {
  ExpectRejected(Judge(SmallToy(), {.bus =
                                        [](auto& bus, auto& totals) {
                                          const Fp5 x({1, 2, 3, 4, 5});
                                          AddToSum(x, kSquaresTable, bus);
                                          totals[kSquaresTable].sum += x;
                                          AddToSum(-x, kWalkerTable, bus);
                                          totals[kWalkerTable].sum -= x;
                                        }}),
                 kByConstraints);
}

TEST(EngineAttack, No23_ProductsThatDoNotStartAtOne) {
  ExpectRejected(Judge(SmallToy(), {.bus =
                                        [](auto& bus, auto& totals) {
                                          const Fp x(7);
                                          ScaleProducts(x, kWalkerTable, bus);
                                          totals[kWalkerTable].product *= Fp5(x);
                                          ScaleProducts(x.Inverse(), kCountdownTable, bus);
                                          totals[kCountdownTable].product *= Fp5(x.Inverse());
                                        }}),
                 kByConstraints);
}

// They pass the sum and the product over all tables, and fail at row u alone.
TEST(EngineAttack, No23_TotalsShiftedBetweenTables) {
  ExpectRejected(Judge(SmallToy(), {.bus =
                                        [](auto&, auto& totals) {
                                          totals[kSquaresTable].sum += Fp5(1);
                                          totals[kWalkerTable].sum -= Fp5(1);
                                        }}),
                 kByConstraints);
  ExpectRejected(Judge(SmallToy(), {.bus =
                                        [](auto&, auto& totals) {
                                          totals[kWalkerTable].product *= Fp5(3);
                                          totals[kCountdownTable].product *= Fp5(3).Inverse();
                                        }}),
                 kByConstraints);
}

TEST(EngineAttack, No23_TotalsThatDoNotBalance) {
  ExpectRejected(
      Judge(SmallToy(), {.bus = [](auto&, auto& totals) { totals[kWalkerTable].sum += Fp5(1); }}),
      kBySums);
  ExpectRejected(
      Judge(SmallToy(), {.bus = [](auto&, auto& totals) { totals[kWalkerTable].product = Fp5(); }}),
      kByProducts);
}

// Row u - 1 on, and row u.

TEST(EngineAttack, No24_GarbageInTheTailIsAccepted) {
  Toy toy = SmallToy();
  std::mt19937 random(5);
  for (const size_t table : {kSquaresTable, kWalkerTable}) {
    Matrix& main = toy.main[table];
    for (size_t j = 0; j < main.cols(); ++j) {
      main.column(j)[main.rows() - 1] = Fp::FromU32(static_cast<uint32_t>(random()));
    }
  }
  // What the last transition of Countdown leaves free: a row that starts something.
  Matrix& countdown = toy.main[kCountdownTable];
  const size_t u = countdown.rows() - 1;
  countdown.column(0)[u] = 77;
  countdown.column(1)[u] = 1;
  countdown.column(2)[u] = 5;
  countdown.column(3)[u] = 9;
  ExpectAccepted(Judge(std::move(toy)));
}

// Exactly one constraint on exactly one row does not hold, and nothing else is wrong.
void ExpectOneViolation(Toy toy) {
  const CheckReport report = CheckToy(toy);
  EXPECT_EQ(report.total, 1u) << (report.ok() ? "" : report.problems.back());
  ExpectRejected(Judge(std::move(toy)), kByConstraints);
}

TEST(EngineAttack, No24_ViolationInTheFirstRowOnly) {
  Toy toy = SmallToy();
  Matrix& countdown = toy.main[kCountdownTable];
  for (size_t row = 0; row < countdown.rows(); ++row) countdown.column(4)[row] += 1;
  for (PublicMessage& message : toy.statement.messages) message.fields[0] += 1;
  ExpectOneViolation(std::move(toy));
}

TEST(EngineAttack, No24_ViolationInTheLastActiveRowOnly) {
  Toy toy = SmallToy();
  Matrix& countdown = toy.main[kCountdownTable];
  const size_t u = countdown.rows() - 1;
  for (const auto& [row, first, count] : {std::tuple{u - 1, 1, 5}, {u, 0, 4}}) {
    countdown.column(0)[row] = 1;
    countdown.column(1)[row] = first;
    countdown.column(3)[row] = count;
  }
  toy.statement.messages.push_back(
      {toy.statement.messages[0].bus, -1, {countdown.column(4)[u], 5}});
  ExpectOneViolation(std::move(toy));
}

TEST(EngineAttack, No24_ViolationInAPaddingRowOnly) {
  Toy toy = SmallToy();
  Matrix& walker = toy.main[kWalkerTable];
  walker.column(4)[walker.rows() - 3] = 1;
  ExpectOneViolation(std::move(toy));
}

// Degrees.

constexpr Fp kShift = Fp::Generator();

// Adds f(X) to a main column's word.
void AddToWord(size_t table, int log_n, int log_blowup, const std::function<Fp(Fp)>& f,
               std::vector<Matrix>& words) {
  const size_t n = size_t{1} << log_n;
  const size_t cosets = size_t{1} << log_blowup;
  Fp* column = words[table].column(0);
  for (size_t i = 0; i < n * cosets; ++i) {
    const Fp x = kShift * Fp::RootOfUnity(log_n + log_blowup).Pow(i);
    column[i % cosets * n + i / cosets] += f(x);
  }
}

// The opening of main column 0 of a table, and where.
Fp5& MainOpening(const Opened& opened, size_t table, std::vector<Fp5>& openings) {
  for (const ColumnGroup& group : opened.layout.trees[kMainTree].groups) {
    if (group.table == table) return openings[group.first_function];
  }
  ADD_FAILURE() << "no such table";
  return openings[0];
}
Fp5 ZetaOf(const Opened& opened, size_t table) {
  return PointOf({opened.heights.log_heights[table], Point::kHere}, opened.heights.log_k,
                 opened.eta);
}

// In a short table and in the tallest: degree n passes, as section 5.4 (a) says, degree n + 1 does
// not. On the first coset, from which the prover computes openings, X^n is s^n.
TEST(EngineAttack, No28_ColumnsOfTooHighDegree) {
  for (const Preset& preset : kPresets) {
    for (const auto& [log_walkers, log_squares] : {std::pair{10, 9}, {9, 9}}) {
      const uint64_t n = uint64_t{1} << log_squares;
      const Fp on_coset = kShift.Pow(n) - 1;
      for (const int extra : {0, 1}) {
        const Forgery forgery = {
            .main =
                [&](auto& words) {
                  const auto f = [&](Fp x) {
                    return x.Pow(static_cast<uint64_t>(extra)) * (x.Pow(n) - 1);
                  };
                  AddToWord(kSquaresTable, log_squares, preset.log_blowup, f, words);
                },
            .openings =
                [&](const Opened& opened, auto& openings) {
                  const Fp5 zeta = ZetaOf(opened, kSquaresTable);
                  MainOpening(opened, kSquaresTable, openings) +=
                      zeta.Pow(static_cast<uint64_t>(extra)) *
                      (zeta.Pow(n) - Fp5(1) - Fp5(on_coset));
                }};
        const Status status = Judge(MakeToy(log_walkers, 9), forgery, preset);
        if (extra == 0) {
          ExpectAccepted(status);
        } else {
          ExpectRejected(status, kByDegree);
        }
      }
    }
  }
}

// With blowup 4 the prover itself looks at half of the word. The other half is noise.
TEST(EngineAttack, No28_WordFarFromAllPolynomials) {
  for (const size_t table : {kSquaresTable, kWalkerTable}) {
    const Forgery forgery = {.main = [&](auto& words) {
      const size_t n = words[table].rows() / 4;
      for (size_t t = 0; t < n; ++t) words[table].column(0)[3 * n + t] += 1;
    }};
    ExpectRejected(Judge(SmallToy(), forgery, kStd100), kByDegree);
  }
}

TEST(EngineAttack, No28_RandomWordInEveryLayer) {
  const size_t layers = FoldArities(13).size();
  ASSERT_EQ(layers, 3u);
  for (size_t forged = 0; forged < layers; ++forged) {
    const Forgery forgery = {.fold = [&](size_t layer, auto& word) {
      if (layer != forged) return;
      std::mt19937 random(1);
      for (Fp5& value : word) {
        for (Fp& x : value.c) x = Fp::FromU32(static_cast<uint32_t>(random()));
      }
    }};
    ExpectRejected(Judge(MakeToy(13, 9), forgery), kByDegree);
  }
}

TEST(EngineAttack, No26_LayerAlteredInATenthOfItsPlaces) {
  for (size_t forged = 0; forged < 3; ++forged) {
    const Forgery forgery = {.fold = [&](size_t layer, auto& word) {
      for (size_t i = 0; layer == forged && i < word.size(); i += 10) word[i] += Fp5(1);
    }};
    ExpectRejected(Judge(MakeToy(13, 9), forgery), kByDegree);
  }
}

TEST(EngineAttack, No26_AnotherFinalPolynomial) {
  for (const size_t coefficient : {0u, 63u}) {
    ExpectRejected(Judge(SmallToy(), {.final = [&](auto& final) { final[coefficient] += Fp5(1); }}),
                   kByDegree);
  }
  EXPECT_FALSE(Judge(SmallToy(), {.final = [](auto& final) { final.emplace_back(1); }}).ok());
  EXPECT_FALSE(Judge(SmallToy(), {.final = [](auto& final) { final.pop_back(); }}).ok());
}

// The quotient.

// Moves c Y^(k + extra) from chunk 0 to chunk 1, so that Q stays what it is.
Forgery ShiftedChunks(uint64_t extra, int log_k, int log_blowup) {
  return {.quotient =
              [=](Matrix& words) {
                const size_t k = size_t{1} << log_k;
                const size_t cosets = size_t{1} << log_blowup;
                for (size_t i = 0; i < k * cosets; ++i) {
                  const size_t at = i % cosets * k + i / cosets;
                  const Fp y = Fp::RootOfUnity(log_k + log_blowup).Pow(i);
                  words.column(0)[at] += y.Pow(k + extra);
                  words.column(5)[at] -= y.Pow(extra);
                }
              },
          .openings =
              [=](const Opened& opened, std::vector<Fp5>& openings) {
                const size_t chunk = opened.layout.trees[kQuotientTree].groups[0].first_function;
                const uint64_t k = uint64_t{1} << log_k;
                openings[chunk] += opened.eta.Pow(k + extra) - opened.eta.Pow(extra);
              }};
}

TEST(EngineAttack, No29_ChunkOfTooHighDegree) {
  for (const Preset& preset : kPresets) {
    ExpectAccepted(Judge(SmallToy(), ShiftedChunks(0, 10, preset.log_blowup), preset));
    ExpectRejected(Judge(SmallToy(), ShiftedChunks(1, 10, preset.log_blowup), preset), kByDegree);
  }
}

TEST(EngineAttack, No29_OpeningOfTheQuotientMadeToFit) {
  const Forgery forgery = {.openings = [](const Opened& opened, std::vector<Fp5>& openings) {
    openings[opened.layout.trees[kQuotientTree].groups[0].first_function] -=
        IdentityDefect(opened, openings);
  }};
  ExpectAccepted(Judge(SmallToy(), forgery));
  Toy toy = SmallToy();
  toy.main[kWalkerTable].column(4)[toy.main[kWalkerTable].rows() - 3] = 1;
  ExpectRejected(Judge(std::move(toy), forgery), kByDegree);
}

// A false opening that keeps the identity.
TEST(EngineAttack, No29_OpeningOfAColumnThatIsNotItsValue) {
  const Forgery forgery = {.openings = [](const Opened& opened, std::vector<Fp5>& openings) {
    MainOpening(opened, kWalkerTable, openings) += Fp5(1);
    openings[opened.layout.trees[kQuotientTree].groups[0].first_function] -=
        IdentityDefect(opened, openings);
  }};
  ExpectRejected(Judge(SmallToy(), forgery), kByDegree);
}

TEST(EngineAttack, No29_AnotherOpeningPoint) {
  ExpectRejected(Judge(SmallToy(), {.point = [](Fp5& eta) { eta += Fp5(1); }}), kByConstraints);
  // The point of a table of half the height.
  ExpectRejected(Judge(SmallToy(), {.point = [](Fp5& eta) { eta *= eta; }}), kByConstraints);
}

// The transcript. A forger who leaves a message out of it has that message free until after the
// challenges; the proof must not verify, with any message.

TEST(EngineAttack, No25_EveryMessageIsAbsorbed) {
  const Preset preset{1, "with work", 1, 30, 2, 2, 2, 2, 2};
  const auto forge = [&](const Forgery& forgery, std::vector<std::string>* messages) {
    Toy toy = SmallToy();
    Forged forged = ForgeProof({ToyMachine(), ToyKernels()}, preset, std::move(toy.fixed),
                               toy.statement, std::move(toy.main), forgery);
    ByteReader reader(forged.proof);
    *messages = std::move(forged.messages);
    return Verify(ToyMachine(), preset, forged.key, toy.statement, reader);
  };
  std::vector<std::string> messages;
  ASSERT_TRUE(forge({}, &messages).ok());
  EXPECT_EQ(messages, (std::vector<std::string>{
                          "vk_id", "preset", "zero knowledge", "statement", "heights", "main root",
                          "bus nonce", "bus root", "totals", "quotient root", "point nonce",
                          "openings", "batch nonce", "FRI root", "FRI nonce", "FRI root",
                          "FRI nonce", "final polynomial", "query nonce"}));
  for (size_t i = 0; i < messages.size(); ++i) {
    std::vector<std::string> same;
    // Two bits of work may be done by chance; the check behind them is of other challenges.
    EXPECT_FALSE(forge({.not_absorbed = i}, &same).ok()) << messages[i];
  }
}

// With work at every step: a proof of any less work than asked is refused where it is missing.
TEST(EngineAttack, No27_EveryNonceIsChecked) {
  struct Step {
    int Preset::* bits;
    std::string complaint;
  };
  const std::vector<Step> steps = {
      {&Preset::grind_bus, "wrong proof of work before the bus challenges"},
      {&Preset::grind_zeta, "wrong proof of work before the opening point"},
      {&Preset::grind_batch, "wrong proof of work before the batch coefficients"},
      {&Preset::grind_fold, "wrong proof of work before the challenges of FRI layer 0"},
      {&Preset::grind_query, "wrong proof of work before the queries"}};
  const Preset worked{1, "with work", 1, 30, 3, 3, 3, 3, 3};
  for (const Step& step : steps) {
    Toy toy = SmallToy();
    const Forged forged = ForgeProof({ToyMachine(), ToyKernels()}, worked, std::move(toy.fixed),
                                     toy.statement, std::move(toy.main), {});
    Preset more = worked;
    more.*step.bits = 30;
    ByteReader reader(forged.proof);
    EXPECT_EQ(Verify(ToyMachine(), more, forged.key, toy.statement, reader).message(),
              step.complaint);
    // Nor is a nonce accepted where no work is asked for.
    Preset none = worked;
    none.*step.bits = 0;
    reader = ByteReader(forged.proof);
    const Status status = Verify(ToyMachine(), none, forged.key, toy.statement, reader);
    EXPECT_FALSE(status.ok());
  }
}

// Every public parameter moves the challenges, also those that enter nowhere else.
TEST(EngineAttack, No25_EveryParameterIsAbsorbed) {
  Toy toy = SmallToy();
  const Statement statement = toy.statement;
  const Proven proven = ProveToy(std::move(toy), kFast100);
  ASSERT_TRUE(VerifyToy(proven, statement, kFast100).ok());

  Preset renamed = kFast100;
  renamed.id = 77;
  EXPECT_FALSE(VerifyToy(proven, statement, renamed).ok());
  for (size_t i = 0; i < proven.key.vk_id.size(); ++i) {
    Proven other = proven;
    other.key.vk_id[i] ^= 1;
    EXPECT_FALSE(VerifyToy(other, statement, kFast100).ok());
  }
  Statement other = statement;
  other.items.push_back({});
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
  other = statement;
  other.items[0].push_back(0);
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
  // The same bytes, cut elsewhere.
  other.items = {{1, 2}, {3}};
  EXPECT_FALSE(VerifyToy(proven, other, kFast100).ok());
}

}  // namespace
}  // namespace zkvm
