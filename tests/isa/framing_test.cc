#include "isa/framing.h"

#include <gtest/gtest.h>

namespace zkvm {
namespace {

std::vector<uint8_t> Ascending(size_t size) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<uint8_t>(i + 1));
  return bytes;
}

TEST(FramingTest, PacksLittleEndian) {
  EXPECT_EQ(FrameBytes({}), (std::vector<uint32_t>{0}));
  EXPECT_EQ(FrameBytes(Ascending(5)), (std::vector<uint32_t>{5, 0x04030201, 0x00000005}));
}

TEST(FramingTest, RoundTrips) {
  for (size_t size = 0; size < 20; ++size) {
    EXPECT_EQ(JournalBytes(FrameBytes(Ascending(size))), Ascending(size));
  }
}

TEST(FramingTest, RefusesEveryOtherLength) {
  for (size_t size = 0; size < 12; ++size) {
    std::vector<uint32_t> words = FrameBytes(Ascending(size));
    words.push_back(0);
    EXPECT_EQ(JournalBytes(words), std::nullopt);
    words.resize(words.size() - 2);
    EXPECT_EQ(JournalBytes(words), std::nullopt);
  }
}

TEST(FramingTest, RefusesPaddingThatIsNotZero) {
  for (uint32_t bit = 8; bit < 32; ++bit) {
    std::vector<uint32_t> words = FrameBytes(Ascending(5));
    words.back() |= 1u << bit;
    EXPECT_EQ(JournalBytes(words), std::nullopt) << bit;
  }
}

TEST(FramingTest, RefusesLengthsThatAreOnlyClaimed) {
  EXPECT_EQ(JournalBytes(std::vector<uint32_t>{0xFFFFFFFF}), std::nullopt);
  EXPECT_EQ(JournalBytes(std::vector<uint32_t>{0xFFFFFFFD, 0}), std::nullopt);
}

}  // namespace
}  // namespace zkvm
