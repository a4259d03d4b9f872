// What commands read: programs, keys, private inputs.
#ifndef ZKVM_CLI_INPUTS_H_
#define ZKVM_CLI_INPUTS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "isa/program.h"
#include "stark/params.h"
#include "vm/key.h"

namespace zkvm {

inline constexpr size_t kMaxElfBytes = size_t{1} << 30;
inline constexpr size_t kMaxKeyBytes = 4096;
inline constexpr size_t kMaxInputBytes = 0xFFFFFFFF;

// A program that can be run, proven and stand in a key. `path` is what messages call it.
Program LoadProgram(const std::string& path);
Program ParseProgram(const std::string& path, std::span<const uint8_t> elf);

VerifyingKey LoadKey(const std::string& path);

// The private input of a run; "-" is standard input.
std::vector<uint8_t> LoadInput(const std::string& path);

// The journal as bytes: what the guest wrote to its standard output, or, of a guest that does not
// frame its journal (isa/framing.h), the words in little-endian order.
std::vector<uint8_t> BytesOfJournal(std::span<const uint32_t> journal);

// Adds --preset NAME to a command.
void AddPresetOption(CLI::App& command, std::string& name);

}  // namespace zkvm

#endif  // ZKVM_CLI_INPUTS_H_
