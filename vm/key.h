// The verifying key of a program (docs/proof-format.md): what a verifier needs to know of it.
#ifndef ZKVM_VM_KEY_H_
#define ZKVM_VM_KEY_H_

#include <cstdint>
#include <span>
#include <vector>

#include "stark/hash/blake3.h"
#include "stark/machine.h"
#include "stark/params.h"
#include "stark/status.h"

namespace zkvm {

inline constexpr uint16_t kFormatVersion = 2;

// Hash of the machine's constraints; proofs and keys of another machine are not accepted.
// A constant, so that no change of a constraint goes unnoticed (tests/vm/key_test.cc).
extern const Digest kMachineId;

struct VerifyingKey {
  uint8_t preset = 0;                      // Preset::id
  Digest fixed_root{};                     // T_P: program, image and fixed tables
  std::vector<uint8_t> log_heights;        // of its tables, in table order
  uint32_t entry = 0;                      // pc of the first instruction
  uint32_t image_base = 0, zero_base = 0;  // word addresses

  Digest model_root{};                     // T_M: the model's tables; zero without a model
  std::vector<uint8_t> model_log_heights;  // of these, in table order; 0: absent

  friend bool operator==(const VerifyingKey&, const VerifyingKey&) = default;
};

// What a verifier pins: depends on the program and the preset, and on nothing else.
Digest ProgramId(const VerifyingKey& key);

// The same of the model that the program's tensor calls run on; zero without one. Programs may
// share a model, and a program may be proven with another model under another key.
Digest ModelId(const VerifyingKey& key);
bool HasModel(const VerifyingKey& key);

// Log height of every table of the machine with fixed columns, -1 for all others.
std::vector<int> FixedLogHeights(const VerifyingKey& key);

// What the transcript starts from, with the preprocessed roots and heights.
FixedCommitment CommitmentOf(const VerifyingKey& key);

std::vector<uint8_t> SerializeKey(const VerifyingKey& key);
// Any bytes may come in; the message of an error is one line.
Status ParseKey(std::span<const uint8_t> bytes, VerifyingKey* key);

}  // namespace zkvm

#endif  // ZKVM_VM_KEY_H_
