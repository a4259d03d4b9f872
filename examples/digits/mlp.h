// The network: a perceptron with one hidden layer, as a model of the machine.
#ifndef ZKVM_EXAMPLES_DIGITS_MLP_H_
#define ZKVM_EXAMPLES_DIGITS_MLP_H_

#include <cstdint>

#include "image.h"

namespace digits {

// The digit that the network takes the image for.
uint32_t Classify(const Grid& image);

}  // namespace digits

#endif  // ZKVM_EXAMPLES_DIGITS_MLP_H_
