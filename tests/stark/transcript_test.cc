#include "stark/transcript.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace zkvm {
namespace {

std::string Hex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : digest) hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  return hex;
}

constexpr std::array<uint8_t, 3> kMessage = {'a', 'b', 'c'};

// Expected values from an independent implementation of protocol.md, section 4.
TEST(Transcript, KnownAnswers) {
  Transcript transcript;
  EXPECT_EQ(Hex(transcript.state()),
            "c02e0f7c09002ae0b69b25f5d318003439a8763c18e9aac6199de124f412f54a");
  transcript.Absorb(1, kMessage);
  EXPECT_EQ(Hex(transcript.state()),
            "057fd6a0b9f29553e6f9e1cc396e6022a930ec56ff56bb0bde993618e5b8261f");

  ChallengeStream stream = transcript.Squeeze(9);
  EXPECT_EQ(Hex(transcript.state()),
            "f207292490602e473aec472ca665f4d5e34f1409be28baf512c307bb89987370");
  const Fp5 sample = stream.SampleFp5();
  const uint32_t words[] = {0x69e693d6, 0x257699d8, 0x51fd4662, 0x5e01b593, 0x339e6477};
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(sample.c[i].word(), words[i]);
  EXPECT_EQ(stream.SampleFp().word(), 0x21097d2eU);
  // Words 14 and 27, among others, are rejected.
  for (int i = 6; i < 100; ++i) stream.SampleFp();
  EXPECT_EQ(stream.SampleFp().word(), 0x171b2e15U);
  for (int i = 101; i < 299; ++i) stream.SampleFp();
  EXPECT_EQ(stream.SampleFp().word(), 0x2565501U);

  ChallengeStream queries = transcript.Squeeze(61);
  for (const uint32_t index : {820032U, 1081400U, 877786U, 1003254U}) {
    EXPECT_EQ(queries.SampleIndex(21), index);
  }

  for (uint64_t nonce = 0; nonce < 650; ++nonce) {
    ASSERT_FALSE(transcript.CheckGrind(7, 10, nonce)) << nonce;
  }
  EXPECT_TRUE(transcript.CheckGrind(7, 10, 650));
  EXPECT_EQ(Hex(transcript.state()),
            "6a71926f960936063779b874cb6b9a91323db0618d658e57ffa45b510596cabb");
}

