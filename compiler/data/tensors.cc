#include "compiler/data/tensors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "compiler/data/npy.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

std::vector<NamedTensor> Parse(std::string_view path, std::span<const uint8_t> bytes) {
  if (path.ends_with(".npy")) return {{"", ParseNpy(bytes)}};
  if (path.ends_with(".npz")) return ParseNpz(bytes);
  if (path.ends_with(".pb")) return {ParseTensorProto(bytes)};
  return ParseJsonTensors({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// Closes on every way out.
struct File {
  explicit File(const std::string& path) : number(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (number >= 0) close(number);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const int number;
};

}  // namespace

bool IsTensorFile(std::string_view path) {
  constexpr std::array<std::string_view, 4> kSuffixes = {".npy", ".npz", ".pb", ".json"};
  return std::ranges::any_of(kSuffixes, [&](std::string_view s) { return path.ends_with(s); });
}

std::vector<uint8_t> ReadBytes(const std::string& path, size_t max_bytes) {
  const auto fail = [&](std::string_view why) {
    return CompileError(fmt::format("cannot read {}: {}", path, why));
  };
  const File file(path);
  struct stat status;
  if (file.number < 0 || fstat(file.number, &status) != 0) throw fail(strerror(errno));
  if (S_ISDIR(status.st_mode)) throw fail("it is a directory");
  std::vector<uint8_t> bytes;
  if (S_ISREG(status.st_mode) && static_cast<uint64_t>(status.st_size) <= max_bytes) {
    bytes.reserve(static_cast<size_t>(status.st_size) + 1);
  }
  constexpr size_t kChunk = size_t{1} << 20;
  while (true) {
    const size_t size = bytes.size();
    bytes.resize(std::max(bytes.capacity(), size + kChunk));
    const ssize_t count = read(file.number, bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno != EINTR) throw fail(strerror(errno));
    bytes.resize(size + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return bytes;
    if (bytes.size() > max_bytes) throw fail("it is too long");
  }
}

std::vector<NamedTensor> ReadTensorFile(const std::string& path) {
  if (!IsTensorFile(path)) {
    throw CompileError(fmt::format("{}: data is read from .npy, .npz, .pb and .json files", path));
  }
  const std::vector<uint8_t> bytes = ReadBytes(path);
  try {
    return Parse(path, bytes);
  } catch (const CompileError& error) {
    throw CompileError(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace zkvm::compiler
