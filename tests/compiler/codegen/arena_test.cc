#include "compiler/codegen/arena.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace zkvm::compiler {
namespace {

bool MeetInTime(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

TEST(Arena, ValuesThatLiveTogetherLieApart) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<Lifetime> values(random() % 80);
    for (Lifetime& value : values) {
      value.bytes = random() % 4 == 0 ? 0 : random() % 1000;
      value.first = static_cast<uint32_t>(random() % 100);
      value.last = value.first + static_cast<uint32_t>(random() % 20);
    }
    const Arena arena = PlanArena(values);
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(arena.offsets[i] % kArenaAlignment, 0U);
      EXPECT_LE(arena.offsets[i] + values[i].bytes, arena.bytes);
      for (size_t j = 0; j < i; ++j) {
        if (!MeetInTime(values[i], values[j]) || values[i].bytes == 0 || values[j].bytes == 0) {
          continue;
        }
        EXPECT_TRUE(arena.offsets[i] + values[i].bytes <= arena.offsets[j] ||
                    arena.offsets[j] + values[j].bytes <= arena.offsets[i]);
      }
    }
  }
}

// In a chain two neighbours live at a time.
TEST(Arena, AChainNeedsTwoPlaces) {
  std::vector<Lifetime> values;
  for (uint32_t i = 0; i < 100; ++i) values.push_back({.bytes = 1024, .first = i, .last = i + 1});
  EXPECT_EQ(PlanArena(values).bytes, 2048U);
}

}  // namespace
}  // namespace zkvm::compiler
