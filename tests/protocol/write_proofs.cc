// Writes keys and proofs of a guest that uses every table, one pair for each preset, for the second
// verifier: write_proofs DIRECTORY -> DIRECTORY/<preset>.key, DIRECTORY/<preset>.proof.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "stark/params.h"
#include "tests/e2e/programs.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace {

void Write(const std::filesystem::path& path, const std::vector<uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  const std::filesystem::path directory = argv[1];
  const zkvm::Guest guest = zkvm::EveryInstruction();
  for (const zkvm::Preset& preset : zkvm::kPresets) {
    zkvm::ExecutorOptions options;
    options.input = guest.input;
    zkvm::Recording recording = zkvm::RecordExecution(guest.program, options);
    if (recording.result.fault) {
      std::cerr << recording.result.fault->Message() << "\n";
      return EXIT_FAILURE;
    }
    const zkvm::ProvingKey key = zkvm::MakeProvingKey(guest.program, preset);
    const zkvm::Outcome outcome = {recording.result.exit_code, recording.result.journal};
    Write(directory / (std::string(preset.name) + ".key"), zkvm::SerializeKey(key.verifying_key));
    Write(directory / (std::string(preset.name) + ".proof"),
          zkvm::ProveExecution(key, guest.program, std::move(recording.record), outcome));
  }
  return EXIT_SUCCESS;
}
