#include "stark/hash/blake3_lanes.h"

#include "stark/hash/blake3_lanes-inl.h"
#include "stark/simd.h"

namespace zkvm {
namespace {

constexpr Kernel<HashColumnsFunction> kHashColumns = {HashColumnsScalar, HashColumnsAvx2,
                                                      HashColumnsAvx512};

}  // namespace

Digest DigestColumns::At(size_t i) const {
  Blake3Words words;
  for (size_t w = 0; w < words.size(); ++w) words[w] = column(w)[i];
  return WordsToDigest(words);
}

void HashColumns(const Blake3Words& key, std::span<const uint32_t* const> columns, size_t first,
                 size_t count, DigestColumns digests) {
  const size_t done =
      kHashColumns.Active()(key, columns.data(), columns.size(), first, count, digests);
  if (done < count) {
    HashColumnsScalar(key, columns.data(), columns.size(), first + done, count - done,
                      digests.From(done));
  }
}

}  // namespace zkvm
