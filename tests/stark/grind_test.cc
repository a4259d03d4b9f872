#include "stark/hash/grind.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "stark/transcript.h"

namespace zkvm {
namespace {

TEST(Grind, FindsTheLeastNonce) {
  for (const int bits : {0, 1, 4, 11}) {
    for (uint32_t seed = 0; seed < 4; ++seed) {
      Transcript start;
      start.AbsorbU32(1, seed);
      Transcript prover = start;
      Transcript verifier = start;
      const uint64_t nonce = Grind(&prover, 7, bits);
      for (uint64_t i = 0; i < nonce; ++i) EXPECT_FALSE(verifier.CheckGrind(7, bits, i));
      EXPECT_TRUE(verifier.CheckGrind(7, bits, nonce));
      EXPECT_EQ(prover.state(), verifier.state());
    }
  }
}

TEST(Grind, SeveralRounds) {
  Transcript start;
  Transcript prover = start;
  const uint64_t nonce = Grind(&prover, 7, 18);
  EXPECT_TRUE(start.CheckGrind(7, 18, nonce));
  EXPECT_GT(nonce, 64U * 512U);
}

}  // namespace
}  // namespace zkvm
