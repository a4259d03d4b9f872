#include "isa/elf.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/support/assembler.h"
#include "tests/support/elf_builder.h"

namespace zkvm {
namespace {

constexpr uint32_t kText = 0x10000;
constexpr uint32_t kData = 0x11000;
constexpr size_t kFirstSegment = sizeof(Elf32_Ehdr);
constexpr size_t kSecondSegment = kFirstSegment + sizeof(Elf32_Phdr);

std::vector<uint8_t> Code() {
  Asm a(kText);
  a.addi(reg::a0, reg::zero, 1);
  a.ret();
  a.nop();
  return BytesOf(a.words());
}

std::vector<ElfSegment> Segments() {
  return {{kText, Code(), 12, PF_R | PF_X}, {kData, {1, 2, 3, 4, 5, 6}, 0x100, PF_R | PF_W}};
}

std::vector<uint8_t> GoodElf() {
  return BuildElf(kText, Segments(), {{kText, 8, "_Z3fooi"}, {kText + 8, 0, "plain"}});
}

std::string ErrorOf(const std::vector<uint8_t>& file) {
  const auto result = LoadElf(file);
  const ElfError* error = std::get_if<ElfError>(&result);
  return error == nullptr ? "no error" : error->message;
}

// The error after a change to a valid file.
template <class T, class Change>
std::string ErrorAfter(size_t offset, const Change& change) {
  std::vector<uint8_t> file = GoodElf();
  Edit<T>(file, offset, change);
  return ErrorOf(file);
}

TEST(ElfTest, LoadsTextImageAndSymbols) {
  const auto result = LoadElf(GoodElf());
  ASSERT_TRUE(std::holds_alternative<Program>(result)) << ErrorOf(GoodElf());
  const Program& p = std::get<Program>(result);
  EXPECT_EQ(p.entry, kText);
  EXPECT_EQ(p.text_base, kText);
  ASSERT_EQ(p.text.size(), 3u);
  EXPECT_EQ(p.text[0], (Instruction{.op = Op::kAddi, .rd = 10, .k0 = 1}));
  EXPECT_EQ(p.image_base, kText);
  EXPECT_EQ(p.zero_base(), kData + 8);
  EXPECT_EQ(p.image[0x1000 / 4], 0x04030201u);
  EXPECT_EQ(p.image[0x1004 / 4], 0x00000605u);
  EXPECT_EQ(p.image[0x0FFC / 4], 0u);

  ASSERT_EQ(p.symbols.size(), 2u);
  EXPECT_EQ(p.symbols[0].name, "foo(int)");
  EXPECT_EQ(p.Describe(kText), "foo(int)");
  EXPECT_EQ(p.Describe(kText + 4), "foo(int)+0x4");
  EXPECT_EQ(p.Describe(kText + 12), "plain+0x4");
  EXPECT_EQ(p.Describe(kText - 4), "?");
}

TEST(ElfTest, PadsTextToWholeWords) {
  std::vector<uint8_t> code = Code();
  code.push_back(0x13);
  const auto result = LoadElf(BuildElf(kText, {{kText, code, 13, PF_R | PF_X}}));
  const Program& p = std::get<Program>(result);
  ASSERT_EQ(p.text.size(), 4u);
  EXPECT_EQ(p.text[3], Decode(0x13, kText + 12));
}

TEST(ElfTest, StrippedFilesHaveNoSymbols) {
  std::vector<uint8_t> file = GoodElf();
  Edit<Elf32_Ehdr>(file, 0, [](auto& h) { h.e_shoff = 0, h.e_shnum = 0; });
  EXPECT_TRUE(std::get<Program>(LoadElf(file)).symbols.empty());
}

TEST(ElfTest, NotElf) {
  EXPECT_EQ(ErrorOf({}), "not an ELF file");
  EXPECT_EQ(ErrorOf({0x7F, 'E', 'L', 'F'}), "not an ELF file");
  const std::string script = "#!/bin/sh\necho this is a script\n";
  EXPECT_EQ(ErrorOf({script.begin(), script.end()}), "not an ELF file");
}

TEST(ElfTest, OtherClass) {
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_ident[EI_CLASS] = ELFCLASS64; }),
            "not a 32-bit ELF file: build for rv32im");
}

TEST(ElfTest, OtherByteOrder) {
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_ident[EI_DATA] = ELFDATA2MSB; }),
            "not a little-endian ELF file");
}

TEST(ElfTest, OtherVersion) {
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_version = 2; }), "unknown ELF version 2");
}

TEST(ElfTest, OtherMachine) {
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_machine = EM_ARM; }),
            "built for another machine (ELF machine 40, RISC-V is 243)");
}

