// The Fiat-Shamir transcript (protocol.md, section 4).
//
// A state of 32 bytes. Absorb hashes a message into it; Squeeze derives a stream of challenges from
// it and moves it on, so that no challenge can be read twice. Every call carries a label, the
// number of the protocol step.
#ifndef ZKVM_STARK_TRANSCRIPT_H_
#define ZKVM_STARK_TRANSCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stark/field/fp.h"
#include "stark/field/fp5.h"
#include "stark/hash/blake3.h"

namespace zkvm {

// The challenges of one step, drawn in order.
class ChallengeStream {
 public:
  // Uniform in F_p: the first word below p of the stream, bit 31 cleared, as a wire word.
  Fp SampleFp();
  // Uniform in F: five elements of F_p, degree 0 first.
  Fp5 SampleFp5();
  std::vector<Fp5> SampleFp5s(size_t count);
  // Uniform in [0, 2^log_size). REQUIRES: log_size <= 32.
  uint32_t SampleIndex(int log_size);

 private:
  friend class Transcript;
  explicit ChallengeStream(const Blake3Stream& stream) : stream_(stream) {}

  uint32_t NextWord();

  Blake3Stream stream_;
};

class Transcript {
 public:
  static constexpr int kMaxGrindBits = 31;

  Transcript();

  void Absorb(uint8_t label, std::span<const uint8_t> message);
  // Little-endian integers.
  void AbsorbU32(uint8_t label, uint32_t value);
  void AbsorbU64(uint8_t label, uint64_t value);
  // Lists as one message each, elements as wire words.
  void AbsorbU32s(uint8_t label, std::span<const uint32_t> values);
  void AbsorbFps(uint8_t label, std::span<const Fp> values);
  void AbsorbFp5s(uint8_t label, std::span<const Fp5> values);

  ChallengeStream Squeeze(uint8_t label);

  // Whether `nonce` is a proof of `bits` bits of work on the current state; if so, absorbs it.
  // Without work (bits = 0) the only nonce is 0. False for bits outside [0, kMaxGrindBits].
  // The prover finds nonces with Grind (stark/hash/grind.h).
  [[nodiscard]] bool CheckGrind(uint8_t label, int bits, uint64_t nonce);

  const Digest& state() const { return state_; }

 private:
  Digest state_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_TRANSCRIPT_H_
