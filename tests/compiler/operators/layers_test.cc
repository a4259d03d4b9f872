// Recurrent layers with every option, against the definition written out; Resize of old versions,
// of integers and of crops.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/compiler/operators/run_node.h"

namespace zkvm::compiler {
namespace {

Literal Random(const Shape& shape, std::mt19937& random) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
  for (float& value : values) value = uniform(random);
  return Floats(shape, values);
}

double At(const Literal& literal, int64_t position) {
  return static_cast<double>(literal.As<float>()[static_cast<size_t>(position)]);
}

// Reverse, batch first, with peepholes, clipping, coupled gates and other activations:
// HardSigmoid(0.3, 0.4), LeakyRelu(0.1), ScaledTanh(0.9, 0.7).
TEST(Lstm, AllOptions) {
  constexpr int64_t kBatch = 2, kSteps = 4, kInputs = 3, kHidden = 5;
  std::mt19937 random(1);
  const Literal x = Random({kBatch, kSteps, kInputs}, random);
  const Literal w = Random({1, 4 * kHidden, kInputs}, random);
  const Literal r = Random({1, 4 * kHidden, kHidden}, random);
  const Literal b = Random({1, 8 * kHidden}, random);
  const Literal h0 = Random({kBatch, 1, kHidden}, random);
  const Literal c0 = Random({kBatch, 1, kHidden}, random);
  const Literal p = Random({1, 3 * kHidden}, random);
  constexpr double kClip = 0.8;

  const std::vector<Literal> outputs =
      RunNode({.op = "LSTM",
               .inputs = {{x}, {w}, {r}, {b}, {.value = {}, .absent = true}, {h0}, {c0}, {p}},
               .attributes = {{"direction", std::string("reverse")},
                              {"layout", int64_t{1}},
                              {"input_forget", int64_t{1}},
                              {"clip", static_cast<float>(kClip)},
                              {"activations",
                               std::vector<std::string>{"HardSigmoid", "LeakyRelu", "ScaledTanh"}},
                              {"activation_alpha", std::vector<float>{0.3F, 0.1F, 0.9F}},
                              {"activation_beta", std::vector<float>{0.4F, 0.7F}}},
               .outputs = 3});

  const auto clip = [&](double v) { return std::clamp(v, -kClip, kClip); };
  const auto f = [](double v) { return std::clamp(0.3 * v + 0.4, 0.0, 1.0); };
  const auto g = [](double v) { return v < 0 ? 0.1 * v : v; };
  const auto h = [](double v) { return 0.9 * std::tanh(0.7 * v); };
  for (int64_t n = 0; n < kBatch; ++n) {
    std::vector<double> state(kHidden), cell(kHidden);
    for (int64_t j = 0; j < kHidden; ++j) {
      state[static_cast<size_t>(j)] = At(h0, n * kHidden + j);
      cell[static_cast<size_t>(j)] = At(c0, n * kHidden + j);
    }
    for (int64_t t = kSteps - 1; t >= 0; --t) {
      std::vector<double> next(kHidden);
      for (int64_t j = 0; j < kHidden; ++j) {
        const auto sum = [&](int64_t gate) {
          const int64_t row = gate * kHidden + j;
          double s = At(b, row) + At(b, 4 * kHidden + row);
          for (int64_t i = 0; i < kInputs; ++i) {
            s += At(w, row * kInputs + i) * At(x, (n * kSteps + t) * kInputs + i);
          }
          for (int64_t i = 0; i < kHidden; ++i) {
            s += At(r, row * kHidden + i) * state[static_cast<size_t>(i)];
          }
          return s;
        };
        double& c = cell[static_cast<size_t>(j)];
        const double in = f(clip(sum(0) + At(p, j) * c));
        c = (1 - in) * c + in * g(clip(sum(3)));
        next[static_cast<size_t>(j)] = f(clip(sum(1) + At(p, kHidden + j) * c)) * h(c);
      }
      state = next;
      for (int64_t j = 0; j < kHidden; ++j) {
        ASSERT_NEAR(At(outputs[0], (n * kSteps + t) * kHidden + j), state[static_cast<size_t>(j)],
                    1e-5);
      }
    }
    for (int64_t j = 0; j < kHidden; ++j) {
      EXPECT_NEAR(At(outputs[1], n * kHidden + j), state[static_cast<size_t>(j)], 1e-5);
      EXPECT_NEAR(At(outputs[2], n * kHidden + j), cell[static_cast<size_t>(j)], 1e-5);
    }
  }
}

// One layer of one element with W = 1, R = 0: the activation itself.
TEST(Rnn, EveryActivation) {
  const std::vector<float> points = {-3, -1, -0.25F, 0, 0.25F, 1, 3};
  struct Case {
    const char* name;
    double (*function)(double);
  };
  const Case cases[] = {
      {"Relu", [](double v) { return std::max(v, 0.0); }},
      {"tanh", [](double v) { return std::tanh(v); }},
      {"Sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
      {"Softsign", [](double v) { return v / (1 + std::abs(v)); }},
      {"Softplus", [](double v) { return std::log1p(std::exp(v)); }},
      {"Affine", [](double v) { return 1.5 * v + 0.75; }},
      {"LeakyRelu", [](double v) { return v < 0 ? 1.5 * v : v; }},
      {"ThresholdedRelu", [](double v) { return v > 1.5 ? v : 0.0; }},
      {"ScaledTanh", [](double v) { return 1.5 * std::tanh(0.75 * v); }},
      {"HardSigmoid", [](double v) { return std::clamp(1.5 * v + 0.75, 0.0, 1.0); }},
      {"Elu", [](double v) { return v < 0 ? 1.5 * std::expm1(v) : v; }},
  };
  const int64_t count = static_cast<int64_t>(points.size());
  for (const Case& test : cases) {
    const std::vector<Literal> outputs =
        RunNode({.op = "RNN",
                 .inputs = {{Floats({1, count, 1}, points)},
                            {Floats({1, 1, 1}, {1})},
                            {Floats({1, 1, 1}, {0})}},
                 .attributes = {{"activations", std::vector<std::string>{test.name}},
                                {"activation_alpha", std::vector<float>{1.5F}},
                                {"activation_beta", std::vector<float>{0.75F}}}});
    for (size_t i = 0; i < points.size(); ++i) {
      EXPECT_NEAR(At(outputs[0], static_cast<int64_t>(i)),
                  test.function(static_cast<double>(points[i])), 1e-5)
          << test.name << " of " << points[i];
    }
  }
}

TEST(Resize, BeforeOpset11) {
  const Literal x = Floats({1, 1, 1, 4}, {1, 2, 3, 4});
  const NodeInput twice{Floats({4}, {1, 1, 1, 2}), true};
  const NodeInput half{Floats({4}, {1, 1, 1, 0.5F}), true};
  const auto run = [&](const std::string& op, int64_t opset, const NodeInput& scales,
                       const std::string& mode) {
    return RunNode({op, {{x}, scales}, {{"mode", mode}}, opset})[0];
  };
  const Literal nearest = Floats({1, 1, 1, 8}, {1, 1, 2, 2, 3, 3, 4, 4});
  EXPECT_EQ(run("Resize", 10, twice, "nearest"), nearest);
  EXPECT_EQ(run("Upsample", 9, twice, "nearest"), nearest);
  EXPECT_EQ(run("Upsample", 9, twice, "linear"),
            Floats({1, 1, 1, 8}, {1, 1.5F, 2, 2.5F, 3, 3.5F, 4, 4}));
  EXPECT_EQ(run("Resize", 10, half, "nearest"), Floats({1, 1, 1, 2}, {1, 3}));
  EXPECT_EQ(RunNode({"Upsample",
                     {{x}},
                     {{"mode", std::string("nearest")}, {"scales", std::vector<float>{1, 1, 1, 2}}},
                     7})[0],
            nearest);
}

TEST(Resize, IntegersAndCrops) {
  const Literal bytes =
      Literal::Of<uint8_t>(DType::kUint8, {1, 1, 1, 3}, std::vector<uint8_t>{10, 20, 41});
  const auto attribute = [](const char* value) { return Attribute(std::string(value)); };
  EXPECT_EQ(
      RunNode({"Resize",
               {{bytes},
                {.value = {}, .absent = true},
                {.value = {}, .absent = true},
                {Ints({4}, {1, 1, 1, 5}), true}},
               {{"mode", attribute("linear")},
                {"coordinate_transformation_mode", attribute("align_corners")}}})[0],
      Literal::Of<uint8_t>(DType::kUint8, {1, 1, 1, 5}, std::vector<uint8_t>{10, 15, 20, 30, 41}));
  // The right half of the image and as much outside.
  EXPECT_EQ(RunNode({"Resize",
                     {{Floats({3}, {1, 2, 3})},
                      {Floats({2}, {0.5F, 1.5F}), true},
                      {.value = {}, .absent = true},
                      {Ints({1}, {5}), true}},
                     {{"mode", attribute("linear")},
                      {"extrapolation_value", -1.0F},
                      {"coordinate_transformation_mode", attribute("tf_crop_and_resize")}}})[0],
            Floats({5}, {2, 2.5F, 3, -1, -1}));
}

}  // namespace
}  // namespace zkvm::compiler
