// Numbers as people read them.
#ifndef ZKVM_CLI_NUMBERS_H_
#define ZKVM_CLI_NUMBERS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace zkvm {

std::string FormatBytes(uint64_t bytes);    // "1.23 MiB"
std::string FormatSeconds(double seconds);  // "12.3 ms", "4.56 s", "3 min 20 s"
std::string FormatCount(uint64_t count);    // "1,234,567"
std::string FormatShare(double share);      // "12.3 %"
std::string Hex(std::span<const uint8_t> bytes);

}  // namespace zkvm

#endif  // ZKVM_CLI_NUMBERS_H_
