#include <format>
#include <print>
#include <string>
#include <vector>

int main() {
  std::println("{} {:>6}|{:<6}|{:^6}|{:06d} {:#x} {:b}", 1, "r", "l", "c", -42, 255, 5);
  std::println("{} {:.3f} {:e} {:g} {}", 0.1, 3.14159, 12345.678, 1e-5, 1e100);
  std::println("{} {} {}", true, 'c', std::string("text"));
  std::print("{1} {0}\n", "first", "second");
  std::puts(std::format("{:*^20}", std::format("{:+}", 7)).c_str());
}
