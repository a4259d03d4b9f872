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
inline constexpr uint32_t kMinImageBase = 0x1000;      // below: null pointers, always a fault

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

  // The model of the tensor calls (precompiles/tensor/descriptor.h), which is no part of memory:
  // whole descriptors, and the data that they name by offset. Nothing else about them is checked.
  std::vector<uint8_t> model_descriptors;
  std::vector<uint8_t> model_data;

  std::vector<Symbol> symbols;  // functions, by strictly ascending address

  // The function that `address` lies in, or null. A symbol of size 0 reaches up to the next one.
  const Symbol* SymbolAt(uint32_t address) const;
  // "name+0x1c", or "?" outside every function.
  std::string Describe(uint32_t address) const;
};

}  // namespace zkvm

#endif  // ZKVM_ISA_PROGRAM_H_
