// Where the C++ library would throw: the first byte of standard input says how.

#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace {

struct Base {
  virtual ~Base() = default;
  virtual int Value() const { return 0; }
};
struct Derived : Base {};

volatile size_t large = size_t{3} << 28;

}  // namespace

int main() {
  std::puts("before");
  Base base;
  const std::variant<int, std::string> variant = 1;
  switch (std::getchar()) {
    case 'a':
      return std::vector<int>(3).at(large);
    case 's':
      return std::stoi("word");
    case 'r':
      return std::stoi("99999999999");
    case 'v':
      return static_cast<int>(std::get<std::string>(variant).size());
    case 'f':
      std::function<void()>()();
      return 0;
    case 'n':
      return *static_cast<char*>(::operator new(large));
    case 'l':
      return static_cast<int>(std::string(size_t(-5), 'x').size());
    case 'd':
      return dynamic_cast<Derived&>(base).Value();
    case 't':
      std::terminate();
    case 'i':
      std::cin.exceptions(std::ios::failbit);
      return int(std::cin.ignore(5).get());
    default:
      return 1;
  }
}
