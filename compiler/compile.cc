#include "compiler/compile.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "compiler/codegen/program.h"
#include "compiler/data/model_header.h"
#include "compiler/data/samples.h"
#include "compiler/link/build_guest.h"
#include "compiler/link/link.h"
#include "compiler/link/temporary.h"
#include "compiler/link/write_model.h"
#include "compiler/onnx/import.h"
#include "compiler/quantize/quantize.h"
#include "stark/hash/blake3.h"

namespace zkvm::compiler {
namespace {

namespace fs = std::filesystem;

// Where the work of each phase begins, as a fraction of all.
constexpr double kImported = 0.1, kQuantized = 0.8, kUserCode = 0.9;

std::string HashOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw CompileError("cannot read " + path);
  Blake3 hash;
  std::array<char, 1 << 16> part;
  while (file.read(part.data(), part.size()) || file.gcount() > 0) {
    hash.Update(
        {reinterpret_cast<const uint8_t*>(part.data()), static_cast<size_t>(file.gcount())});
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : hash.Finish()) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::vector<Sample> ReadCalibration(const CompileOptions& options, const Graph& graph) {
  std::vector<TensorSpec> inputs;
  for (const ValueId id : graph.inputs) {
    inputs.push_back({graph.At(id).name, graph.At(id).type});
  }
  std::vector<Sample> samples;
  for (const std::string& path : options.calibrate) {
    if (samples.size() >= options.max_samples) break;
    std::vector<Sample> more = ReadSamples(path, inputs, options.max_samples - samples.size());
    std::move(more.begin(), more.end(), std::back_inserter(samples));
  }
  if (samples.empty()) throw CompileError("there are no samples to calibrate with");
  return samples;
}

LayerInfo Describe(const LayerReport& report) {
  LayerInfo layer;
  layer.name = report.name;
  layer.op = report.operators;
  layer.element = report.element;
  layer.shape = report.shape;
  layer.scale = report.scale;
  layer.weights = report.weights;
  layer.weight_bits = report.weight_bits;
  layer.error = report.error;
  layer.max_difference = report.max_difference;
  layer.saturation = report.saturation;
  layer.equal = report.equal;
  layer.note = report.note;
  return layer;
}

// What quantization knows of layers, inputs and outputs, over what the program shows.
void AddQuantization(const Quantized& quantized, const Graph& model, ModelInfo& info) {
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < info.layers.size(); ++i) places[info.layers[i].name] = i;
  for (const LayerReport& report : quantized.report.layers) {
    const auto [place, is_new] = places.try_emplace(report.name, info.layers.size());
    if (is_new) info.layers.emplace_back();
    info.layers[place->second] = Describe(report);
  }
  for (size_t i = 0; i < info.inputs.size(); ++i) {
    info.inputs[i].scale = quantized.input_scales[i];
    info.inputs[i].model_dtype = model.At(model.inputs[i]).type.dtype;
  }
  for (size_t i = 0; i < info.outputs.size(); ++i) {
    info.outputs[i].scale = quantized.output_scales[i];
    info.outputs[i].model_dtype = model.At(model.outputs[i]).type.dtype;
  }
  const QuantizationReport& report = quantized.report;
  info.calibration = Calibration{.samples = static_cast<uint32_t>(report.samples),
                                 .target_error = report.target_error,
                                 .output_error = report.output_error,
                                 .agreement = report.agreement};
  info.warnings.insert(info.warnings.end(), report.warnings.begin(), report.warnings.end());
}

// The user's files as objects in `folder`.
std::vector<fs::path> CompileSources(const CompileOptions& options, ModelInfo& info,
                                     const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder / "zkvm", error);
  std::ofstream header(folder / "zkvm" / "model.h");
  header << ModelHeader(info);
  if (!header.flush()) throw CompileError("cannot write to " + folder.string());

  std::vector<std::string> flags = options.flags;
  flags.push_back("-I" + folder.string());
  std::vector<fs::path> objects;
  for (const std::string& source : options.sources) {
    if (const std::string extension = fs::path(source).extension();
        extension == ".o" || extension == ".a") {
      objects.emplace_back(source);
      continue;
    }
    objects.push_back(folder / (std::to_string(objects.size()) + ".o"));
    if (const auto failure = CompileGuestSource(source, flags, objects.back())) {
      throw CompileError(failure->message);
    }
  }
  for (const fs::path& object : objects) {
    const std::set<std::string> symbols = DefinedSymbols(object);
    info.own_preprocess |= symbols.contains("zkvm_preprocess");
    info.own_postprocess |= symbols.contains("zkvm_postprocess");
    info.own_main |= symbols.contains("main");
  }
  return objects;
}

// The model, or an error that begins with its path.
Graph ReadModel(const CompileOptions& options, ImportNotes& notes) {
  ImportOptions import_options;
  import_options.dimensions = options.dims;
  try {
    return Import(options.model, import_options, &notes);
  } catch (const CompileError& error) {
    const std::string message = error.what();
    if (message.find(options.model) != std::string::npos) throw;
    throw CompileError(options.model + ": " + message);
  }
}

}  // namespace

ModelInfo Compile(const CompileOptions& options) {
  const auto report = [&](std::string_view phase, double done) {
    if (options.progress) options.progress(phase, done);
  };

  report("Reading the model", 0);
  ImportNotes notes;
  Graph graph = ReadModel(options, notes);

  Program program;
  ModelInfo info;
  if (options.calibrate.empty()) {
    program = ExactProgram(std::move(graph));
    info = DescribeProgram(program, options.visibility);
  } else {
    report("Quantizing", kImported);
    const std::vector<Sample> samples = ReadCalibration(options, graph);
    QuantizeOptions quantize_options;
    quantize_options.target_error = options.target_error;
    quantize_options.progress = [&](std::string_view phase, double done) {
      report(phase, kImported + done * (kQuantized - kImported));
    };
    Quantized quantized = Quantize(graph, samples, quantize_options);
    program = std::move(quantized.program);
    info = DescribeProgram(program, options.visibility);
    AddQuantization(quantized, graph, info);
  }
  info.compiler_version = "1";
  info.source = options.model;
  info.source_blake3 = HashOfFile(options.model);
  info.dims = options.dims;
  info.warnings.insert(info.warnings.begin(), notes.begin(), notes.end());

  const TemporaryDirectory folder;
  if (folder.path().empty()) throw CompileError("cannot make a temporary directory");
  std::vector<fs::path> objects;
  if (!options.sources.empty()) {
    report("Compiling the user's files", kQuantized);
    objects = CompileSources(options, info, folder.path());
  }
  report("Generating code", kUserCode);
  WriteModel(program, info, objects, options.output);
  report("Done", 1);
  return info;
}

}  // namespace zkvm::compiler
