#include "compiler/codegen/arena.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace zkvm::compiler {

Arena PlanArena(std::span<const Lifetime> values) {
  std::vector<size_t> by_size(values.size());
  std::iota(by_size.begin(), by_size.end(), size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](size_t a, size_t b) { return values[a].bytes > values[b].bytes; });
  Arena arena;
  arena.offsets.assign(values.size(), 0);
  std::vector<size_t> placed;  // by offset
  for (const size_t value : by_size) {
    const Lifetime& life = values[value];
    const uint64_t size = (life.bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
    if (size == 0) continue;
    uint64_t offset = 0;
    for (const size_t other : placed) {
      const Lifetime& taken = values[other];
      if (taken.last < life.first || life.last < taken.first) continue;
      if (offset + size <= arena.offsets[other]) break;
      offset = std::max(offset, (arena.offsets[other] + taken.bytes + kArenaAlignment - 1) /
                                    kArenaAlignment * kArenaAlignment);
    }
    arena.offsets[value] = offset;
    arena.bytes = std::max(arena.bytes, offset + size);
    const auto place = std::upper_bound(
        placed.begin(), placed.end(), offset,
        [&](uint64_t position, size_t other) { return position < arena.offsets[other]; });
    placed.insert(place, value);
  }
  return arena;
}

}  // namespace zkvm::compiler