TEST(Transcript, TypedMessagesAreTheirBytes) {
  const std::array<Fp5, 2> extension = {Fp5({Fp(1), Fp(2), Fp(3), Fp(4), Fp(5)}), Fp5(6)};
  std::vector<Fp> coordinates;
  std::vector<uint32_t> words;
  std::vector<uint8_t> bytes;
  for (const Fp5& element : extension) {
    for (const Fp coordinate : element.c) {
      coordinates.push_back(coordinate);
      words.push_back(coordinate.word());
      for (int i = 0; i < 4; ++i) {
        bytes.push_back(static_cast<uint8_t>(coordinate.word() >> (8 * i)));
      }
    }
  }
  std::array<Transcript, 4> transcripts;
  transcripts[0].Absorb(5, bytes);
  transcripts[1].AbsorbU32s(5, words);
  transcripts[2].AbsorbFps(5, coordinates);
  transcripts[3].AbsorbFp5s(5, extension);
  for (const Transcript& transcript : transcripts) {
    EXPECT_EQ(transcript.state(), transcripts[0].state());
  }
  Transcript u32;
  Transcript u64;
  Transcript raw32;
  Transcript raw64;
  u32.AbsorbU32(1, 0x04030201);
  u64.AbsorbU64(1, 0x0807060504030201);
  raw32.Absorb(1, std::array<uint8_t, 4>{1, 2, 3, 4});
  raw64.Absorb(1, std::array<uint8_t, 8>{1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(u32.state(), raw32.state());
  EXPECT_EQ(u64.state(), raw64.state());
}

// Label, length, content, order and grouping of messages, and squeezes, all reach the state.
TEST(Transcript, EveryDifferenceChangesTheState) {
  std::set<Digest> states;
  const auto add = [&](auto... step) {
    Transcript transcript;
    (step(transcript), ...);
    EXPECT_TRUE(states.insert(transcript.state()).second) << states.size();
  };
  const auto absorb = [](uint8_t label, std::vector<uint8_t> message) {
    return [=](Transcript& transcript) { transcript.Absorb(label, message); };
  };
  const auto squeeze = [](uint8_t label) {
    return [=](Transcript& transcript) { transcript.Squeeze(label); };
  };
  add();
  add(absorb(1, {}));
  add(absorb(2, {}));
  add(absorb(1, {0}));
  add(absorb(1, {0, 0}));
  add(absorb(1, {0}), absorb(1, {0}));
  add(absorb(1, {0}), absorb(1, {1}));
  add(absorb(1, {1}), absorb(1, {0}));
  add(absorb(1, {0}), absorb(2, {0}));
  add(absorb(1, {0}), squeeze(2));
  add(absorb(1, {0}), squeeze(3));
  add(squeeze(2), absorb(1, {0}));
  add(squeeze(2));
  add(squeeze(2), squeeze(2));
}

TEST(Transcript, ChallengesDependOnStateAndLabelOnly) {
  const auto challenge = [](uint8_t label, std::vector<uint8_t> message) {
    Transcript transcript;
    transcript.Absorb(0, message);
    return transcript.Squeeze(label).SampleFp5();
  };
  EXPECT_EQ(challenge(1, {7}), challenge(1, {7}));
  EXPECT_FALSE(challenge(1, {7}) == challenge(2, {7}));
  EXPECT_FALSE(challenge(1, {7}) == challenge(1, {8}));
  Transcript transcript;
  const Fp5 first = transcript.Squeeze(1).SampleFp5();
  EXPECT_FALSE(first == transcript.Squeeze(1).SampleFp5());
}

TEST(Transcript, IndicesAreInRange) {
  Transcript transcript;
  ChallengeStream stream = transcript.Squeeze(61);
  EXPECT_EQ(stream.SampleIndex(0), 0U);
  uint32_t seen = 0;
  for (int i = 0; i < 64; ++i) {
    const uint32_t index = stream.SampleIndex(2);
    ASSERT_LT(index, 4U);
    seen |= 1U << index;
  }
  EXPECT_EQ(seen, 15U);
  uint32_t high = 0;
  for (int i = 0; i < 64; ++i) high |= stream.SampleIndex(32);
  EXPECT_EQ(high, 0xffffffffU);
}

TEST(Transcript, GrindLimits) {
  const Transcript start;
  Transcript transcript = start;
  EXPECT_FALSE(transcript.CheckGrind(3, -1, 0));
  EXPECT_FALSE(transcript.CheckGrind(3, 32, 0));
  EXPECT_FALSE(transcript.CheckGrind(3, 64, 0));
  EXPECT_FALSE(transcript.CheckGrind(3, 0, 1));
  EXPECT_FALSE(transcript.CheckGrind(3, 0, uint64_t{1} << 32));
  EXPECT_EQ(transcript.state(), start.state());
  EXPECT_TRUE(transcript.CheckGrind(3, 0, 0));
  Transcript absorbed = start;
  absorbed.AbsorbU64(3, 0);
  EXPECT_EQ(transcript.state(), absorbed.state());
}

// All 64 bits of a nonce count: the low half of a good one alone is no proof of work.
TEST(Transcript, GrindReadsTheWholeNonce) {
  const Transcript start;
  const uint64_t high = uint64_t{0x1234} << 32;
  uint64_t nonce = high;
  for (Transcript transcript = start; !transcript.CheckGrind(3, 8, nonce);) ++nonce;
  Transcript full = start;
  ASSERT_TRUE(full.CheckGrind(3, 8, nonce));
  Transcript truncated = start;
  EXPECT_FALSE(truncated.CheckGrind(3, 8, nonce - high));
  int accepted = 0;
  for (uint64_t i = 0; i < 64; ++i) {
    Transcript transcript = start;
    accepted += transcript.CheckGrind(3, 8, nonce ^ (uint64_t{1} << i)) ? 1 : 0;
  }
  EXPECT_LT(accepted, 8);
}

}  // namespace
}  // namespace zkvm
