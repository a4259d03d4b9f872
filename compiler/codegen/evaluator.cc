#include "compiler/codegen/evaluator.h"

#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/Error.h>
#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>

#include "compiler/codegen/node_code.h"
#include "compiler/codegen/target.h"
#include "compiler/runtime/math.h"

namespace zkvm::compiler {
namespace {

namespace orc = llvm::orc;

// Takes the pointers of NodeCode as an array.
using Entry = const char* (*)(void* const* pointers);

struct Compiled {
  Entry entry = nullptr;
  uint64_t scratch_bytes = 0;
};

template <class T>
T Checked(llvm::Expected<T> value) {
  if (!value) throw CompileError("code in memory: " + llvm::toString(value.takeError()));
  return std::move(*value);
}
void Check(llvm::Error error) {
  if (error) throw CompileError("code in memory: " + llvm::toString(std::move(error)));
}

// Nodes of few elements run once, mostly, when constants are folded: compiling them well takes
// longer than running them. A bound on the time of most operators is their elements multiplied.
Effort EffortFor(const Graph& graph, const Node& node) {
  constexpr int64_t kFewElements = 1024;
  int64_t elements = 0;
  for (const std::vector<ValueId>* const values : {&node.inputs, &node.outputs}) {
    for (const ValueId id : *values) {
      if (id != kNoValue) elements += graph.At(id).type.elements();
    }
  }
  return elements <= kFewElements ? Effort::kFast : Effort::kFull;
}

// Adds `Entry name` to the function's module: loads the pointers and calls it.
void AddEntry(llvm::Function& function, const std::string& name) {
  llvm::LLVMContext& context = function.getContext();
  llvm::Type* const pointer = llvm::PointerType::getUnqual(context);
  llvm::Function* const entry =
      llvm::Function::Create(llvm::FunctionType::get(pointer, {pointer}, false),
                             llvm::GlobalValue::ExternalLinkage, name, function.getParent());
  entry->setDoesNotThrow();
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "entry", entry));
  std::vector<llvm::Value*> arguments;
  for (unsigned i = 0; i < function.arg_size(); ++i) {
    arguments.push_back(builder.CreateLoad(
        pointer, builder.CreateConstInBoundsGEP1_32(pointer, entry->getArg(0), i)));
  }
  builder.CreateRet(builder.CreateCall(&function, arguments));
}

}  // namespace

class Evaluator::Impl {
 public:
  Impl() {
    auto machine = Checked(orc::JITTargetMachineBuilder::detectHost());
    jit_ = Checked(orc::LLJITBuilder()
                       .setJITTargetMachineBuilder(std::move(machine))
                       .setPlatformSetUp(orc::setUpInactivePlatform)
                       .setNumCompileThreads(0)
                       .create());
    orc::SymbolMap symbols;
    const auto define = [&](const char* name, const void* address) {
      symbols[jit_->mangleAndIntern(name)] = {
          orc::ExecutorAddr::fromPtr(address),
          llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
    };
    for (const MathFunction& function : MathFunctions()) define(function.name, function.address);
    define("memcpy", reinterpret_cast<const void*>(&std::memcpy));
    define("memmove", reinterpret_cast<const void*>(
                          static_cast<void* (*)(void*, const void*, size_t)>(&std::memmove)));
    define("memset", reinterpret_cast<const void*>(&std::memset));
    Check(jit_->getMainJITDylib().define(orc::absoluteSymbols(std::move(symbols))));
  }

  std::vector<Literal> Run(const Graph& graph, const Node& node, std::span<const Literal> inputs) {
    const Compiled& code = CodeOf(graph, node);
    std::vector<void*> pointers;
    std::vector<std::vector<uint8_t>> results(node.outputs.size());
    for (size_t i = 0; i < results.size(); ++i) {
      if (!node.HasOutput(i)) continue;
      results[i].resize(graph.At(node.outputs[i]).type.bytes());
      pointers.push_back(results[i].data());
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!node.HasInput(i)) continue;
      const Type& type = graph.At(node.inputs[i]).type;
      if (i >= inputs.size() || inputs[i].type() != type) {
        Fail(node, std::string("the evaluator was given no ")
                       .append(ToString(type))
                       .append(" as input ")
                       .append(std::to_string(i)));
      }
      pointers.push_back(const_cast<uint8_t*>(inputs[i].bytes().data()));
    }
    std::vector<int32_t> extents(node.outputs.size());
    for (size_t i = 0; i < results.size(); ++i) {
      if (!node.HasOutput(i) || graph.At(node.outputs[i]).dynamic_axis < 0) continue;
      pointers.push_back(&extents[i]);
    }
    scratch_.resize(std::max(scratch_.size(), static_cast<size_t>(code.scratch_bytes)));
    pointers.push_back(scratch_.data());

    if (const char* const trap = code.entry(pointers.data()); trap != nullptr) Fail(node, trap);

    std::vector<Literal> outputs(results.size());
    for (size_t i = 0; i < results.size(); ++i) {
      if (!node.HasOutput(i)) continue;
      const Value& value = graph.At(node.outputs[i]);
      Type type = value.type;
      if (value.dynamic_axis >= 0) {
        type.shape[static_cast<size_t>(value.dynamic_axis)] = extents[i];
        results[i].resize(type.bytes());
      }
      outputs[i] = Literal(std::move(type), std::move(results[i]));
    }
    return outputs;
  }

