#include "tests/compiler/data/data_files.h"

#include <zlib.h>

#include <cstring>
#include <stdexcept>

namespace zkvm::compiler {
namespace {

void Append(Bytes& to, std::span<const uint8_t> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}
void AppendNumber(Bytes& to, uint64_t value, int size) {
  for (int i = 0; i < size; ++i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
void AppendVarint(Bytes& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<uint8_t>(value | 0x80));
  to.push_back(static_cast<uint8_t>(value));
}

const char* DescrOf(DType dtype) {
  switch (dtype) {
    case DType::kFloat:
      return "<f4";
    case DType::kDouble:
      return "<f8";
    case DType::kUint8:
      return "|u1";
    case DType::kInt64:
      return "<i8";
    default:
      throw std::logic_error("no test writes this type");
  }
}

Bytes Deflated(std::span<const uint8_t> bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Bytes packed(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

Bytes NpyFile(std::string_view descr, std::string_view shape, std::span<const uint8_t> data,
              int version, std::string_view order) {
  std::string header = "{'descr': '";
  header.append(descr).append("', 'fortran_order': ").append(order);
  header.append(", 'shape': ").append(shape).append(", }");
  header.append(63 - (header.size() + 10) % 64, ' ').append("\n");
  Bytes file = {0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<uint8_t>(version), 0};
  AppendNumber(file, header.size(), version == 1 ? 2 : 4);
  Append(file, BytesOf(header));
  Append(file, data);
  return file;
}

Bytes NpyFile(const Literal& literal) {
  std::string shape = "(";
  for (const int64_t extent : literal.shape()) shape.append(std::to_string(extent)).append(", ");
  return NpyFile(DescrOf(literal.dtype()), shape.append(")"), literal.bytes());
}

Bytes ZipFile(const std::vector<std::pair<std::string, Bytes>>& members, bool deflated,
              bool zip64) {
  constexpr uint64_t kOnes = 0xFFFFFFFF;
  Bytes file;
  Bytes directory;
  for (const auto& [name, bytes] : members) {
    const Bytes packed = deflated ? Deflated(bytes) : bytes;
    const uint64_t offset = file.size();
    const uLong crc = crc32_z(0, bytes.data(), bytes.size());
    const auto header = [&](Bytes& to, uint32_t signature, bool local) {
      AppendNumber(to, signature, 4);
      if (!local) AppendNumber(to, 45, 2);
      AppendNumber(to, 45, 2);
      AppendNumber(to, 0, 2);
      AppendNumber(to, deflated ? 8 : 0, 2);
      AppendNumber(to, 0, 4);
      AppendNumber(to, crc, 4);
      AppendNumber(to, zip64 ? kOnes : packed.size(), 4);
      AppendNumber(to, zip64 ? kOnes : bytes.size(), 4);
      AppendNumber(to, name.size(), 2);
      AppendNumber(to, zip64 ? (local ? 20U : 28U) : 0U, 2);
      if (!local) {
        AppendNumber(to, 0, 8);  // comment, disk, internal attributes, half of the external
        AppendNumber(to, 0, 2);
        AppendNumber(to, zip64 ? kOnes : offset, 4);
      }
      Append(to, BytesOf(name));
      if (!zip64) return;
      AppendNumber(to, 1, 2);
      AppendNumber(to, local ? 16 : 24, 2);
      AppendNumber(to, bytes.size(), 8);
      AppendNumber(to, packed.size(), 8);
      if (!local) AppendNumber(to, offset, 8);
    };
    header(file, 0x04034b50, true);
    Append(file, packed);
    header(directory, 0x02014b50, false);
  }
  const uint64_t at = file.size();
  Append(file, directory);
  if (zip64) {
    const uint64_t end = file.size();
    AppendNumber(file, 0x06064b50, 4);
    AppendNumber(file, 44, 8);
    AppendNumber(file, 45, 2);
    AppendNumber(file, 45, 2);
    AppendNumber(file, 0, 8);
    AppendNumber(file, members.size(), 8);
    AppendNumber(file, members.size(), 8);
    AppendNumber(file, directory.size(), 8);
    AppendNumber(file, at, 8);
    AppendNumber(file, 0x07064b50, 4);
    AppendNumber(file, 0, 4);
    AppendNumber(file, end, 8);
    AppendNumber(file, 1, 4);
  }
  AppendNumber(file, 0x06054b50, 4);
  AppendNumber(file, 0, 4);
  AppendNumber(file, zip64 ? 0xFFFF : members.size(), 2);
  AppendNumber(file, zip64 ? 0xFFFF : members.size(), 2);
  AppendNumber(file, zip64 ? kOnes : directory.size(), 4);
  AppendNumber(file, zip64 ? kOnes : at, 4);
  AppendNumber(file, 0, 2);
  return file;
}

Bytes TensorProtoFile(std::string_view name, const Literal& literal) {
  Bytes file;
  for (const int64_t extent : literal.shape()) {
    AppendVarint(file, 1 << 3);
    AppendVarint(file, static_cast<uint64_t>(extent));
  }
  AppendVarint(file, 2 << 3);
  AppendVarint(file, static_cast<uint64_t>(literal.dtype()));
  AppendVarint(file, 8 << 3 | 2);
  AppendVarint(file, name.size());
  Append(file, BytesOf(name));
  AppendVarint(file, 9 << 3 | 2);
  AppendVarint(file, literal.bytes().size());
  Append(file, literal.bytes());
  return file;
}

}  // namespace zkvm::compiler