TEST(ElfTest, NotAnExecutable) {
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_type = ET_REL; }),
            "an object file: link it first");
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_type = ET_DYN; }),
            "position independent: link it with -static -no-pie");
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_type = ET_CORE; }),
            "not an executable (ELF type 4)");
}

TEST(ElfTest, OtherExtensions) {
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_flags = EF_RISCV_RVC; }),
            "contains compressed instructions: build with -march=rv32im");
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_flags = EF_RISCV_FLOAT_ABI_DOUBLE; }),
            "uses floating-point registers: build with -mabi=ilp32");
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_flags = 0x100; }),
            "unknown ELF flags 0x100");
}

TEST(ElfTest, DynamicallyLinked) {
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_type = PT_INTERP; }),
            "dynamically linked: link it with -static -no-pie");
}

TEST(ElfTest, BadProgramHeaders) {
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_phnum = 0; }),
            "no program headers: link it first");
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_phentsize = 56; }),
            "program headers of 56 bytes, not 32");
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_phoff = 0xFFFFFFF0; }),
            "truncated: the file ends in the program headers");
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_phnum = 0xFFFF; }),
            "truncated: the file ends in the program headers");
}

TEST(ElfTest, OverlappingSegments) {
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_vaddr = kText + 8; }),
            "the segments at 0x10000 and 0x10008 overlap");
  // Zero-initialised memory that would clobber data.
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kFirstSegment, [](auto& s) { s.p_memsz = 0x1004; }),
            "the segments at 0x10000 and 0x11000 overlap");
}

TEST(ElfTest, UnalignedSegments) {
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_vaddr = kData + 2; }),
            "the segment at 0x11002 is not word aligned");
}

TEST(ElfTest, SegmentsOutsideMemory) {
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_vaddr = 0; }),
            "the segment at 0x0 lies below 0x1000");
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_memsz = 0xFFFFFFFF; }),
            "the segment at 0x11000 of 4294967295 bytes exceeds memory, which ends at 0x3ffe0000");
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_vaddr = 0xFFFFFF00; }),
            "the segment at 0xffffff00 of 256 bytes exceeds memory, which ends at 0x3ffe0000");
}

TEST(ElfTest, SegmentsOutsideTheFile) {
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_offset = 0xFFFFFFFF; }),
            "truncated: the file ends inside the segment at 0x11000");
  EXPECT_EQ(
      ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_filesz = s.p_memsz = 0x20000000; }),
      "truncated: the file ends inside the segment at 0x11000");
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_filesz = 0x101; }),
            "the segment at 0x11000 has more bytes in the file than in memory");
}

TEST(ElfTest, SegmentsFarApart) {
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment, [](auto& s) { s.p_vaddr = 0x1F000000; }),
            "the segments lie too far apart: place text, rodata and data side by side, and bss "
            "above them");
  // Memory that is zero is not an image, wherever it lies.
  EXPECT_EQ(ErrorAfter<Elf32_Phdr>(kSecondSegment,
                                   [](auto& s) { s.p_vaddr = 0x3F000000, s.p_filesz = 0; }),
            "no error");
}

TEST(ElfTest, SegmentsThatShareBytes) {
  // Many segments over the same bytes would make a small file a large image.
  std::vector<ElfSegment> segments;
  for (uint32_t i = 0; i < 64; ++i) segments.push_back({kText + i * 0x1000, {}, 0x1000});
  segments.front().bytes = std::vector<uint8_t>(0x1000, 0x13);
  std::vector<uint8_t> file = BuildElf(kText, segments);
  Elf32_Phdr first;
  std::memcpy(&first, file.data() + kFirstSegment, sizeof first);
  for (size_t i = 1; i < segments.size(); ++i) {
    Edit<Elf32_Phdr>(file, kFirstSegment + i * sizeof first,
                     [&](auto& s) { s.p_offset = first.p_offset, s.p_filesz = first.p_filesz; });
  }
  EXPECT_EQ(ErrorOf(file), "segments share bytes of the file");
}

TEST(ElfTest, ImageAboveTheLimit) {
  const uint32_t base = kMaxZeroBaseWord * 4 - 4;
  EXPECT_EQ(ErrorOf(BuildElf(base, {{base, {1, 2, 3, 4}, 4}})), "no error");
  EXPECT_EQ(ErrorOf(BuildElf(base, {{base, {1, 2, 3, 4, 5}, 5}})),
            "initialised data ends at 0x20000001, above the limit 0x20000000");
}

TEST(ElfTest, NoContents) {
  EXPECT_EQ(ErrorOf(BuildElf(kText, {{kText, {}, 0}})), "no loadable segment");
  EXPECT_EQ(ErrorOf(BuildElf(kText, {{kText, {}, 64}})), "no segment has contents");
  EXPECT_EQ(ErrorOf(BuildElf(kText, {{kText, Code(), 12, PF_R}})), "no executable segment");
}

