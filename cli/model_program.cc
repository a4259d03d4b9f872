#include "cli/model_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>
#include <variant>

#include "cli/failure.h"
#include "cli/files.h"
#include "cli/inputs.h"
#include "compiler/data/elf_file.h"
#include "compiler/data/literals.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;

using compiler::CompileError;
using compiler::ElfFile;
using compiler::Literal;
using compiler::ModelInfo;
using compiler::Sample;

uint32_t AddressOf(const std::string& path, const ElfFile& elf, std::string_view name) {
  const compiler::ElfSymbol* const symbol = elf.Find(name);
  if (symbol == nullptr) {
    throw Failure(
        ExitCode::kCannot,
        "{}: a compiled model without the symbol {}: do not strip it, or compile it again", path,
        name);
  }
  return symbol->address;
}

ModelSymbols FindSymbols(const std::string& path, const ElfFile& elf, const ModelInfo& info) {
  ModelSymbols symbols;
  symbols.run = AddressOf(path, elf, "zkvm_model_run");
  symbols.inputs = AddressOf(path, elf, "zkvm_model_inputs");
  symbols.outputs = AddressOf(path, elf, "zkvm_model_outputs");
  for (const compiler::StepInfo& step : info.steps) {
    if (!step.function.empty()) symbols.functions[step.function] = 0;
  }
  for (const compiler::ElfSymbol& symbol : elf.symbols()) {
    const auto function = symbols.functions.find(symbol.name);
    if (function != symbols.functions.end()) function->second = symbol.address;
  }
  return symbols;
}

// Runs `read`, whose errors are those of the user's files.
template <class Read>
auto ReadData(const Read& read) {
  try {
    return read();
  } catch (const CompileError& error) {
    throw Failure(ExitCode::kCannot, "{}", error.what());
  }
}

std::vector<uint8_t> CopyOf(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

// Row `row` of an array, as bytes.
std::vector<uint8_t> Row(const Literal& array, size_t row) {
  const size_t rows = static_cast<size_t>(array.shape()[0]);
  const size_t size = array.bytes().size() / rows;
  return CopyOf(array.bytes().subspan(row * size, size));
}

size_t Rows(const Literal& array) {
  return array.shape().empty() ? 0 : static_cast<size_t>(array.shape()[0]);
}

void RequireSample(const std::string& path, size_t sample, size_t samples) {
  if (sample < samples) return;
  throw Failure(ExitCode::kCannot, "{} has {} samples, numbered from 0: there is no --sample {}",
                path, samples, sample);
}

Literal ReadArray(const std::string& path) {
  return ReadData([&] { return compiler::ReadTensorFile(path).front().value; });
}

std::vector<uint8_t> OwnInput(const InputOptions& options) {
  if (!options.file.ends_with(".npy")) {
    if (options.sample) {
      throw Failure(ExitCode::kCannot,
                    "--sample chooses a row of a .npy file, and {} is taken byte by byte",
                    options.file);
    }
    return LoadInput(options.file);
  }
  const Literal array = ReadArray(options.file);
  if (!options.sample) return CopyOf(array.bytes());
  RequireSample(options.file, *options.sample, Rows(array));
  return Row(array, *options.sample);
}

std::vector<uint8_t> ModelInput(const ModelInfo& info, const InputOptions& options) {
  const std::vector<compiler::TensorSpec> specs = InputSpecs(info);
  return ReadData([&] {
    const size_t limit = options.sample ? *options.sample + 1 : 2;
    const std::vector<Sample> samples = compiler::ReadSamples(options.file, specs, limit);
    if (!options.sample && samples.size() > 1) {
      throw Failure(ExitCode::kCannot, "{} has several samples; choose one with --sample N",
                    options.file);
    }
    const size_t sample = options.sample.value_or(0);
    RequireSample(options.file, sample, samples.size());
    for (size_t i = 0; i < info.inputs.size(); ++i) {
      const compiler::TensorInfo& input = info.inputs[i];
      if (const size_t clipped = compiler::CountClipped(input, samples[sample][i]); clipped > 0) {
        fmt::print(stderr,
                   "zkvm: warning: {} of {} values of the input '{}' are beyond the range that the "
                   "model was calibrated for, and clipped to it\n",
                   clipped, input.type.elements(), input.name);
      }
    }
    return InputBytes(info, samples[sample]);
  });
}

std::vector<RunInput> FilesOf(const std::string& folder, size_t limit) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (entry.is_regular_file(ignored)) paths.push_back(entry.path());
  }
  if (error) throw Failure(ExitCode::kCannot, "cannot read {}: {}", folder, error.message());
  std::ranges::sort(paths);
  paths.resize(std::min(paths.size(), limit));
  std::vector<RunInput> inputs;
  for (const std::string& path : paths) inputs.push_back({ReadFile(path, kMaxInputBytes), {}});
  return inputs;
}

