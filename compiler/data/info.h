// What a compiled model says of itself: the section .zkml.info of its ELF file, as JSON
// (docs/compiling-a-model.md, "The section .zkml.info").
//
// Nothing of it is loaded, run or proven. It serves conversions and reports; a verifier does not
// read it.
#ifndef ZKVM_COMPILER_DATA_INFO_H_
#define ZKVM_COMPILER_DATA_INFO_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/graph/type.h"

namespace zkvm::compiler {

inline constexpr char kInfoSection[] = ".zkml.info";
inline constexpr int kInfoVersion = 1;

enum class Visibility : uint8_t { kPrivate = 0, kPublic = 1, kHash = 2 };
const char* NameOf(Visibility visibility);  // "private", "public", "hash"

// An input or output of the guest, in the order of zkvm_model_inputs / _outputs.
struct TensorInfo {
  std::string name;       // of ONNX
  Type type;              // in the guest's memory: int8, int16, ... where it is quantized
  DType model_dtype{};    // in the ONNX model
  float scale = 0;        // real value = scale * element; 0: not quantized
  int dynamic_axis = -1;  // type.shape has a bound there
  Visibility visibility = Visibility::kPrivate;
};

// A node of the model, or several that were fused, as reports show it.
struct LayerInfo {
  std::string name;      // of the (last) ONNX node
  std::string op;        // "Conv + Relu"
  std::string element;   // of the result: "i8", "i16", "float", ...
  Shape shape;           // of the result
  double scale = 0;      // of its elements; 0: not quantized
  uint64_t weights = 0;  // numbers in constants: weights, biases, tables of trees
  int weight_bits = 0;   // of the largest weight as an integer, with its sign; 0: not quantized
  // Against the float model on the calibration data: the root mean square of the difference over
  // that of the float values; the largest difference in units of `scale`; the share of elements
  // that should lie beyond the ends of their range; and, of a model that came quantized, the share
  // of equal integers.
  std::optional<double> error, max_difference, saturation, equal;
  std::string note;  // why it is code, or whatever the user should know of it
};

// In the order of execution: Program::steps.
struct StepInfo {
  uint32_t layer = 0;                  // index into layers
  std::optional<uint32_t> descriptor;  // a tensor call: index into .zkml.desc; absent: code
  std::string function;                // of a code step: the symbol it calls
  // The value of the ONNX model that the result stands for, if its elements come in the order of
  // that value's (planes, then lanes): what `zkvm eval` compares. Empty: none.
  std::string value;
  double scale = 0;  // of `value`: real = scale * element
};

struct Calibration {
  uint32_t samples = 0;
  double target_error = 0;  // as asked for (--target-error); 0: not
  // As LayerInfo::error, of the outputs (the largest), and the share of rows of outputs with the
  // same greatest element as the float model's.
  double output_error = 0;
  double agreement = 1;
};

struct ModelInfo {
  std::string compiler_version;
  std::string source;                   // path of the ONNX file as given to the compiler
  std::string source_blake3;            // of its bytes, 64 hex digits
  std::map<std::string, int64_t> dims;  // --dim
  std::vector<TensorInfo> inputs, outputs;
  std::vector<LayerInfo> layers;
  std::vector<StepInfo> steps;
  std::optional<Calibration> calibration;  // absent: exact mode
  std::vector<std::string> warnings;
  // Functions that the user's own C++ defines.
  bool own_preprocess = false, own_postprocess = false, own_main = false;

  bool quantized() const { return calibration.has_value(); }
};

// The bytes of the section.
std::string ToJson(const ModelInfo& info);

// Any bytes may come in. Throws CompileError, one line.
ModelInfo ParseInfo(std::string_view json);

// The section of an ELF file; nothing if it has none. Any bytes may come in: a section that cannot
// be read throws CompileError.
std::optional<ModelInfo> ReadInfo(std::span<const uint8_t> elf);

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_DATA_INFO_H_
