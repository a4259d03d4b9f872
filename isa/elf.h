// Reads a guest from an ELF file.
#ifndef ZKVM_ISA_ELF_H_
#define ZKVM_ISA_ELF_H_

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "isa/program.h"

namespace zkvm {

// One line, without a full stop: what is wrong with the file and, where it helps, what to do.
struct ElfError {
  std::string message;
};

// Loads a statically linked little-endian ELF32 executable for RV32IM (soft float).
//
// Text is the executable segments, which must lie side by side; every word of it is decoded, code
// or not. The image is everything between the lowest segment and the last byte that the file holds;
// gaps inside are zero and at most kMaxGap bytes together. What follows (bss, heap, stack) is zero
// memory, so a segment whose memory exceeds its file part must be the last one, up to such gaps.
//
// The model is the sections kDescriptorSection and kModelDataSection, which are not loaded (no
// SHF_ALLOC, address 0). A file without section headers, or without these two, has an empty one.
//
// The bytes are untrusted: memory and time are proportional to their number.
std::variant<Program, ElfError> LoadElf(std::span<const uint8_t> file);

inline constexpr uint32_t kMaxGap = 1 << 20;
inline constexpr char kDescriptorSection[] = ".zkml.desc";
inline constexpr char kModelDataSection[] = ".zkml.data";
inline constexpr uint32_t kDescriptorBytes = 256;

}  // namespace zkvm

#endif  // ZKVM_ISA_ELF_H_
