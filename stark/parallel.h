// Data parallelism over an index range, on the oneTBB thread pool.
#ifndef ZKVM_STARK_PARALLEL_H_
#define ZKVM_STARK_PARALLEL_H_

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <cstddef>

namespace zkvm {

// Calls body(first, last) on disjoint subranges that cover [begin, end), each of them longer than
// grain / 2 if the whole range is; concurrently and in any order. An exception of `body` ends the
// loop and is rethrown.
template <class Body>
void ParallelFor(size_t begin, size_t end, size_t grain, const Body& body) {
  tbb::parallel_for(
      tbb::blocked_range<size_t>(begin, end, grain),
      [&body](const tbb::blocked_range<size_t>& range) { body(range.begin(), range.end()); });
}

}  // namespace zkvm

#endif  // ZKVM_STARK_PARALLEL_H_
