#include "cli/numbers.h"

#include <fmt/format.h>

namespace zkvm {
namespace {

std::string ThreeDigits(double value) {
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

}  // namespace

std::string FormatBytes(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  double value = static_cast<double>(bytes) / 1024;
  const char* unit = "KiB";
  for (const char* const larger : {"MiB", "GiB", "TiB"}) {
    if (value < 1024) break;
    value /= 1024;
    unit = larger;
  }
  return ThreeDigits(value) + " " + unit;
}

std::string FormatSeconds(double seconds) {
  if (seconds < 0.9995) return ThreeDigits(seconds * 1e3) + " ms";
  if (seconds < 99.95) return ThreeDigits(seconds) + " s";
  const auto whole = static_cast<uint64_t>(seconds + 0.5);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

std::string FormatCount(uint64_t count) {
  if (count < 1000) return std::to_string(count);
  return fmt::format("{},{:03}", FormatCount(count / 1000), count % 1000);
}

std::string FormatShare(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string Hex(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

}  // namespace zkvm
