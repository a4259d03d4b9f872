#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "stark/hash/domain.h"
#include "stark/merkle/opening.h"
#include "stark/merkle/tree.h"
#include "stark/simd.h"

namespace zkvm {
namespace {

using Row = std::vector<Fp>;

// Random rows in natural order, the tree over them, and the definition of its digests.
class Commitment {
 public:
  explicit Commitment(const TreeShape& shape, uint32_t seed = 1) : shape_(shape) {
    std::minstd_rand random(seed);
    std::vector<std::vector<const Fp*>> columns;
    for (const TreeShape::Level& level : shape.levels) {
      const size_t size = size_t{1} << level.log_size;
      std::vector<Row> rows(size, Row(level.width));
      for (Row& row : rows) {
        for (Fp& word : row) word = Fp::FromU32(static_cast<uint32_t>(random()));
      }
      std::vector<Fp>& words = stored_.emplace_back(size * level.width);
      std::vector<const Fp*>& pointers = columns.emplace_back();
      const size_t blowup = size_t{1} << shape.log_blowup;
      for (size_t j = 0; j < level.width; ++j) {
        for (size_t i = 0; i < size; ++i) {
          words[j * size + i % blowup * (size / blowup) + i / blowup] = rows[i][j];
        }
        pointers.push_back(&words[j * size]);
      }
      rows_.push_back(std::move(rows));
    }
    tree_ = MerkleTree::Build(shape, std::move(columns));
  }

  const TreeShape& shape() const { return shape_; }
  const MerkleTree& tree() const { return *tree_; }
  const Row& row(size_t level, uint32_t index) const {
    return rows_[level][index % rows_[level].size()];
  }
  uint32_t size() const { return uint32_t{1} << shape_.log_size(); }

  // d_(2^log_size)[index], straight from protocol.md, section 3.2.
  Digest Node(int log_size, uint32_t index) const {
    Digest digest{};
    if (log_size < shape_.log_size()) {
      digest = DomainHash(Domain::kNode, Node(log_size + 1, index),
                          Node(log_size + 1, index + (uint32_t{1} << log_size)));
    }
    for (size_t l = 0; l < shape_.levels.size(); ++l) {
      if (shape_.levels[l].log_size != log_size) continue;
      const Digest row_digest = HashRow(row(l, index));
      digest = l == 0 ? row_digest : DomainHash(Domain::kInject, digest, row_digest);
    }
    return digest;
  }

  std::vector<uint8_t> Open(const std::vector<uint32_t>& indices) const {
    ByteWriter writer;
    tree().Open(indices, &writer);
    return writer.Take();
  }
  bool Accepts(const std::vector<uint32_t>& indices, const std::vector<uint8_t>& opening) const {
    ByteReader reader(opening);
    return VerifyOpening(shape_, indices, tree().root(), &reader).has_value() && reader.left() == 0;
  }

