// A program, run and proven: what tests of whole proofs start from.
#ifndef ZKVM_TESTS_SUPPORT_PROVE_PROGRAM_H_
#define ZKVM_TESTS_SUPPORT_PROVE_PROGRAM_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "isa/program.h"
#include "stark/params.h"
#include "vm/proof.h"
#include "vm/prove.h"
#include "vm/recorder.h"

namespace zkvm {

struct ProvenProgram {
  ProvingKey key;
  Outcome outcome;
  Record record;  // of the execution that was proven
  std::vector<uint8_t> proof;
};

// REQUIRES: the program halts (a fault is reported as a test failure and nothing is proven).
inline ProvenProgram ProveProgram(const Program& program, const Preset& preset,
                                  const ExecutorOptions& options = {}) {
  ProvenProgram proven{MakeProvingKey(program, preset), {}, {}, {}};
  Recording recording = RecordExecution(program, options);
  if (recording.result.fault) {
    ADD_FAILURE() << recording.result.fault->Message();
    return proven;
  }
  proven.outcome = {recording.result.exit_code, recording.result.journal};
  proven.record = recording.record;
  proven.proof = ProveExecution(proven.key, program, std::move(recording.record), proven.outcome);
  return proven;
}

inline Status CheckProof(const ProvenProgram& proven) {
  VerifiedProof verified;
  return VerifyProof(proven.key.verifying_key, proven.proof, &verified);
}

// The proof with another header, the rest as it is.
inline std::vector<uint8_t> WithHeader(std::span<const uint8_t> proof, const ProofHeader& header) {
  ByteReader reader(proof);
  ProofHeader old;
  if (!ParseHeader(reader, &old).ok()) ADD_FAILURE() << "not a proof";
  std::vector<uint8_t> bytes = SerializeHeader(header);
  bytes.insert(bytes.end(), proof.end() - static_cast<std::ptrdiff_t>(reader.left()), proof.end());
  return bytes;
}

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_PROVE_PROGRAM_H_
