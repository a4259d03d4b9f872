#include "stark/ntt/ntt.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "stark/simd.h"

namespace zkvm {
namespace {

std::vector<Fp> RandomVector(size_t n) {
  std::mt19937 random(static_cast<uint32_t>(n));
  std::vector<Fp> values(n);
  for (Fp& x : values) x = Fp::FromWord(static_cast<uint32_t>(random() % Fp::kModulus));
  return values;
}

size_t BitReverse(size_t index, int bits) {
  size_t reversed = 0;
  for (int i = 0; i < bits; ++i) reversed |= (index >> i & 1) << (bits - 1 - i);
  return reversed;
}

// f(x) from bit-reversed coefficients, by Horner's rule.
Fp Evaluate(const std::vector<Fp>& coefficients, int log_n, Fp x) {
  Fp value;
  for (size_t k = coefficients.size(); k-- > 0;) {
    value = value * x + coefficients[BitReverse(k, log_n)];
  }
  return value;
}

// Some indices below n, all of them if there are few.
std::vector<size_t> Sample(size_t n) {
  std::vector<size_t> indices;
  if (n <= 64) {
    for (size_t i = 0; i < n; ++i) indices.push_back(i);
  } else {
    std::mt19937_64 random(n);
    indices = {0, 1, n / 2 - 1, n / 2, n - 1};
    for (int i = 0; i < 12; ++i) indices.push_back(random() % n);
  }
  return indices;
}

class NttTest : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (GetParam() > BestIsa()) GTEST_SKIP() << "not on this processor";
    SetActiveIsa(GetParam());
  }
  void TearDown() override { SetActiveIsa(BestIsa()); }
};

constexpr int kMaxLog = 14;
const Fp kShift = Fp::FromU32(123456789);

TEST_P(NttTest, CosetNttEvaluates) {
  for (int log_n = 0; log_n <= kMaxLog; ++log_n) {
    const size_t n = size_t{1} << log_n;
    const std::vector<Fp> coefficients = RandomVector(n);
    std::vector<Fp> values(n);
    CosetNtt(coefficients.data(), values.data(), log_n, kShift);
    const Fp w = Fp::RootOfUnity(log_n);
    for (const size_t i : Sample(n)) {
      ASSERT_EQ(values[i], Evaluate(coefficients, log_n, kShift * w.Pow(i))) << log_n << " " << i;
    }
  }
}

TEST_P(NttTest, InverseIsInverse) {
  for (int log_n = 0; log_n <= kMaxLog; ++log_n) {
    const std::vector<Fp> coefficients = RandomVector(size_t{1} << log_n);
    std::vector<Fp> x = coefficients;
    CosetNtt(x.data(), x.data(), log_n, 1);
    InverseNtt(x.data(), log_n);
    ASSERT_EQ(x, coefficients) << log_n;
    CosetNtt(x.data(), x.data(), log_n, kShift);
    InverseCosetNtt(x.data(), log_n, kShift);
    ASSERT_EQ(x, coefficients) << log_n;
  }
}

TEST_P(NttTest, ExtensionIsCosetMajor) {
  for (int log_n = 0; log_n <= kMaxLog; ++log_n) {
    for (int log_blowup = 0; log_blowup <= 2; ++log_blowup) {
      const size_t n = size_t{1} << log_n;
      const size_t blowup = size_t{1} << log_blowup;
      const std::vector<Fp> values = RandomVector(n);
      std::vector<Fp> coefficients = values;
      InverseNtt(coefficients.data(), log_n);
      std::vector<Fp> lde(blowup * n);
      ExtendColumn(values.data(), lde.data(), log_n, log_blowup);
      const Fp w = Fp::RootOfUnity(log_n + log_blowup);
      for (const size_t i : Sample(blowup * n)) {
        ASSERT_EQ(lde[i % blowup * n + i / blowup],
                  Evaluate(coefficients, log_n, Fp::Generator() * w.Pow(i)))
            << log_n << " " << i;
      }
    }
  }
}

TEST_P(NttTest, LargeExtensionTakesTheValuesOfThePolynomial) {
  constexpr int kLog = 20;
  constexpr size_t n = size_t{1} << kLog;
  const std::vector<Fp> values = RandomVector(n);
  std::vector<Fp> lde(2 * n);
  ExtendColumn(values.data(), lde.data(), kLog, 1);
  for (size_t c = 0; c < 2; ++c) {
    // From coset c back to coefficients, and to the values on <w_n>.
    const Fp shift = Fp::Generator() * Fp::RootOfUnity(kLog + 1).Pow(c);
    std::vector<Fp> x(lde.begin() + static_cast<ptrdiff_t>(c * n),
                      lde.begin() + static_cast<ptrdiff_t>((c + 1) * n));
    InverseCosetNtt(x.data(), kLog, shift);
    EXPECT_EQ(Evaluate(x, kLog, Fp::RootOfUnity(kLog).Pow(777)), values[777]);
    CosetNtt(x.data(), x.data(), kLog, 1);
    EXPECT_EQ(x, values);
  }
}

TEST_P(NttTest, MatrixIsExtendedByColumns) {
  constexpr int kLog = 7;
  constexpr size_t n = size_t{1} << kLog;
  Matrix values(n, 5);
  Matrix lde(4 * n, 5);
  for (size_t j = 0; j < 5; ++j) {
    for (size_t i = 0; i < n; ++i) values.column(j)[i] = Fp(static_cast<int>(1000 * j + i * i));
  }
  ExtendMatrix(values, lde, kLog, 2);
  for (size_t j = 0; j < 5; ++j) {
    std::vector<Fp> expected(4 * n);
    ExtendColumn(values.column(j), expected.data(), kLog, 2);
    for (size_t i = 0; i < 4 * n; ++i) ASSERT_EQ(lde.column(j)[i], expected[i]) << j << " " << i;
  }
}

std::string IsaName(const testing::TestParamInfo<Isa>& info) {
  const std::string names[] = {"Scalar", "Avx2", "Avx512"};
  return names[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(AllIsas, NttTest, testing::Values(Isa::kScalar, Isa::kAvx2, Isa::kAvx512),
                         IsaName);

}  // namespace
}  // namespace zkvm
