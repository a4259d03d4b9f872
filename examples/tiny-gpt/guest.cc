// Continues a text greedily, character by character. The private input is a command:
//
//   write N\nPROMPT        runs the network once for every character, and publishes PROMPT and the
//                          N characters that follow
//   check\nPROMPT\nTEXT    publishes the same, but runs the network once: every character of TEXT
//                          has to be the one that the network finds most likely after all before
//                          it. If one is not, the program fails.
//
// PROMPT and TEXT together are at most 64 characters, which is what the network sees. Both commands
// say the same thing; the second is what one proves. What the network finds for a character does
// not depend on later ones, so one run over the whole text certifies every step.

#include <zkvm/guest.h>
#include <zkvm/model.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using zkvm::model::in::tokens;
using zkvm::model::out::next;

// train.py, characters.txt.
constexpr std::string_view kCharacters = " ',.;abcdefghijklmnopqrstuvwxyz";
constexpr auto kTokens = [] {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (size_t i = 0; i < kCharacters.size(); ++i) {
    table[static_cast<uint8_t>(kCharacters[i])] = static_cast<int8_t>(i);
  }
  return table;
}();
constexpr size_t kContext = tokens.kShape[1];

// The text so far; the rest of the context is spaces.
void SetTokens(std::string_view text) {
  for (size_t i = 0; i < kContext; ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    const int token = kTokens[static_cast<uint8_t>(c)];
    if (token < 0) zkvm_panic("a character that the network does not know");
    tokens[i] = token;
  }
}

}  // namespace

int main() {
  const std::vector<uint8_t> input = zkvm::ReadInput();
  std::string_view rest(reinterpret_cast<const char*>(input.data()), input.size());
  const auto line = [&] {
    const std::string_view taken = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), taken.size() + 1));
    return taken;
  };

  const std::string_view command = line();
  const std::string_view prompt = line();
  if (prompt.empty()) zkvm_panic("no prompt: the second line of the input");
  std::string text(prompt);
  if (command == "check") {
    text += line();
    if (text.size() > kContext) zkvm_panic("prompt and text are longer than 64 characters");
    SetTokens(text);
    zkvm::model::Run();
    for (size_t i = prompt.size(); i < text.size(); ++i) {
      if (kCharacters[static_cast<size_t>(next[i - 1])] != text[i])
        zkvm_panic("the network does not continue so");
    }
  } else if (command.starts_with("write ")) {
    size_t count = 0;
    std::from_chars(command.data() + 6, command.data() + command.size(), count);
    if (count > kContext - std::min(kContext, prompt.size())) {
      zkvm_panic("prompt and text are longer than 64 characters");
    }
    for (size_t i = 0; i < count; ++i) {
      SetTokens(text);
      zkvm::model::Run();
      text += kCharacters[static_cast<size_t>(next[text.size() - 1])];
    }
  } else {
    zkvm_panic("the first line of the input is \"write N\" or \"check\"");
  }
  printf("%s\n%s\n", std::string(prompt).c_str(), text.c_str() + prompt.size());
}
