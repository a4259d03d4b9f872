#include <fmt/format.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/costs.h"
#include "cli/eval_metrics.h"
#include "cli/execution.h"
#include "cli/failure.h"
#include "cli/float_model.h"
#include "cli/inputs.h"
#include "cli/layer_report.h"
#include "cli/model_execution.h"
#include "cli/model_program.h"
#include "cli/numbers.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "compiler/data/literals.h"
#include "vm/guest_model.h"

namespace zkvm {
namespace {

using Clock = std::chrono::steady_clock;
using compiler::Literal;

struct EvalOptions {
  std::string program, data, labels, model, output;
  size_t limit = 1000;
  double threshold = 0.5;
  bool no_float = false;
  bool json = false;
};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What comes out of all samples.
struct Sums {
  std::optional<Scoring> scoring, float_scoring;
  std::vector<ErrorSum> layers;     // by layer
  ErrorSum output;                  // of the chosen output
  uint64_t rows = 0, agreeing = 0;  // of the chosen output, along its last axis
  uint64_t cycles = 0;
  double execute_seconds = 0, float_seconds = 0;

  void Add(const Sums& other) {
    if (scoring) scoring->Add(*other.scoring);
    if (float_scoring) float_scoring->Add(*other.float_scoring);
    for (size_t i = 0; i < layers.size(); ++i) layers[i].Add(other.layers[i]);
    output.Add(other.output);
    rows += other.rows;
    agreeing += other.agreeing;
    cycles += other.cycles;
    execute_seconds += other.execute_seconds;
    float_seconds += other.float_seconds;
  }
};

// The range of an element's lanes.
std::pair<int, int> EndsOf(tensor::Element element) {
  switch (element) {
    case tensor::Element::kI8:
      return {-128, 127};
    case tensor::Element::kU8:
      return {0, 255};
    case tensor::Element::kI15:
      return {-16384, 16384};
    case tensor::Element::kU15:
      return {0, 32767};
    default:
      return {-32768, 32767};
  }
}

class Evaluation {
 public:
  Evaluation(const EvalOptions& options, const ModelProgram& program)
      : options_(options), program_(program), info_(*program.info) {
    inputs_ = LoadInputs(program, options.data, options.limit);
    if (inputs_.empty()) {
      throw Failure(ExitCode::kCannot, "{} has no samples", options.data);
    }
    output_ = ChooseOutput();
    LoadLabels();
    if (!options.no_float) LoadFloatModel();
    guest_model_ = LowerModel(program.program);
    first_.layers.resize(info_.layers.size());
    if (labels_) {
      first_.scoring.emplace(*labels_, OutputType(), options.threshold);
      if (float_model_) first_.float_scoring.emplace(*labels_, OutputType(), options.threshold);
    }
  }

  // Runs everything. The first sample is run by itself: it tells the costs, and what is wrong with
  // a program that is not to be run a thousand times.
  void Run() {
    const auto start = Clock::now();
    sums_ = first_;
    compiler::Evaluator evaluator;
    const ModelExecution first = RunSample(0, evaluator, sums_);
    costs_ = LayerCosts(program_, first, guest_model_ ? &guest_model_->lowered : nullptr);
    const double predicted = SecondsSince(start) * static_cast<double>(inputs_.size());
    Progress progress(predicted);
    RunOthers(progress);
    wall_seconds_ = SecondsSince(start);
  }

  void Print() const;
  nlohmann::ordered_json Json() const;

 private:
  size_t ChooseOutput() const {
    if (info_.outputs.empty()) throw Failure(ExitCode::kCannot, "the model has no outputs");
    if (options_.output.empty()) return 0;
    const auto found =
        std::ranges::find(info_.outputs, options_.output, &compiler::TensorInfo::name);
    if (found == info_.outputs.end()) {
      throw Failure(ExitCode::kCannot, "the model has no output '{}'", options_.output);
    }
    return static_cast<size_t>(found - info_.outputs.begin());
  }

  // As the model has it: a quantized one is of real numbers.
  compiler::Type OutputType() const {
    const compiler::TensorInfo& output = info_.outputs[output_];
    return {output.model_dtype, output.type.shape};
  }

  void LoadLabels() {
    if (options_.labels.empty()) return;
    try {
      labels_ = compiler::ReadLabels(options_.labels);
    } catch (const compiler::CompileError& error) {
      throw Failure(ExitCode::kCannot, "{}", error.what());
    }
    if (labels_->samples() < inputs_.size()) {
      throw Failure(ExitCode::kCannot, "{} has {} labels for {} samples of {}", options_.labels,
                    labels_->samples(), inputs_.size(), options_.data);
    }
  }

