#include "compiler/onnx/printable.h"

namespace zkvm::compiler {

std::string Printable(std::string_view text, size_t limit) {
  std::string result(text.substr(0, limit));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (text.size() > limit) result += "...";
  return result;
}

std::string Quoted(std::string_view text) {
  return std::string("'").append(Printable(text)).append("'");
}

}  // namespace zkvm::compiler
