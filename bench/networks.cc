#include "bench/networks.h"

#include <array>
#include <vector>

namespace zkvm {
namespace {

using tensor::Element;
using tensor::Role;

NetworkBuilder LeNet() {
  NetworkBuilder net(1, 25);
  Tensor x = net.Input(ImageType(1, 28, 28));
  x = net.Conv(x, {.outputs = 6, .kernel = 5, .pad = 2});
  x = net.MaxPool(x, 2, 2, 0);
  x = net.Conv(x, {.outputs = 16, .kernel = 5});
  x = net.MaxPool(x, 2, 2, 0);
  x = net.Dense(x, {.outputs = 120});
  x = net.Dense(x, {.outputs = 84});
  x = net.Dense(x, {.outputs = 10, .activation = Activation::kIdentity});
  net.Output(x);
  return net;
}

NetworkBuilder Mlp() {
  NetworkBuilder net(2, 25);
  Tensor x = net.Input(SequenceType(1, 784));
  x = net.Dense(x, {.outputs = 2519});
  x = net.Dense(x, {.outputs = 10, .activation = Activation::kIdentity});
  net.Output(x);
  return net;
}

// 28 steps of 128 units over the rows of an image.
NetworkBuilder Lstm() {
  NetworkBuilder net(3, 27);
  constexpr uint32_t kUnits = 128;
  Tensor h = net.Input(SequenceType(1, kUnits));
  Tensor c = net.Input(SequenceType(1, kUnits));
  std::array<LinearWeights, 4> weights;
  for (int step = 0; step < 28; ++step) {
    const Tensor x = net.Input(SequenceType(1, 28));
    std::array<Tensor, 4> gates;
    for (size_t g = 0; g < gates.size(); ++g) {
      gates[g] = net.Dense2(
          x, h,
          {.outputs = kUnits, .activation = g == 2 ? Activation::kTanh : Activation::kSigmoid},
          weights[g]);
    }
    const Tensor kept = net.Mul(gates[1], c);
    const Tensor fresh = net.Mul(gates[0], gates[2]);
    c = net.Add(kept, fresh, Activation::kIdentity);
    h = net.Mul(gates[3], net.Add(kept, fresh, Activation::kTanh));
  }
  net.Output(net.Dense(h, {.outputs = 10, .activation = Activation::kIdentity}));
  return net;
}

NetworkBuilder Vgg16() {
  NetworkBuilder net(4, 27);
  Tensor x = net.Input(ImageType(3, 32, 32));
  for (const std::vector<uint32_t>& block : {std::vector<uint32_t>{64, 64},
                                             {128, 128},
                                             {256, 256, 256},
                                             {512, 512, 512},
                                             {512, 512, 512}}) {
    for (const uint32_t outputs : block)
      x = net.Conv(x, {.outputs = outputs, .kernel = 3, .pad = 1});
    x = net.MaxPool(x, 2, 2, 0);
  }
  x = net.Dense(x, {.outputs = 512});
  x = net.Dense(x, {.outputs = 512});
  net.Output(net.Dense(x, {.outputs = 10, .activation = Activation::kIdentity}));
  return net;
}

NetworkBuilder ResNet18() {
  NetworkBuilder net(5, 27);
  Tensor x = net.Input(ImageType(3, 224, 224));
  x = net.Conv(x, {.outputs = 64, .kernel = 7, .stride = 2, .pad = 3});
  x = net.MaxPool(x, 3, 2, 1);
  for (const uint32_t outputs : {64U, 128U, 256U, 512U}) {
    for (int block = 0; block < 2; ++block) {
      const uint32_t stride = outputs != 64 && block == 0 ? 2 : 1;
      Tensor shortcut = x;
      if (stride == 2) {
        shortcut =
            net.Conv(x, {.outputs = outputs, .stride = 2, .activation = Activation::kIdentity});
      }
      x = net.Conv(x, {.outputs = outputs, .kernel = 3, .stride = stride, .pad = 1});
      x = net.Conv(x, {.outputs = outputs, .kernel = 3, .pad = 1, .residual = &shortcut});
    }
  }
  x = net.Conv(x, {.outputs = 512,
                   .kernel = 7,
                   .depthwise = true,
                   .ones = true,
                   .activation = Activation::kIdentity});
  net.Output(net.Dense(x, {.outputs = 1000, .activation = Activation::kIdentity}));
  return net;
}

NetworkBuilder MobileNetV2() {
  NetworkBuilder net(6, 27);
  struct Stage {
    uint32_t expansion, outputs;
    int blocks;
    uint32_t stride;
  };
  Tensor x = net.Input(ImageType(3, 224, 224));
  x = net.Conv(x, {.outputs = 32, .kernel = 3, .stride = 2, .pad = 1});
  for (const Stage& stage : {Stage{1, 16, 1, 1},
                             {6, 24, 2, 2},
                             {6, 32, 3, 2},
                             {6, 64, 4, 2},
                             {6, 96, 3, 1},
                             {6, 160, 3, 2},
                             {6, 320, 1, 1}}) {
    for (int block = 0; block < stage.blocks; ++block) {
      const uint32_t stride = block == 0 ? stage.stride : 1;
      const Tensor before = x;
      const uint32_t hidden = stage.expansion * x.type.planes;
      if (stage.expansion > 1) x = net.Conv(x, {.outputs = hidden});
      x = net.Conv(x,
                   {.outputs = hidden, .kernel = 3, .stride = stride, .pad = 1, .depthwise = true});
      const bool residual = stride == 1 && before.type.planes == stage.outputs;
      x = net.Conv(x, {.outputs = stage.outputs,
                       .activation = Activation::kIdentity,
                       .residual = residual ? &before : nullptr});
    }
  }
  x = net.Conv(x, {.outputs = 1280});
  x = net.Conv(x, {.outputs = 1280,
                   .kernel = 7,
                   .depthwise = true,
                   .ones = true,
                   .activation = Activation::kIdentity});
  net.Output(net.Dense(x, {.outputs = 1000, .activation = Activation::kIdentity}));
  return net;
}

// A decoder-only transformer over `tokens` tokens; the logits of the last one.
NetworkBuilder Gpt(uint32_t seed, int bound_bits, uint32_t layers, uint32_t width, uint32_t heads,
                   uint32_t tokens, uint32_t vocabulary) {
  NetworkBuilder net(seed, bound_bits);
  const auto segment = static_cast<uint16_t>(width / heads);
  const uint32_t segment_cells = segment / tensor::kLanes;
  const LinearOptions stream = {
      .outputs = width, .activation = Activation::kIdentity, .element = Element::kI15};
  LinearWeights embedding;
  Tensor x = net.Dense2(net.Tokens(tokens, vocabulary), net.Positions(tokens), stream, embedding);
  for (uint32_t layer = 0; layer < layers; ++layer) {
    Tensor normed = net.Norm(x);
    const auto project = [&](Role role) {
      return net.Dense(normed, {.outputs = width,
                                .activation = Activation::kIdentity,
                                .role = role,
                                .segment = segment});
    };
    const Tensor q = project(Role::kX);
    const Tensor k = project(Role::kK);
    const Tensor v = project(Role::kV);
    std::vector<Tensor> mixed;
    for (uint32_t head = 0; head < heads; ++head) {
      const auto of_head = [&](Tensor t) {
        t.handle += head * segment_cells;
        return t;
      };
      mixed.push_back(net.Mix(net.CausalSoftmax(net.Scores(of_head(q), of_head(k))), of_head(v)));
    }
    LinearOptions output = stream;
    output.channels = heads;
    output.channel_stride = heads > 1 ? mixed[1].handle - mixed[0].handle : 0;
    output.residual = &x;
    x = net.Dense(mixed[0], output);
    const Tensor hidden =
        net.Dense(net.Norm(x), {.outputs = 4 * width, .activation = Activation::kGelu});
    output = stream;
    output.residual = &x;
    x = net.Dense(hidden, output);
  }
  Tensor last = net.Norm(x);
  last.handle += (tokens - 1) * tensor::PlaneCells(last.type);
  last.type.planes = 1;
  net.Argmax(net.Dense(last, {.outputs = vocabulary,
                              .activation = Activation::kIdentity,
                              .element = Element::kI16,
                              .role = Role::kNone}));
  return net;
}

NetworkBuilder NanoGpt() { return Gpt(7, 26, 4, 64, 4, 64, 65); }
NetworkBuilder Gpt2() { return Gpt(8, 29, 12, 768, 12, 32, 50257); }

}  // namespace

const std::vector<Network>& Networks() {
  static const std::vector<Network> kNetworks = {
      {"lenet5", &LeNet},
      {"mlp2m", &Mlp},
      {"lstm", &Lstm},
      {"nanogpt64", &NanoGpt},
      {"vgg16", &Vgg16},
      {"resnet18", &ResNet18},
      {"mobilenetv2", &MobileNetV2},
      {"gpt2_32", &Gpt2},
  };
  return kNetworks;
}

}  // namespace zkvm
