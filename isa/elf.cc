#include "isa/elf.h"

#include <cxxabi.h>
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace zkvm {
namespace {

using Bytes = std::span<const uint8_t>;
using MaybeError = std::optional<ElfError>;

static_assert(std::endian::native == std::endian::little);

template <class... Args>
ElfError Error(fmt::format_string<Args...> format, Args&&... args) {
  return {fmt::format(format, std::forward<Args>(args)...)};
}

// `size` bytes at `offset`, unless the file ends before.
std::optional<Bytes> Slice(Bytes file, uint64_t offset, uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) return std::nullopt;
  return file.subspan(offset, size);
}

// Reads a table of fixed-size entries.
template <class T>
std::optional<std::vector<T>> ReadTable(Bytes file, uint64_t offset, uint64_t count) {
  const std::optional<Bytes> bytes = Slice(file, offset, count * sizeof(T));
  if (!bytes) return std::nullopt;
  std::vector<T> table(count);
  if (count != 0) std::memcpy(table.data(), bytes->data(), bytes->size());
  return table;
}

MaybeError CheckHeader(Bytes file, Elf32_Ehdr& header) {
  if (file.size() < EI_NIDENT || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) {
    return Error("not an ELF file");
  }
  if (file[EI_CLASS] != ELFCLASS32) return Error("not a 32-bit ELF file: build for rv32im");
  if (file[EI_DATA] != ELFDATA2LSB) return Error("not a little-endian ELF file");
  if (file.size() < sizeof header) return Error("truncated: the file ends in the ELF header");
  std::memcpy(&header, file.data(), sizeof header);
  if (file[EI_VERSION] != EV_CURRENT || header.e_version != EV_CURRENT) {
    return Error("unknown ELF version {}", header.e_version);
  }
  if (header.e_machine != EM_RISCV) {
    return Error("built for another machine (ELF machine {}, RISC-V is {})", header.e_machine,
                 EM_RISCV);
  }
  if (header.e_type == ET_REL) return Error("an object file: link it first");
  if (header.e_type == ET_DYN) return Error("position independent: link it with -static -no-pie");
  if (header.e_type != ET_EXEC) return Error("not an executable (ELF type {})", header.e_type);
  if ((header.e_flags & EF_RISCV_RVC) != 0) {
    return Error("contains compressed instructions: build with -march=rv32im");
  }
  if ((header.e_flags & EF_RISCV_FLOAT_ABI) != 0) {
    return Error("uses floating-point registers: build with -mabi=ilp32");
  }
  if (header.e_flags != 0) return Error("unknown ELF flags {:#x}", header.e_flags);
  return std::nullopt;
}

// The loadable segments by ascending address, each checked by itself and against its neighbours.
MaybeError ReadSegments(Bytes file, const Elf32_Ehdr& header, std::vector<Elf32_Phdr>& segments) {
  if (header.e_phnum == 0) return Error("no program headers: link it first");
  if (header.e_phentsize != sizeof(Elf32_Phdr)) {
    return Error("program headers of {} bytes, not {}", header.e_phentsize, sizeof(Elf32_Phdr));
  }
  const auto table = ReadTable<Elf32_Phdr>(file, header.e_phoff, header.e_phnum);
  if (!table) return Error("truncated: the file ends in the program headers");

  for (const Elf32_Phdr& s : *table) {
    if (s.p_type == PT_INTERP || s.p_type == PT_DYNAMIC) {
      return Error("dynamically linked: link it with -static -no-pie");
    }
    if (s.p_type != PT_LOAD || s.p_memsz == 0) continue;
    if (s.p_filesz > s.p_memsz) {
      return Error("the segment at {:#x} has more bytes in the file than in memory", s.p_vaddr);
    }
    if (!Slice(file, s.p_offset, s.p_filesz)) {
      return Error("truncated: the file ends inside the segment at {:#x}", s.p_vaddr);
    }
    if (s.p_vaddr % 4 != 0) return Error("the segment at {:#x} is not word aligned", s.p_vaddr);
    if (s.p_vaddr < kMinImageBase) {
      return Error("the segment at {:#x} lies below {:#x}", s.p_vaddr, kMinImageBase);
    }
    if (uint64_t{s.p_vaddr} + s.p_memsz > kMemoryEnd) {
      return Error("the segment at {:#x} of {} bytes exceeds memory, which ends at {:#x}",
                   s.p_vaddr, s.p_memsz, kMemoryEnd);
    }
    segments.push_back(s);
  }
  if (segments.empty()) return Error("no loadable segment");

  std::ranges::sort(segments, {}, &Elf32_Phdr::p_vaddr);
  for (size_t i = 1; i < segments.size(); ++i) {
    const Elf32_Phdr& below = segments[i - 1];
    if (below.p_vaddr + below.p_memsz > segments[i].p_vaddr) {
      return Error("the segments at {:#x} and {:#x} overlap", below.p_vaddr, segments[i].p_vaddr);
    }
  }
  return std::nullopt;
}

MaybeError LoadImage(Bytes file, const std::vector<Elf32_Phdr>& segments, Program& program) {
  program.image_base = segments.front().p_vaddr;
  uint64_t end = 0;
  uint64_t backed = 0;
  for (const Elf32_Phdr& s : segments) {
    if (s.p_filesz != 0) end = uint64_t{s.p_vaddr} + s.p_filesz;
    backed += s.p_filesz;
  }
  if (backed == 0) return Error("no segment has contents");
  if (backed > file.size()) return Error("segments share bytes of the file");
  if (end - program.image_base > backed + kMaxGap) {
    return Error(
        "the segments lie too far apart: place text, rodata and data side by side, and "
        "bss above them");
  }
  if (end > uint64_t{kMaxZeroBaseWord} * 4) {
    return Error("initialised data ends at {:#x}, above the limit {:#x}", end,
                 uint64_t{kMaxZeroBaseWord} * 4);
  }

  program.image.assign((end - program.image_base + 3) / 4, 0);
  for (const Elf32_Phdr& s : segments) {
    if (s.p_filesz == 0) continue;
    auto* at = reinterpret_cast<uint8_t*>(program.image.data()) + (s.p_vaddr - program.image_base);
    std::memcpy(at, file.data() + s.p_offset, s.p_filesz);
  }
  return std::nullopt;
}

// REQUIRES: the image is loaded.
MaybeError DecodeText(const std::vector<Elf32_Phdr>& segments, Program& program) {
  uint32_t begin = 0;
  uint32_t end = 0;
  for (const Elf32_Phdr& s : segments) {
    if ((s.p_flags & PF_X) == 0 || s.p_filesz == 0) continue;
    if (end == 0) {
      begin = s.p_vaddr;
    } else if (s.p_vaddr != end) {
      return Error("the executable segments at {:#x} and {:#x} do not lie side by side", begin,
                   s.p_vaddr);
    }
    end = s.p_vaddr + (s.p_filesz + 3) / 4 * 4;
  }
  if (end == 0) return Error("no executable segment");

  program.text_base = begin;
  program.text.reserve((end - begin) / 4);
  for (uint32_t pc = begin; pc != end; pc += 4) {
    program.text.push_back(Decode(program.image[(pc - program.image_base) / 4], pc));
  }
  return std::nullopt;
}

// Demangles C++ names. A back reference at most doubles the text so far and a pack expansion at
// most multiplies it by the length of the name. Names whose bound is too large, and all names once
// the text of the others is too much, stay as they are: crafted ones would exhaust memory.
class Demangler {
 public:
  std::string operator()(const char* name) {
    if (std::strncmp(name, "_Z", 2) != 0 || total_ > kMaxTotal || Bound(name) > kMaxName) {
      return name;
    }
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> demangled(
        abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
    if (demangled == nullptr) return name;
    std::string text = demangled.get();
    total_ += text.size();
    return text;
  }

 private:
  static constexpr uint64_t kMaxName = 1 << 24;
  static constexpr uint64_t kMaxTotal = 1 << 24;

  // At least the length of the demangled name, or something above kMaxName.
  static uint64_t Bound(const char* name) {
    const uint64_t length = std::strlen(name);
    uint64_t bound = length;
    for (const char* c = name; *c != 0 && bound <= kMaxName; ++c) {
      if (IsBackReference(c)) bound *= 2;
      if (IsPackExpansion(c)) bound *= length;
    }
    return bound;
  }

  // S_, S0_ ... substitutions and T_, T0_ ... template parameters; anything alike counts as one.
  static bool IsBackReference(const char* c) {
    return (c[0] == 'S' || c[0] == 'T') &&
           (c[1] == '_' || (c[1] >= '0' && c[1] <= '9') || (c[1] >= 'A' && c[1] <= 'Z'));
  }
  static bool IsPackExpansion(const char* c) { return (c[0] == 'D' || c[0] == 's') && c[1] == 'p'; }

  uint64_t total_ = 0;
};

using Sections = std::vector<Elf32_Shdr>;

// A file without section headers has no sections.
MaybeError ReadSections(Bytes file, const Elf32_Ehdr& header, Sections& sections) {
  if (header.e_shoff == 0 || header.e_shnum == 0) return std::nullopt;
  if (header.e_shentsize != sizeof(Elf32_Shdr)) {
    return Error("section headers of {} bytes, not {}", header.e_shentsize, sizeof(Elf32_Shdr));
  }
  auto table = ReadTable<Elf32_Shdr>(file, header.e_shoff, header.e_shnum);
  if (!table) return Error("truncated: the file ends in the section headers");
  sections = std::move(*table);
  return std::nullopt;
}

// The bytes of the model section `name`; none if there is no such section.
MaybeError ReadModelSection(Bytes file, const Sections& sections, Bytes names,
                            std::string_view name, std::vector<uint8_t>& bytes) {
  const Elf32_Shdr* found = nullptr;
  for (const Elf32_Shdr& s : sections) {
    if (s.sh_type == SHT_NULL || s.sh_name >= names.size()) continue;
    // The names end in a zero, and so does `name`.
    const char* own_name = reinterpret_cast<const char*>(names.data()) + s.sh_name;
    if (std::strncmp(own_name, name.data(), name.size() + 1) != 0) continue;
    if (found != nullptr) return Error("two sections {}", name);
    found = &s;
  }
  if (found == nullptr) return std::nullopt;
  // Addresses in a section that is loaded would not be offsets.
  if (found->sh_type != SHT_PROGBITS || (found->sh_flags & SHF_ALLOC) != 0 || found->sh_addr != 0) {
    return Error("the section {} is to be loaded: link with the SDK's guest.ld", name);
  }
  const std::optional<Bytes> contents = Slice(file, found->sh_offset, found->sh_size);
  if (!contents) return Error("truncated: the file ends in the section {}", name);
  bytes.assign(contents->begin(), contents->end());
  return std::nullopt;
}

MaybeError ReadModel(Bytes file, const Elf32_Ehdr& header, const Sections& sections,
                     Program& program) {
  if (header.e_shstrndx == SHN_UNDEF || sections.empty()) return std::nullopt;
  if (header.e_shstrndx >= sections.size()) return Error("the sections have no names");
  const Elf32_Shdr& strings = sections[header.e_shstrndx];
  const std::optional<Bytes> names = Slice(file, strings.sh_offset, strings.sh_size);
  if (!names) return Error("truncated: the file ends in the section names");
  if (names->empty() || names->back() != 0) return Error("the section names do not end in a zero");
  if (MaybeError e =
          ReadModelSection(file, sections, *names, kDescriptorSection, program.model_descriptors)) {
    return e;
  }
  if (program.model_descriptors.size() % kDescriptorBytes != 0) {
    return Error("the section {} of {} bytes does not hold whole descriptors of {}",
                 kDescriptorSection, program.model_descriptors.size(), kDescriptorBytes);
  }
  return ReadModelSection(file, sections, *names, kModelDataSection, program.model_data);
}

// The functions of the symbol table; a stripped file has none.
MaybeError ReadSymbols(Bytes file, const Sections& sections, Program& program) {
  const auto table = std::ranges::find(sections, Elf32_Word{SHT_SYMTAB}, &Elf32_Shdr::sh_type);
  if (table == sections.end()) return std::nullopt;

  const auto symbols =
      ReadTable<Elf32_Sym>(file, table->sh_offset, table->sh_size / sizeof(Elf32_Sym));
  if (!symbols) return Error("truncated: the file ends in the symbol table");
  if (table->sh_link >= sections.size()) return Error("the symbol table has no names");
  const Elf32_Shdr& strings = sections[table->sh_link];
  const std::optional<Bytes> names = Slice(file, strings.sh_offset, strings.sh_size);
  if (!names) return Error("truncated: the file ends in the symbol names");
  if (names->empty() || names->back() != 0) return Error("the symbol names do not end in a zero");

  struct Candidate {
    uint32_t address;
    int rank;  // of several names of one address the lowest rank is kept
    uint32_t size;
    const char* name;
  };
  std::vector<Candidate> candidates;
  const uint32_t text_size = static_cast<uint32_t>(program.text.size()) * 4;
  for (const Elf32_Sym& s : *symbols) {
    const int type = ELF32_ST_TYPE(s.st_info);
    if (type != STT_FUNC && type != STT_NOTYPE) continue;
    if (s.st_shndx == SHN_UNDEF || s.st_shndx == SHN_ABS) continue;
    if (s.st_value - program.text_base >= text_size) continue;
    if (s.st_name >= names->size()) return Error("a symbol name lies outside the string table");
    const char* name = reinterpret_cast<const char*>(names->data()) + s.st_name;
    // "$x", ".L1" and their like are marks of the assembler.
    if (name[0] == 0 || name[0] == '$' || name[0] == '.') continue;
    const int rank = (type == STT_FUNC ? 0 : 2) + (ELF32_ST_BIND(s.st_info) == STB_LOCAL ? 1 : 0);
    candidates.push_back({s.st_value, rank, s.st_size, name});
  }
  std::ranges::stable_sort(candidates, [](const Candidate& a, const Candidate& b) {
    return a.address != b.address ? a.address < b.address : a.rank < b.rank;
  });
  Demangler demangle;
  for (const Candidate& c : candidates) {
    if (!program.symbols.empty() && program.symbols.back().address == c.address) continue;
    std::string name = demangle(c.name);
    std::ranges::replace_if(name, [](unsigned char x) { return x < 0x20 || x == 0x7F; }, '?');
    program.symbols.push_back({c.address, c.size, std::move(name)});
  }
  return std::nullopt;
}

}  // namespace

std::variant<Program, ElfError> LoadElf(std::span<const uint8_t> file) {
  Program program;
  Elf32_Ehdr header;
  std::vector<Elf32_Phdr> segments;
  if (MaybeError e = CheckHeader(file, header)) return *e;
  if (MaybeError e = ReadSegments(file, header, segments)) return *e;
  if (MaybeError e = LoadImage(file, segments, program)) return *e;
  if (MaybeError e = DecodeText(segments, program)) return *e;
  program.entry = header.e_entry;
  if (program.entry % 4 != 0 || program.entry - program.text_base >= 4 * program.text.size()) {
    return Error("the entry point {:#x} is not an instruction of the program", program.entry);
  }
  Sections sections;
  if (MaybeError e = ReadSections(file, header, sections)) return *e;
  if (MaybeError e = ReadModel(file, header, sections, program)) return *e;
  if (MaybeError e = ReadSymbols(file, sections, program)) return *e;
  return program;
}

}  // namespace zkvm
