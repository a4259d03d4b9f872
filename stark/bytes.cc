#include "stark/bytes.h"

#include <algorithm>

namespace zkvm {
namespace {

// REQUIRES: bytes.size() >= sizeof(Integer).
template <typename Integer>
Integer LittleEndian(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(Integer); ++i) value |= uint64_t{bytes[i]} << (8 * i);
  return static_cast<Integer>(value);
}

template <typename Integer>
bool ReadInteger(std::span<const uint8_t>* bytes, Integer* value) {
  if (bytes->size() < sizeof(Integer)) return false;
  *value = LittleEndian<Integer>(*bytes);
  *bytes = bytes->subspan(sizeof(Integer));
  return true;
}

// REQUIRES: bytes.size() >= 4.
bool DecodeFp(std::span<const uint8_t> bytes, Fp* value) {
  const uint32_t word = LittleEndian<uint32_t>(bytes);
  if (!Fp::IsWord(word)) return false;
  *value = Fp::FromWord(word);
  return true;
}

// REQUIRES: bytes.size() >= 20.
bool DecodeFp5(std::span<const uint8_t> bytes, Fp5* value) {
  for (size_t i = 0; i < Fp5::kDegree; ++i) {
    if (!DecodeFp(bytes.subspan(4 * i), &value->c[i])) return false;
  }
  return true;
}

// Elements of sizeof(T) bytes each, decoded one by one.
template <typename T, typename Decode>
bool ReadElements(std::span<const uint8_t>* bytes, size_t count, std::vector<T>* values,
                  Decode decode) {
  if (count > bytes->size() / sizeof(T)) return false;
  values->resize(count);
  for (size_t i = 0; i < count; ++i) {
    if (!decode(bytes->subspan(sizeof(T) * i), &(*values)[i])) return false;
  }
  *bytes = bytes->subspan(sizeof(T) * count);
  return true;
}

}  // namespace

bool ByteReader::ReadU8(uint8_t* value) { return ReadInteger(&bytes_, value); }
bool ByteReader::ReadU16(uint16_t* value) { return ReadInteger(&bytes_, value); }
bool ByteReader::ReadU32(uint32_t* value) { return ReadInteger(&bytes_, value); }
bool ByteReader::ReadU64(uint64_t* value) { return ReadInteger(&bytes_, value); }

bool ByteReader::ReadBytes(std::span<uint8_t> bytes) {
  if (bytes_.size() < bytes.size()) return false;
  std::copy_n(bytes_.begin(), bytes.size(), bytes.begin());
  bytes_ = bytes_.subspan(bytes.size());
  return true;
}

bool ByteReader::ReadFp(Fp* value) {
  if (bytes_.size() < sizeof(Fp) || !DecodeFp(bytes_, value)) return false;
  bytes_ = bytes_.subspan(sizeof(Fp));
  return true;
}

bool ByteReader::ReadFp5(Fp5* value) {
  if (bytes_.size() < sizeof(Fp5) || !DecodeFp5(bytes_, value)) return false;
  bytes_ = bytes_.subspan(sizeof(Fp5));
  return true;
}

bool ByteReader::ReadU32s(size_t count, std::vector<uint32_t>* values) {
  return ReadElements(&bytes_, count, values, [](std::span<const uint8_t> bytes, uint32_t* value) {
    *value = LittleEndian<uint32_t>(bytes);
    return true;
  });
}

bool ByteReader::ReadFps(size_t count, std::vector<Fp>* values) {
  return ReadElements(&bytes_, count, values, DecodeFp);
}

bool ByteReader::ReadFp5s(size_t count, std::vector<Fp5>* values) {
  return ReadElements(&bytes_, count, values, DecodeFp5);
}

}  // namespace zkvm
