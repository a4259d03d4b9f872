#include "compiler/data/model_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

namespace zkvm::compiler {
namespace {

// Words that are no names in C++20, and macros of the guest's headers that names of tensors meet.
constexpr auto kReserved =
    std::to_array<std::string_view>({"alignas",       "alignof",     "and",
                                     "and_eq",        "asm",         "auto",
                                     "bitand",        "bitor",       "bool",
                                     "break",         "case",        "catch",
                                     "char",          "char16_t",    "char32_t",
                                     "char8_t",       "class",       "co_await",
                                     "co_return",     "co_yield",    "compl",
                                     "concept",       "const",       "consteval",
                                     "constexpr",     "constinit",   "const_cast",
                                     "continue",      "decltype",    "default",
                                     "delete",        "do",          "double",
                                     "dynamic_cast",  "else",        "enum",
                                     "explicit",      "export",      "extern",
                                     "false",         "float",       "for",
                                     "friend",        "goto",        "if",
                                     "inline",        "int",         "long",
                                     "mutable",       "namespace",   "new",
                                     "noexcept",      "not",         "not_eq",
                                     "nullptr",       "operator",    "or",
                                     "or_eq",         "private",     "protected",
                                     "public",        "register",    "reinterpret_cast",
                                     "requires",      "return",      "short",
                                     "signed",        "sizeof",      "static",
                                     "static_assert", "static_cast", "struct",
                                     "switch",        "template",    "this",
                                     "thread_local",  "throw",       "true",
                                     "try",           "typedef",     "typeid",
                                     "typename",      "union",       "unsigned",
                                     "using",         "virtual",     "void",
                                     "volatile",      "wchar_t",     "while",
                                     "xor",           "xor_eq",      "errno",
                                     "stdin",         "stdout",      "stderr",
                                     "assert",        "NULL"});

// A name of C++ that is in no use yet.
std::string Identifier(const std::string& name, std::set<std::string>& used) {
  std::string result;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter) {
      result += c;
    } else if (!result.empty() && result.back() != '_') {
      result += '_';
    }
  }
  while (!result.empty() && result.back() == '_') result.pop_back();
  if (result.empty() || (result[0] >= '0' && result[0] <= '9')) result.insert(result.begin(), 't');
  if (std::ranges::find(kReserved, result) != kReserved.end()) result += '_';
  std::string unique = result;
  for (int i = 2; !used.insert(unique).second; ++i) unique = fmt::format("{}{}", result, i);
  return unique;
}

const char* CppType(DType dtype) {
  switch (dtype) {
    case DType::kFloat:
      return "float";
    case DType::kDouble:
      return "double";
    case DType::kInt8:
      return "int8_t";
    case DType::kUint8:
      return "uint8_t";
    case DType::kInt16:
      return "int16_t";
    case DType::kInt32:
      return "int32_t";
    case DType::kUint32:
      return "uint32_t";
    case DType::kInt64:
      return "int64_t";
    case DType::kUint64:
      return "uint64_t";
    case DType::kBool:
      return "bool";
    default:  // uint16, and the bits of the 16-bit floats
      return "uint16_t";
  }
}

// Text of a model in a comment: one line without surprises.
std::string InComment(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c >= 0x7F || c == '\\'; }, '?');
  return text;
}

std::string Declarations(std::string_view kind, const std::vector<TensorInfo>& tensors) {
  std::string text;
  std::set<std::string> used;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorInfo& tensor = tensors[i];
    std::string parameters = fmt::format("{}, {}", i, CppType(tensor.type.dtype));
    for (const int64_t extent : tensor.type.shape) parameters += fmt::format(", {}", extent);
    text += fmt::format(
        "// '{}': {}, {}{}.\n", InComment(tensor.name), ToString(tensor.type),
        NameOf(tensor.visibility),
        tensor.dynamic_axis < 0 ? "" : fmt::format("; axis {} at most", tensor.dynamic_axis));
    // The shortest decimal that reads back as the same float.
    const std::string scale = tensor.scale == 0 ? "" : fmt::format("{{{:#}F}}", tensor.scale);
    text += fmt::format("inline constexpr {}<{}> {}{};\n", kind, parameters,
                        Identifier(tensor.name, used), scale);
  }
  return text;
}

}  // namespace

std::string ModelHeader(const ModelInfo& info) {
  return fmt::format(
      "// Written by zkvm compile for {}: its inputs and outputs.\n"
      "#ifndef ZKVM_MODEL_H_\n"
      "#define ZKVM_MODEL_H_\n"
      "\n"
      "#include \"compiler/runtime/model.h\"\n"
      "\n"
      "namespace zkvm::model::in {{\n\n{}\n}}  // namespace zkvm::model::in\n"
      "\n"
      "namespace zkvm::model::out {{\n\n{}\n}}  // namespace zkvm::model::out\n"
      "\n"
      "// Where no name is both an input's and an output's, or one of compiler/runtime/model.h.\n"
      "namespace zkvm::model {{\n\n"
      "using namespace in;\n"
      "using namespace out;\n\n"
      "}}  // namespace zkvm::model\n"
      "\n"
      "#endif  // ZKVM_MODEL_H_\n",
      InComment(info.source), Declarations("Input", info.inputs),
      Declarations("Output", info.outputs));
}

}  // namespace zkvm::compiler
