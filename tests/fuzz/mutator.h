// Changes to proofs and keys that keep more of their structure than flipped bits do.
#ifndef ZKVM_TESTS_FUZZ_MUTATOR_H_
#define ZKVM_TESTS_FUZZ_MUTATOR_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace zkvm {

// One change: a bit, a byte, a word (to a small number, a field element or a number about p or
// 2^32), two blocks of a digest's size exchanged or copied, a piece cut out, doubled or cut off.
void Mutate(std::mt19937& random, std::vector<uint8_t>& bytes);

}  // namespace zkvm

#endif  // ZKVM_TESTS_FUZZ_MUTATOR_H_
