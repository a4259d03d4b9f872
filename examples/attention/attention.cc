// Classifies a handwritten digit with attention: a PGM image on standard input, "digit N" on
// standard output. The image is prepared by the C++ code of ../digits; its rows of pixels are the
// tokens of a transformer with one block.

#include <zkvm/ml.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <span>

#include "../digits/image.h"
#include "weights.h"

namespace {

namespace ml = zkvm::ml;
using namespace attention;  // weights.h

constexpr uint32_t kHeadWidth = kWidth / kHeads;

using Pixels = ml::Sequence<kTokens, kPixels>;
using Positions = ml::Indices<kTokens, kTokens>;
using Stream = ml::Sequence<kTokens, kWidth, ml::kI15>;
using Normed = ml::Sequence<kTokens, kWidth>;
// In segments: one for each head.
using Queries = ml::Sequence<kTokens, kWidth, ml::kI8, ml::kX, kHeadWidth>;
using Keys = ml::Sequence<kTokens, kWidth, ml::kI8, ml::kKeys, kHeadWidth>;
using Values = ml::Sequence<kTokens, kWidth, ml::kI8, ml::kValues, kHeadWidth>;
using Scores = ml::Sequence<kTokens, kTokens, ml::kI15>;
using Weights = ml::Sequence<kTokens, kTokens, ml::kU15>;
using Head = ml::Sequence<kTokens, kHeadWidth>;
using Joined = ml::Joined<Head, kHeads>;
using Inner = ml::Sequence<kTokens, kInner>;
using Result = ml::Sequence<1, kClasses, ml::kI16>;

// --- Tables. y is round(v / 2^14) of a sum v, which weights.h scales to the units of the result.

ZKVM_MODEL constexpr ml::Table<-32767, 32767> kStream([](int y) {
  return ml::Saturate<ml::kI15>(y);
});
ZKVM_MODEL constexpr ml::Table<-1023, 1023> kRound([](int y) { return ml::Saturate<ml::kI8>(y); });
ZKVM_MODEL constexpr ml::Table<-8191, 8191> kFinalScore([](int y) { return y; });
ZKVM_MODEL constexpr ml::Table<-4095, 4095> kGelu([](int y) {
  return ml::Saturate<ml::kI8>(ml::Gelu(1.0 * y / kGeluUnit) * kGeluOutUnit);
});

// A norm gives 2^(scale - 14) / sqrt(kWidth) for one standard deviation.
constexpr int kNormScale = 23;
constexpr double kDeviation = (1 << (kNormScale - 14)) / 5.656854249492381;
ZKVM_MODEL constexpr ml::Table<-515, 515> kNorm([](int y) {
  return ml::Saturate<ml::kI8>(y / kDeviation * kNormUnit);
});

// Products of queries and keys, from 2^-5 of a unit to the softmax's 2^-9.
constexpr uint32_t kScoreMultiplier = 1 << 9;
ZKVM_MODEL constexpr ml::Table<-8192, 8192> kScore([](int y) {
  return ml::Saturate<ml::kI15>(y * (double{1 << 14} / kScoreMultiplier * kScoreUnit));
});

// Weights of 2^-15 times values, in sixteenths.
constexpr uint32_t kAttendMultiplier = 1 << 3;
ZKVM_MODEL constexpr ml::Table<-2080, 2080> kSixteenth([](int y) {
  return ml::Saturate<ml::kI8>(y / 16.0);
});

// --- Operations.

ZKVM_MODEL_OP constexpr ml::Linear<Stream, ml::Matrix<Pixels>, ml::Matrix<Positions>> kEmbed(
    {.table = kStream}, {.weights = kEmbedding, .multiplier = kEmbeddingMultiplier},
    {.weights = attention::kPositions, .multiplier = kPositionsMultiplier});

ZKVM_MODEL_OP constexpr ml::LayerNorm<Stream, Normed> kNormalize({.table = kNorm,
                                                                  .scale = kNormScale});
ZKVM_MODEL_OP constexpr ml::Dense<Normed, Queries> kToQueries({.weights = kQueries,
                                                               .table = kRound});
ZKVM_MODEL_OP constexpr ml::Dense<Normed, Keys> kToKeys({.weights = attention::kKeys,
                                                         .table = kRound});
ZKVM_MODEL_OP constexpr ml::Dense<Normed, Values> kToValues({.weights = attention::kValues,
                                                             .table = kRound});
ZKVM_MODEL_OP constexpr ml::Scores<ml::Segment<Queries>, ml::Segment<Keys>, Scores> kCompare(
    {.table = kScore, .multiplier = kScoreMultiplier});
ZKVM_MODEL_OP constexpr ml::Attend<Weights, ml::Segment<Values>, Head> kAttend(
    {.table = kSixteenth, .multiplier = kAttendMultiplier});
ZKVM_MODEL_OP constexpr ml::Dense<Joined, Stream, Stream> kProject(
    {.weights = kOutput, .table = kStream, .multiplier = kOutputMultiplier});

ZKVM_MODEL_OP constexpr ml::Dense<Normed, Inner> kWiden({.weights = kInner1,
                                                         .bias = kInner1Bias,
                                                         .table = kGelu});
ZKVM_MODEL_OP constexpr ml::Dense<Inner, Stream, Stream> kNarrow(
    {.weights = kInner2, .bias = kInner2Bias, .table = kStream, .multiplier = kInner2Multiplier});
ZKVM_MODEL_OP constexpr ml::Dense<ml::Flattened<Normed>, Result> kClassify({.weights = kFinal,
                                                                            .bias = kFinalBias,
                                                                            .table = kFinalScore});

Stream Attention(const Stream& stream) {
  const Normed x = kNormalize(stream);
  const Queries queries = kToQueries(x);
  const Keys keys = kToKeys(x);
  const Values values = kToValues(x);
  std::array<Weights, kHeads> weights;
  for (uint32_t h = 0; h < kHeads; ++h) {
    weights[h] = ml::Softmax(kCompare(queries.Segment(h), keys.Segment(h)));
  }
  // One directly after the other: side by side they are the rows that kProject reads.
  std::array<Head, kHeads> heads;
  for (uint32_t h = 0; h < kHeads; ++h) heads[h] = kAttend(weights[h], values.Segment(h));
  return kProject(Joined(heads), stream);
}

uint32_t Classify(const digits::Grid& image) {
  static ml::Buffer<Pixels> pixels;
  pixels.Assign(image);
  std::array<uint32_t, kTokens> positions;
  for (uint32_t i = 0; i < kTokens; ++i) positions[i] = i;

  Stream stream = kEmbed(ml::Import(pixels), ml::OneHot<kTokens>(positions));
  stream = Attention(stream);
  stream = kNarrow(kWiden(kNormalize(stream)), stream);
  return ml::Argmax(kClassify(kNormalize(stream).Flat()));
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
