// libFuzzer target: see tests/fuzz/entries.h.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/entries.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  zkvm::TryJournal({data, size});
  return 0;
}
