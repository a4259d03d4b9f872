// The private input as a byte stream. The host frames it as one word, the length in bytes, and then
// the bytes in little-endian words, the last one padded.
#ifndef ZKVM_GUEST_SDK_RUNTIME_INPUT_H_
#define ZKVM_GUEST_SDK_RUNTIME_INPUT_H_

#include <cstddef>
#include <cstdint>

namespace zkvm::guest {

// Bytes not yet read. The first call of any of these functions receives the length.
size_t InputLeft();

// Reads min(count, InputLeft()) bytes to `to`, and returns how many. Large reads are received in
// place, without a copy if `to` is word aligned.
size_t ReadInput(void* to, size_t count);

// The next byte, or -1 at the end.
int ReadInputByte();

// Makes the last byte read the next one again. REQUIRES: the last call was a ReadInputByte that
// returned a byte.
void UnreadInputByte();

}  // namespace zkvm::guest

#endif  // ZKVM_GUEST_SDK_RUNTIME_INPUT_H_
