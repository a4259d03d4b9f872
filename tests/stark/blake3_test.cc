#include "stark/hash/blake3.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stark/hash/domain.h"

namespace zkvm {
namespace {

struct Vector {
  size_t size;
  const char* hash;
  const char* keyed_hash;
};

// From test_vectors.json of the BLAKE3 reference repository: byte i of an input is i mod 251.
constexpr std::string_view kKey = "whats the Elvish word for friend";
constexpr Vector kVectors[] = {
    {0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
     "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"},
    {1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
     "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b"},
    {63, "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b",
     "bb1eb5d4afa793c1ebdd9fb08def6c36d10096986ae0cfe148cd101170ce37ae"},
    {64, "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98",
     "ba8ced36f327700d213f120b1a207a3b8c04330528586f414d09f2f7d9ccb7e6"},
    {65, "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee",
     "c0a4edefa2d2accb9277c371ac12fcdbb52988a86edc54f0716e1591b4326e72"},
    {1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11",
     "c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e"},
    {1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
     "75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4"},
    {1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
     "357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69"},
    {2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a",
     "879cf1fa2ea0e79126cb1063617a05b6ad9d0b696d0d757cf053439f60a99dd1"},
    {2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030",
     "9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5"},
    {3073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3",
     "68dede9bef00ba89e43f31a6825f4cf433389fedae75c04ee9f0cf16a427c95a"},
    {4096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969",
     "befc660aea2f1718884cd8deb9902811d332f4fc4a38cf7c7300d597a081bfc0"},
    {4097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995",
     "00df940cd36bb9fa7cbbc3556744e0dbc8191401afe70520ba292ee3ca80abbc"},
    {8193, "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b",
     "954a2a75420c8d6547e3ba5b98d963e6fa6491addc8c023189cc519821b4a1f5"},
    {31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47",
     "efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419"},
};
// The first 131 bytes of output for 5121 bytes of input.
constexpr size_t kStreamInputSize = 5121;
constexpr char kStreamHash[] =
    "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff96adaab0613a6146cdaabe498c"
    "3a94e529d3fc1da2bd08edf54ed64d40dcd6777647eac51d8277d70219a9694334a68bc8f0f23e20b0ff70ada6"
    "f844542dfa32cd4204ca1846ef76d811cdb296f65e260227f477aa7aa008bac878f72257484f2b6c95";
constexpr char kStreamKeyedHash[] =
    "6ccf1c34753e7a044db80798ecd0782a8f76f33563accaddbfbb2e0ea4b2d0240d07e63f13667a8d1490e5e04f"
    "13eb617aea16a8c8a5aaed1ef6fbde1b0515e3c81050b361af6ead126032998290b563e3caddeaebfab592e155"
    "f2e161fb7cba939092133f23f9e65245e58ec23457b78a2e8a125588aad6e07d7f11a85b88d375b72d";

std::vector<uint8_t> Input(size_t size) {
  std::vector<uint8_t> input(size);
  for (size_t i = 0; i < size; ++i) input[i] = static_cast<uint8_t>(i % 251);
  return input;
}

Blake3 Keyed() {
  Digest key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(kKey[i]);
  return Blake3(DigestToWords(key));
}

std::string Hex(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : bytes) hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  return hex;
}

TEST(Blake3, OfficialVectors) {
  for (const Vector& vector : kVectors) {
    const std::vector<uint8_t> input = Input(vector.size);
    EXPECT_EQ(Hex(Blake3Hash(input)), vector.hash) << vector.size;
    EXPECT_EQ(Hex(Keyed().Update(input).Finish()), vector.keyed_hash) << vector.size;
  }
}

TEST(Blake3, ExtendedOutputInPiecesOfAnySize) {
  const std::vector<uint8_t> input = Input(kStreamInputSize);
  for (const size_t piece : std::initializer_list<size_t>{1, 7, 64, 65, 131}) {
    Blake3Stream hash = Blake3().Update(input).FinishStream();
    Blake3Stream keyed_hash = Keyed().Update(input).FinishStream();
    std::vector<uint8_t> output(131);
    std::vector<uint8_t> keyed_output(131);
    for (size_t i = 0; i < output.size(); i += piece) {
      const size_t size = std::min(piece, output.size() - i);
      hash.Read(std::span<uint8_t>(output).subspan(i, size));
      keyed_hash.Read(std::span<uint8_t>(keyed_output).subspan(i, size));
    }
    EXPECT_EQ(Hex(output), kStreamHash) << piece;
    EXPECT_EQ(Hex(keyed_output), kStreamKeyedHash) << piece;
  }
}

TEST(Blake3, UpdatesInPiecesOfAnySize) {
  const std::vector<uint8_t> input = Input(4097);
  const Digest expected = Blake3Hash(input);
  for (const size_t piece : std::initializer_list<size_t>{1, 63, 64, 65, 1023, 1024, 1025, 4096}) {
    Blake3 hasher;
    for (size_t i = 0; i < input.size(); i += piece) {
      hasher.Update(std::span<const uint8_t>(input).subspan(i, std::min(piece, input.size() - i)));
      hasher.Finish();  // must not disturb the state
    }
    EXPECT_EQ(hasher.Finish(), expected) << piece;
  }
}

TEST(Domain, KeysAreTheHashesOfTheirNames) {
  const std::pair<Domain, std::string_view> kDomains[] = {{Domain::kLeaf, "zkvm-1/leaf"},
                                                          {Domain::kNode, "zkvm-1/node"},
                                                          {Domain::kInject, "zkvm-1/inject"},
                                                          {Domain::kAbsorb, "zkvm-1/absorb"},
                                                          {Domain::kSqueeze, "zkvm-1/squeeze"},
                                                          {Domain::kPow, "zkvm-1/pow"},
                                                          {Domain::kId, "zkvm-1/id"}};
  const Digest left = Blake3Hash(Input(5));
  const Digest right = Blake3Hash(Input(6));
  std::vector<uint8_t> both(left.begin(), left.end());
  both.insert(both.end(), right.begin(), right.end());
  for (const auto& [domain, name] : kDomains) {
    const std::vector<uint8_t> bytes(name.begin(), name.end());
    EXPECT_EQ(WordsToDigest(DomainKey(domain)), Blake3Hash(bytes)) << name;
    EXPECT_EQ(DomainHash(domain, both), Blake3(DomainKey(domain)).Update(both).Finish());
    EXPECT_EQ(DomainHash(domain, left, right), DomainHash(domain, both));
  }
}

}  // namespace
}  // namespace zkvm
