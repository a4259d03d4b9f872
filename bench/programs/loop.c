// A counted loop of a few arithmetic instructions: Fibonacci numbers.
#include "zkvm/guest.h"

int main(void) {
  uint32_t rounds = 0;
  zkvm_read_input(&rounds, sizeof rounds);
  uint32_t a = 0;
  uint32_t b = 1;
  for (uint32_t i = 0; i < 32 * rounds; ++i) {
    const uint32_t next = a + b;
    a = b;
    b = next;
    __asm__ volatile("" : "+r"(a), "+r"(b));
  }
  zkvm_write_journal(&a, sizeof a);
  return 0;
}
