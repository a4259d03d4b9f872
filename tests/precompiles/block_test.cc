// Blocks by enumeration: a small worker over small tables, all of whose row sequences are tried.
//
// One START is sent, for a program of two steps that runs twice; MICRO has this program, another
// one and nothing else. The only sequences that pass are the block's four rows among rows of
// padding; and without any one of the statements there are others.
#include "precompiles/tensor/block.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "stark/air/chip.h"

namespace zkvm::tensor {
namespace {

// A worker with one flag.
template <class T>
struct Row {
  Block<T> block;
  std::array<T, 1> flag;
};
using Cells = Row<Fp>;

constexpr int kCall = 7, kProgram = 3, kOtherProgram = 4, kSteps = 2, kRuns = 2;
constexpr uint32_t kTableRows = 6;  // active ones
// Flags of the steps of both programs.
constexpr std::array<int, kSteps> kFlags = {1, 0};

// The statements about one row and the next, in order.
class Statements {
 public:
  using Expr = Fp;
  enum Kind : uint8_t { kEvery, kFirst, kLastActive, kStartMessage, kMicroMessage };

  struct Statement {
    Kind kind;
    bool holds;
  };

  void AssertZero(Fp e) { list.push_back({kEvery, e.IsZero()}); }
  void First(Fp e) { list.push_back({kFirst, e.IsZero()}); }
  void LastActive(Fp e) { list.push_back({kLastActive, e.IsZero()}); }
  template <class... Fields>
  void Receive(const Bus&, const Fp& multiplicity, int, const Fp& call, const Fp& program,
               const Fp& left, const Fields&...) {
    const bool sent = call == Fp(kCall) && program == Fp(kProgram) && left == Fp(kRuns - 1);
    list.push_back({kStartMessage, multiplicity.IsZero() || sent});
  }
  template <class... Fields>
  void Lookup(const Bus&, const Fp& multiplicity, const Fp& program, const Fp& step, const Fp& code,
              const Fields&...) {
    bool exists = false;
    for (int i = 0; i < kSteps; ++i) {
      const int of_step = (i + 1 == kSteps ? 1 : 0) + 2 * kFlags[static_cast<size_t>(i)];
      exists |= (program == Fp(kProgram) || program == Fp(kOtherProgram)) && step == Fp(i) &&
                code == Fp(of_step);
    }
    list.push_back({kMicroMessage, multiplicity.IsZero() || exists});
  }

  std::vector<Statement> list;
};

const std::vector<Statements::Statement>& Evaluate(Statements& s, const Cells& row,
                                                   const Cells& next) {
  s.list.clear();
  const Fp code = CodeWord(s, row.block, row.flag);
  ConstrainBlock<kOutWorker>(s, row.block, next.block, Start{kZero, kZero, kZero, kZero}, code,
                             Payload{kZero, kZero, kZero, kZero, kZero});
  return s.list;
}

// Which statements depend on the next row.
std::vector<bool> ReadNext() {
  Statements s;
  const Cells row{{1, 0, 0, 0, 5, 6, 8, 9}, {0}};
  const Cells last{{1, 0, 1, 1, 5, 6, 8, 9}, {0}};
  const Cells end{{1, 0, 1, 0, 5, 6, 8, 9}, {0}};
  std::vector<bool> reads;
  for (const Cells& from : {row, last, end}) {
    const auto with_zero = Evaluate(s, from, Cells());
    reads.resize(with_zero.size());
    for (const Cells& next :
         {Cells{{1, 1, 1, 1, 5, 6, 7, 9}, {1}}, Cells{{0, 1, 0, 0, 5, 6, 9, 8}, {0}},
          Cells{{1, 0, 0, 0, 5, 6, 0, 8}, {0}}}) {
      const auto with_other = Evaluate(s, from, next);
      for (size_t i = 0; i < reads.size(); ++i) {
        if (with_zero[i].holds != with_other[i].holds) reads[i] = true;
      }
    }
  }
  return reads;
}

// All rows with few values in each cell. A half and 2 stand for what is no flag.
std::vector<Cells> Candidates() {
  const std::array<Fp, 5> values = {0, 1, -1, 2, Fp(2).Inverse()};
  std::vector<Cells> rows;
  for (size_t flags = 0; flags < 5 * 5 * 5 * 5 * 5; ++flags) {
    std::array<Fp, 5> f;
    size_t rest = flags;
    for (Fp& x : f) {
      x = values[rest % 5];
      rest /= 5;
    }
    for (const int call : {kCall, kCall + 1}) {
      for (const int program : {kProgram, kOtherProgram}) {
        for (const int step : {0, 1, 2}) {
          for (const int left : {-1, 0, 1}) {
            rows.push_back({{f[0], f[1], f[2], f[3], call, program, step, left}, {f[4]}});
          }
        }
      }
    }
  }
  return rows;
}

bool IsPadding(const Cells& row) {
  const Block<Fp>& b = row.block;
  return b.real.IsZero() && b.start.IsZero() && b.end.IsZero() && b.last.IsZero() &&
         row.flag[0].IsZero();
}

bool IsBlockRow(const Cells& row, uint32_t i) {
  Cells expected;
  FillBlock({kCall, kProgram, kSteps, kRuns}, i, expected.block);
  expected.flag[0] = kFlags[i % kSteps];
  return std::bit_cast<std::array<Fp, 9>>(row) == std::bit_cast<std::array<Fp, 9>>(expected);
}

// All tables of kTableRows active rows that pass without the statement `omitted`, by what follows
// what.
class Search {
 public:
  explicit Search(std::optional<size_t> omitted) : omitted_(omitted) {
    static const std::vector<bool> kReadsNext = ReadNext();
    static const std::vector<Cells> kCandidates = Candidates();
    for (const Cells& row : kCandidates) {
      if (Holds(row, Cells(), [](size_t i, Statements::Kind kind) {
            return !kReadsNext[i] && kind != Statements::kFirst && kind != Statements::kLastActive;
          })) {
        rows_.push_back(row);
      }
    }
    next_.resize(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) {
      for (size_t j = 0; j < rows_.size(); ++j) {
        if (Holds(rows_[i], rows_[j], [](size_t k, Statements::Kind) { return kReadsNext[k]; })) {
          next_[i].push_back(j);
        }
      }
    }
    std::set<State> states;
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (HoldsAt(rows_[i], Statements::kFirst)) Enter(i, 0, 0, states);
    }
    for (uint32_t length = 1; length < kTableRows; ++length) {
      std::set<State> after;
      for (const auto& [row, received, progress] : states) {
        for (const size_t next : next_[row]) Enter(next, received, progress, after);
      }
      states = std::move(after);
    }
    for (const auto& [row, received, progress] : states) {
      if (received != 1 || next_[row].empty()) continue;
      if (!HoldsAt(rows_[row], Statements::kLastActive)) continue;
      (progress == kSteps * kRuns ? block_ : forgery_) = true;
    }
  }

