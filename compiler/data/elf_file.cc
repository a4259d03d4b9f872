#include "compiler/data/elf_file.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace zkvm::compiler {
namespace {

using Bytes = std::span<const uint8_t>;

// Empty where the file ends before.
Bytes Part(Bytes file, uint64_t offset, uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return {};
  return file.subspan(offset, size);
}

template <class T>
std::vector<T> Table(Bytes bytes) {
  std::vector<T> table(bytes.size() / sizeof(T));
  if (!table.empty()) std::memcpy(table.data(), bytes.data(), table.size() * sizeof(T));
  return table;
}

// The zero-terminated string at `offset`; empty where there is none.
std::string_view StringAt(Bytes strings, uint32_t offset) {
  if (offset >= strings.size()) return {};
  const Bytes rest =
      strings.subspan(offset, std::min<size_t>(strings.size() - offset, ElfFile::kMaxName + 1));
  const auto end = std::ranges::find(rest, 0);
  if (end == rest.end()) return {};
  return {reinterpret_cast<const char*>(rest.data()), static_cast<size_t>(end - rest.begin())};
}

}  // namespace

ElfFile::ElfFile(std::span<const uint8_t> bytes) {
  Elf32_Ehdr header;
  if (bytes.size() < sizeof(header)) return;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS32 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_shentsize != sizeof(Elf32_Shdr)) {
    return;
  }
  const auto table =
      Table<Elf32_Shdr>(Part(bytes, header.e_shoff, uint64_t{header.e_shnum} * sizeof(Elf32_Shdr)));
  const auto contents = [&](const Elf32_Shdr& s) {
    return s.sh_type == SHT_NOBITS ? Bytes() : Part(bytes, s.sh_offset, s.sh_size);
  };
  const Bytes names =
      header.e_shstrndx < table.size() ? contents(table[header.e_shstrndx]) : Bytes();
  for (const Elf32_Shdr& s : table) {
    sections_.push_back({StringAt(names, s.sh_name), s.sh_type, s.sh_link, contents(s)});
  }
  ReadSymbols();
}

void ElfFile::ReadSymbols() {
  const auto table = std::ranges::find(sections_, uint32_t{SHT_SYMTAB}, &Header::type);
  if (table == sections_.end() || table->link >= sections_.size()) return;
  const Bytes names = sections_[table->link].contents;
  for (const Elf32_Sym& s : Table<Elf32_Sym>(table->contents)) {
    const int type = ELF32_ST_TYPE(s.st_info);
    if ((type != STT_FUNC && type != STT_OBJECT) || s.st_shndx == SHN_UNDEF) continue;
    const std::string_view name = StringAt(names, s.st_name);
    if (!name.empty()) symbols_.push_back({name, s.st_value, s.st_size});
  }
}

std::optional<std::span<const uint8_t>> ElfFile::Section(std::string_view name) const {
  const auto found = std::ranges::find(sections_, name, &Header::name);
  if (found == sections_.end()) return std::nullopt;
  return found->contents;
}

const ElfSymbol* ElfFile::Find(std::string_view name) const {
  const auto found = std::ranges::find(symbols_, name, &ElfSymbol::name);
  return found == symbols_.end() ? nullptr : &*found;
}

}  // namespace zkvm::compiler