 private:
  const Compiled& CodeOf(const Graph& graph, const Node& node) {
    if (const Compiled* const known = cache_.Find(graph, node)) return *known;
    const Target& target = EffortFor(graph, node) == Effort::kFast ? fast_ : full_;
    llvm::LLVMContext context;
    const std::unique_ptr<llvm::Module> module = target.NewModule(context);
    const NodeCode code = EmitNode(graph, node, *module, "node", CodeFor::kHost);
    const std::string name = "entry" + std::to_string(count_++);
    AddEntry(*code.function, name);
    Check(jit_->addObjectFile(target.Compile(*module)));
    const auto entry = Checked(jit_->lookup(name));
    return cache_.Add(graph, node, code.constants,
                      {.entry = entry.toPtr<Entry>(), .scratch_bytes = code.scratch_bytes});
  }

  Target fast_{CodeFor::kHost, Effort::kFast};
  Target full_{CodeFor::kHost, Effort::kFull};
  std::unique_ptr<orc::LLJIT> jit_;
  NodeCache<Compiled> cache_;
  uint64_t count_ = 0;
  std::vector<uint8_t> scratch_;
};

Evaluator::Evaluator() : impl_(std::make_unique<Impl>()) {}
Evaluator::~Evaluator() = default;

std::vector<Literal> Evaluator::Run(const Graph& graph, const Node& node,
                                    std::span<const Literal> inputs) {
  return impl_->Run(graph, node, inputs);
}

std::vector<Literal> Evaluator::RunGraph(const Graph& graph, std::span<const Literal> inputs,
                                         std::span<const bool> keep) {
  std::vector<Literal> values(graph.values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (const auto& constant = graph.values[i].constant) values[i] = *constant;
  }
  if (inputs.size() != graph.inputs.size()) {
    throw CompileError("the evaluator was given another number of inputs than the model has");
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    values[static_cast<size_t>(graph.inputs[i])] = inputs[i];
  }
  // The last node that reads each value.
  std::vector<size_t> last_use(values.size(), 0);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const ValueId id : graph.nodes[n].inputs) {
      if (id != kNoValue) last_use[static_cast<size_t>(id)] = n;
    }
  }
  const auto is_kept = [&](ValueId id) { return keep.empty() || keep[static_cast<size_t>(id)]; };
  std::vector<Literal> arguments;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    arguments.assign(node.inputs.size(), {});
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.HasInput(i)) arguments[i] = values[static_cast<size_t>(node.inputs[i])];
    }
    std::vector<Literal> results = Run(graph, node, arguments);
    for (size_t i = 0; i < results.size(); ++i) {
      if (node.HasOutput(i)) values[static_cast<size_t>(node.outputs[i])] = std::move(results[i]);
    }
    for (const ValueId id : node.inputs) {
      if (id == kNoValue || is_kept(id) || last_use[static_cast<size_t>(id)] != n) continue;
      values[static_cast<size_t>(id)] = {};
    }
    for (const ValueId id : node.outputs) {
      if (id == kNoValue || is_kept(id) || last_use[static_cast<size_t>(id)] > n) continue;
      values[static_cast<size_t>(id)] = {};
    }
  }
  return values;
}

}  // namespace zkvm::compiler
