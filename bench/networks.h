// Whole networks with their real shapes and random weights.
#ifndef ZKVM_BENCH_NETWORKS_H_
#define ZKVM_BENCH_NETWORKS_H_

#include <string_view>
#include <vector>

#include "tests/support/network_builder.h"

namespace zkvm {

struct Network {
  std::string_view name;
  NetworkBuilder (*build)();
};

// LeNet-5 to GPT-2, smallest first.
const std::vector<Network>& Networks();

}  // namespace zkvm

#endif  // ZKVM_BENCH_NETWORKS_H_
