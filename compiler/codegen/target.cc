#include "compiler/codegen/target.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <mutex>
#include <string>

namespace zkvm::compiler {
namespace {

// Wider vectors are no faster for a few operations per load.
constexpr const char* kHostFeatures = "+prefer-256-bit";

void InitializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeRISCVTargetInfo();
    LLVMInitializeRISCVTarget();
    LLVMInitializeRISCVTargetMC();
    LLVMInitializeRISCVAsmPrinter();
    LLVMInitializeRISCVAsmParser();
  });
}

std::unique_ptr<llvm::TargetMachine> MachineFor(CodeFor target, Effort effort) {
  InitializeTargets();
  const bool guest = target == CodeFor::kGuest;
  const std::string triple = guest ? "riscv32-unknown-elf" : llvm::sys::getProcessTriple();
  std::string error;
  const llvm::Target* const found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (found == nullptr) throw CompileError("LLVM has no code generator for " + triple);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  options.FunctionSections = guest;
  options.DataSections = guest;
  if (guest) options.MCOptions.ABIName = "ilp32";
  // Features do not change results: there is no fusion.
  const std::string cpu = guest ? "generic-rv32" : llvm::sys::getHostCPUName().str();
  return std::unique_ptr<llvm::TargetMachine>(found->createTargetMachine(
      triple, cpu, guest ? "+m,+relax" : kHostFeatures, options,
      guest ? llvm::Reloc::Static : llvm::Reloc::PIC_, llvm::CodeModel::Small,
      effort == Effort::kFull ? llvm::CodeGenOptLevel::Default : llvm::CodeGenOptLevel::None,
      /*JIT=*/!guest));
}

void Optimize(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

}  // namespace

Target::Target(CodeFor target, Effort effort)
    : machine_(MachineFor(target, effort)), effort_(effort) {}
Target::~Target() = default;

std::unique_ptr<llvm::Module> Target::NewModule(llvm::LLVMContext& context) const {
  auto module = std::make_unique<llvm::Module>("model", context);
  module->setTargetTriple(machine_->getTargetTriple().str());
  module->setDataLayout(machine_->createDataLayout());
  if (machine_->getTargetTriple().isRISCV()) {
    module->addModuleFlag(llvm::Module::Error, "target-abi", llvm::MDString::get(context, "ilp32"));
  }
  return module;
}

std::unique_ptr<llvm::MemoryBuffer> Target::Compile(llvm::Module& module) const {
  if (effort_ == Effort::kFull) Optimize(module, *machine_);
  llvm::SmallVector<char, 0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager passes;
  llvm::MCContext* context = nullptr;
  if (machine_->addPassesToEmitMC(passes, context, stream, /*DisableVerify=*/true)) {
    throw CompileError("LLVM cannot write objects for " + machine_->getTargetTriple().str());
  }
  passes.run(module);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(object),
                                                         /*RequiresNullTerminator=*/false);
}

}  // namespace zkvm::compiler
