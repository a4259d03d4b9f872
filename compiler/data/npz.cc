// The part of the ZIP format (PKWARE APPNOTE 6.3) that numpy.savez and numpy.savez_compressed
// write.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/data/npy.h"
#include "compiler/data/one_line.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

using Bytes = std::span<const uint8_t>;

constexpr uint32_t kEndOfDirectory = 0x06054b50;
constexpr uint32_t kEndOfDirectory64 = 0x06064b50;
constexpr uint32_t kEndLocator64 = 0x07064b50;
constexpr uint32_t kDirectoryEntry = 0x02014b50;
constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr size_t kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20, kEntryBytes = 46,
                 kLocalBytes = 30;
constexpr uint16_t kExtra64 = 1;
constexpr uint16_t kStored = 0, kDeflated = 8;
constexpr uint16_t kEncrypted = 1;

// Numbers at fixed places of a record.
class Fields {
 public:
  // Throws unless the record lies in the file and begins with its signature.
  Fields(Bytes file, uint64_t at, size_t size, uint32_t signature) {
    if (at > file.size() || size > file.size() - at) {
      throw CompileError("the archive is cut off or its directory is broken");
    }
    bytes_ = file.subspan(at, size);
    if (U32(0) != signature) throw CompileError("the directory of the archive is broken");
  }
  uint16_t U16(size_t at) const { return static_cast<uint16_t>(Read(at, 2)); }
  uint32_t U32(size_t at) const { return static_cast<uint32_t>(Read(at, 4)); }
  uint64_t U64(size_t at) const { return Read(at, 8); }

 private:
  uint64_t Read(size_t at, size_t size) const {
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value |= uint64_t{bytes_[at + i]} << (8 * i);
    return value;
  }
  Bytes bytes_;
};

Bytes Part(Bytes file, uint64_t at, uint64_t size) {
  if (at > file.size() || size > file.size() - at) throw CompileError("the archive is cut off");
  return file.subspan(at, size);
}

struct Member {
  std::string name;
  uint16_t method = 0;
  uint32_t crc = 0;
  uint64_t packed = 0, size = 0, offset = 0;
};

// The 64-bit numbers stand in the extra field in this order, those alone that are all ones in the
// entry.
void ReadExtra64(Bytes extra, Member& member) {
  while (extra.size() >= 4) {
    const size_t id = extra[0] | size_t{extra[1]} << 8;
    const size_t length = extra[2] | size_t{extra[3]} << 8;
    Bytes body = Part(extra, 4, length);
    extra = extra.subspan(4 + length);
    if (id != kExtra64) continue;
    for (uint64_t* number : {&member.size, &member.packed, &member.offset}) {
      if (*number != 0xFFFFFFFF) continue;
      if (body.size() < 8) throw CompileError("the directory of the archive is broken");
      std::memcpy(number, body.data(), 8);
      body = body.subspan(8);
    }
    return;
  }
}

std::vector<Member> ReadDirectory(Bytes file) {
  // The end record is followed by a comment of at most 65535 bytes.
  std::optional<uint64_t> end;
  for (uint64_t back = kEndBytes; back <= file.size() && back <= kEndBytes + 0xFFFF; ++back) {
    const uint64_t at = file.size() - back;
    uint32_t word;
    std::memcpy(&word, file.data() + at, 4);
    if (word == kEndOfDirectory) {
      end = at;
      break;
    }
  }
  if (!end) throw CompileError("not an archive of numpy.savez");
  const Fields record(file, *end, kEndBytes, kEndOfDirectory);
  uint64_t count = record.U16(10), size = record.U32(12), offset = record.U32(16);
  if (count == 0xFFFF || size == 0xFFFFFFFF || offset == 0xFFFFFFFF) {
    const Fields locator(file, *end - std::min<uint64_t>(*end, kLocatorBytes), kLocatorBytes,
                         kEndLocator64);
    const Fields record64(file, locator.U64(8), kEnd64Bytes, kEndOfDirectory64);
    count = record64.U64(32), size = record64.U64(40), offset = record64.U64(48);
  }
  Bytes directory = Part(file, offset, size);

  std::vector<Member> members;
  for (uint64_t i = 0; i < count; ++i) {
    const Fields entry(directory, 0, kEntryBytes, kDirectoryEntry);
    const size_t name = entry.U16(28), extra = entry.U16(30), comment = entry.U16(32);
    const Bytes rest = Part(directory, kEntryBytes, name + extra + comment);
    Member member{{rest.begin(), rest.begin() + static_cast<ptrdiff_t>(name)},
                  entry.U16(10),
                  entry.U32(16),
                  entry.U32(20),
                  entry.U32(24),
                  entry.U32(42)};
    if ((entry.U16(8) & kEncrypted) != 0) throw CompileError("the archive is encrypted");
    ReadExtra64(rest.subspan(name, extra), member);
    members.push_back(std::move(member));
    directory = directory.subspan(kEntryBytes + name + extra + comment);
  }
  return members;
}

