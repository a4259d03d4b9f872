#include "stark/hash/domain.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace zkvm {
namespace {

constexpr std::array<std::string_view, 7> kNames = {
    "zkvm-1/leaf",    "zkvm-1/node", "zkvm-1/inject", "zkvm-1/absorb",
    "zkvm-1/squeeze", "zkvm-1/pow",  "zkvm-1/id"};

// BLAKE3 of a text of at most one block.
constexpr Blake3Words HashOfName(std::string_view name) {
  uint32_t m[16] = {};
  for (size_t i = 0; i < name.size(); ++i) {
    m[i / 4] |= static_cast<uint32_t>(static_cast<unsigned char>(name[i])) << (8 * (i % 4));
  }
  uint32_t v[16] = {};
  for (size_t i = 0; i < 8; ++i) v[i] = kBlake3Iv[i];
  for (size_t i = 0; i < 4; ++i) v[i + 8] = kBlake3Iv[i];
  v[14] = static_cast<uint32_t>(name.size());
  v[15] = kBlake3ChunkStart | kBlake3ChunkEnd | kBlake3Root;
  Blake3Rounds(v, m);
  Blake3Words words{};
  for (size_t i = 0; i < words.size(); ++i) words[i] = v[i] ^ v[i + 8];
  return words;
}

constexpr std::array<Blake3Words, kNames.size()> kKeys = [] {
  std::array<Blake3Words, kNames.size()> keys{};
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = HashOfName(kNames[i]);
  return keys;
}();

}  // namespace

const Blake3Words& DomainKey(Domain domain) { return kKeys[static_cast<size_t>(domain)]; }

Digest DomainHash(Domain domain, std::span<const uint8_t> bytes) {
  return DomainHasher(domain).Update(bytes).Finish();
}

Digest DomainHash(Domain domain, const Digest& left, const Digest& right) {
  return DomainHasher(domain).Update(left).Update(right).Finish();
}

}  // namespace zkvm
