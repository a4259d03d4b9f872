// Digests of standard input by <zkvm/hash.h>: of all of it at once, and of its tail in pieces.

#include <zkvm/guest.h>
#include <zkvm/hash.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

template <class Hash>
void Print(Hash& hash) {
  for (const uint8_t byte : hash.Finish()) printf("%02x", byte);
  puts("");
}

template <class Hash>
void PrintDigests(const char* name, std::span<const uint8_t> bytes) {
  Hash whole;
  {
    const zkvm::CycleMarker marker(name);
    whole.Update(bytes);
  }
  Print(whole);
  for (const size_t skipped : {1, 2, 64}) {
    Hash tail;
    std::span<const uint8_t> rest = bytes.subspan(std::min(skipped, bytes.size()));
    for (size_t size = 1; !rest.empty(); size = 2 * size + 1) {
      const size_t taken = std::min(size, rest.size());
      tail.Update(rest.first(taken));
      rest = rest.subspan(taken);
    }
    Print(tail);
  }
}

int main() {
  const std::vector<uint8_t> input = zkvm::ReadInput();
  PrintDigests<zkvm::Sha256>("sha256", input);
  PrintDigests<zkvm::Blake3>("blake3", input);
}
