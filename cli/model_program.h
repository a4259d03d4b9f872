// A program with what the compiler says of the model in it, if one is.
#ifndef ZKVM_CLI_MODEL_PROGRAM_H_
#define ZKVM_CLI_MODEL_PROGRAM_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/data/info.h"
#include "compiler/data/samples.h"
#include "isa/program.h"

namespace zkvm {

// Where a compiled model lies in the program (compiler/runtime/model_abi.h). Byte addresses.
struct ModelSymbols {
  uint32_t run = 0;                  // zkvm_model_run
  uint32_t inputs = 0, outputs = 0;  // the arrays of zkvm_model_tensor
  // Entries of the functions of steps, by name.
  std::map<std::string, uint32_t, std::less<>> functions;
};

struct ModelProgram {
  Program program;
  std::optional<compiler::ModelInfo> info;  // of a program that the compiler made
  ModelSymbols symbols;                     // set with `info`

  // Whether the program itself reads its private input, rather than the model's inputs in order.
  bool reads_own_input() const { return !info || info->own_preprocess || info->own_main; }
};

// LoadProgram with the compiler's section.
ModelProgram LoadModelProgram(const std::string& path);

// Throws unless the compiler made it.
void RequireModel(const std::string& path, const ModelProgram& program);

// Its inputs as data of the user has to fit them.
std::vector<compiler::TensorSpec> InputSpecs(const compiler::ModelInfo& info);

// The private input that stands for a sample: its elements as the guest takes them.
std::vector<uint8_t> InputBytes(const compiler::ModelInfo& info, const compiler::Sample& sample);

// Options --input FILE and --sample N.
struct InputOptions {
  std::string file;
  std::optional<size_t> sample;
};
void AddInputOptions(CLI::App& command, InputOptions& options);

// The private input of a run. A compiled model without preprocessing of its own takes files of
// tensors (compiler/data/tensors.h), converted; every other file is taken byte by byte. A .npy file
// for a model with preprocessing of its own stands for its elements, in row-major order.
std::vector<uint8_t> LoadInput(const ModelProgram& program, const InputOptions& options);

// The private input of a run, and what it stands for: the inputs of the model, of the model's
// types.
struct RunInput {
  std::vector<uint8_t> bytes;
  compiler::Sample real;  // empty where the program prepares its inputs itself
};

// Those of many runs, at most `limit`: of a file or directory of samples, or, for a model with
// preprocessing of its own, of the rows of a .npy file or the files of a directory in the order of
// their names.
std::vector<RunInput> LoadInputs(const ModelProgram& program, const std::string& path,
                                 size_t limit);

}  // namespace zkvm

#endif  // ZKVM_CLI_MODEL_PROGRAM_H_
