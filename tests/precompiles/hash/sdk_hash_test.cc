// <zkvm/hash.h> natively: the specification of the compression functions, and padding, chunks and
// trees around it. (tests/guest runs the same classes as a guest.) Inputs are 0, 1, .., 250, 0, ...
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "guest-sdk/include/zkvm/hash.h"

namespace zkvm {
namespace {

struct Vector {
  size_t size;
  const char* sha256;
  const char* blake3;  // of the official test vectors
};

constexpr Vector kVectors[] = {
    {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
    {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
     "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
    {63, "29af2686fd53374a36b0846694cc342177e428d1647515f078784d69cdb9e488",
     "e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b"},
    {64, "fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108",
     "4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98"},
    {65, "4bfd2c8b6f1eec7a2afeb48b934ee4b2694182027e6d0fc075074f2fabb31781",
     "de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee"},
    {127, "92ca0fa6651ee2f97b884b7246a562fa71250fedefe5ebf270d31c546bfea976",
     "d81293fda863f008c09e92fc382a81f5a0b4a1251cba1634016a0f86a6bd640d"},
    {128, "471fb943aa23c511f6f72f8d1652d9c880cfa392ad80503120547703e56a2be5",
     "f17e570564b26578c33bb7f44643f539624b05df1a76c81f30acd548c44b45ef"},
    {1023, "1c5e88a585b61754df6137d66632a7348557a88358afc401b0a0a4fc427104a9",
     "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"},
    {1024, "2bce1ba628720664be4b9fdd77aae0678e5f0f3f02fc6ff641ec879094f6a404",
     "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
    {1025, "bc0b6b10b89b9487a12fda2a8cc13194e7091c217aabf8b92846274026f4bcd0",
     "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"},
    {2048, "b2a8170614e23194ae2951423d601987f518ce2f11205d7b0b708080103b9f76",
     "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"},
    {3072, "5f24b2f16026ec7d0450a5a08283d3cfd47302fe859f579ed79fe7d2663b73f9",
     "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"},
    {8193, "7e3691790cd64b19d4edb1a80e988214515abeb53aa0f34ffbfe4b4bf405d120",
     "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b"},
    {31744, "3cfe29c8d109f9f2c47826c78f931f31fdec70a2cf0ddfbba8fe8009a729dd42",
     "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"}};

std::string Hex(const Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest) {
    for (const int nibble : {byte >> 4, byte & 15}) text += "0123456789abcdef"[nibble];
  }
  return text;
}

std::vector<uint8_t> Input(size_t size) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i % 251);
  return bytes;
}

TEST(SdkHash, KnownDigests) {
  for (const Vector& vector : kVectors) {
    const std::vector<uint8_t> input = Input(vector.size);
    EXPECT_EQ(Hex(Sha256::Hash(input)), vector.sha256) << vector.size;
    EXPECT_EQ(Hex(Blake3::Hash(input)), vector.blake3) << vector.size;
  }
}

template <class Hash>
Digest InPieces(std::span<const uint8_t> input, size_t piece) {
  Hash hash;
  for (size_t i = 0; i < input.size(); i += piece) {
    hash.Update(input.subspan(i, std::min(piece, input.size() - i)));
  }
  return hash.Finish();
}

TEST(SdkHash, PiecesOfAnySizeAtAnyAddress) {
  std::vector<uint8_t> input = Input(8193);
  const Vector& expected = kVectors[12];
  ASSERT_EQ(expected.size, input.size());
  for (const size_t offset : {0, 1, 2, 3}) {
    std::vector<uint8_t> moved(offset);
    moved.insert(moved.end(), input.begin(), input.end());
    const std::span<const uint8_t> bytes = std::span<const uint8_t>(moved).subspan(offset);
    for (const size_t piece : {1, 4, 63, 64, 65, 128, 1000, 1024, 8193}) {
      EXPECT_EQ(Hex(InPieces<Sha256>(bytes, piece)), expected.sha256) << offset << ' ' << piece;
      EXPECT_EQ(Hex(InPieces<Blake3>(bytes, piece)), expected.blake3) << offset << ' ' << piece;
    }
  }
}

}  // namespace
}  // namespace zkvm