TEST(ElfTest, TextInPieces) {
  std::vector<ElfSegment> segments = {{kText, Code(), 12}, {kText + 12, Code(), 12}};
  EXPECT_EQ(std::get<Program>(LoadElf(BuildElf(kText, segments))).text.size(), 6u);
  segments[1].address = kText + 16;
  EXPECT_EQ(ErrorOf(BuildElf(kText, segments)),
            "the executable segments at 0x10000 and 0x10010 do not lie side by side");
}

TEST(ElfTest, EntryOutsideText) {
  for (const uint32_t entry : {0u, kText - 4, kText + 12, kText + 2, kData, 0xFFFFFFFCu}) {
    EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [&](auto& h) { h.e_entry = entry; }).substr(0, 15),
              "the entry point");
  }
}

TEST(ElfTest, BadSymbols) {
  Elf32_Ehdr header;
  const std::vector<uint8_t> good = GoodElf();
  std::memcpy(&header, good.data(), sizeof header);
  const size_t table = header.e_shoff + sizeof(Elf32_Shdr);
  const size_t names = table + sizeof(Elf32_Shdr);
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_shoff = 0xFFFFFF00; }),
            "truncated: the file ends in the section headers");
  EXPECT_EQ(ErrorAfter<Elf32_Ehdr>(0, [](auto& h) { h.e_shentsize = 64; }),
            "section headers of 64 bytes, not 40");
  EXPECT_EQ(ErrorAfter<Elf32_Shdr>(table, [](auto& s) { s.sh_size = 0xFFFFFFFF; }),
            "truncated: the file ends in the symbol table");
  EXPECT_EQ(ErrorAfter<Elf32_Shdr>(table, [](auto& s) { s.sh_link = 3; }),
            "the symbol table has no names");
  EXPECT_EQ(ErrorAfter<Elf32_Shdr>(names, [](auto& s) { s.sh_offset = 0xFFFFFFFF; }),
            "truncated: the file ends in the symbol names");
  EXPECT_EQ(ErrorAfter<Elf32_Shdr>(names, [](auto& s) { s.sh_size -= 1; }),
            "the symbol names do not end in a zero");
  Elf32_Shdr section;
  std::memcpy(&section, good.data() + table, sizeof section);
  EXPECT_EQ(ErrorAfter<Elf32_Sym>(section.sh_offset + sizeof(Elf32_Sym),
                                  [](auto& s) { s.st_name = 1000; }),
            "a symbol name lies outside the string table");
}

std::vector<uint8_t> ModelElf(const std::vector<ElfSection>& sections) {
  return BuildElf(kText, Segments(), {}, sections);
}

std::vector<uint8_t> ModelElf() {
  return ModelElf({{".comment", {1}},
                   {kDescriptorSection, std::vector<uint8_t>(512, 7)},
                   {kModelDataSection, {1, 2, 3}}});
}

// The sections of ModelElf.
constexpr size_t kNames = 2, kDescriptors = 4, kModelData = 5;

template <class Change>
std::string ErrorInModel(size_t section, const Change& change) {
  std::vector<uint8_t> file = ModelElf();
  Elf32_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  Edit<Elf32_Shdr>(file, header.e_shoff + section * sizeof(Elf32_Shdr), change);
  return ErrorOf(file);
}

TEST(ElfTest, LoadsTheModel) {
  const auto with = LoadElf(ModelElf());
  ASSERT_TRUE(std::holds_alternative<Program>(with)) << ErrorOf(ModelElf());
  EXPECT_EQ(std::get<Program>(with).model_descriptors, std::vector<uint8_t>(512, 7));
  EXPECT_EQ(std::get<Program>(with).model_data, (std::vector<uint8_t>{1, 2, 3}));
  EXPECT_EQ(std::get<Program>(with).zero_base(), kData + 8);

  const auto without = LoadElf(ModelElf({{".comment", {1}}}));
  EXPECT_TRUE(std::get<Program>(without).model_descriptors.empty());
  EXPECT_TRUE(std::get<Program>(without).model_data.empty());
}

