#include "stark/hash/blake3_lanes.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <vector>

#include "stark/bytes.h"
#include "stark/hash/domain.h"
#include "stark/simd.h"

namespace zkvm {
namespace {

class Blake3LanesTest : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (GetParam() > BestIsa()) GTEST_SKIP() << "no such instructions on this processor";
    SetActiveIsa(GetParam());
  }
  void TearDown() override { SetActiveIsa(BestIsa()); }
};

// Random columns, each at its own alignment.
class Columns {
 public:
  Columns(size_t width, size_t rows) {
    std::minstd_rand random(static_cast<uint32_t>(width * 1000 + rows));
    words_.resize(width * (rows + 3));
    for (uint32_t& word : words_) word = static_cast<uint32_t>(random()) * 2654435761U;
    for (size_t j = 0; j < width; ++j) columns_.push_back(&words_[j * (rows + 3) + j % 3]);
  }

  const std::vector<const uint32_t*>& columns() const { return columns_; }
  Digest Expected(const Blake3Words& key, size_t row) const {
    ByteWriter message;
    for (const uint32_t* column : columns_) message.WriteU32(column[row]);
    return Blake3(key).Update(message.bytes()).Finish();
  }

 private:
  std::vector<uint32_t> words_;
  std::vector<const uint32_t*> columns_;
};

void CheckHashes(size_t width, size_t first, size_t count) {
  constexpr uint32_t kUntouched = 0xdeadbeef;
  const Columns columns(width, first + count);
  const Blake3Words& key = DomainKey(Domain::kLeaf);
  const size_t stride = count + 5;
  std::vector<uint32_t> words(8 * stride, kUntouched);
  const DigestColumns digests = {words.data(), stride};
  HashColumns(key, columns.columns(), first, count, digests);
  for (size_t i = 0; i < count; ++i) {
    ASSERT_EQ(digests.At(i), columns.Expected(key, first + i)) << width << " columns, row " << i;
  }
  for (size_t w = 0; w < 8; ++w) {
    for (size_t i = count; i < stride; ++i) ASSERT_EQ(digests.column(w)[i], kUntouched);
  }
}

TEST_P(Blake3LanesTest, EveryWidthOfABlockOrTwo) {
  for (size_t width = 1; width <= 40; ++width) CheckHashes(width, 0, 17);
}

// Around the ends of blocks, chunks and subtrees.
TEST_P(Blake3LanesTest, WideRows) {
  for (const size_t width :
       std::initializer_list<size_t>{255, 256,  257,  271,  272,  273,  511,  512,  513,  768, 769,
                                     900, 1024, 1025, 1280, 1536, 1792, 2047, 2048, 2049, 3000}) {
    CheckHashes(width, 1, 19);
  }
}

TEST_P(Blake3LanesTest, AnyNumberOfRows) {
  for (size_t count = 0; count <= 40; ++count) CheckHashes(20, 2, count);
  for (const size_t count : std::initializer_list<size_t>{511, 512, 513, 1024, 1537}) {
    CheckHashes(3, 0, count);
    CheckHashes(260, 5, count);
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, Blake3LanesTest,
                         testing::Values(Isa::kScalar, Isa::kAvx2, Isa::kAvx512));

}  // namespace
}  // namespace zkvm
