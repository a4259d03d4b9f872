#include "compiler/onnx/functions.h"

#include <onnx/defs/schema.h>

#include <algorithm>
#include <exception>

#include "compiler/onnx/printable.h"

namespace zkvm::compiler {
namespace {

// The newest that the library knows.
int NewestOpset(const std::string& domain) {
  const auto& range = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  const auto it = range.find(domain);
  return it == range.end() ? 0 : it->second.second;
}

const onnx::OpSchema* FindSchema(const std::string& domain, const std::string& op, int64_t opset) {
  const int newest = NewestOpset(domain);
  if (newest == 0) return nullptr;
  const int version = static_cast<int>(std::clamp<int64_t>(opset, 1, newest));
  const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Schema(op, version, domain);
  return schema == nullptr || schema->Deprecated() ? nullptr : schema;
}

}  // namespace

bool HasSchemaFunction(const std::string& domain, const std::string& op, int64_t opset) {
  const onnx::OpSchema* schema = FindSchema(domain, op, opset);
  return schema != nullptr && (schema->HasFunction() || schema->HasContextDependentFunction());
}

bool FindSchemaFunction(const onnx::NodeProto& node, const std::string& domain, int64_t opset,
                        const std::vector<onnx::TypeProto>& inputs, Function* function) {
  const onnx::OpSchema* schema = FindSchema(domain, node.op_type(), opset);
  if (schema == nullptr) return false;
  bool found = schema->HasFunction();
  if (found) {
    function->body = *schema->GetFunction();
  } else if (schema->HasContextDependentFunction()) {
    try {
      const onnx::FunctionBodyBuildContextImpl context(node, inputs);
      found = schema->BuildContextDependentFunction(context, function->body);
    } catch (const std::exception&) {
      found = false;  // attributes or types that the operator does not take
    }
  }
  if (!found) return false;
  for (const auto& [name, attribute] : schema->attributes()) {
    if (attribute.default_value.has_name()) {
      function->defaults.emplace(name, attribute.default_value);
    }
  }
  if (function->body.opset_import_size() == 0) {
    onnx::OperatorSetIdProto* opset_id = function->body.add_opset_import();
    opset_id->set_domain(domain);
    opset_id->set_version(schema->since_version());
  }
  return true;
}

int64_t SupportedOpset(const std::string& domain, const std::string& op, int64_t opset) {
  constexpr int64_t kOldest = 7;
  if (!domain.empty() || opset >= kOldest) return opset;
  const onnx::OpSchema* schema = FindSchema(domain, op, kOldest);
  return schema != nullptr && schema->since_version() <= opset ? kOldest : 0;
}

std::string SchemaErrors(const onnx::NodeProto& node, const std::string& domain, int64_t opset) {
  if (opset > NewestOpset(domain)) return {};
  const onnx::OpSchema* schema = FindSchema(domain, node.op_type(), opset);
  if (schema == nullptr) return {};
  try {
    schema->Verify(node);
  } catch (const std::exception& error) {
    return Printable(error.what(), 300);
  }
  return {};
}

}  // namespace zkvm::compiler
