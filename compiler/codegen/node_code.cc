#include "compiler/codegen/node_code.h"

#include <llvm/IR/Function.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include <span>
#include <type_traits>

#include "compiler/codegen/emitter_impl.h"
#include "compiler/operators/operator.h"

namespace zkvm::compiler {
namespace {

const Operator& OperatorOf(const Node& node) {
  const Operator* const entry = Registry::Get().Find(node.domain, node.op);
  if (entry == nullptr || entry->emit == nullptr) {
    Fail(node, std::string("the operator is not supported (opset ")
                   .append(std::to_string(node.opset))
                   .append(")"));
  }
  return *entry;
}

// Appends values so that different sequences give different bytes.
class Signature {
 public:
  void Bytes(const void* data, size_t size) {
    Number(static_cast<int64_t>(size));
    if (size != 0) text_.append(static_cast<const char*>(data), size);
  }
  void Number(int64_t value) { text_.append(reinterpret_cast<const char*>(&value), sizeof(value)); }
  void Text(std::string_view text) { Bytes(text.data(), text.size()); }
  void Of(const Type& type) {
    Number(static_cast<int64_t>(type.dtype));
    Bytes(type.shape.data(), type.shape.size() * sizeof(int64_t));
  }
  void Of(const Literal& literal) {
    Of(literal.type());
    if (literal.dtype() == DType::kString) {
      for (const std::string& s : literal.strings()) Text(s);
    } else {
      Bytes(literal.bytes().data(), literal.bytes().size());
    }
  }
  void Of(int64_t value) { Number(value); }
  void Of(float value) { Bytes(&value, sizeof(value)); }
  void Of(const std::string& text) { Text(text); }
  template <class T>
  void Of(const std::vector<T>& values) {
    Number(static_cast<int64_t>(values.size()));
    if constexpr (std::is_same_v<T, std::string>) {
      for (const std::string& s : values) Text(s);
    } else {
      Bytes(values.data(), values.size() * sizeof(T));
    }
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string SignatureOf(const Graph& graph, const Node& node) {
  Signature signature;
  signature.Text(node.domain);
  signature.Text(node.op);
  signature.Number(node.opset);
  for (const auto& [name, attribute] : node.attributes) {
    signature.Text(name);
    signature.Number(static_cast<int64_t>(attribute.index()));
    std::visit([&](const auto& value) { signature.Of(value); }, attribute);
  }
  for (const std::span<const ValueId> values : {std::span(node.inputs), std::span(node.outputs)}) {
    signature.Number(static_cast<int64_t>(values.size()));
    for (const ValueId id : values) {
      signature.Number(id == kNoValue ? 0 : 1);
      if (id == kNoValue) continue;
      signature.Of(graph.At(id).type);
      signature.Number(graph.At(id).dynamic_axis);
    }
  }
  return std::move(signature).text();
}

NodeCode EmitNode(const Graph& graph, const Node& node, llvm::Module& module,
                  const std::string& name, CodeFor target) {
  const Operator& entry = OperatorOf(node);
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* const pointer = llvm::PointerType::getUnqual(context);
  llvm::Type* const result = target == CodeFor::kGuest ? llvm::Type::getVoidTy(context) : pointer;

  const auto present = [](const std::vector<ValueId>& values) {
    size_t count = 0;
    for (const ValueId id : values) count += id != kNoValue ? 1U : 0U;
    return count;
  };
  size_t dynamic = 0;
  for (const ValueId id : node.outputs) {
    dynamic += id != kNoValue && graph.At(id).dynamic_axis >= 0 ? 1U : 0U;
  }
  const size_t parameters = present(node.outputs) + present(node.inputs) + dynamic + 1;
  llvm::Function* const function = llvm::Function::Create(
      llvm::FunctionType::get(result, std::vector<llvm::Type*>(parameters, pointer), false),
      llvm::GlobalValue::InternalLinkage, name, module);
  function->setDoesNotThrow();
  // Layers stay functions, for reports, and there is one for all that share it.
  function->addFnAttr(llvm::Attribute::NoInline);
  function->addFnAttr(llvm::Attribute::NoDuplicate);
  for (llvm::Argument& argument : function->args()) {
    argument.addAttr(llvm::Attribute::NoAlias);
    argument.addAttr(llvm::Attribute::NoCapture);
    argument.addAttr(llvm::Attribute::getWithAlignment(context, llvm::Align(kPointerAlignment)));
  }

  auto impl =
      std::make_unique<Emitter::Impl>(graph, node, module, *function, target == CodeFor::kGuest);
  llvm::Argument* next = function->arg_begin();
  for (const ValueId id : node.outputs) impl->outputs.push_back(id != kNoValue ? next++ : nullptr);
  for (const ValueId id : node.inputs) impl->inputs.push_back(id != kNoValue ? next++ : nullptr);
  for (const ValueId id : node.outputs) {
    const bool has_extent = id != kNoValue && graph.At(id).dynamic_axis >= 0;
    impl->extents.push_back(has_extent ? next++ : nullptr);
  }
  impl->scratch = next;
  impl->input_used.assign(node.inputs.size(), false);

  Emitter emitter(std::move(impl));
  Emitter::Impl& written = emitter.impl();
  try {
    entry.emit(emitter);
  } catch (...) {
    function->eraseFromParent();
    throw;
  }
  if (target == CodeFor::kGuest) {
    written.builder.CreateRetVoid();
  } else {
    written.builder.CreateRet(llvm::Constant::getNullValue(pointer));
  }
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (llvm::verifyFunction(*function, &stream)) {
    Fail(node, std::string("the code generated for it is malformed: ").append(stream.str()));
  }
  return {function, std::move(written.input_used), std::move(written.constants_asked_for),
          written.scratch_bytes};
}

}  // namespace zkvm::compiler