TEST(ElfTest, BadModels) {
  EXPECT_EQ(ErrorOf(ModelElf({{kDescriptorSection, std::vector<uint8_t>(300)}})),
            "the section .zkml.desc of 300 bytes does not hold whole descriptors of 256");
  EXPECT_EQ(ErrorOf(ModelElf({{kModelDataSection, {1}}, {kModelDataSection, {2}}})),
            "two sections .zkml.data");
  const std::string loaded = " is to be loaded: link with the SDK's guest.ld";
  EXPECT_EQ(ErrorInModel(kDescriptors, [](auto& s) { s.sh_flags = SHF_ALLOC; }),
            "the section .zkml.desc" + loaded);
  EXPECT_EQ(ErrorInModel(kModelData, [](auto& s) { s.sh_addr = 0x1000; }),
            "the section .zkml.data" + loaded);
  EXPECT_EQ(ErrorInModel(kModelData, [](auto& s) { s.sh_type = SHT_NOBITS; }),
            "the section .zkml.data" + loaded);
  EXPECT_EQ(ErrorInModel(kModelData, [](auto& s) { s.sh_size = 0xFFFFFFFF; }),
            "truncated: the file ends in the section .zkml.data");
  EXPECT_EQ(ErrorInModel(kDescriptors, [](auto& s) { s.sh_offset = 0xFFFFFFFF; }),
            "truncated: the file ends in the section .zkml.desc");
  // A name outside the table is no name.
  EXPECT_EQ(ErrorInModel(kDescriptors, [](auto& s) { s.sh_name = 0xFFFFFFFF; }), "no error");

  std::vector<uint8_t> file = ModelElf();
  Edit<Elf32_Ehdr>(file, 0, [](auto& h) { h.e_shstrndx = 6; });
  EXPECT_EQ(ErrorOf(file), "the sections have no names");
  Edit<Elf32_Ehdr>(file, 0, [](auto& h) { h.e_shstrndx = 3; });
  EXPECT_EQ(ErrorOf(file), "the section names do not end in a zero");
  EXPECT_EQ(ErrorInModel(kNames, [](auto& s) { s.sh_offset = 0xFFFFFFFF; }),
            "truncated: the file ends in the section names");
}

TEST(ElfTest, CraftedNamesDoNotExpand) {
  // Each S_ repeats all template arguments before it: 2^40 characters.
  std::string name = "_Z1fI1aS_";
  for (char i = 0; i < 40; ++i) name.append({'S', static_cast<char>('0' + i % 10), '_'});
  name += "EvT_";
  const auto result =
      LoadElf(BuildElf(kText, Segments(), {{kText, 4, name}, {kText + 4, 4, "a\nb"}}));
  const Program& p = std::get<Program>(result);
  EXPECT_EQ(p.symbols[0].name, name);
  EXPECT_EQ(p.symbols[1].name, "a?b");
}

TEST(ElfTest, EveryTruncationIsAnError) {
  for (const std::vector<uint8_t>& good : {GoodElf(), ModelElf()}) {
    for (size_t size = 0; size < good.size(); ++size) {
      EXPECT_NE(ErrorOf({good.begin(), good.begin() + static_cast<ptrdiff_t>(size)}), "no error");
    }
  }
}

TEST(ElfTest, RandomMutationsNeverBreakTheInvariants) {
  std::mt19937 random(7);
  const std::vector<uint8_t> good = ModelElf();
  std::vector<size_t> offsets;  // of the bytes that are structure, not contents
  for (size_t i = 0; i < kSecondSegment + sizeof(Elf32_Phdr); ++i) offsets.push_back(i);
  for (size_t i = 0x2006; i < good.size(); ++i) offsets.push_back(i);
  int loaded = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<uint8_t> file = good;
    for (int k = static_cast<int>(random() % 3); k >= 0; --k) {
      file[offsets[random() % offsets.size()]] = static_cast<uint8_t>(random());
    }
    const auto result = LoadElf(file);
    if (const ElfError* error = std::get_if<ElfError>(&result)) {
      ASSERT_FALSE(error->message.empty());
      ASSERT_EQ(error->message.find('\n'), std::string::npos);
      continue;
    }
    ++loaded;
    const Program& p = std::get<Program>(result);
    ASSERT_EQ(p.image_base % 4, 0u);
    ASSERT_GE(p.image_base, kMinImageBase);
    ASSERT_LE(p.image.size() * 4, file.size() + kMaxGap + 4);
    ASSERT_LE(p.zero_base() / 4, kMaxZeroBaseWord);
    ASSERT_GE(p.text_base, p.image_base);
    ASSERT_LE(p.text_base + 4 * p.text.size(), p.zero_base());
    ASSERT_LT(p.entry - p.text_base, 4 * p.text.size());
    ASSERT_EQ(p.model_descriptors.size() % kDescriptorBytes, 0u);
    ASSERT_LE(p.model_descriptors.size(), file.size());
    ASSERT_LE(p.model_data.size(), file.size());
    for (size_t i = 1; i < p.symbols.size(); ++i) {
      ASSERT_LT(p.symbols[i - 1].address, p.symbols[i].address);
    }
  }
  EXPECT_GT(loaded, 1000);
  EXPECT_LT(loaded, 19000);
}

}  // namespace
}  // namespace zkvm