 private:
  TreeShape shape_;
  std::vector<std::vector<Row>> rows_;
  std::vector<std::vector<Fp>> stored_;
  std::optional<MerkleTree> tree_;
};

const std::vector<TreeShape>& Shapes() {
  static const std::vector<TreeShape> shapes = {
      {.log_blowup = 0, .levels = {{0, 1}}},
      {.log_blowup = 0, .levels = {{1, 2}, {0, 3}}},
      {.log_blowup = 0, .levels = {{6, 40}}},
      {.log_blowup = 1, .levels = {{1, 3}}},
      {.log_blowup = 1, .levels = {{4, 17}, {3, 1}, {1, 5}}},
      {.log_blowup = 1, .levels = {{11, 3}, {9, 20}, {7, 2}}},
      {.log_blowup = 2, .levels = {{2, 4}}},
      {.log_blowup = 2, .levels = {{7, 2}, {6, 300}, {4, 16}, {2, 1}}},
      {.log_blowup = 2, .levels = {{10, 257}, {5, 33}}},
  };
  return shapes;
}

// Queries with 0, the last index, duplicates and partners.
std::vector<uint32_t> Queries(const Commitment& commitment, size_t count) {
  std::minstd_rand random(7);
  const uint32_t mask = commitment.size() - 1;
  std::vector<uint32_t> indices = {mask, 0, mask};
  while (indices.size() < count) {
    indices.push_back(static_cast<uint32_t>(random()) & mask);
    indices.push_back((indices.back() + commitment.size() / 2) & mask);
  }
  return indices;
}

TEST(MerkleTree, RootIsTheDefinition) {
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    SetActiveIsa(isa);
    for (const TreeShape& shape : Shapes()) {
      const Commitment commitment(shape);
      EXPECT_EQ(commitment.tree().root(), commitment.Node(0, 0));
    }
  }
  SetActiveIsa(BestIsa());
}

TEST(MerkleTree, EveryRowReachesTheRoot) {
  const Commitment commitment({.log_blowup = 1, .levels = {{4, 2}, {2, 3}}});
  std::set<Digest> roots = {commitment.tree().root()};
  for (uint32_t seed = 2; seed < 10; ++seed) {
    EXPECT_TRUE(roots.insert(Commitment(commitment.shape(), seed).tree().root()).second);
  }
}

TEST(MerkleOpening, HonestOpeningsVerify) {
  for (const TreeShape& shape : Shapes()) {
    const Commitment commitment(shape);
    for (const size_t count : std::initializer_list<size_t>{3, 5, 60}) {
      const std::vector<uint32_t> indices = Queries(commitment, count);
      const std::vector<uint8_t> opening = commitment.Open(indices);
      ByteReader reader(opening);
      const auto rows = VerifyOpening(shape, indices, commitment.tree().root(), &reader);
      ASSERT_TRUE(rows.has_value());
      EXPECT_EQ(reader.left(), 0U);
      for (const uint32_t index : indices) {
        for (size_t l = 0; l < shape.levels.size(); ++l) {
          EXPECT_TRUE(std::ranges::equal(rows->Row(l, index), commitment.row(l, index)));
        }
      }
    }
  }
}

TEST(MerkleOpening, EverySingleIndex) {
  const Commitment commitment({.log_blowup = 2, .levels = {{6, 3}, {3, 2}}});
  for (uint32_t index = 0; index < commitment.size(); ++index) {
    const std::vector<uint8_t> opening = commitment.Open({index});
    EXPECT_EQ(opening.size(), (3 + 2) * 4 + 6 * 32U);
    for (uint32_t other = 0; other < commitment.size(); ++other) {
      EXPECT_EQ(commitment.Accepts({other}, opening), other == index);
    }
  }
}

TEST(MerkleOpening, DuplicatesAndOrderDoNotMatter) {
  const Commitment commitment({.log_blowup = 1, .levels = {{5, 3}, {3, 2}}});
  const std::vector<uint8_t> opening = commitment.Open({3, 17, 30});
  EXPECT_EQ(commitment.Open({30, 3, 3, 17, 30}), opening);
  EXPECT_TRUE(commitment.Accepts({30, 3, 3, 17, 30}, opening));
  // One row for each duplicate is one row too many.
  std::vector<uint8_t> repeated = opening;
  repeated.insert(repeated.begin(), opening.begin(), opening.begin() + 12);
  EXPECT_FALSE(commitment.Accepts({3, 3, 17, 30}, repeated));
  // An opening at fewer indices is not one at more.
  EXPECT_FALSE(commitment.Accepts({3, 17, 30}, commitment.Open({3, 17})));
  EXPECT_FALSE(commitment.Accepts({3, 17}, opening));
}

TEST(MerkleOpening, EveryChangedByteIsRejected) {
  for (const TreeShape& shape : Shapes()) {
    if (shape.log_size() > 7) continue;
    const Commitment commitment(shape);
    const std::vector<uint32_t> indices = Queries(commitment, 5);
    std::vector<uint8_t> opening = commitment.Open(indices);
    ASSERT_TRUE(commitment.Accepts(indices, opening));
    for (uint8_t& byte : opening) {
      for (const int change : {0x01, 0x80, 0xff}) {
        byte = static_cast<uint8_t>(byte ^ change);
        EXPECT_FALSE(commitment.Accepts(indices, opening));
        byte = static_cast<uint8_t>(byte ^ change);
      }
    }
  }
}

TEST(MerkleOpening, EveryTruncationIsRejected) {
  const Commitment commitment({.log_blowup = 1, .levels = {{5, 3}, {3, 2}}});
  const std::vector<uint32_t> indices = {31, 4, 9};
  const std::vector<uint8_t> opening = commitment.Open(indices);
  for (size_t size = 0; size < opening.size(); ++size) {
    EXPECT_FALSE(commitment.Accepts(
        indices, {opening.begin(), opening.begin() + static_cast<std::ptrdiff_t>(size)}));
  }
}

// Removes or repeats every aligned piece of the digests' size, and exchanges neighbours.
TEST(MerkleOpening, MissingSurplusAndExchangedDigestsAreRejected) {
  const Commitment commitment({.log_blowup = 1, .levels = {{6, 8}, {4, 16}}});
  const std::vector<uint32_t> indices = {63, 4, 9, 41};
  const std::vector<uint8_t> opening = commitment.Open(indices);
  ASSERT_TRUE(commitment.Accepts(indices, opening));
  for (size_t at = 0; at + 32 <= opening.size(); at += 32) {
    const auto piece = opening.begin() + static_cast<std::ptrdiff_t>(at);
    std::vector<uint8_t> missing(opening.begin(), piece);
    missing.insert(missing.end(), piece + 32, opening.end());
    EXPECT_FALSE(commitment.Accepts(indices, missing));
    std::vector<uint8_t> surplus(opening.begin(), piece + 32);
    surplus.insert(surplus.end(), piece, opening.end());
    EXPECT_FALSE(commitment.Accepts(indices, surplus));
    if (at + 64 > opening.size()) continue;
    std::vector<uint8_t> exchanged = opening;
    const auto first = exchanged.begin() + static_cast<std::ptrdiff_t>(at);
    std::swap_ranges(first, first + 32, first + 32);
    EXPECT_FALSE(commitment.Accepts(indices, exchanged));
  }
}

TEST(MerkleOpening, BytesBehindTheOpeningAreLeft) {
  const Commitment commitment({.log_blowup = 1, .levels = {{4, 2}}});
  std::vector<uint8_t> opening = commitment.Open({5});
  opening.resize(opening.size() + 7);
  ByteReader reader(opening);
  EXPECT_TRUE(
      VerifyOpening(commitment.shape(), std::vector<uint32_t>{5}, commitment.tree().root(), &reader)
          .has_value());
  EXPECT_EQ(reader.left(), 7U);
}

// Two tables of two columns each at one height: their rows are one row, whose order counts.
TEST(MerkleOpening, ExchangedTablesOfOneHeightAreRejected) {
  const Commitment commitment({.log_blowup = 1, .levels = {{4, 4}}});
  std::vector<uint8_t> opening = commitment.Open({5});
  std::swap_ranges(opening.begin(), opening.begin() + 8, opening.begin() + 8);
  EXPECT_FALSE(commitment.Accepts({5}, opening));
}

// Nor do words move between the rows of two heights, even where a sum of widths is kept.
TEST(MerkleOpening, AnotherShapeIsRejected) {
  const Commitment commitment({.log_blowup = 1, .levels = {{4, 4}, {3, 3}}});
  const std::vector<uint32_t> indices = {5};
  const std::vector<uint8_t> opening = commitment.Open(indices);
  const TreeShape others[] = {
      {.log_blowup = 1, .levels = {{4, 3}, {3, 4}}}, {.log_blowup = 1, .levels = {{4, 4}, {2, 3}}},
      {.log_blowup = 1, .levels = {{4, 7}}},         {.log_blowup = 1, .levels = {{3, 4}, {2, 3}}},
      {.log_blowup = 1, .levels = {{5, 4}, {3, 3}}}, {.log_blowup = 1, .levels = {{4, 1U << 30}}}};
  for (const TreeShape& other : others) {
    ByteReader reader(opening);
    EXPECT_FALSE(VerifyOpening(other, indices, commitment.tree().root(), &reader).has_value());
  }
}

// Short tables are read at i mod M: neither at i / (N / M), nor at any other row.
TEST(MerkleOpening, RowsOfShortTablesAtOtherIndicesAreRejected) {
  const Commitment commitment({.log_blowup = 1, .levels = {{5, 2}, {3, 2}}});
  const uint32_t index = 21;
  const std::vector<uint8_t> opening = commitment.Open({index});
  for (uint32_t other = 0; other < 8; ++other) {
    std::vector<uint8_t> forged = opening;
    ByteWriter row;
    row.WriteFps(commitment.row(1, other));
    std::ranges::copy(row.bytes(), forged.begin() + 8);
    EXPECT_EQ(commitment.Accepts({index}, forged), other == index % 8);
  }
}

TEST(MerkleOpening, WordsAtLeastTheModulusAreRejected) {
  const Commitment commitment({.log_blowup = 0, .levels = {{2, 1}}});
  std::vector<uint8_t> opening = commitment.Open({1});
  ByteReader reader(opening);
  Fp word;
  ASSERT_TRUE(reader.ReadFp(&word));
  ByteWriter encoding;
  encoding.WriteU32(word.word() + Fp::kModulus);
  std::ranges::copy(encoding.bytes(), opening.begin());
  EXPECT_FALSE(commitment.Accepts({1}, opening));
}

TEST(MerkleOpening, NoIndicesOrRowsVerifyNothing) {
  const Commitment commitment({.log_blowup = 0, .levels = {{2, 1}}});
  EXPECT_FALSE(commitment.Accepts({}, {}));
  ByteReader reader({});
  EXPECT_FALSE(VerifyOpening({}, std::vector<uint32_t>{1}, {}, &reader).has_value());
}

TEST(FriLayerTree, LeavesHoldTheFoldedPositions) {
  const int log_size = 7;
  const int log_arity = 3;
  std::minstd_rand random(3);
  std::vector<std::vector<Fp>> coordinates(Fp5::kDegree, std::vector<Fp>(1 << log_size));
  for (auto& coordinate : coordinates) {
    for (Fp& word : coordinate) word = Fp::FromU32(static_cast<uint32_t>(random()));
  }
  std::array<const Fp*, Fp5::kDegree> pointers;
  for (size_t i = 0; i < pointers.size(); ++i) pointers[i] = coordinates[i].data();

  const TreeShape shape = FriLayerShape(log_size, log_arity);
  const MerkleTree tree =
      MerkleTree::Build(shape, {FriLayerColumns(pointers, log_size, log_arity)});
  const std::vector<uint32_t> indices = {0, 3, 15, 16 + 3, 9};
  ByteWriter writer;
  tree.Open(indices, &writer);
  ByteReader reader(writer.bytes());
  const auto rows = VerifyOpening(shape, indices, tree.root(), &reader);
  ASSERT_TRUE(rows.has_value());
  for (const uint32_t index : indices) {
    const std::span<const Fp> leaf = rows->Row(0, index);
    ASSERT_EQ(leaf.size(), 40U);
    for (size_t j = 0; j < 8; ++j) {
      for (size_t c = 0; c < Fp5::kDegree; ++c) {
        EXPECT_EQ(leaf[5 * j + c], coordinates[c][index % 16 + 16 * j]);
      }
    }
  }
}

}  // namespace
}  // namespace zkvm
