// Writes keys and proofs of guests that between them use every table, for the second verifier:
//
//   write_proofs DIRECTORY -> DIRECTORY/<guest>-<preset>.{key,proof,journal}
//
// The journal is what the execution published, as little-endian words.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "precompiles/tensor/descriptor.h"
#include "stark/bytes.h"
#include "stark/params.h"
#include "tests/e2e/programs.h"
#include "tests/support/network_builder.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace zkvm {
namespace {

// Every operation of the tensor calls, on small tensors.
Guest Network() {
  NetworkBuilder net(1, 22);
  Tensor image = net.Input(ImageType(2, 9, 6));
  image = net.Conv(image, {.outputs = 3, .kernel = 3, .pad = 1});
  image = net.MaxPool(image, 2, 2, 0);
  net.Output(net.Conv(image, {.outputs = 2, .kernel = 3, .stride = 2, .pad = 1}));

  constexpr uint32_t kTokens = 5;
  const LinearOptions stream = {
      .outputs = 16, .activation = Activation::kIdentity, .element = tensor::Element::kI15};
  LinearWeights embedding;
  const Tensor x = net.Dense2(net.Tokens(kTokens, 20), net.Positions(kTokens), stream, embedding);
  const Tensor normed = net.Norm(x);
  const auto project = [&](tensor::Role role) {
    return net.Dense(normed, {.outputs = 16, .activation = Activation::kIdentity, .role = role});
  };
  const Tensor q = project(tensor::Role::kX);
  const Tensor k = project(tensor::Role::kK);
  const Tensor v = project(tensor::Role::kV);
  const Tensor mixed = net.Mix(net.CausalSoftmax(net.Scores(q, k)), v);
  Tensor last = net.Dense(mixed, {.outputs = 24,
                                  .activation = Activation::kIdentity,
                                  .element = tensor::Element::kI16,
                                  .role = tensor::Role::kNone});
  net.Output(last);
  last.type.planes = 1;
  net.Argmax(last);
  Program program = net.Build();
  return {std::move(program), net.input(), 0, {}};
}

void Write(const std::filesystem::path& path, const std::vector<uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

void WriteProof(const std::filesystem::path& directory, const std::string& name, const Guest& guest,
                const Preset& preset) {
  ExecutorOptions options;
  options.input = guest.input;
  Recording recording = RecordExecution(guest.program, options);
  if (recording.result.fault) {
    std::cerr << name << ": " << recording.result.fault->Message() << "\n";
    std::exit(EXIT_FAILURE);
  }
  const ProvingKey key = MakeProvingKey(guest.program, preset);
  const Outcome outcome = {recording.result.exit_code, recording.result.journal};
  const std::string path = (directory / (name + "-" + std::string(preset.name))).string();
  Write(path + ".key", SerializeKey(key.verifying_key));
  Write(path + ".proof", ProveExecution(key, guest.program, std::move(recording.record), outcome));
  ByteWriter journal;
  for (const uint32_t word : outcome.journal) journal.WriteU32(word);
  Write(path + ".journal", journal.Take());
}

}  // namespace
}  // namespace zkvm

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  const std::filesystem::path directory = argv[1];
  for (const zkvm::Preset& preset : zkvm::kPresets) {
    zkvm::WriteProof(directory, "instructions", zkvm::EveryInstruction(), preset);
  }
  zkvm::WriteProof(directory, "hashes", zkvm::Hashes(), zkvm::kStd100);
  zkvm::WriteProof(directory, "network", zkvm::Network(), zkvm::kStd100);
  return EXIT_SUCCESS;
}
