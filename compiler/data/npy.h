// Arrays of NumPy: .npy files (numpy.lib.format, versions 1 to 3) and .npz archives of them.
#ifndef ZKVM_COMPILER_DATA_NPY_H_
#define ZKVM_COMPILER_DATA_NPY_H_

#include <cstdint>
#include <span>
#include <vector>

#include "compiler/data/tensors.h"
#include "compiler/graph/type.h"

namespace zkvm::compiler {

// bool, signed and unsigned integers of 1 to 8 bytes, and floats of 2 to 8, in either byte order;
// C or Fortran order (the result is row-major). Any bytes may come in; throws CompileError. Memory
// is proportional to the bytes.
Literal ParseNpy(std::span<const uint8_t> bytes);

// The arrays of an archive in its order, named as numpy.savez was told ("arr_0", ...). Stored and
// deflated members; zip64. Any bytes may come in; throws CompileError, also where a member would
// inflate to more than kMaxInflatedBytes.
std::vector<NamedTensor> ParseNpz(std::span<const uint8_t> bytes);

inline constexpr uint64_t kMaxInflatedBytes = uint64_t{1} << 32;

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_NPY_H_
