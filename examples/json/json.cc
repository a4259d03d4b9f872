// Parses a JSON document on standard input with nlohmann::json and publishes one field of it: the
// document stays private, the proof says what the field contains.
//
// The first line of the input is a JSON pointer (RFC 6901) such as /accounts/0/balance, the rest is
// the document.

#define JSON_NOEXCEPTION 1
#define JSON_NO_IO 1

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace {

std::string ReadStandardInput() {
  std::string text;
  char block[4096];
  for (size_t count; (count = fread(block, 1, sizeof(block), stdin)) != 0;) {
    text.append(block, count);
  }
  return text;
}

// Whether nlohmann::json takes `pointer` without throwing.
bool IsPointer(const std::string& pointer) {
  if (!pointer.empty() && pointer[0] != '/') return false;
  for (size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] != '~') continue;
    if (i + 1 == pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1')) return false;
  }
  return true;
}

int Fail(const char* message) {
  fprintf(stderr, "%s\n", message);
  return 1;
}

}  // namespace

int main() {
  const std::string input = ReadStandardInput();
  const size_t line = input.find('\n');
  if (line == std::string::npos) return Fail("expected a line with a JSON pointer");
  const std::string path = input.substr(0, line);
  if (!IsPointer(path)) return Fail("the first line is not a JSON pointer");

  const auto document = nlohmann::json::parse(input.begin() + static_cast<ptrdiff_t>(line + 1),
                                              input.end(), nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return Fail("the document is not valid JSON");
  const nlohmann::json::json_pointer pointer(path);
  if (!document.contains(pointer)) return Fail("the document has no such field");
  printf("%s = %s\n", path.c_str(), document[pointer].dump().c_str());
  return 0;
}
