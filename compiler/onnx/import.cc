#include "compiler/onnx/import.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <limits>
#include <new>
#include <system_error>

#include "compiler/onnx/importer.h"
#include "compiler/onnx/printable.h"

namespace zkvm::compiler {
namespace {

onnx::ModelProto Parse(std::span<const uint8_t> file, const ImportOptions& options) {
  if (file.size() > options.max_file_bytes ||
      file.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    throw CompileError("the model is too large: " + std::to_string(file.size()) +
                       " bytes; weights can be kept as external data");
  }
  // Its messages are about what the error says anyway.
  const google::protobuf::LogSilencer silence;
  google::protobuf::io::CodedInputStream stream(file.data(), static_cast<int>(file.size()));
  onnx::ModelProto model;
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    throw CompileError("not an ONNX model: the file is damaged, truncated, or of another kind");
  }
  return model;
}

std::vector<uint8_t> ReadFile(const std::filesystem::path& path, const ImportOptions& options) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw CompileError("not a file: " + Printable(path.string()));
  }
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error || size > options.max_file_bytes) {
    throw CompileError("the model is too large: " + Printable(path.string()));
  }
  std::vector<uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file) throw CompileError("cannot be read: " + Printable(path.string()));
  return bytes;
}

}  // namespace

Graph ImportBytes(std::span<const uint8_t> file, const std::filesystem::path& folder,
                  const ImportOptions& options, ImportNotes* notes) {
  try {
    const onnx::ModelProto model = Parse(file, options);
    return Importer(model, folder, options, notes).Run();
  } catch (const CompileError& error) {
    // Operators quote what they are given.
    constexpr size_t kMaxMessage = 4000;
    throw CompileError(Printable(error.what(), kMaxMessage));
  } catch (const std::bad_alloc&) {
    throw CompileError("the model needs more memory than there is");
  }
}

Graph Import(const std::filesystem::path& path, const ImportOptions& options, ImportNotes* notes) {
  const std::vector<uint8_t> file = ReadFile(path, options);
  std::filesystem::path folder = path.parent_path();
  if (folder.empty()) folder = ".";
  return ImportBytes(file, folder, options, notes);
}

}  // namespace zkvm::compiler
