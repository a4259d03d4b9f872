#include "stark/bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace zkvm {
namespace {

TEST(Bytes, IntegersAreLittleEndian) {
  ByteWriter writer;
  writer.WriteU8(0x01);
  writer.WriteU16(0x0302);
  writer.WriteU32(0x07060504);
  writer.WriteU64(0x0f0e0d0c0b0a0908);
  const std::vector<uint8_t> bytes = writer.Take();
  ASSERT_EQ(bytes.size(), 15U);
  for (size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], i + 1);
  EXPECT_EQ(writer.size(), 0U);

  ByteReader reader(bytes);
  uint8_t u8;
  uint16_t u16;
  uint32_t u32;
  uint64_t u64;
  ASSERT_TRUE(reader.ReadU8(&u8) && reader.ReadU16(&u16) && reader.ReadU32(&u32) &&
              reader.ReadU64(&u64));
  EXPECT_EQ(u8, 0x01);
  EXPECT_EQ(u16, 0x0302);
  EXPECT_EQ(u32, 0x07060504U);
  EXPECT_EQ(u64, 0x0f0e0d0c0b0a0908U);
  EXPECT_EQ(reader.left(), 0U);
}

TEST(Bytes, FieldElementsRoundTripAsWireWords) {
  std::vector<Fp> base = {Fp(0), Fp(1), Fp(-1), Fp(12345)};
  std::vector<Fp5> extension = {Fp5({Fp(1), Fp(2), Fp(3), Fp(-4), Fp(5)}), Fp5(7)};
  ByteWriter writer;
  writer.WriteFps(base);
  writer.WriteFp5s(extension);
  writer.WriteFp(Fp(1));
  writer.WriteFp5(extension[0]);
  ASSERT_EQ(writer.size(), 4 * 4 + 2 * 20 + 4 + 20U);
  // One is 2^32 mod p in Montgomery form.
  const std::array<uint8_t, 4> one = {0xfe, 0xff, 0xff, 0x0f};
  EXPECT_TRUE(std::equal(one.begin(), one.end(), writer.bytes().begin() + 4));

  ByteReader reader(writer.bytes());
  std::vector<Fp> base_read;
  std::vector<Fp5> extension_read;
  Fp fp;
  Fp5 fp5;
  ASSERT_TRUE(reader.ReadFps(base.size(), &base_read) &&
              reader.ReadFp5s(extension.size(), &extension_read) && reader.ReadFp(&fp) &&
              reader.ReadFp5(&fp5));
  EXPECT_EQ(base_read, base);
  EXPECT_EQ(extension_read, extension);
  EXPECT_EQ(fp, Fp(1));
  EXPECT_EQ(fp5, extension[0]);
  EXPECT_EQ(reader.left(), 0U);
}

TEST(Bytes, WordsAtLeastTheModulusAreRejected) {
  for (const uint32_t word : {Fp::kModulus, Fp::kModulus + 1, uint32_t{0xffffffff}}) {
    for (size_t position = 0; position < 5; ++position) {
      ByteWriter writer;
      for (size_t i = 0; i < 5; ++i) writer.WriteU32(i == position ? word : Fp::kModulus - 1);
      ByteReader reader(writer.bytes());
      Fp5 fp5;
      std::vector<Fp> fps;
      std::vector<Fp5> fp5s;
      EXPECT_FALSE(reader.ReadFp5(&fp5));
      EXPECT_FALSE(reader.ReadFps(5, &fps));
      EXPECT_FALSE(reader.ReadFp5s(1, &fp5s));
      EXPECT_EQ(reader.left(), 20U);
      Fp fp;
      EXPECT_EQ(reader.ReadFp(&fp), position != 0);
    }
  }
}

TEST(Bytes, TruncatedInputFailsAndConsumesNothing) {
  const std::vector<uint8_t> zeros(19);
  for (size_t size = 0; size < zeros.size(); ++size) {
    const auto prefix = std::span<const uint8_t>(zeros).first(size);
    ByteReader reader(prefix);
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    Fp fp;
    Fp5 fp5;
    std::vector<uint8_t> bytes(size + 1);
    EXPECT_EQ(ByteReader(prefix).ReadU8(&u8), size >= 1);
    EXPECT_EQ(ByteReader(prefix).ReadU16(&u16), size >= 2);
    EXPECT_EQ(ByteReader(prefix).ReadU32(&u32), size >= 4);
    EXPECT_EQ(ByteReader(prefix).ReadFp(&fp), size >= 4);
    EXPECT_EQ(ByteReader(prefix).ReadU64(&u64), size >= 8);
    EXPECT_FALSE(reader.ReadFp5(&fp5));
    EXPECT_FALSE(reader.ReadBytes(bytes));
    EXPECT_EQ(reader.left(), size);
    bytes.pop_back();
    EXPECT_TRUE(reader.ReadBytes(bytes));
    EXPECT_EQ(reader.left(), 0U);
  }
}

TEST(Bytes, HugeCountsAreRefusedBeforeAllocation) {
  const std::vector<uint8_t> zeros(80);
  ByteReader reader(zeros);
  std::vector<uint32_t> u32s;
  std::vector<Fp> fps;
  std::vector<Fp5> fp5s;
  for (const size_t count : {size_t{21}, size_t{1} << 62, std::numeric_limits<size_t>::max()}) {
    EXPECT_FALSE(reader.ReadU32s(count, &u32s));
    EXPECT_FALSE(reader.ReadFps(count, &fps));
    EXPECT_FALSE(reader.ReadFp5s(count, &fp5s));
  }
  EXPECT_EQ(u32s.capacity() + fps.capacity() + fp5s.capacity(), 0U);
  EXPECT_FALSE(reader.ReadFp5s(5, &fp5s));
  EXPECT_TRUE(reader.ReadU32s(20, &u32s));
  EXPECT_EQ(u32s.size(), 20U);
}

}  // namespace
}  // namespace zkvm
