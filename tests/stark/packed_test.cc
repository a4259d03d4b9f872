#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "stark/simd.h"
#include "tests/stark/packed_ops.h"

namespace zkvm {
namespace {

constexpr size_t kSize = 1024;
using Column = std::vector<Fp>;

// Random elements, between all pairs of extreme words.
Column RandomColumn(uint32_t seed) {
  std::mt19937 random(seed);
  const uint32_t extremes[] = {0, 1, 2, Fp::kModulus - 1, Fp::kModulus - 2, Fp::kModulus / 2};
  Column column(kSize);
  for (Fp& x : column) {
    x = Fp::FromWord(random() % 4 == 0 ? extremes[random() % std::size(extremes)]
                                       : static_cast<uint32_t>(random() % Fp::kModulus));
  }
  return column;
}

struct Column5 {
  std::array<Column, 5> columns;

  explicit Column5(uint32_t seed) {
    for (size_t k = 0; k < 5; ++k) columns[k] = RandomColumn(seed * 5 + static_cast<uint32_t>(k));
  }
  Column5() { columns.fill(Column(kSize)); }
  Fp5 At(size_t i) const {
    Fp5 x;
    for (size_t k = 0; k < 5; ++k) x.c[k] = columns[k][i];
    return x;
  }
  ConstColumns5 In() const {
    ConstColumns5 in;
    for (size_t k = 0; k < 5; ++k) in[k] = columns[k].data();
    return in;
  }
  Columns5 Out() {
    Columns5 out;
    for (size_t k = 0; k < 5; ++k) out[k] = columns[k].data();
    return out;
  }
};

class PackedTest : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (GetParam() > BestIsa()) GTEST_SKIP() << "not on this processor";
  }
  static const PackedOps& Ops() {
    switch (GetParam()) {
      case Isa::kAvx512:
        return kPackedOpsAvx512;
      case Isa::kAvx2:
        return kPackedOpsAvx2;
      case Isa::kScalar:
        break;
    }
    return kPackedOpsScalar;
  }

  const Column a_ = RandomColumn(1);
  const Column b_ = RandomColumn(2);
  const Column5 a5_{3};
  const Column5 b5_{4};
  Column out_ = Column(kSize);
  Column5 out5_;
};

TEST_P(PackedTest, LinearOperations) {
  Ops().add(a_.data(), b_.data(), out_.data(), kSize);
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(out_[i], a_[i] + b_[i]) << i;
  Ops().subtract(a_.data(), b_.data(), out_.data(), kSize);
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(out_[i], a_[i] - b_[i]) << i;
  Ops().negate(a_.data(), out_.data(), kSize);
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(out_[i], -a_[i]) << i;
}

TEST_P(PackedTest, Multiply) {
  Ops().multiply(a_.data(), b_.data(), out_.data(), kSize);
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(out_[i], a_[i] * b_[i]) << i;
}

TEST_P(PackedTest, ExpressionsMixWithConstants) {
  const Fp f = a_[17];
  Ops().expression(a_.data(), b_.data(), f, out_.data(), kSize);
  for (size_t i = 0; i < kSize; ++i) {
    ASSERT_EQ(out_[i], (a_[i] * 65536 - 1 + 3 * b_[i] - f) * -a_[i] + 2 * f) << i;
  }
}

TEST_P(PackedTest, DotOfAnyLength) {
  std::vector<Column> columns;
  std::vector<const Fp*> pointers;
  for (uint32_t m = 0; m <= 20; ++m) {
    Ops().dot(pointers, out_.data(), kSize);
    for (size_t i = 0; i < kSize; ++i) {
      Fp expected;
      for (uint32_t j = 0; j < m; ++j) expected += columns[j][i] * columns[m - 1 - j][i];
      ASSERT_EQ(out_[i], expected) << m << " terms, lane " << i;
    }
    columns.push_back(RandomColumn(100 + m));
    pointers.push_back(columns.back().data());
  }
}

TEST_P(PackedTest, DotOfLargestTerms) {
  const Column column(kSize, Fp::FromWord(Fp::kModulus - 1));
  for (size_t m = 1; m <= 200; ++m) {
    const std::vector<const Fp*> pointers(m, column.data());
    Ops().dot(pointers, out_.data(), 16);
    const Fp expected = column[0] * column[0] * Fp(static_cast<int>(m));
    for (size_t i = 0; i < 16; ++i) ASSERT_EQ(out_[i], expected) << m << " terms, lane " << i;
  }
}

TEST_P(PackedTest, Multiply5) {
  Ops().multiply5(a5_.In(), b5_.In(), out5_.Out(), kSize);
  for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(out5_.At(i), a5_.At(i) * b5_.At(i)) << i;
}

TEST_P(PackedTest, Invert5) {
  Column5 input = a5_;
  for (Column& column : input.columns) column[5] = 0;
  Ops().invert5(input.In(), out5_.Out(), kSize);
  for (size_t i = 0; i < kSize; ++i) {
    ASSERT_EQ(out5_.At(i) * input.At(i), Fp5(input.At(i).IsZero() ? 0 : 1)) << i;
  }
  EXPECT_TRUE(out5_.At(5).IsZero());
}

TEST_P(PackedTest, Expressions5MixWithBaseAndConstants) {
  const Fp5 f = a5_.At(23);
  Ops().expression5(a5_.In(), b5_.In(), f, out5_.Out(), kSize);
  for (size_t i = 0; i < kSize; ++i) {
    const Fp5 a = a5_.At(i);
    const Fp5 b = b5_.At(i);
    ASSERT_EQ(out5_.At(i), (Fp(2) * a + f - b) * b.c[0] + f.c[0] * (a * b) - 7) << i;
  }
}

TEST_P(PackedTest, Dot5OfAnyLength) {
  std::vector<Column> columns;
  std::vector<const Fp*> pointers;
  std::vector<Fp5> weights;
  for (uint32_t m = 0; m <= 12; ++m) {
    for (const bool packed_weights : {false, true}) {
      Ops().dot5(pointers, weights.data(), packed_weights, out5_.Out(), kSize);
      for (size_t i = 0; i < kSize; ++i) {
        Fp5 expected;
        for (uint32_t j = 0; j < m; ++j) expected += columns[j][i] * weights[j];
        ASSERT_EQ(out5_.At(i), expected) << m << " terms, lane " << i;
      }
    }
    columns.push_back(RandomColumn(100 + m));
    pointers.push_back(columns.back().data());
    weights.push_back(b5_.At(m));
  }
}

std::string IsaName(const testing::TestParamInfo<Isa>& info) {
  const std::string names[] = {"Scalar", "Avx2", "Avx512"};
  return names[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(AllIsas, PackedTest,
                         testing::Values(Isa::kScalar, Isa::kAvx2, Isa::kAvx512), IsaName);

}  // namespace
}  // namespace zkvm
