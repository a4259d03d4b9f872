#include "compiler/onnx/external_data.h"

#include <algorithm>
#include <fstream>
#include <system_error>

#include "compiler/graph/graph.h"
#include "compiler/onnx/printable.h"

namespace zkvm::compiler {
namespace {

namespace fs = std::filesystem;

// Within `folder` once links are followed.
fs::path Resolve(const fs::path& folder, const std::string& location, const std::string& what) {
  const std::string name = "external data " + Quoted(location);
  if (folder.empty()) throw CompileError(what + ": external data is not allowed here");
  const fs::path relative(location);
  if (location.empty() || location.find('\0') != std::string::npos || relative.is_absolute() ||
      std::find(relative.begin(), relative.end(), "..") != relative.end()) {
    throw CompileError(what + ": " + name + " is not a path below the model's folder");
  }
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) throw CompileError(what + ": the model's folder cannot be read");
  const fs::path path = fs::canonical(root / relative, error);
  if (error) throw CompileError(what + ": " + name + " cannot be found");
  const auto [root_end, ignored] =
      std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  if (root_end != root.end()) {
    throw CompileError(what + ": " + name + " leads out of the model's folder");
  }
  if (!fs::is_regular_file(path, error)) {
    throw CompileError(what + ": " + name + " is not a file");
  }
  return path;
}

}  // namespace

std::vector<uint8_t> ReadExternalData(const fs::path& folder, const ExternalRange& range,
                                      uint64_t size, const std::string& what) {
  const fs::path path = Resolve(folder, range.location, what);
  std::error_code error;
  const uint64_t file_size = fs::file_size(path, error);
  if (error || range.offset > file_size) {
    throw CompileError(what + ": its external data begins behind the end of the file");
  }
  const uint64_t left = file_size - range.offset;
  if (range.length.value_or(left) > left) {
    throw CompileError(what + ": its external data ends behind the end of the file");
  }
  if (range.length.value_or(left) != size) {
    throw CompileError(what + ": its external data has " +
                       std::to_string(range.length.value_or(left)) + " bytes, its type " +
                       std::to_string(size));
  }
  std::vector<uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(range.offset));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file) throw CompileError(what + ": its external data cannot be read");
  return bytes;
}

}  // namespace zkvm::compiler
