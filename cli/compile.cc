#include "compiler/compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/costs.h"
#include "cli/execution.h"
#include "cli/failure.h"
#include "cli/files.h"
#include "cli/inputs.h"
#include "cli/layer_report.h"
#include "cli/model_execution.h"
#include "cli/model_program.h"
#include "cli/numbers.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "compiler/data/model_header.h"
#include "compiler/link/build_guest.h"
#include "vm/guest_model.h"

namespace zkvm {
namespace {

using compiler::CompileError;
using compiler::ModelInfo;
using compiler::Visibility;

struct CompileCommand {
  compiler::CompileOptions compiler;
  std::vector<std::string> pre, post, dims, shown, hidden, hashed;
  std::string header, input, preset;
  bool json = false;
};

// "name=value" as --dim takes it. The name may have signs of its own ("image:2").
std::pair<std::string, int64_t> ParseDimension(const std::string& text) {
  const size_t sign = text.rfind('=');
  int64_t extent = 0;
  if (sign != std::string::npos && sign > 0 &&
      CLI::detail::lexical_cast(text.substr(sign + 1), extent) && extent > 0) {
    return {text.substr(0, sign), extent};
  }
  throw Failure(ExitCode::kCannot,
                "--dim {}: give a name and a positive number, as in --dim batch=1", text);
}

compiler::CompileOptions OptionsOf(const CompileCommand& command) {
  compiler::CompileOptions options = command.compiler;
  for (const std::string& dim : command.dims) options.dims.insert(ParseDimension(dim));
  const std::pair<const std::vector<std::string>&, Visibility> lists[] = {
      {command.hidden, Visibility::kPrivate},
      {command.shown, Visibility::kPublic},
      {command.hashed, Visibility::kHash}};
  for (const auto& [names, visibility] : lists) {
    for (const std::string& name : names) {
      if (options.visibility.emplace(name, visibility).second) continue;
      throw Failure(ExitCode::kCannot,
                    "'{}' stands in more than one of --public, --private, --hash", name);
    }
  }
  options.sources = command.pre;
  options.sources.insert(options.sources.end(), command.post.begin(), command.post.end());
  for (const std::string& source : options.sources) {
    std::error_code ignored;
    if (!std::filesystem::exists(source, ignored)) {
      throw Failure(ExitCode::kCannot, "{} does not exist", source);
    }
  }
  if (options.output.empty()) {
    options.output = std::filesystem::path(options.model).stem().concat(".elf");
  }
  return options;
}

void CheckOutput(const compiler::CompileOptions& options) {
  std::vector<std::string> inputs = options.sources;
  inputs.push_back(options.model);
  for (const std::string& input : inputs) {
    // Finds out that the file can be written, too.
    OutputFile(options.output, {input});
  }
}

// A private input to estimate a proof with: the one given, a sample of the calibration, or zeros.
struct EstimateInput {
  std::vector<uint8_t> bytes;
  std::string what;
};
std::optional<EstimateInput> InputForEstimate(const CompileCommand& command,
                                              const ModelProgram& program) {
  if (!command.input.empty()) {
    return EstimateInput{LoadInput(program, {command.input, std::nullopt}), command.input};
  }
  if (program.reads_own_input()) return std::nullopt;
  if (!command.compiler.calibrate.empty()) {
    return EstimateInput{LoadInputs(program, command.compiler.calibrate[0], 1).at(0).bytes,
                         "the first sample of " + command.compiler.calibrate[0]};
  }
  size_t bytes = 0;
  for (const compiler::TensorInfo& input : program.info->inputs) bytes += input.type.bytes();
  return EstimateInput{std::vector<uint8_t>(bytes), "an input of zeros"};
}

struct Estimate {
  ProofEstimate proof;
  uint64_t cycles = 0;
  std::string input;  // what it was made with
  std::string why_not;
  std::vector<LayerCost> costs;
};

Estimate MakeEstimate(const CompileCommand& command, const ModelProgram& program) {
  Estimate estimate;
  const auto input = InputForEstimate(command, program);
  if (!input) {
    estimate.why_not = "the program prepares its own input; give one with --input";
    return estimate;
  }
  estimate.input = input->what;
  ExecutorOptions options;
  options.input = input->bytes;
  const auto model = LowerModel(program.program);
  options.model = model ? &model->model : nullptr;
  const ModelExecution execution = ExecuteModel(program, options);
  estimate.cycles = execution.result.cycles;
  if (execution.result.fault) {
    estimate.why_not = execution.result.fault->reason;
    return estimate;
  }
  estimate.costs = LayerCosts(program, execution, model ? &model->lowered : nullptr);
  if (execution.result.exit_code != 0) {
    estimate.why_not = fmt::format(
        "with {} it ends with exit code {}{}{}", input->what, execution.result.exit_code,
        execution.result.panic.empty() ? "" : ": ", execution.result.panic);
    return estimate;
  }
  estimate.proof = EstimateProof(program.program, options, *FindPreset(command.preset));
  estimate.why_not = estimate.proof.does_not_fit;
  return estimate;
}

// What layers that are not tensor calls cost, said where there are some.
std::optional<std::string> CodeNote(const ModelInfo& info, const Estimate& estimate) {
  uint64_t code = 0;
  uint64_t all = 0;
  for (size_t i = 0; i < estimate.costs.size(); ++i) {
    all += estimate.costs[i].cells();
    if (i < info.layers.size()) code += estimate.costs[i].instruction_cells;
  }
  if (code == 0) return std::nullopt;
  std::string note = fmt::format("instructions of layers are {} of the cells",
                                 FormatShare(static_cast<double>(code) / static_cast<double>(all)));
  const bool floats = std::ranges::any_of(info.layers, [](const compiler::LayerInfo& layer) {
    return layer.element.starts_with("float") || layer.element == "double";
  });
  if (floats && !info.quantized()) {
    note +=
        "; floating point is done in software here, and integers (--calibrate DATA) cost a "
        "small part of it";
  }
  return note;
}

void Report(const CompileCommand& command, const compiler::CompileOptions& options,
            const ModelProgram& program, const Estimate& estimate, double seconds) {
  const ModelInfo& info = *program.info;
  const LayerReport layers(info, estimate.costs);
  if (command.json) {
    nlohmann::ordered_json json = nlohmann::ordered_json::parse(compiler::ToJson(info));
    json.erase("steps");
    json["program"] = options.output;
    json["layers"] = layers.Json();
    json["seconds"] = seconds;
    if (estimate.why_not.empty()) {
      json["cycles"] = estimate.cycles;
      json["tensor_share"] = layers.TensorShare();
      json["prediction"] = estimate.proof.Json();
      json["prediction"]["input"] = estimate.input;
    } else {
      json["prediction"] = {{"unknown", estimate.why_not}};
    }
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  PrintModel(info, stdout);
  fmt::print("\n");
  layers.Print(stdout);
  fmt::print("\n");
  for (const std::string& warning : info.warnings) fmt::print("warning: {}\n", warning);
  if (!info.warnings.empty()) fmt::print("\n");
  Facts facts;
  facts.Add("program", fmt::format("{}, compiled in {}", options.output, FormatSeconds(seconds)));
  if (estimate.cycles > 0) {
    facts.Add("cycles", fmt::format("{} (with {})", FormatCount(estimate.cycles), estimate.input));
  }
  if (estimate.why_not.empty()) {
    facts.Add("proof", estimate.proof.OneLine());
    facts.Add("in precompiles",
              FormatShare(layers.TensorShare()) + " of the cells of instructions and calls");
  } else {
    facts.Add("proof", "no estimate: " + estimate.why_not);
  }
  if (const auto note = CodeNote(info, estimate)) facts.Add("code", *note);
  facts.Print(stdout);
}

void RunCompile(const CompileCommand& command) {
  const compiler::CompileOptions options = OptionsOf(command);
  CheckOutput(options);
  const auto start = std::chrono::steady_clock::now();
  try {
    // Most of the time goes into calibration, which says how far it is.
    constexpr double kUsualSeconds = 10;
    Progress progress(kUsualSeconds);
    compiler::CompileOptions with_progress = options;
    with_progress.progress = [&](std::string_view phase, double done) {
      progress.Update(phase, done);
    };
    compiler::Compile(with_progress);
  } catch (const CompileError& error) {
    throw Failure(ExitCode::kCannot, "{}", error.what());
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const ModelProgram program = LoadModelProgram(options.output);
  RequireModel(options.output, program);
  if (!command.header.empty()) {
    const std::string header = compiler::ModelHeader(*program.info);
    OutputFile(command.header, {options.model, options.output})
        .Write({reinterpret_cast<const uint8_t*>(header.data()), header.size()});
  }
  Report(command, options, program, MakeEstimate(command, program), seconds.count());
}

}  // namespace

void AddCompile(CLI::App& app) {
  auto options = std::make_shared<CompileCommand>();
  CLI::App* command = app.add_subcommand(
      "compile", "Compile an ONNX model, with C++ before and after it, into a guest program");
  const auto list = [&](const char* names, std::vector<std::string>& values, const char* help,
                        const char* type) {
    command->add_option(names, values, help)->type_name(type)->allow_extra_args(false);
  };
  command->add_option("model", options->compiler.model, "The model (.onnx)")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("-o,--output", options->compiler.output,
                   "The program (the model's name with .elf if not given)")
      ->type_name("FILE");
  list("--calibrate", options->compiler.calibrate,
       "Samples of inputs: computes in integers that are fitted to them (.npy, .npz, .pb, .json or "
       "a "
       "folder). Without, arithmetic is the model's own",
       "DATA");
  command
      ->add_option("--samples", options->compiler.max_samples, "Use so many of the samples at most")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      ->add_option(
          "--target-error", options->compiler.target_error,
          "Finer integers where they are needed for outputs within this relative error, as "
          "0.01")
      ->type_name("E")
      ->check(CLI::Range(0.0, 1.0));
  list("--pre", options->pre, "C++ before the model (zkvm_preprocess, or a main of its own)",
       "FILE");
  list("--post", options->post, "C++ after the model (zkvm_postprocess)", "FILE");
  list("-X,--flag", options->compiler.flags, "An option for the C++ compiler", "OPTION");
  list("--dim", options->dims, "The extent of a dimension that the model leaves open", "NAME=N");
  list("--public", options->shown,
       "The journal has this input or output (outputs: unless said otherwise)", "NAME");
  list("--private", options->hidden,
       "The journal says nothing of this input or output (inputs: unless said otherwise)", "NAME");
  list("--hash", options->hashed, "The journal has the BLAKE3 hash of this input or output",
       "NAME");
  command->add_option("--header", options->header, "Also write <zkvm/model.h> here, for editors")
      ->type_name("FILE");
  command
      ->add_option("--input", options->input,
                   "Estimate the proof with this input, as zkvm run has it")
      ->type_name("FILE");
  AddPresetOption(*command, options->preset);
  command->add_flag("--json", options->json, "Report as JSON");
  command->footer(
      "Example:\n"
      "  zkvm compile forest.onnx -o forest.elf\n"
      "  zkvm compile digits.onnx -o digits.elf --calibrate images.npy --pre scan.cc --hash image");
  command->callback([options] { RunCompile(*options); });
}

}  // namespace zkvm
