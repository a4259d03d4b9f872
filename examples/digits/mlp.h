// The network: a perceptron with one hidden layer, in int8.
#ifndef ZKVM_EXAMPLES_DIGITS_MLP_H_
#define ZKVM_EXAMPLES_DIGITS_MLP_H_

#include <array>
#include <cstdint>

#include "image.h"
#include "weights.h"

namespace digits {

// The score of each digit. Products of int8 are summed in 32 bits; the hidden layer is brought back
// to 0..127 by a multiplication and a shift, which is also its ReLU.
std::array<int32_t, kClasses> Scores(const Grid& input);

}  // namespace digits

#endif  // ZKVM_EXAMPLES_DIGITS_MLP_H_
