#include "compiler/onnx/printable.h"

namespace zkvm::compiler {

namespace {

// The bytes of the character that begins at `text[i]`: 1 to 4 in the ranges of UTF-8; 0 if there is
// none.
size_t CharacterLength(std::string_view text, size_t i) {
  const unsigned char first = static_cast<unsigned char>(text[i]);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || length > text.size() - i) return 0;
  for (size_t k = 1; k < length; ++k) {
    const unsigned char next = static_cast<unsigned char>(text[i + k]);
    const unsigned char least = k > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char most = k > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (next < least || next > most) return 0;
  }
  return length;
}

}  // namespace

std::string Printable(std::string_view text, size_t limit) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const size_t length = CharacterLength(text, i);
    if (i + length > limit) return result + "...";
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      result += '?';
    } else if (c < 0x20 || c == 0x7f) {
      result += ' ';
    } else {
      result += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return result;
}

std::string Quoted(std::string_view text) {
  return std::string("'").append(Printable(text)).append("'");
}

}  // namespace zkvm::compiler
