#include "isa/framing.h"

namespace zkvm {

std::vector<uint32_t> FrameBytes(std::span<const uint8_t> bytes) {
  std::vector<uint32_t> words(1 + (bytes.size() + 3) / 4);
  words[0] = static_cast<uint32_t>(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    words[1 + i / 4] |= uint32_t{bytes[i]} << (8 * (i % 4));
  }
  return words;
}

std::optional<std::vector<uint8_t>> JournalBytes(std::span<const uint32_t> words) {
  if (words.empty() || (uint64_t{words[0]} + 3) / 4 != words.size() - 1) return std::nullopt;
  std::vector<uint8_t> bytes(words[0]);
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(words[1 + i / 4] >> (8 * (i % 4)));
  }
  if (words[0] % 4 != 0 && words.back() >> (8 * (words[0] % 4)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace zkvm
