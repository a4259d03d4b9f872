// Files as other programs write them, for the tests of their readers.
#ifndef ZKVM_TESTS_COMPILER_DATA_DATA_FILES_H_
#define ZKVM_TESTS_COMPILER_DATA_DATA_FILES_H_

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/graph/type.h"

namespace zkvm::compiler {

using Bytes = std::vector<uint8_t>;

// numpy.save: version 1, 2 or 3 of the format; `order` is "False" or "True" (Fortran).
Bytes NpyFile(std::string_view descr, std::string_view shape, std::span<const uint8_t> data,
              int version = 1, std::string_view order = "False");
// Of a row-major tensor.
Bytes NpyFile(const Literal& literal);

// A ZIP archive with these members: stored or deflated, with 32-bit or (zip64) 64-bit sizes.
Bytes ZipFile(const std::vector<std::pair<std::string, Bytes>>& members, bool deflated, bool zip64);

// onnx.TensorProto with raw_data.
Bytes TensorProtoFile(std::string_view name, const Literal& literal);

template <class T>
Bytes BytesOf(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

inline Bytes BytesOf(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace zkvm::compiler

#endif  // ZKVM_TESTS_COMPILER_DATA_DATA_FILES_H_
