// Byte strings of the proof format: little-endian integers, field elements as wire words (the
// Montgomery word of Fp, LE32, always < p; protocol.md, section 1).
#ifndef ZKVM_STARK_BYTES_H_
#define ZKVM_STARK_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "stark/field/fp.h"
#include "stark/field/fp5.h"

namespace zkvm {

class ByteWriter {
 public:
  void WriteU8(uint8_t value) { bytes_.push_back(value); }
  void WriteU16(uint16_t value) { WriteLittleEndian(value, 2); }
  void WriteU32(uint32_t value) { WriteLittleEndian(value, 4); }
  void WriteU64(uint64_t value) { WriteLittleEndian(value, 8); }
  void WriteBytes(std::span<const uint8_t> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void WriteFp(Fp value) { WriteU32(value.word()); }
  void WriteFp5(const Fp5& value) {
    for (const Fp coordinate : value.c) WriteFp(coordinate);
  }
  void WriteFps(std::span<const Fp> values) {
    for (const Fp value : values) WriteFp(value);
  }
  void WriteFp5s(std::span<const Fp5> values) {
    for (const Fp5& value : values) WriteFp5(value);
  }

  void Reserve(size_t size) { bytes_.reserve(size); }
  size_t size() const { return bytes_.size(); }
  std::span<const uint8_t> bytes() const { return bytes_; }
  std::vector<uint8_t> Take() { return std::exchange(bytes_, {}); }

 private:
  void WriteLittleEndian(uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }

  std::vector<uint8_t> bytes_;
};

// Reads hostile bytes. Every read returns false, and consumes nothing, when fewer bytes are left
// than it needs or when a field word is >= p; the outputs are then unspecified. No read allocates
// more than a constant times the bytes that are left.
class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  size_t left() const { return bytes_.size(); }

  [[nodiscard]] bool ReadU8(uint8_t* value);
  [[nodiscard]] bool ReadU16(uint16_t* value);
  [[nodiscard]] bool ReadU32(uint32_t* value);
  [[nodiscard]] bool ReadU64(uint64_t* value);
  // Fills `bytes`.
  [[nodiscard]] bool ReadBytes(std::span<uint8_t> bytes);
  [[nodiscard]] bool ReadFp(Fp* value);
  [[nodiscard]] bool ReadFp5(Fp5* value);
  // Replace *values by `count` integers or elements. `count` may be any number: it is compared
  // with the bytes left before anything is allocated.
  [[nodiscard]] bool ReadU32s(size_t count, std::vector<uint32_t>* values);
  [[nodiscard]] bool ReadFps(size_t count, std::vector<Fp>* values);
  [[nodiscard]] bool ReadFp5s(size_t count, std::vector<Fp5>* values);

 private:
  std::span<const uint8_t> bytes_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_BYTES_H_