std::vector<RunInput> OwnInputs(const std::string& path, size_t limit) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return FilesOf(path, limit);
  if (!path.ends_with(".npy")) {
    throw Failure(ExitCode::kCannot,
                  "{}: the program prepares its input itself, so data is a .npy file, each row of "
                  "which is the private input of a run, or a directory of such inputs",
                  path);
  }
  const Literal array = ReadArray(path);
  std::vector<RunInput> inputs;
  for (size_t row = 0; row < std::min(Rows(array), limit); ++row) {
    inputs.push_back({Row(array, row), {}});
  }
  return inputs;
}

}  // namespace

ModelProgram LoadModelProgram(const std::string& path) {
  ModelProgram loaded;
  const std::vector<uint8_t> bytes = ReadFile(path, kMaxElfBytes);
  loaded.program = ParseProgram(path, bytes);
  try {
    loaded.info = compiler::ReadInfo(bytes);
  } catch (const CompileError& error) {
    throw Failure(ExitCode::kCannot, "{}: {}", path, error.what());
  }
  if (loaded.info) loaded.symbols = FindSymbols(path, ElfFile(bytes), *loaded.info);
  return loaded;
}

void RequireModel(const std::string& path, const ModelProgram& program) {
  if (program.info) return;
  throw Failure(ExitCode::kCannot, "{}: not a program of zkvm compile", path);
}

std::vector<compiler::TensorSpec> InputSpecs(const ModelInfo& info) {
  std::vector<compiler::TensorSpec> specs;
  for (const compiler::TensorInfo& input : info.inputs) {
    specs.push_back({input.name, {input.model_dtype, input.type.shape}});
  }
  return specs;
}

std::vector<uint8_t> InputBytes(const ModelInfo& info, const Sample& sample) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < info.inputs.size(); ++i) {
    const Literal elements = compiler::ToGuest(info.inputs[i], sample[i]);
    bytes.insert(bytes.end(), elements.bytes().begin(), elements.bytes().end());
  }
  return bytes;
}

void AddInputOptions(CLI::App& command, InputOptions& options) {
  options.file = "-";
  command
      .add_option(
          "--input", options.file,
          "Private input of the program (standard input if not given); for a compiled model "
          "also .npy, .npz, .json, .pb")
      ->type_name("FILE");
  command
      .add_option("--sample", options.sample,
                  "Which sample of an --input file of several, counted from 0")
      ->type_name("N");
}

std::vector<uint8_t> LoadInput(const ModelProgram& program, const InputOptions& options) {
  std::error_code ignored;
  if (program.info && program.reads_own_input()) return OwnInput(options);
  if (program.info &&
      (compiler::IsTensorFile(options.file) || fs::is_directory(options.file, ignored))) {
    return ModelInput(*program.info, options);
  }
  if (options.sample) {
    throw Failure(
        ExitCode::kCannot,
        "--sample chooses from a file of samples for a compiled model; {} is taken byte by "
        "byte",
        options.file);
  }
  return LoadInput(options.file);
}

std::vector<RunInput> LoadInputs(const ModelProgram& program, const std::string& path,
                                 size_t limit) {
  if (program.reads_own_input()) return OwnInputs(path, limit);
  return ReadData([&] {
    std::vector<RunInput> inputs;
    for (Sample& sample : compiler::ReadSamples(path, InputSpecs(*program.info), limit)) {
      std::vector<uint8_t> bytes = InputBytes(*program.info, sample);
      inputs.push_back({std::move(bytes), std::move(sample)});
    }
    return inputs;
  });
}

}  // namespace zkvm
