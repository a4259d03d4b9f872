// Sections and symbols of a 32-bit little-endian ELF file beyond what is loaded from it
// (isa/elf.h): what the compiler leaves for its reports.
#ifndef ZKVM_COMPILER_DATA_ELF_FILE_H_
#define ZKVM_COMPILER_DATA_ELF_FILE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace zkvm::compiler {

struct ElfSymbol {
  std::string_view name;  // not demangled
  uint32_t address = 0, size = 0;
};

// An executable or an object file. Any bytes may come in: what cannot be read is not there,
// nor are names of more than kMaxName bytes.
class ElfFile {
 public:
  static constexpr size_t kMaxName = 4096;

  // `bytes` outlive it.
  explicit ElfFile(std::span<const uint8_t> bytes);

  // The contents of the first section of that name.
  std::optional<std::span<const uint8_t>> Section(std::string_view name) const;

  // Functions and objects that are defined in the file, in its order.
  const std::vector<ElfSymbol>& symbols() const { return symbols_; }
  // The first of that name, or null.
  const ElfSymbol* Find(std::string_view name) const;

 private:
  struct Header {
    std::string_view name;
    uint32_t type = 0, link = 0;
    std::span<const uint8_t> contents;
  };
  void ReadSymbols();

  std::vector<Header> sections_;
  std::vector<ElfSymbol> symbols_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_ELF_FILE_H_
