#include "compiler/data/samples.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "compiler/data/literals.h"
#include "compiler/data/one_line.h"
#include "compiler/graph/graph.h"

namespace zkvm::compiler {
namespace {

namespace fs = std::filesystem;

Shape WithoutOnes(std::span<const int64_t> shape) {
  Shape result;
  std::ranges::copy_if(shape, std::back_inserter(result), [](int64_t n) { return n != 1; });
  return result;
}

// The tensor of each input: an index into `tensors`.
std::vector<size_t> Assign(std::span<const NamedTensor> tensors, std::span<const TensorSpec> inputs,
                           const std::string& what) {
  std::vector<size_t> assigned;
  for (const TensorSpec& input : inputs) {
    const auto found = std::ranges::find(tensors, input.name, &NamedTensor::name);
    if (found != tensors.end()) assigned.push_back(static_cast<size_t>(found - tensors.begin()));
  }
  if (assigned.size() == inputs.size()) return assigned;
  if (tensors.size() == inputs.size() && assigned.empty()) {
    for (size_t i = 0; i < inputs.size(); ++i) assigned.push_back(i);
    return assigned;
  }
  std::vector<std::string> there, wanted;
  for (const NamedTensor& tensor : tensors)
    there.push_back(fmt::format("'{}'", OneLine(tensor.name)));
  for (const TensorSpec& input : inputs) wanted.push_back(fmt::format("'{}'", OneLine(input.name)));
  throw CompileError(fmt::format("{} has {} ({}), and the inputs of the model are {}", what,
                                 tensors.size() == 1 ? "one tensor" : "tensors",
                                 fmt::join(there, ", "), fmt::join(wanted, ", ")));
}

void Append(std::vector<Sample>& samples, std::vector<Sample> more, size_t limit) {
  for (Sample& sample : more) {
    if (samples.size() == limit) return;
    samples.push_back(std::move(sample));
  }
}

struct Directory {
  std::vector<std::string> files, folders;  // paths in the order of their names
};

Directory List(const std::string& path) {
  Directory directory;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    std::error_code ignored;
    if (entry.is_directory(ignored)) {
      directory.folders.push_back(entry.path());
    } else if (IsTensorFile(entry.path().native())) {
      directory.files.push_back(entry.path());
    }
  }
  if (error) throw CompileError(fmt::format("cannot read {}: {}", path, error.message()));
  std::ranges::sort(directory.files);
  std::ranges::sort(directory.folders);
  return directory;
}

// Those files of a directory that together are the inputs, in their order; empty if there are none.
std::vector<std::string> FilesByInput(const std::string& path, std::span<const TensorSpec> inputs) {
  std::vector<std::string> by_number, by_name;
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::error_code ignored;
    const fs::path numbered = fs::path(path) / fmt::format("input_{}.pb", i);
    if (fs::exists(numbered, ignored)) by_number.push_back(numbered);
    // A name of a model is not a path.
    if (inputs[i].name.find('/') != std::string::npos) continue;
    for (const char* const suffix : {".npy", ".pb", ".json", ".npz"}) {
      const fs::path named = fs::path(path) / (inputs[i].name + suffix);
      if (!fs::exists(named, ignored)) continue;
      by_name.push_back(named);
      break;
    }
  }
  if (by_name.size() == inputs.size()) return by_name;
  if (by_number.size() == inputs.size()) return by_number;
  return {};
}

std::vector<Sample> ReadDirectory(const std::string& path, std::span<const TensorSpec> inputs,
                                  size_t limit) {
  if (const auto files = FilesByInput(path, inputs); !files.empty()) {
    std::vector<NamedTensor> tensors;
    for (size_t i = 0; i < files.size(); ++i) {
      std::vector<NamedTensor> read = ReadTensorFile(files[i]);
      if (read.size() != 1) throw CompileError(fmt::format("{} has more than a tensor", files[i]));
      tensors.push_back({inputs[i].name, std::move(read[0].value)});
    }
    return MakeSamples(tensors, inputs, limit, path);
  }
  const Directory directory = List(path);
  std::vector<Sample> samples;
  for (const auto& list : {directory.files, directory.folders}) {
    for (const std::string& entry : list) {
      if (samples.size() == limit) return samples;
      Append(samples, ReadSamples(entry, inputs, limit - samples.size()), limit);
    }
  }
  if (samples.empty()) {
    throw CompileError(fmt::format("{} has no .npy, .npz, .pb or .json files", path));
  }
  return samples;
}

}  // namespace

std::optional<int64_t> CountSamples(const Shape& data, const Shape& shape) {
  const Shape wanted = WithoutOnes(shape);
  if (WithoutOnes(data) == wanted) return 1;
  if (data.empty()) return std::nullopt;
  const std::span<const int64_t> rest = std::span(data).subspan(1);
  if (WithoutOnes(rest) == wanted) return data[0];
  const int64_t elements = ElementCount(shape);
  if (data.size() == 2 && data[1] == elements) return data[0];
  if (data.size() == shape.size() && shape[0] > 1 && data[0] % shape[0] == 0 &&
      std::ranges::equal(rest, std::span(shape).subspan(1))) {
    return data[0] / shape[0];
  }
  if (data.size() == 1 && elements > 0 && data[0] % elements == 0) return data[0] / elements;
  return std::nullopt;
}

std::vector<Sample> MakeSamples(std::span<const NamedTensor> tensors,
                                std::span<const TensorSpec> inputs, size_t limit,
                                const std::string& what) {
  const std::vector<size_t> assigned = Assign(tensors, inputs, what);
  std::vector<int64_t> counts;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& data = tensors[assigned[i]].value.shape();
    const auto count = CountSamples(data, inputs[i].type.shape);
    if (!count) {
      throw CompileError(fmt::format("{}: a tensor of shape {} does not fit the input '{}' of {}",
                                     what, ToString(data), inputs[i].name,
                                     ToString(inputs[i].type)));
    }
    counts.push_back(*count);
  }
  const int64_t total = counts.empty() ? 1 : std::ranges::max(counts);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (counts[i] == total || counts[i] == 1) continue;
    throw CompileError(fmt::format("{}: {} samples of the input '{}', but {} of another one", what,
                                   counts[i], inputs[i].name, total));
  }
  std::vector<Sample> samples(std::min(static_cast<size_t>(total), limit));
  for (size_t k = 0; k < samples.size(); ++k) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Type& type = inputs[i].type;
      const int64_t first = counts[i] == 1 ? 0 : static_cast<int64_t>(k) * type.elements();
      samples[k].push_back(Converted(Slice(tensors[assigned[i]].value, first, type.shape),
                                     type.dtype, fmt::format("{}, '{}'", what, inputs[i].name)));
    }
  }
  return samples;
}

std::vector<Sample> ReadSamples(const std::string& path, std::span<const TensorSpec> inputs,
                                size_t limit) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return ReadDirectory(path, inputs, limit);
  return MakeSamples(ReadTensorFile(path), inputs, limit, path);
}

}  // namespace zkvm::compiler