  // The file that was compiled, where it was then or beside the program, unless one is named.
  void LoadFloatModel() {
    std::string path = options_.model;
    if (path.empty()) {
      namespace fs = std::filesystem;
      const fs::path beside =
          fs::path(options_.program).parent_path() / fs::path(info_.source).filename();
      for (const fs::path& candidate : {fs::path(info_.source), beside}) {
        std::error_code ignored;
        if (path.empty() && fs::is_regular_file(candidate, ignored)) path = candidate;
      }
      if (path.empty()) {
        no_float_ = fmt::format("{} was not found (--model names the file)", info_.source);
        return;
      }
    }
    float_model_.emplace(path, info_);
  }

  ModelExecution RunSample(size_t i, compiler::Evaluator& evaluator, Sums& sums) const;
  // Against the float model, of which it returns the chosen output.
  std::vector<double> Compare(const RunInput& input, const ModelExecution& execution, size_t run,
                              compiler::Evaluator& evaluator, Sums& sums) const;
  void CompareLayers(const ModelExecution& execution, const std::vector<Literal>& steps,
                     Sums& sums) const;

  void RunOthers(Progress& progress) {
    struct Worker {
      explicit Worker(const Sums& zero) : sums(zero) {}
      compiler::Evaluator evaluator;
      Sums sums;
    };
    tbb::enumerable_thread_specific<std::unique_ptr<Worker>> workers(
        [&] { return std::make_unique<Worker>(first_); });
    std::atomic<size_t> done = 1;
    tbb::parallel_for(size_t{1}, inputs_.size(), [&](size_t i) {
      Worker& worker = *workers.local();
      RunSample(i, worker.evaluator, worker.sums);
      progress.Update("evaluating",
                      static_cast<double>(++done) / static_cast<double>(inputs_.size()));
    });
    for (const auto& worker : workers) sums_.Add(worker->sums);
  }

  std::vector<LayerError> Errors() const {
    std::vector<LayerError> errors;
    for (size_t i = 0; i < info_.layers.size(); ++i) {
      const ErrorSum& sum = sums_.layers[i];
      errors.push_back(sum.count > 0
                           ? LayerError{sum.Relative(), sum.Saturation()}
                           : LayerError{info_.layers[i].error, info_.layers[i].saturation});
    }
    return errors;
  }
  bool MeasuresAllLayers() const {
    for (size_t i = 0; i < info_.layers.size(); ++i) {
      if (info_.layers[i].error && sums_.layers[i].count == 0) return false;
    }
    return true;
  }
  double InferencesPerSecond() const {
    return static_cast<double>(inputs_.size()) / std::max(wall_seconds_ - FloatWall(), 1e-9);
  }
  // The part of the time that went into the float model.
  double FloatWall() const {
    const double all = sums_.execute_seconds + sums_.float_seconds;
    return all == 0 ? 0 : wall_seconds_ * sums_.float_seconds / all;
  }
  // Input values that were clipped, of how many.
  std::pair<size_t, size_t> ClippedInputs() const;

  double Agreement() const {
    return sums_.rows == 0 ? 1
                           : static_cast<double>(sums_.agreeing) / static_cast<double>(sums_.rows);
  }