std::vector<uint8_t> Inflate(Bytes packed, uint64_t size) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  std::vector<uint8_t> bytes;
  int status = Z_OK;
  while (status == Z_OK) {
    // Grows with what is there rather than with what is claimed.
    const size_t done = bytes.size();
    const uint64_t room = std::min<uint64_t>(size - done + 1, std::max<size_t>(done, 1 << 16));
    bytes.resize(done + room);
    stream.next_out = bytes.data() + done;
    stream.avail_out = static_cast<uInt>(room);
    if (stream.avail_in == 0) {
      const size_t taken = std::min<size_t>(packed.size(), size_t{1} << 30);
      stream.next_in = const_cast<Bytef*>(packed.data());
      stream.avail_in = static_cast<uInt>(taken);
      packed = packed.subspan(taken);
    }
    status = inflate(&stream, Z_NO_FLUSH);
    bytes.resize(bytes.size() - stream.avail_out);
    if (bytes.size() > size) break;
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || bytes.size() != size) {
    throw CompileError("the compressed data is damaged");
  }
  return bytes;
}

std::vector<uint8_t> Unpack(Bytes file, const Member& member) {
  const Fields header(file, member.offset, kLocalBytes, kLocalHeader);
  const uint64_t data = member.offset + kLocalBytes + header.U16(26) + header.U16(28);
  const Bytes packed = Part(file, data, member.packed);
  if (member.method != kStored && member.method != kDeflated) {
    throw CompileError(fmt::format("compression method {} is not known", member.method));
  }
  if (member.method == kStored && member.size != member.packed) {
    throw CompileError("the directory of the archive is broken");
  }
  if (member.size > kMaxInflatedBytes) {
    throw CompileError(fmt::format("{} bytes are more than are read", member.size));
  }
  std::vector<uint8_t> bytes = member.method == kStored
                                   ? std::vector<uint8_t>(packed.begin(), packed.end())
                                   : Inflate(packed, member.size);
  uLong crc = crc32_z(0, bytes.data(), bytes.size());
  if (crc != member.crc) throw CompileError("the checksum is wrong: the data is damaged");
  return bytes;
}

}  // namespace

std::vector<NamedTensor> ParseNpz(std::span<const uint8_t> bytes) {
  constexpr std::string_view kSuffix = ".npy";
  std::vector<NamedTensor> tensors;
  for (const Member& member : ReadDirectory(bytes)) {
    if (!member.name.ends_with(kSuffix)) continue;
    const std::string name = member.name.substr(0, member.name.size() - kSuffix.size());
    try {
      tensors.push_back({name, ParseNpy(Unpack(bytes, member))});
    } catch (const CompileError& error) {
      throw CompileError(fmt::format("array '{}': {}", OneLine(name), error.what()));
    }
  }
  if (tensors.empty()) throw CompileError("the archive has no arrays");
  return tensors;
}

}  // namespace zkvm::compiler
