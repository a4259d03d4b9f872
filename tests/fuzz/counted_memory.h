// Linked into a test, counts the bytes that operator new hands out.
#ifndef ZKVM_TESTS_FUZZ_COUNTED_MEMORY_H_
#define ZKVM_TESTS_FUZZ_COUNTED_MEMORY_H_

#include <cstddef>

namespace zkvm {

size_t LiveBytes();
// The most that lived at once since the last ResetPeak.
size_t PeakBytes();
void ResetPeak();

}  // namespace zkvm

#endif  // ZKVM_TESTS_FUZZ_COUNTED_MEMORY_H_
