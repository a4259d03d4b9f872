// Constructors and destructors of static objects, thread-local and function-local variables.

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

struct Noisy {
  explicit Noisy(const char* text) : name(text) { std::printf("+%s\n", name.c_str()); }
  ~Noisy() { std::printf("-%s\n", name.c_str()); }
  std::string name;
};

Noisy first("first");
Noisy second("second, with a name that does not fit inside the string");

thread_local int counted = 40;
thread_local int zero;
thread_local std::unique_ptr<Noisy> lazy;

Noisy& Local() {
  static Noisy local("local");
  return local;
}

struct Many {
  int number = 0;
  ~Many() {
    if (number % 25 == 0) std::printf("many %d\n", number);
  }
};
template <int kIndex>
Many& Make() {
  static Many many{kIndex};
  return many;
}
template <int... kIndices>
int MakeAll(std::integer_sequence<int, kIndices...>) {
  return (0 + ... + Make<kIndices>().number);
}

[[gnu::constructor]] void Constructor() { std::puts("constructor"); }
[[gnu::destructor]] void Destructor() { std::puts("destructor"); }

}  // namespace

int main() {
  ++counted;
  ++zero;
  lazy = std::make_unique<Noisy>("thread local");
  std::printf("%d %d %d\n", counted, zero, MakeAll(std::make_integer_sequence<int, 100>()));
  Local();
  Local();
  return counted;
}
