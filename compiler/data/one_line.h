// Text of files in messages.
#ifndef ZKVM_COMPILER_DATA_ONE_LINE_H_
#define ZKVM_COMPILER_DATA_ONE_LINE_H_

#include <algorithm>
#include <string>
#include <string_view>

namespace zkvm::compiler {

// Without line ends and other control characters, and of a length that fits a message.
inline std::string OneLine(std::string_view text) {
  constexpr size_t kMost = 100;
  std::string line(text.substr(0, kMost));
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  if (text.size() > kMost) line.append("...");
  return line;
}

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_ONE_LINE_H_
