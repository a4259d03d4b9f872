#include "compiler/data/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/data/literals.h"
#include "compiler/data/one_line.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr size_t kMaxRank = 32;
constexpr uint64_t kMaxElements = uint64_t{1} << 40;

struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

// The header is a literal of a Python dictionary, as in
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  Header Parse() {
    Header header;
    bool seen[3] = {};
    Expect('{');
    while (!Accept('}')) {
      const std::string key = String();
      Expect(':');
      if (key == "descr" && !seen[0]) {
        header.descr = String();
        seen[0] = true;
      } else if (key == "fortran_order" && !seen[1]) {
        header.fortran_order = Bool();
        seen[1] = true;
      } else if (key == "shape" && !seen[2]) {
        header.shape = Tuple();
        seen[2] = true;
      } else {
        Fail();
      }
      if (!Accept(',')) {
        Expect('}');
        break;
      }
    }
    SkipSpace();
    if (!text_.empty() || !seen[0] || !seen[1] || !seen[2]) Fail();
    return header;
  }

 private:
  [[noreturn]] static void Fail() {
    throw CompileError(
        "the header is not one of numpy.save for an array of numbers (structured and object arrays "
        "are not read)");
  }
  void SkipSpace() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n' || text_[0] == '\t')) {
      text_.remove_prefix(1);
    }
  }
  bool Accept(char c) {
    SkipSpace();
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void Expect(char c) {
    if (!Accept(c)) Fail();
  }
  bool AcceptWord(std::string_view word) {
    SkipSpace();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  std::string String() {
    SkipSpace();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) Fail();
    const size_t end = text_.find(text_[0], 1);
    if (end == std::string_view::npos) Fail();
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }
  bool Bool() {
    if (AcceptWord("True")) return true;
    if (AcceptWord("False")) return false;
    Fail();
  }
  Shape Tuple() {
    Shape shape;
    Expect('(');
    while (!Accept(')')) {
      SkipSpace();
      int64_t extent = 0;
      const char* const begin = text_.data();
      const auto [at, error] = std::from_chars(begin, begin + text_.size(), extent);
      if (error != std::errc() || extent < 0 || shape.size() == kMaxRank) Fail();
      text_.remove_prefix(static_cast<size_t>(at - begin));
      AcceptWord("L");  // Python 2
      shape.push_back(extent);
      if (!Accept(',')) {
        Expect(')');
        break;
      }
    }
    return shape;
  }

  std::string_view text_;
};

// "<f4": byte order, kind, size.
DType DTypeOf(std::string_view descr) {
  if (descr.size() == 3) {
    const std::string_view kind = descr.substr(1);
    const std::pair<std::string_view, DType> kKinds[] = {
        {"b1", DType::kBool},    {"i1", DType::kInt8},   {"u1", DType::kUint8},
        {"i2", DType::kInt16},   {"u2", DType::kUint16}, {"i4", DType::kInt32},
        {"u4", DType::kUint32},  {"i8", DType::kInt64},  {"u8", DType::kUint64},
        {"f2", DType::kFloat16}, {"f4", DType::kFloat},  {"f8", DType::kDouble}};
    for (const auto& [name, dtype] : kKinds) {
      if (kind == name && std::string_view("<>|=").find(descr[0]) != std::string_view::npos) {
        return dtype;
      }
    }
  }
  throw CompileError(fmt::format(
      "the type '{}' is none of booleans, integers and floats of up to 8 bytes", OneLine(descr)));
}

void SwapBytes(std::vector<uint8_t>& bytes, size_t size) {
  for (size_t at = 0; at < bytes.size(); at += size) {
    std::reverse(bytes.begin() + static_cast<ptrdiff_t>(at),
                 bytes.begin() + static_cast<ptrdiff_t>(at + size));
  }
}

// From column-major to row-major.
std::vector<uint8_t> RowMajor(const std::vector<uint8_t>& bytes, const Shape& shape, size_t size) {
  std::vector<size_t> strides(shape.size());
  size_t stride = size;
  for (size_t d = 0; d < shape.size(); ++d) {
    strides[d] = stride;
    stride *= static_cast<size_t>(shape[d]);
  }
  std::vector<uint8_t> result(bytes.size());
  std::vector<int64_t> index(shape.size());
  size_t from = 0;
  for (size_t to = 0; to < result.size(); to += size) {
    std::memcpy(&result[to], &bytes[from], size);
    for (size_t d = shape.size(); d-- > 0;) {
      from += strides[d];
      if (++index[d] < shape[d]) break;
      from -= strides[d] * static_cast<size_t>(shape[d]);
      index[d] = 0;
    }
  }
  return result;
}

uint32_t ReadLittleEndian(std::span<const uint8_t> bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint32_t{bytes[at + i]} << (8 * i);
  return value;
}

}  // namespace

Literal ParseNpy(std::span<const uint8_t> bytes) {
  constexpr std::string_view kMagic = "\x93NUMPY";
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    throw CompileError("not an array of numpy.save");
  }
  const uint8_t version = bytes[6];
  if (version < 1 || version > 3) {
    throw CompileError(fmt::format("version {} of the format is not known", version));
  }
  const size_t length_bytes = version == 1 ? 2 : 4;
  const size_t header_at = 8 + length_bytes;
  if (bytes.size() < header_at) throw CompileError("the file ends in the header");
  const uint32_t length = ReadLittleEndian(bytes, 8, length_bytes);
  if (length > bytes.size() - header_at) throw CompileError("the file ends in the header");
  const Header header =
      HeaderParser({reinterpret_cast<const char*>(bytes.data()) + header_at, length}).Parse();
  const DType dtype = DTypeOf(header.descr);
  const size_t size = ByteSize(dtype);
  const std::span<const uint8_t> data = bytes.subspan(header_at + length);

  const std::optional<uint64_t> count = CountElements(header.shape, kMaxElements);
  if (!count || *count * size != data.size()) {
    throw CompileError(fmt::format("the shape {} of {} does not fit the {} bytes of data",
                                   ToString(header.shape), NameOf(dtype), data.size()));
  }
  std::vector<uint8_t> values(data.begin(), data.end());
  if (header.descr[0] == '>' && size > 1) SwapBytes(values, size);
  if (dtype == DType::kBool) {
    for (uint8_t& value : values) value = value != 0;
  }
  if (header.fortran_order && header.shape.size() > 1) {
    values = RowMajor(values, header.shape, size);
  }
  return Literal({dtype, header.shape}, std::move(values));
}

}  // namespace zkvm::compiler
