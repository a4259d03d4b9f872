// <zkvm/guest.h> in a program that also runs natively.

#include <zkvm/guest.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

struct Header {
  uint32_t count;
  uint16_t scale;
  uint16_t flags;
};

int main() {
  const Header header = zkvm::Read<Header>();
  if (header.flags == 1) zkvm::Panic("flag " + std::to_string(header.flags));
  uint64_t sum = 0;
  {
    const zkvm::CycleMarker marker("sum");
    const std::vector<uint8_t> bytes = zkvm::ReadInput();
    sum = std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
  }
  zkvm::Write(sum * header.scale);
  zkvm::Write(header.count);
  zkvm::WriteJournal(std::vector<uint8_t>{1, 2, 3});
  zkvm_write_journal("c", 1);
  return static_cast<int>(zkvm_input_left());
}
