// Writes valid inputs for the fuzz targets: make_corpus FOLDER fills FOLDER/elf, /key, /proof, ...
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compiler/data/info.h"
#include "tests/compiler/data/data_files.h"
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

// A file of each format of data, a journal, and a model section.
void MakeDataCorpus(const std::filesystem::path& folder) {
  using compiler::Literal;
  const Literal image = Literal::Floats({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6});
  const std::vector<uint8_t> npy = compiler::NpyFile(image);
  const std::vector<uint8_t> files[kDataKinds] = {
      npy, compiler::ZipFile({{"x.npy", npy}, {"y.npy", npy}}, true, true),
      compiler::TensorProtoFile("x", image), compiler::BytesOf(R"({"x": [[1, 2], [3.5, -4e2]]})")};
  for (uint8_t kind = 0; kind < kDataKinds; ++kind) {
    std::vector<uint8_t> input = files[kind];
    input.insert(input.begin(), kind);
    Write(folder / "data" / std::to_string(kind), input);
  }
  const std::vector<uint8_t> journal = {'Z', 'K', 'M', 'L', 1, 0, 1, 0, 1,   1, 5, 1, 0, 0, 0, 0,
                                        1,   0,   0,   0,   2, 0, 0, 0, 'y', 0, 0, 0, 1, 0, 2, 0};
  Write(folder / "journal" / "one", journal);
  compiler::ModelInfo info;
  info.layers.resize(1);
  info.steps = {{0, 3, "f", "v", 0.5}};
  const std::string json = compiler::ToJson(info);
  Write(folder / "info" / "one", std::vector<uint8_t>(json.begin(), json.end()));
}

void MakeCorpus(const std::filesystem::path& folder) {
  MakeDataCorpus(folder);
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
