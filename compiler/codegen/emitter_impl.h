// What an Emitter writes to. For the .cc files of this folder: it includes LLVM.
#ifndef ZKVM_COMPILER_CODEGEN_EMITTER_IMPL_H_
#define ZKVM_COMPILER_CODEGEN_EMITTER_IMPL_H_

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <string>
#include <utility>
#include <vector>

#include "compiler/codegen/emitter.h"

namespace zkvm::compiler {

class Emitter::Impl {
 public:
  // Functions return null, or (not `guest`) the message of a trap.
  Impl(const Graph& graph, const Node& node, llvm::Module& module, llvm::Function& function,
       bool guest)
      : graph(graph),
        node(node),
        module(module),
        function(function),
        guest(guest),
        builder(llvm::BasicBlock::Create(module.getContext(), "entry", &function)) {}

  const Graph& graph;
  const Node& node;
  llvm::Module& module;
  llvm::Function& function;
  const bool guest;
  llvm::IRBuilder<> builder;

  // Parameters, null where there is none.
  std::vector<llvm::Value*> inputs, outputs;
  std::vector<llvm::Value*> extents;  // of outputs with a dynamic axis: where to store it
  llvm::Value* scratch = nullptr;

  // What the code came out to depend on.
  std::vector<bool> input_used;             // its memory
  std::vector<size_t> constants_asked_for;  // inputs, ascending
  uint64_t scratch_bytes = 0;

  llvm::LLVMContext& context() { return module.getContext(); }
  llvm::BasicBlock* NewBlock(const char* name) {
    return llvm::BasicBlock::Create(context(), name, &function);
  }
  // As a register; bool is i1, float16 and bfloat16 are float.
  llvm::Type* RegisterType(DType type);
  // As in memory; bool is i8, float16 and bfloat16 are i16.
  llvm::Type* MemoryType(DType type);
  llvm::Value* ElementAddress(const Array& array, Scalar position);
  // A zero-terminated string of the module.
  llvm::Constant* String(std::string_view text);
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_CODEGEN_EMITTER_IMPL_H_
