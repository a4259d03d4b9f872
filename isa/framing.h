// Byte strings in words: [length in bytes] [bytes, little-endian, the last word padded with zeros].
// The private input is presented to the guest like this, and the guest library leaves its standard
// output in the journal like this.
#ifndef ZKVM_ISA_FRAMING_H_
#define ZKVM_ISA_FRAMING_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace zkvm {

// REQUIRES: bytes.size() < 2^32.
std::vector<uint32_t> FrameBytes(std::span<const uint8_t> bytes);

// The bytes that `words` frame. Nothing if the length word does not match the number of words or
// the padding is not zero: every byte string has exactly one encoding.
std::optional<std::vector<uint8_t>> JournalBytes(std::span<const uint32_t> words);

}  // namespace zkvm

#endif  // ZKVM_ISA_FRAMING_H_
