// Links the objects of a compiled model with the guest SDK.
#ifndef ZKVM_COMPILER_LINK_LINK_H_
#define ZKVM_COMPILER_LINK_LINK_H_

#include <filesystem>
#include <set>
#include <span>
#include <string>

namespace zkvm::compiler {

// `output` appears complete or not at all. The SDK (SdkDirectory, build_guest.h) brings the rest of
// the program: the runtime of models, whose main gives way to one among the objects, and the C and
// C++ libraries. Throws CompileError with what the linker says.
void LinkModel(std::span<const std::filesystem::path> objects, const std::filesystem::path& output);

// The symbols that an object or the members of an archive define. Throws CompileError.
std::set<std::string> DefinedSymbols(const std::filesystem::path& file);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_LINK_LINK_H_
