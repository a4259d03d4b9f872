#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "stark/field/fp5.h"

namespace zkvm {
namespace {

constexpr uint64_t kP = Fp::kModulus;

std::vector<uint32_t> Samples() {
  std::mt19937 random(1);
  std::vector<uint32_t> samples = {
      0, 1, 2, 31, Fp::kModulus / 2, Fp::kModulus - 2, Fp::kModulus - 1};
  for (int i = 0; i < 50; ++i) samples.push_back(static_cast<uint32_t>(random() % kP));
  return samples;
}

Fp5 RandomFp5(std::mt19937& random) {
  Fp5 x;
  for (Fp& coordinate : x.c) coordinate = Fp::FromU32(static_cast<uint32_t>(random() % kP));
  return x;
}

TEST(Fp, ArithmeticOfIntegersModuloP) {
  for (const uint64_t a : Samples()) {
    for (const uint64_t b : Samples()) {
      const Fp x = Fp::FromU64(a);
      const Fp y = Fp::FromU64(b);
      EXPECT_EQ((x + y).Value(), (a + b) % kP);
      EXPECT_EQ((x - y).Value(), (a + kP - b) % kP);
      EXPECT_EQ((x * y).Value(), a * b % kP);
      EXPECT_EQ((-x).Value(), (kP - a) % kP);
    }
  }
}

TEST(Fp, WordIsMontgomeryForm) {
  for (const uint64_t a : Samples()) EXPECT_EQ(Fp::FromU64(a).word(), (a << 32) % kP);
  EXPECT_TRUE(Fp::IsWord(Fp::kModulus - 1));
  EXPECT_FALSE(Fp::IsWord(Fp::kModulus));
}

TEST(Fp, FromIntegers) {
  EXPECT_EQ(Fp(-1) + 1, Fp(0));
  EXPECT_EQ(Fp(std::numeric_limits<int>::min()).Value(), (2 * kP - (uint64_t{1} << 31)) % kP);
  EXPECT_EQ(Fp(std::numeric_limits<int>::max()).Value(), ((uint64_t{1} << 31) - 1) % kP);
  EXPECT_EQ(Fp::FromU32(0xFFFFFFFF).Value(), 0xFFFFFFFF % kP);
  EXPECT_EQ(Fp::FromU64(0xFFFFFFFFFFFFFFFF).Value(), 0xFFFFFFFFFFFFFFFF % kP);
}

TEST(Fp, Inverse) {
  for (const uint32_t a : Samples()) {
    const Fp x = Fp::FromU32(a);
    EXPECT_EQ(x * x.Inverse(), Fp(a == 0 ? 0 : 1));
  }
}

TEST(Fp, GeneratorHasFullOrder) {
  for (const uint64_t prime_factor : {2, 3, 5}) {
    EXPECT_NE(Fp::Generator().Pow((kP - 1) / prime_factor), Fp(1));
  }
  EXPECT_EQ(Fp::RootOfUnity(27).Value(), 440564289u);  // protocol.md, section 1
  for (int log_order = 1; log_order <= Fp::kTwoAdicity; ++log_order) {
    const Fp root = Fp::RootOfUnity(log_order);
    EXPECT_EQ(root.Pow(uint64_t{1} << (log_order - 1)), Fp(-1));
    EXPECT_EQ(root * root, Fp::RootOfUnity(log_order - 1));
  }
}

TEST(Fp5, MultiplicationTableOfTheBasis) {
  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 5; ++j) {
      const Fp5 expected = i + j < 5 ? Fp5::Basis(i + j) : Fp5::Basis(i + j - 5) * Fp(2);
      EXPECT_EQ(Fp5::Basis(i) * Fp5::Basis(j), expected) << i << " " << j;
    }
  }
}

TEST(Fp5, ProductIsBilinear) {
  std::mt19937 random(2);
  for (int i = 0; i < 50; ++i) {
    const Fp5 a = RandomFp5(random);
    const Fp5 b = RandomFp5(random);
    Fp5 expected;
    for (int j = 0; j < 5; ++j) {
      for (int k = 0; k < 5; ++k) {
        expected += Fp5::Basis(j) * Fp5::Basis(k) *
                    (a.c[static_cast<size_t>(j)] * b.c[static_cast<size_t>(k)]);
      }
    }
    EXPECT_EQ(a * b, expected);
    EXPECT_EQ(a - b + b, a);
    EXPECT_EQ(-a + a, Fp5());
  }
}

// x^5 - 2 is irreducible: 2 is no fifth power, and 5 divides p - 1.
TEST(Fp5, IsAField) { EXPECT_NE(Fp(2).Pow((kP - 1) / 5), Fp(1)); }

TEST(Fp5, FrobeniusIsThePowerOfP) {
  std::mt19937 random(3);
  const Fp5 a = RandomFp5(random);
  Fp5 power = a;
  for (int k = 1; k <= 5; ++k) {
    power = power.Pow(kP);
    EXPECT_EQ(a.Frobenius(k), power);
  }
  EXPECT_EQ(power, a);
}

TEST(Fp5, Inverse) {
  std::mt19937 random(4);
  for (int i = 0; i < 50; ++i) {
    const Fp5 a = RandomFp5(random);
    EXPECT_EQ(a * a.Inverse(), Fp5(1));
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Fp5::Basis(i) * Fp5::Basis(i).Inverse(), Fp5(1));
  EXPECT_EQ(Fp5().Inverse(), Fp5());
}

TEST(BatchInvert, KeepsZeros) {
  std::mt19937 random(5);
  std::vector<Fp> base;
  std::vector<Fp5> extension;
  for (int i = 0; i < 20; ++i) {
    extension.push_back(i % 7 == 0 ? Fp5() : RandomFp5(random));
    base.push_back(extension.back().c[0]);
  }
  const std::vector<Fp> base_before = base;
  const std::vector<Fp5> extension_before = extension;
  BatchInvert(base);
  BatchInvert(extension);
  for (size_t i = 0; i < base.size(); ++i) {
    EXPECT_EQ(base[i], base_before[i].Inverse());
    EXPECT_EQ(extension[i], extension_before[i].Inverse());
  }
}

}  // namespace
}  // namespace zkvm
