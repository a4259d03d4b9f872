// Names and messages of files, as they may stand in an error of one line.
#ifndef ZKVM_COMPILER_ONNX_PRINTABLE_H_
#define ZKVM_COMPILER_ONNX_PRINTABLE_H_

#include <string>
#include <string_view>

namespace zkvm::compiler {

// Control characters become spaces, bytes that are no UTF-8 question marks; what is longer than
// `limit` bytes ends in "...".
std::string Printable(std::string_view text, size_t limit = 200);
// The same as 'text'.
std::string Quoted(std::string_view text);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_ONNX_PRINTABLE_H_
