#include "stark/transcript.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "stark/bytes.h"
#include "stark/hash/domain.h"

namespace zkvm {
namespace {

constexpr std::string_view kName = "zkvm-1 transcript";

// In the place of a message length, which is always smaller.
constexpr uint64_t kSqueezed = uint64_t{1} << 63;

template <typename Integer>
std::array<uint8_t, sizeof(Integer)> LittleEndian(Integer value) {
  std::array<uint8_t, sizeof(Integer)> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
  return bytes;
}

// The common start S || label || length of what is hashed for a message or a squeeze.
Blake3 Absorber(const Digest& state, uint8_t label, uint64_t length) {
  Blake3 hasher = DomainHasher(Domain::kAbsorb);
  hasher.Update(state).Update({&label, 1}).Update(LittleEndian(length));
  return hasher;
}

}  // namespace

uint32_t ChallengeStream::NextWord() {
  std::array<uint8_t, 4> bytes;
  stream_.Read(bytes);
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 |
         uint32_t{bytes[3]} << 24;
}

Fp ChallengeStream::SampleFp() {
  for (;;) {
    const uint32_t word = NextWord() & 0x7fffffff;
    if (Fp::IsWord(word)) return Fp::FromWord(word);
  }
}

Fp5 ChallengeStream::SampleFp5() {
  Fp5 sample;
  for (Fp& coordinate : sample.c) coordinate = SampleFp();
  return sample;
}

std::vector<Fp5> ChallengeStream::SampleFp5s(size_t count) {
  std::vector<Fp5> samples(count);
  for (Fp5& sample : samples) sample = SampleFp5();
  return samples;
}

uint32_t ChallengeStream::SampleIndex(int log_size) {
  return static_cast<uint32_t>(NextWord() & ((uint64_t{1} << log_size) - 1));
}

Transcript::Transcript()
    : state_(DomainHash(Domain::kAbsorb, std::vector<uint8_t>(kName.begin(), kName.end()))) {}

void Transcript::Absorb(uint8_t label, std::span<const uint8_t> message) {
  state_ = Absorber(state_, label, message.size()).Update(message).Finish();
}

void Transcript::AbsorbU32(uint8_t label, uint32_t value) { Absorb(label, LittleEndian(value)); }

void Transcript::AbsorbU64(uint8_t label, uint64_t value) { Absorb(label, LittleEndian(value)); }

void Transcript::AbsorbU32s(uint8_t label, std::span<const uint32_t> values) {
  ByteWriter writer;
  writer.Reserve(values.size_bytes());
  for (const uint32_t value : values) writer.WriteU32(value);
  Absorb(label, writer.bytes());
}

void Transcript::AbsorbFps(uint8_t label, std::span<const Fp> values) {
  ByteWriter writer;
  writer.Reserve(values.size_bytes());
  writer.WriteFps(values);
  Absorb(label, writer.bytes());
}

void Transcript::AbsorbFp5s(uint8_t label, std::span<const Fp5> values) {
  ByteWriter writer;
  writer.Reserve(values.size_bytes());
  writer.WriteFp5s(values);
  Absorb(label, writer.bytes());
}

ChallengeStream Transcript::Squeeze(uint8_t label) {
  const ChallengeStream stream(
      DomainHasher(Domain::kSqueeze).Update(state_).Update({&label, 1}).FinishStream());
  state_ = Absorber(state_, label, kSqueezed).Finish();
  return stream;
}

bool Transcript::CheckGrind(uint8_t label, int bits, uint64_t nonce) {
  if (bits < 0 || bits > kMaxGrindBits || (bits == 0 && nonce != 0)) return false;
  const Digest work =
      DomainHasher(Domain::kPow).Update(state_).Update(LittleEndian(nonce)).Finish();
  const uint64_t mask = (uint64_t{1} << bits) - 1;
  if ((DigestToWords(work)[0] & mask) != 0) return false;
  AbsorbU64(label, nonce);
  return true;
}

}  // namespace zkvm
