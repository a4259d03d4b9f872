// A loaded guest: what the key commits to and the executor starts from.
#ifndef ZKVM_ISA_PROGRAM_H_
#define ZKVM_ISA_PROGRAM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "isa/instruction.h"

namespace zkvm {

// Memory map (docs/protocol.md, sections 8.4 and 9). Word addresses are byte addresses / 4.
//   [image_base, zero_base)   text, rodata and data: initial words in the key
//   [zero_base, kMemoryEnd)   zero-initialised: bss, heap, stack
inline constexpr uint32_t kMemoryEnd = 0x3FFE0000;     // bytes; every access lies below
inline constexpr uint32_t kMaxZeroBaseWord = 1 << 27;  // zero_base / 4 at most

struct Symbol {
  uint32_t address;
  uint32_t size;
  std::string name;  // demangled
};

struct Program {
  uint32_t entry = 0;

  uint32_t text_base = 0;         // pc of text[0]
  std::vector<Instruction> text;  // consecutive pcs, 4 bytes apart

  uint32_t image_base = 0;      // byte address of image[0], word aligned
  std::vector<uint32_t> image;  // all words of [image_base, zero_base)
  uint32_t zero_base() const { return image_base + 4 * static_cast<uint32_t>(image.size()); }

  std::vector<Symbol> symbols;  // functions, by ascending address
};

}  // namespace zkvm

#endif  // ZKVM_ISA_PROGRAM_H_
