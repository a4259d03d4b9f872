#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "compiler/data/tensors.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxRank = 32;
// Arrays inside arrays: a shape and one more. The parser's own stack is on the heap.
constexpr int kMaxDepth = kMaxRank + 2;

// Nested arrays of one shape, as numbers in order.
class ArrayReader {
 public:
  Literal Read(const Json& json) {
    for (const Json* at = &json; at->is_array(); at = &at->front()) {
      if (shape_.size() == kMaxRank) throw CompileError("arrays are nested too deeply");
      shape_.push_back(static_cast<int64_t>(at->size()));
      if (at->empty()) break;
    }
    Append(json, 0);
    if (integral_) return Literal::Of<int64_t>(DType::kInt64, shape_, integers_);
    return Literal::Of<double>(DType::kDouble, shape_, doubles_);
  }

 private:
  void Append(const Json& json, size_t depth) {
    if (json.is_array()) {
      if (depth >= shape_.size() || static_cast<int64_t>(json.size()) != shape_[depth]) {
        throw CompileError("arrays of one level have different lengths");
      }
      for (const Json& item : json) Append(item, depth + 1);
      return;
    }
    if (depth != shape_.size()) throw CompileError("arrays of one level have different lengths");
    if (json.is_boolean()) {
      Add(json.get<bool>());
    } else if (json.is_number_integer()) {
      if (json.is_number_unsigned() &&
          json.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()}) {
        integral_ = false;
        doubles_.push_back(json.get<double>());
        return;
      }
      Add(json.get<int64_t>());
    } else if (json.is_number()) {
      integral_ = false;
      doubles_.push_back(json.get<double>());
    } else {
      throw CompileError(fmt::format("{} is where a number should be", json.type_name()));
    }
  }
  void Add(int64_t value) {
    integers_.push_back(value);
    doubles_.push_back(static_cast<double>(value));
  }

  Shape shape_;
  bool integral_ = true;
  std::vector<int64_t> integers_;
  std::vector<double> doubles_;
};

}  // namespace

std::vector<NamedTensor> ParseJsonTensors(std::string_view text) {
  Json json;
  try {
    const auto limit_depth = [](int depth, Json::parse_event_t, Json&) {
      if (depth > kMaxDepth) throw CompileError("arrays are nested too deeply");
      return true;
    };
    json = Json::parse(text, limit_depth);
  } catch (const nlohmann::json::parse_error& error) {
    throw CompileError(fmt::format("not JSON at byte {}", error.byte));
  } catch (const nlohmann::json::exception&) {
    throw CompileError("a number is out of range");
  }
  if (!json.is_object()) return {{"", ArrayReader().Read(json)}};
  std::vector<NamedTensor> tensors;
  for (const auto& [name, value] : json.items()) {
    if (name == "input_data" && value.is_array()) {
      for (const Json& tensor : value) tensors.push_back({"", ArrayReader().Read(tensor)});
    } else if (value.is_array() || value.is_number()) {
      tensors.push_back({name, ArrayReader().Read(value)});
    }
  }
  if (tensors.empty()) throw CompileError("there is no array of numbers");
  return tensors;
}

}  // namespace zkvm::compiler
