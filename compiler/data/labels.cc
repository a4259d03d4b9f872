#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "compiler/data/samples.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

// Numbers with spaces, commas and line ends between them.
Labels ParseText(std::string_view text, const std::string& path) {
  constexpr std::string_view kBetween = " \t\r,;";
  Labels labels;
  size_t rows = 0;
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    size_t numbers = 0;
    while (true) {
      row.remove_prefix(std::min(row.find_first_not_of(kBetween), row.size()));
      if (row.empty()) break;
      double value = 0;
      const auto [at, error] = std::from_chars(row.data(), row.data() + row.size(), value);
      if (error != std::errc()) {
        throw CompileError(fmt::format("{}: line {} is not a number", path, line));
      }
      row.remove_prefix(static_cast<size_t>(at - row.data()));
      labels.values.push_back(value);
      ++numbers;
    }
    if (numbers == 0) continue;
    if (rows++ == 0) labels.per_sample = numbers;
    if (numbers != labels.per_sample) {
      throw CompileError(fmt::format("{}: line {} has {} numbers, the first one {}", path, line,
                                     numbers, labels.per_sample));
    }
  }
  return labels;
}

Labels FromTensor(const Literal& tensor) {
  Labels labels;
  labels.values = tensor.ToDoubles();
  const Shape& shape = tensor.shape();
  if (!shape.empty() && shape[0] > 0) {
    labels.per_sample = labels.values.size() / static_cast<size_t>(shape[0]);
  }
  return labels;
}

}  // namespace

Labels ReadLabels(const std::string& path) {
  Labels labels;
  if (IsTensorFile(path)) {
    const std::vector<NamedTensor> tensors = ReadTensorFile(path);
    if (tensors.size() != 1) {
      throw CompileError(fmt::format("{} has {} tensors; labels are one", path, tensors.size()));
    }
    labels = FromTensor(tensors[0].value);
  } else {
    const std::vector<uint8_t> bytes = ReadBytes(path);
    labels = ParseText({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
  }
  if (labels.values.empty() || labels.per_sample == 0) {
    throw CompileError(fmt::format("{} has no labels", path));
  }
  return labels;
}

}  // namespace zkvm::compiler