  const EvalOptions& options_;
  const ModelProgram& program_;
  const compiler::ModelInfo& info_;
  std::vector<RunInput> inputs_;
  size_t output_ = 0;
  std::optional<compiler::Labels> labels_;
  std::optional<FloatModel> float_model_;
  std::string no_float_;  // why there is none
  std::shared_ptr<const GuestModel> guest_model_;
  Sums first_;  // before the first sample
  Sums sums_;
  std::vector<LayerCost> costs_;
  double wall_seconds_ = 0;
};

ModelExecution Evaluation::RunSample(size_t i, compiler::Evaluator& evaluator, Sums& sums) const {
  ExecutorOptions options;
  options.input = inputs_[i].bytes;
  options.model = guest_model_ ? &guest_model_->model : nullptr;
  const auto start = Clock::now();
  ModelExecution execution = ExecuteModel(program_, options);
  sums.execute_seconds += SecondsSince(start);
  sums.cycles += execution.result.cycles;
  const std::string name = fmt::format("{}, sample {}", options_.program, i);
  RequireHalt(name, execution.result);
  RequireSuccess(name, execution.result);
  if (execution.runs.empty() || execution.runs.back().outputs.empty()) {
    throw Failure(ExitCode::kFailed, "{}: the program did not run the model", name);
  }
  if (sums.scoring) {
    const Literal& output = execution.runs.back().outputs[output_];
    sums.scoring->Add(i, compiler::RealValues(output, info_.outputs[output_].scale));
  }
  if (!float_model_) return execution;
  const auto float_start = Clock::now();
  std::vector<double> reference;
  for (size_t run = 0; run < execution.runs.size(); ++run) {
    reference = Compare(inputs_[i], execution, run, evaluator, sums);
  }
  if (sums.float_scoring) sums.float_scoring->Add(i, reference);
  sums.float_seconds += SecondsSince(float_start);
  return execution;
}

std::vector<double> Evaluation::Compare(const RunInput& input, const ModelExecution& execution,
                                        size_t run, compiler::Evaluator& evaluator,
                                        Sums& sums) const {
  // What the user handed in, or what the program made of it.
  std::vector<Literal> real = input.real;
  if (real.empty()) {
    for (size_t k = 0; k < info_.inputs.size(); ++k) {
      real.push_back(compiler::FromGuest(info_.inputs[k], execution.runs[run].inputs[k]));
    }
  }
  const FloatModel::Values values = float_model_->Run(evaluator, real);
  if (run + 1 == execution.runs.size()) CompareLayers(execution, values.steps, sums);

  const compiler::TensorInfo& output = info_.outputs[output_];
  const std::vector<double> found =
      compiler::RealValues(execution.runs[run].outputs[output_], output.scale);
  std::vector<double> wanted = values.outputs[output_].ToDoubles();
  if (found.size() != wanted.size()) {
    throw Failure(ExitCode::kFailed, "'{}' has {} elements, in the float model {}", output.name,
                  found.size(), wanted.size());
  }
  for (size_t k = 0; k < found.size(); ++k) sums.output.Add(found[k], wanted[k]);
  const compiler::Shape& shape = execution.runs[run].outputs[output_].shape();
  const size_t width = shape.empty() ? 1 : static_cast<size_t>(std::max<int64_t>(shape.back(), 1));
  if (width == 1) {
    // A row of one element agrees if its class does: beyond the threshold or not, or the number.
    const bool real_valued = compiler::IsFloat(output.model_dtype);
    for (size_t k = 0; k < found.size(); ++k) {
      sums.agreeing += real_valued
                           ? (found[k] > options_.threshold) == (wanted[k] > options_.threshold)
                           : found[k] == wanted[k];
    }
    sums.rows += found.size();
    return wanted;
  }
  const std::vector<size_t> found_classes = Argmaxes(found, width);
  const std::vector<size_t> wanted_classes = Argmaxes(wanted, width);
  for (size_t k = 0; k < found_classes.size(); ++k) {
    sums.agreeing += found_classes[k] == wanted_classes[k];
  }
  sums.rows += found_classes.size();
  return wanted;
}

// Of the last run: its calls are those after the last one that is no step further.
void Evaluation::CompareLayers(const ModelExecution& execution, const std::vector<Literal>& steps,
                               Sums& sums) const {
  uint32_t before = kNoStep;
  for (size_t i = execution.call_steps.size(); i-- > 0;) {
    const uint32_t index = execution.call_steps[i];
    if (index == kNoStep) continue;
    if (before != kNoStep && index >= before) return;
    before = index;
    const std::vector<double> wanted = steps[index].ToDoubles();
    const tensor::TensorCall& call = execution.tensors.calls[i];
    const tensor::TensorType& type = guest_model_->model.descriptors[call.descriptor].out;
    const std::vector<int16_t> lanes = LanesOf(execution.tensors, call, type);
    if (lanes.empty() || lanes.size() != wanted.size()) continue;
    ErrorSum& sum = sums.layers[info_.steps[index].layer];
    const auto [low, high] = EndsOf(type.element);
    const double scale = info_.steps[index].scale;
    for (size_t k = 0; k < lanes.size(); ++k) {
      sum.Add(lanes[k] * scale, wanted[k]);
      sum.saturated += wanted[k] < (low - 0.5) * scale || wanted[k] > (high + 0.5) * scale;
    }
  }
}

std::pair<size_t, size_t> Evaluation::ClippedInputs() const {
  size_t clipped = 0, values = 0;
  for (const RunInput& input : inputs_) {
    for (size_t i = 0; i < input.real.size(); ++i) {
      clipped += compiler::CountClipped(info_.inputs[i], input.real[i]);
      values += static_cast<size_t>(input.real[i].type().elements());
    }
  }
  return {clipped, values};
}

void Evaluation::Print() const {
  Facts facts;
  facts.Add("samples", fmt::format("{} of {}", FormatCount(inputs_.size()), options_.data));
  if (const auto [clipped, values] = ClippedInputs(); clipped > 0) {
    facts.Add("inputs", fmt::format("{} of {} values are beyond the calibrated range, and clipped",
                                    FormatCount(clipped), FormatCount(values)));
  }
  if (sums_.scoring) {
    const bool regression = sums_.scoring->is_regression();
    const auto format = [&](const Scoring& scoring) {
      return regression ? fmt::format("{:.6g}", scoring.Score())
                        : fmt::format("{:.2f} % of {}", 100 * scoring.Score(),
                                      FormatCount(scoring.count()));
    };
    const std::string what = regression ? "mean difference" : "accuracy";
    facts.Add(what, format(*sums_.scoring));
    if (sums_.float_scoring) facts.Add("float model", format(*sums_.float_scoring));
  }
  if (float_model_) {
    facts.Add("agreement",
              fmt::format("{:.2f} % of {} rows of '{}' have the float model's class",
                          100 * Agreement(), FormatCount(sums_.rows), info_.outputs[output_].name));
    facts.Add("error",
              fmt::format("{:.4f} % of the float output (root mean square), {:.4g} at most",
                          100 * sums_.output.Relative().value_or(0), sums_.output.greatest));
  } else if (!no_float_.empty()) {
    facts.Add("float model", "no comparison: " + no_float_);
  }
  facts.Add("speed",
            fmt::format("{:.1f} inferences a second, {} cycles each", InferencesPerSecond(),
                        FormatCount(sums_.cycles / inputs_.size())));
  facts.Print(stdout);
  fmt::print("\n");
  LayerReport(info_, costs_, Errors()).Print(stdout);
  if (info_.quantized() && !MeasuresAllLayers()) {
    fmt::print("Errors of layers are those of the calibration{}.\n",
               float_model_ ? " where they could not be measured here" : "");
  }
}

nlohmann::ordered_json Evaluation::Json() const {
  nlohmann::ordered_json json = {{"program", options_.program},
                                 {"samples", inputs_.size()},
                                 {"clipped_input_values", ClippedInputs().first},
                                 {"output", info_.outputs[output_].name}};
  if (sums_.scoring) {
    const char* const what =
        sums_.scoring->is_regression() ? "mean_absolute_difference" : "accuracy";
    json[what] = sums_.scoring->Score();
    if (sums_.float_scoring) {
      json[std::string("float_").append(what)] = sums_.float_scoring->Score();
    }
  }
  if (float_model_) {
    json["agreement"] = Agreement();
    json["error"] = sums_.output.Relative().value_or(0);
    json["greatest_difference"] = sums_.output.greatest;
  } else if (!no_float_.empty()) {
    json["no_float_model"] = no_float_;
  }
  json["inferences_per_second"] = InferencesPerSecond();
  json["cycles"] = sums_.cycles / inputs_.size();
  const LayerReport layers(info_, costs_, Errors());
  json["tensor_share"] = layers.TensorShare();
  json["layers"] = layers.Json();
  return json;
}

void Eval(const EvalOptions& options) {
  const ModelProgram program = LoadModelProgram(options.program);
  RequireModel(options.program, program);
  try {
    Evaluation evaluation(options, program);
    evaluation.Run();
    if (options.json) {
      fmt::print("{}\n",
                 evaluation.Json().dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      evaluation.Print();
    }
  } catch (const compiler::CompileError& error) {
    throw Failure(ExitCode::kFailed, "the float model: {}", error.what());
  }
}

}  // namespace

void AddEval(CLI::App& app) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App* command = app.add_subcommand(
      "eval", "Run a compiled model on data: accuracy, error against the float model, costs");
  command->add_option("program", options->program, "Program of zkvm compile")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--data", options->data,
                   "Samples (.npy, .npz, .pb, .json or a folder); private inputs if the program "
                   "prepares its input itself")
      ->type_name("DATA")
      ->required();
  command
      ->add_option("--labels", options->labels,
                   "Labels (.npy, .npz, .pb, .json, or text with a line for each sample)")
      ->type_name("FILE");
  command
      ->add_option("--model", options->model,
                   "The ONNX file it was compiled from (where it was then, if not given)")
      ->type_name("FILE");
  command->add_option("--limit", options->limit, "Use so many samples at most")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--output", options->output, "Judge this output (the first if not given)")
      ->type_name("NAME");
  command
      ->add_option("--threshold", options->threshold,
                   "Of an output of one number for each label: what is greater is of class 1")
      ->type_name("X")
      ->capture_default_str();
  command->add_flag("--no-float", options->no_float, "Do not compare with the float model");
  command->add_flag("--json", options->json, "Report as JSON");
  command->footer("Example:\n  zkvm eval digits.elf --data test.npy --labels labels.npy");
  command->callback([options] { Eval(*options); });
}

}  // namespace zkvm