  bool finds_block() const { return block_; }
  bool finds_forgery() const { return forgery_; }

 private:
  // The last row; STARTs received so far; rows of the block so far, or kUnlawful.
  using State = std::tuple<size_t, uint32_t, int>;
  static constexpr int kUnlawful = -1;

  template <class Applies>
  bool Holds(const Cells& row, const Cells& next, const Applies& applies) {
    const auto& list = Evaluate(said_, row, next);
    for (size_t i = 0; i < list.size(); ++i) {
      if (!list[i].holds && i != omitted_ && applies(i, list[i].kind)) return false;
    }
    return true;
  }
  bool HoldsAt(const Cells& row, Statements::Kind kind) {
    return Holds(row, Cells(), [kind](size_t, Statements::Kind k) { return k == kind; });
  }

  void Enter(size_t row, uint32_t received, int progress, std::set<State>& states) const {
    const Cells& cells = rows_[row];
    received = (Fp::FromU32(received) + cells.block.start).Value();
    if (progress != kUnlawful && !IsPadding(cells)) {
      const bool lawful =
          progress < kSteps * kRuns && IsBlockRow(cells, static_cast<uint32_t>(progress));
      progress = lawful ? progress + 1 : kUnlawful;
    } else if (progress > 0 && progress < kSteps * kRuns) {
      progress = kUnlawful;
    }
    states.insert({row, received, progress});
  }

  std::optional<size_t> omitted_;
  std::vector<Cells> rows_;  // that hold by themselves
  std::vector<std::vector<size_t>> next_;
  bool block_ = false, forgery_ = false;
  Statements said_;
};

TEST(Block, IsTheOnlySequenceThatPasses) {
  const Search search(std::nullopt);
  EXPECT_TRUE(search.finds_block());
  EXPECT_FALSE(search.finds_forgery());
}

// Statements that the others imply, as long as a worker gets one START of a call. They are kept:
// they say what the columns are, and multiplicities are boolean by constraint.
const std::map<size_t, std::string_view> kImplied = {
    {2, "real is a flag: as 2 it forbids the next row to be real, which go demands"},
    {3, "start is a flag: it is `real` or 0"},
    {4, "end is a flag: otherwise the next step is 0 and step + 1"},
    {5, "last is a flag: otherwise the next row goes on and does not"},
    {6, "start of padding: the row before, or First, says start = real"},
    {11, "start within a block: no such START was sent"},
};

TEST(Block, NeedsEveryStatement) {
  Statements s;
  const size_t count = Evaluate(s, Cells(), Cells()).size();
  for (size_t i = 0; i < count; ++i) {
    const auto implied = kImplied.find(i);
    EXPECT_EQ(Search(i).finds_forgery(), implied == kImplied.end())
        << "statement " << i << (implied == kImplied.end() ? "" : implied->second);
  }
}

}  // namespace
}  // namespace zkvm::tensor
