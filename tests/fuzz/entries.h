// What hostile bytes can reach, as the fuzz targets and the mutation test call it. Each function
// takes any bytes and aborts, with a line on standard error, if the code under test breaks one of
// its promises; crashes and reports of the sanitizers say the rest.
#ifndef ZKVM_TESTS_FUZZ_ENTRIES_H_
#define ZKVM_TESTS_FUZZ_ENTRIES_H_

#include <cstdint>
#include <span>
#include <vector>

namespace zkvm {

// LoadElf, and what follows it up to the first instructions. Returns whether the file was loaded.
bool TryElf(std::span<const uint8_t> file);

// ParseKey. Returns whether the key was read; it then has no other encoding.
bool TryKey(std::span<const uint8_t> file);

// VerifyProof on a key and a proof: u16 length of the key file, the key file, the proof file.
// Returns whether the proof was accepted.
bool TryProof(std::span<const uint8_t> key_and_proof);

// The readers of the user's data: the first byte says which one (.npy, .npz, TensorProto, JSON),
// the rest is the file; then cut into samples. Returns whether there are tensors in it.
bool TryData(std::span<const uint8_t> kind_and_file);
inline constexpr uint8_t kDataKinds = 4;

// ParseJournal. Returns whether it is a model's journal; it then has no other encoding.
bool TryJournal(std::span<const uint8_t> journal);

// ReadInfo of an ELF file and ParseInfo of the bytes as they stand. Returns whether the latter is
// what the compiler writes; there and back it stays the same.
bool TryInfo(std::span<const uint8_t> bytes);

std::vector<uint8_t> JoinKeyAndProof(std::span<const uint8_t> key, std::span<const uint8_t> proof);

}  // namespace zkvm

#endif  // ZKVM_TESTS_FUZZ_ENTRIES_H_
