// Classifies a handwritten digit with convolutions: a PGM image on standard input, "digit N" on
// standard output. The image is prepared by the C++ code of ../digits.

#include <zkvm/ml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>

#include "../digits/image.h"
#include "weights.h"

namespace {

namespace ml = zkvm::ml;
using digits::kGrid;

using Pixels = ml::Image<1, kGrid, kGrid>;
using Features = ml::Image<cnn::kChannels, kGrid, kGrid>;
using Pooled = ml::Image<cnn::kChannels, kGrid / 2, kGrid / 2>;
using Scores = ml::Sequence<1, cnn::kClasses, ml::kI16>;

template <int32_t kReach>
ZKVM_MODEL constexpr ml::Table<-kReach, kReach> kRelu([](int y) { return std::clamp(y, 0, 127); });
ZKVM_MODEL constexpr ml::Table<-cnn::kReach3, cnn::kReach3> kScore([](int y) { return y; });

ZKVM_MODEL_OP constexpr ml::Conv2d<Pixels, Features, ml::Square(3, 1)> kFirst(
    {.weights = cnn::kWeights1, .bias = cnn::kBias1, .table = kRelu<cnn::kReach1>});
// The fourth type is that of a tensor that is added.
ZKVM_MODEL_OP constexpr ml::Conv2d<Features, Features, ml::Square(3, 1), Features> kSecond(
    {.weights = cnn::kWeights2,
     .bias = cnn::kBias2,
     .table = kRelu<cnn::kReach2>,
     .added_multiplier = cnn::kResidual});
ZKVM_MODEL_OP constexpr ml::Dense<Pooled, Scores> kThird({.weights = cnn::kWeights3,
                                                          .bias = cnn::kBias3,
                                                          .table = kScore});

uint32_t Classify(const digits::Grid& image) {
  static ml::Buffer<Pixels> pixels;
  pixels.Assign(image);
  const Features first = kFirst(ml::Import(pixels));
  const Features second = kSecond(first, first);
  const Pooled pooled = ml::MaxPool<ml::Square(2, 0, 2)>(second);
  return ml::Argmax(kThird(pooled));
}

}  // namespace

int main() {
  static std::array<uint8_t, 1 << 18> file;
  const size_t size = fread(file.data(), 1, file.size(), stdin);
  const auto image = digits::ParsePgm(std::span(file).first(size));
  const auto grid = image ? digits::Normalize(*image) : std::nullopt;
  if (!grid) {
    fputs("standard input is not a PGM image with ink, of at most 256 x 256 pixels\n", stderr);
    return 1;
  }
  printf("digit %u\n", static_cast<unsigned>(Classify(*grid)));
}
