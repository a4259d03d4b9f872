// Writes ELF32 executables for tests, and reaches into them to break them.
#ifndef ZKVM_TESTS_SUPPORT_ELF_BUILDER_H_
#define ZKVM_TESTS_SUPPORT_ELF_BUILDER_H_

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "isa/program.h"

namespace zkvm {

struct ElfSegment {
  uint32_t address;
  std::vector<uint8_t> bytes;
  uint32_t memory_size;
  uint32_t flags = PF_R | PF_W | PF_X;
};

// A section that is not loaded.
struct ElfSection {
  std::string name;
  std::vector<uint8_t> bytes;
};

inline std::vector<uint8_t> BytesOf(const std::vector<uint32_t>& words) {
  std::vector<uint8_t> bytes(words.size() * 4);
  if (!words.empty()) std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

// A valid file, unless the segments and symbols say otherwise: header, program headers, segments
// (at page-congruent offsets, as Linux wants them), then sections: none, symbols, names,
// `extra`.
inline std::vector<uint8_t> BuildElf(uint32_t entry, const std::vector<ElfSegment>& segments,
                                     const std::vector<Symbol>& symbols = {},
                                     const std::vector<ElfSection>& extra = {}) {
  std::vector<uint8_t> file(sizeof(Elf32_Ehdr) + segments.size() * sizeof(Elf32_Phdr));
  const auto append = [&](const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    file.insert(file.end(), bytes, bytes + size);
  };

  std::vector<Elf32_Phdr> headers;
  for (const ElfSegment& s : segments) {
    while (file.size() % 4096 != s.address % 4096) file.push_back(0);
    headers.push_back({.p_type = PT_LOAD,
                       .p_offset = static_cast<uint32_t>(file.size()),
                       .p_vaddr = s.address,
                       .p_paddr = s.address,
                       .p_filesz = static_cast<uint32_t>(s.bytes.size()),
                       .p_memsz = s.memory_size,
                       .p_flags = s.flags,
                       .p_align = 4096});
    append(s.bytes.data(), s.bytes.size());
  }

  std::string names(1, '\0');
  std::vector<Elf32_Sym> table(1, Elf32_Sym{});
  for (const Symbol& s : symbols) {
    table.push_back({.st_name = static_cast<uint32_t>(names.size()),
                     .st_value = s.address,
                     .st_size = s.size,
                     .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC),
                     .st_other = 0,
                     .st_shndx = 1});
    names += s.name + '\0';
  }
  std::vector<Elf32_Shdr> sections(3, Elf32_Shdr{});
  for (const ElfSection& s : extra) {
    sections.push_back({.sh_name = static_cast<uint32_t>(names.size()),
                        .sh_type = SHT_PROGBITS,
                        .sh_flags = 0,
                        .sh_addr = 0,
                        .sh_offset = static_cast<uint32_t>(file.size()),
                        .sh_size = static_cast<uint32_t>(s.bytes.size()),
                        .sh_link = 0,
                        .sh_info = 0,
                        .sh_addralign = 1,
                        .sh_entsize = 0});
    append(s.bytes.data(), s.bytes.size());
    names += s.name + '\0';
  }
  sections[1].sh_type = SHT_SYMTAB;
  sections[1].sh_offset = static_cast<uint32_t>(file.size());
  sections[1].sh_size = static_cast<uint32_t>(table.size() * sizeof(Elf32_Sym));
  sections[1].sh_link = 2;
  append(table.data(), sections[1].sh_size);
  sections[2].sh_type = SHT_STRTAB;
  sections[2].sh_offset = static_cast<uint32_t>(file.size());
  sections[2].sh_size = static_cast<uint32_t>(names.size());
  append(names.data(), names.size());

  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_RISCV;
  header.e_version = EV_CURRENT;
  header.e_entry = entry;
  header.e_phoff = sizeof(Elf32_Ehdr);
  header.e_shoff = static_cast<uint32_t>(file.size());
  header.e_ehsize = sizeof(Elf32_Ehdr);
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = static_cast<uint16_t>(segments.size());
  header.e_shentsize = sizeof(Elf32_Shdr);
  header.e_shnum = static_cast<uint16_t>(sections.size());
  header.e_shstrndx = extra.empty() ? SHN_UNDEF : 2;
  append(sections.data(), sections.size() * sizeof(Elf32_Shdr));
  std::memcpy(file.data(), &header, sizeof header);
  if (!headers.empty()) {
    std::memcpy(file.data() + sizeof header, headers.data(), headers.size() * sizeof(Elf32_Phdr));
  }
  return file;
}

// Changes one structure of a file in place: Edit<Elf32_Ehdr>(file, 0, [](auto& h) { ... }).
template <class T, class Change>
void Edit(std::vector<uint8_t>& file, size_t offset, const Change& change) {
  T value;
  std::memcpy(&value, file.data() + offset, sizeof value);
  change(value);
  std::memcpy(file.data() + offset, &value, sizeof value);
}

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_ELF_BUILDER_H_
