// Compiles and links guests written in C and C++: what `zkvm build` does.
#ifndef ZKVM_COMPILER_LINK_BUILD_GUEST_H_
#define ZKVM_COMPILER_LINK_BUILD_GUEST_H_

#include <optional>
#include <string>
#include <vector>

namespace zkvm {

struct BuildOptions {
  // C (.c), C++ (.cc .cpp .cxx .C) and assembly (.s .S) files, objects (.o) and archives (.a).
  std::vector<std::string> sources;
  std::string output;  // empty: the first source's name with .elf, in the current directory
  std::vector<std::string> flags;  // further compiler options, as in -Os -DNDEBUG
};

// One line, without a full stop. The compiler's own messages have gone to standard error.
struct BuildError {
  std::string message;
};

// Runs clang-19 and ld.lld-19 with the guest SDK (SdkDirectory). The output appears complete or
// not at all; an existing file stays as it is when anything fails.
std::optional<BuildError> BuildGuest(const BuildOptions& options);

// One C, C++ or assembly file to an object, with the same compiler and further options.
std::optional<BuildError> CompileGuestSource(const std::string& source,
                                             const std::vector<std::string>& flags,
                                             const std::string& object);

// Where the guest SDK is: $ZKVM_SDK if set; otherwise beside the program, in ../guest-sdk (a build
// tree) or ../share/zkvm/guest-sdk (an installation). Nothing if there is none.
std::optional<std::string> SdkDirectory();

}  // namespace zkvm

#endif  // ZKVM_COMPILER_LINK_BUILD_GUEST_H_
