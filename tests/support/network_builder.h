// Builds guests that run a network with random weights: for benchmarks and tests of whole proofs.
//
//   NetworkBuilder net(seed);
//   Tensor x = net.Input(ImageType(3, 32, 32));
//   x = net.Conv(x, {.outputs = 64, .kernel = 3, .pad = 1});
//   net.Output(net.Dense(x, {.outputs = 10}));
//   const Program program = net.Build();
//
// The guest is straight-line code: as all shapes are constants, so are the handles.
#ifndef ZKVM_TESTS_SUPPORT_NETWORK_BUILDER_H_
#define ZKVM_TESTS_SUPPORT_NETWORK_BUILDER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "isa/program.h"
#include "precompiles/tensor/descriptor.h"
#include "tests/support/assembler.h"

namespace zkvm {

struct Tensor {
  uint32_t handle = 0;
  tensor::TensorType type;
};

tensor::TensorType ImageType(uint32_t channels, uint32_t height, uint32_t width);
tensor::TensorType SequenceType(uint32_t tokens, uint32_t width);

// y -> out, by name: the function is applied in units of the output's integers.
enum class Activation : uint8_t { kIdentity, kRelu, kGelu, kSigmoid, kTanh };

struct LinearOptions {
  uint32_t outputs = 0;
  uint16_t kernel = 1;
  uint32_t stride = 1;
  uint16_t pad = 0;
  bool depthwise = false;
  bool ones = false;  // weights are all 1 (average pooling)
  Activation activation = Activation::kRelu;
  const Tensor* residual = nullptr;
  tensor::Element element = tensor::Element::kI8;  // of the output
  tensor::Role role = tensor::Role::kX;
  uint16_t segment = 0;
  // Heads: the source is `channels` tensors of source.type, `channel_stride` cells apart.
  uint32_t channels = 1;
  uint32_t channel_stride = 0;
};

// Weights and bias that several calls share: filled in by the first of them.
struct LinearWeights {
  bool known = false;
  tensor::Descriptor descriptor;
};

class NetworkBuilder {
 public:
  // |v| < 2^bound_bits for every output: tables of 2^(bound_bits - 13) entries.
  explicit NetworkBuilder(uint32_t seed, int bound_bits = 27);

  // The next tensor of the private input, which is random.
  Tensor Input(tensor::TensorType type);
  // Token ids below `vocabulary`, as one-hot planes.
  Tensor Tokens(uint32_t count, uint32_t vocabulary);
  // 0, 1, ..., count - 1.
  Tensor Positions(uint32_t count);

  Tensor Conv(const Tensor& x, const LinearOptions& options);
  Tensor Dense(const Tensor& x, const LinearOptions& options);
  // Two sources of their own weights: gates, token and position embeddings.
  Tensor Dense2(const Tensor& x, const Tensor& y, const LinearOptions& options,
                LinearWeights& weights);
  Tensor MaxPool(const Tensor& x, uint32_t kernel, uint32_t stride, uint32_t pad);

  Tensor Scores(const Tensor& q, const Tensor& k);  // q k^T, for one segment
  Tensor CausalSoftmax(const Tensor& scores);
  Tensor Mix(const Tensor& p, const Tensor& v);  // p v
  Tensor Norm(const Tensor& x);
  Tensor Mul(const Tensor& u, const Tensor& v);
  Tensor Add(const Tensor& u, const Tensor& v, Activation activation);

  // Exports to memory and makes word 0 public.
  void Output(const Tensor& x);
  // The index of the largest lane of a plane becomes public.
  void Argmax(const Tensor& x);

  // Halts with exit code 0.
  Program Build();
  const std::vector<uint8_t>& input() const { return input_; }

  uint64_t weights() const { return weights_; }
  uint64_t outputs() const { return outputs_; }
  uint64_t multiplications() const { return multiplications_; }

 private:
  uint32_t Weights(size_t count, int64_t limit);
  uint32_t Bias(size_t count);
  uint32_t Table(int32_t first, uint32_t count, const std::function<int32_t(int32_t)>& entry);
  // The table of this key, which is made when it is first asked for.
  uint32_t SharedTable(const std::array<int64_t, 4>& key, int32_t first, uint32_t count,
                       const std::function<int32_t(int32_t)>& entry);
  uint32_t ActivationTable(Activation activation, tensor::Element element, double scale);
  uint32_t AppendData(const void* bytes, size_t size);
  Tensor Call(const tensor::Descriptor& d, std::array<uint32_t, 3> sources);
  Tensor Elementwise(tensor::Binary op, const Tensor& u, const Tensor& v, uint32_t table,
                     int32_t multiplier, tensor::Element element);
  void AddWeights(const Tensor& x, const LinearOptions& options, size_t group, int64_t budget,
                  tensor::Descriptor& d);
  uint32_t TokensAt(uint32_t words);

  std::mt19937 random_;
  int bound_bits_;
  Asm code_;
  std::vector<tensor::Descriptor> descriptors_;
  std::map<std::string, uint32_t> descriptor_index_;
  std::vector<uint8_t> data_;
  std::vector<uint8_t> input_;
  std::map<std::array<int64_t, 4>, uint32_t> tables_;
  uint32_t pointer_ = 0;           // of the tensor space
  uint32_t memory_ = 0x0100'0000;  // next free byte of the guest's memory
  double deviation_ = 0;           // of v of the last linear call, estimated
  uint64_t weights_ = 0, outputs_ = 0, multiplications_ = 0;
};

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_NETWORK_BUILDER_H_
