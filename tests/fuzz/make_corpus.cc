// Writes valid inputs for the fuzz targets: make_corpus FOLDER fills FOLDER/elf, /key and /proof.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/entries.h"
#include "tests/support/assembler.h"
#include "tests/support/elf_builder.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

void Write(const std::filesystem::path& path, std::span<const uint8_t> bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

void MakeCorpus(const std::filesystem::path& folder) {
  Asm a;
  a.function("main");
  a.li(reg::t0, 40);
  a.label("loop");
  a.mul(reg::t1, reg::t0, reg::t0);
  a.addi(reg::t0, reg::t0, -1);
  a.bne(reg::t0, reg::zero, "loop");
  a.mv(reg::a0, reg::t1);
  a.journal();
  a.halt(0);
  const Program program = a.Build();
  const std::vector<uint8_t> text = BytesOf(program.image);
  Write(
      folder / "elf" / "small",
      BuildElf(program.entry, {{program.text_base, text, static_cast<uint32_t>(text.size()) + 64}},
               program.symbols));
  for (const Preset& preset : kPresets) {
    const ProvingKey key = MakeProvingKey(program, preset);
    const std::vector<uint8_t> key_file = SerializeKey(key.verifying_key);
    Recording recording = RecordExecution(program, {});
    const Outcome outcome{recording.result.exit_code, recording.result.journal};
    const std::vector<uint8_t> proof =
        ProveExecution(key, program, std::move(recording.record), outcome);
    Write(folder / "key" / preset.name, key_file);
    Write(folder / "proof" / preset.name, JoinKeyAndProof(key_file, proof));
  }
}

}  // namespace
}  // namespace zkvm

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_corpus FOLDER\n");
    return 2;
  }
  zkvm::MakeCorpus(argv[1]);
  return 0;
}
