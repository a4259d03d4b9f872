#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>

#include "stark/field/fp.h"

namespace zkvm {
namespace {

constexpr size_t kBlock = 32;

void SetWord(uint32_t word, size_t at, std::vector<uint8_t>& bytes) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<uint8_t>(word >> (8 * i));
}

uint32_t InterestingWord(std::mt19937& random) {
  constexpr std::array<uint32_t, 10> kWords = {0,
                                               1,
                                               2,
                                               0xFFFFFFFF,
                                               0x7FFFFFFF,
                                               0x80000000,
                                               Fp::kModulus - 1,
                                               Fp::kModulus,
                                               Fp::kModulus + 1,
                                               1 << 20};
  const uint32_t any = static_cast<uint32_t>(random());
  return any % 2 == 0 ? kWords[any / 2 % kWords.size()] : any % Fp::kModulus;
}

}  // namespace

void Mutate(std::mt19937& random, std::vector<uint8_t>& bytes) {
  if (bytes.size() < 2 * kBlock) {
    bytes.push_back(static_cast<uint8_t>(random()));
    return;
  }
  // Half of the places are near the front, where the numbers are that others depend on.
  const size_t front = std::min<size_t>(bytes.size(), 512) - kBlock;
  const auto place = [&] {
    return random() % 2 == 0 ? random() % front : random() % (bytes.size() - kBlock);
  };
  const auto at = [&](size_t i) { return bytes.begin() + static_cast<std::ptrdiff_t>(i); };
  const size_t a = place();
  const size_t b = place();
  switch (random() % 8) {
    case 0:
      bytes[a] ^= static_cast<uint8_t>(1u << random() % 8);
      break;
    case 1:
      bytes[a] = static_cast<uint8_t>(random());
      break;
    case 2:
    case 3:
      SetWord(InterestingWord(random), a / 4 * 4, bytes);
      break;
    case 4:
      std::copy_n(std::vector<uint8_t>(at(a), at(a + kBlock)).begin(), kBlock, at(b));
      break;
    case 5:
      bytes.erase(at(a), at(a + 1 + random() % kBlock));
      break;
    case 6: {
      const std::vector<uint8_t> piece(at(a), at(a + 1 + random() % kBlock));
      bytes.insert(at(b), piece.begin(), piece.end());
      break;
    }
    default:
      bytes.resize(random() % 4 == 0 ? a : bytes.size() - random() % kBlock);
      break;
  }
}

}  // namespace zkvm
