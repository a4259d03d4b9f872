// Machine code from modules of LLVM: for the guest, and for this machine.
#ifndef ZKVM_COMPILER_CODEGEN_TARGET_H_
#define ZKVM_COMPILER_CODEGEN_TARGET_H_

#include <memory>

#include "compiler/codegen/node_code.h"

namespace llvm {
class LLVMContext;
class MemoryBuffer;
class TargetMachine;
}  // namespace llvm

namespace zkvm::compiler {

// kFast is for code that runs about once.
enum class Effort { kFast, kFull };

// Neither contracts or reorders floating-point operations, at any effort.
class Target {
 public:
  Target(CodeFor target, Effort effort);
  ~Target();
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  std::unique_ptr<llvm::Module> NewModule(llvm::LLVMContext& context) const;
  // The ELF object of a module of NewModule, which is changed.
  std::unique_ptr<llvm::MemoryBuffer> Compile(llvm::Module& module) const;

 private:
  std::unique_ptr<llvm::TargetMachine> machine_;
  Effort effort_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_TARGET_H_
