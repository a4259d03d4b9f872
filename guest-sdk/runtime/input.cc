#include "guest-sdk/runtime/input.h"

#include <algorithm>
#include <cstring>

#include "guest-sdk/runtime/ecall.h"

namespace zkvm::guest {
namespace {

constexpr size_t kBufferWords = 256;
constexpr size_t kMaxHintWords = size_t{1} << 20;  // the machine takes less than 2^24 at once

// Bytes [next, end) of the buffer have been received and not read; `pending` more bytes, starting
// at a word of the stream, have not been received.
struct Input {
  bool started;
  const uint8_t* next;
  const uint8_t* end;
  size_t pending;
  uint32_t buffer[kBufferWords];
};
Input input;

void Start() {
  uint32_t length;
  Hint(&length, 1);
  input.pending = length;
  input.started = true;
}

void Refill() {
  const size_t bytes = std::min(input.pending, sizeof(input.buffer));
  if (bytes == 0) return;
  Hint(input.buffer, (bytes + 3) / 4);
  input.next = reinterpret_cast<const uint8_t*>(input.buffer);
  input.end = input.next + bytes;
  input.pending -= bytes;
}

size_t ReadBuffer(uint8_t* to, size_t count) {
  count = std::min(count, static_cast<size_t>(input.end - input.next));
  memcpy(to, input.next, count);
  input.next += count;
  return count;
}

// Receives as many whole words as fit into [to, to + count), and returns their bytes.
size_t ReadWords(uint8_t* to, size_t count) {
  const size_t skew = -reinterpret_cast<uintptr_t>(to) & 3;
  if (count < skew + 4) return 0;
  const size_t words = std::min(count - skew, input.pending) / 4;
  uint32_t* aligned = reinterpret_cast<uint32_t*>(to + skew);
  for (size_t done = 0; done < words;) {
    const size_t n = std::min(words - done, kMaxHintWords);
    Hint(aligned + done, n);
    done += n;
  }
  input.pending -= 4 * words;
  if (skew != 0) memmove(to, aligned, 4 * words);
  return 4 * words;
}

}  // namespace

size_t InputLeft() {
  if (!input.started) Start();
  return static_cast<size_t>(input.end - input.next) + input.pending;
}

size_t ReadInput(void* to, size_t count) {
  if (!input.started) Start();
  uint8_t* const bytes = static_cast<uint8_t*>(to);
  size_t done = ReadBuffer(bytes, count);
  if (count - done >= sizeof(input.buffer)) done += ReadWords(bytes + done, count - done);
  while (done < count && input.pending != 0) {
    Refill();
    done += ReadBuffer(bytes + done, count - done);
  }
  return done;
}

int ReadInputByte() {
  if (input.next == input.end) {
    if (!input.started) Start();
    Refill();
    if (input.next == input.end) return -1;
  }
  return *input.next++;
}

void UnreadInputByte() { --input.next; }

}  // namespace zkvm::guest
