// Every operation of <zkvm/ml.h>; prints a digest of every result.

#include <zkvm/ml.h>

#include <array>
#include <cstdint>
#include <cstdio>

namespace {

namespace ml = zkvm::ml;
using ml::kI15;
using ml::kI16;
using ml::kI8;
using ml::kU8;

constexpr uint32_t Next(uint32_t& state) {
  state = state * 1664525 + 1013904223;
  return state >> 8;
}

// Values from -range to range.
template <class T, size_t kCount>
constexpr std::array<T, kCount> Random(uint32_t seed, uint32_t range) {
  std::array<T, kCount> values{};
  for (T& v : values) {
    v = static_cast<T>(static_cast<int32_t>(Next(seed) % (2 * range + 1)) -
                       static_cast<int32_t>(range));
  }
  return values;
}

template <class T>
T Make(uint32_t seed) {
  static ml::Buffer<T> buffer;
  using Value = typename ml::Buffer<T>::Value;
  std::array<Value, ml::Buffer<T>::kElements> values;
  for (Value& v : values) v = static_cast<Value>(Next(seed));
  buffer.Assign(values);
  return ml::Import(buffer);
}

template <class T>
void Print(const char* name, const T& x) {
  static ml::Buffer<T> buffer;
  ml::Export(x, buffer);
  std::array<typename ml::Buffer<T>::Value, ml::Buffer<T>::kElements> values;
  buffer.CopyTo(values);
  uint32_t digest = 0;
  int low = values[0], high = values[0];
  for (const auto v : values) {
    digest = digest * 31 + static_cast<uint32_t>(v);
    if (v < low) low = v;
    if (v > high) high = v;
  }
  printf("%s %u [%d, %d] %08x\n", name, static_cast<unsigned>(values.size()), low, high,
         static_cast<unsigned>(digest));
}

// What the tests below cut at: y / 8, as int8.
ZKVM_MODEL constexpr ml::Table<-16384, 16384> kEighth([](int y) {
  return ml::Saturate<kI8>(y / 8.0);
});
ZKVM_MODEL constexpr ml::Table<-8191, 8191> kWhole([](int y) { return y; });

// --- Rows

using Rows = ml::Sequence<5, 40>;
using Narrow = ml::Sequence<5, 7>;
using NarrowU8 = ml::Sequence<5, 7, kU8>;
using Wide = ml::Sequence<5, 96, kI8, ml::kX, 32>;
using Wide16 = ml::Sequence<5, 7, kI16>;

ZKVM_MODEL constexpr auto kRowWeights = Random<int16_t, 40 * 7>(1, 8000);
ZKVM_MODEL constexpr auto kSquareWeights = Random<int16_t, 7 * 7>(2, 9000);
ZKVM_MODEL constexpr auto kWideWeights = Random<int16_t, 40 * 96>(3, 5000);
ZKVM_MODEL constexpr auto kBackWeights = Random<int16_t, 96 * 7>(4, 3000);
ZKVM_MODEL constexpr auto kFlatWeights = Random<int16_t, 35 * 7>(5, 9000);
ZKVM_MODEL constexpr auto kJoinedWeights = Random<int16_t, 14 * 7>(8, 4000);
ZKVM_MODEL constexpr auto kLookupWeights = Random<int16_t, 100 * 7>(6, 30000);
ZKVM_MODEL constexpr auto kRowBias = Random<int32_t, 7>(7, 1000000);

ZKVM_MODEL_OP constexpr ml::Dense<Rows, Narrow> kDense({.weights = kRowWeights,
                                                        .bias = kRowBias,
                                                        .table = kEighth});
ZKVM_MODEL_OP constexpr ml::Dense<NarrowU8, Wide16, Narrow> kDenseAdded(
    {.weights = kSquareWeights, .table = kWhole, .multiplier = 2, .added_multiplier = 10000});
ZKVM_MODEL_OP constexpr ml::Dense<Rows, Wide> kWiden({.weights = kWideWeights, .table = kEighth});
ZKVM_MODEL_OP constexpr ml::Dense<Wide, Narrow> kBack({.weights = kBackWeights, .table = kEighth});
ZKVM_MODEL_OP constexpr ml::Dense<ml::Flattened<Narrow>, ml::Sequence<1, 7, kI16>> kFlat(
    {.weights = kFlatWeights, .table = kWhole});
ZKVM_MODEL_OP constexpr ml::Dense<ml::Joined<Narrow, 2>, Narrow> kJoined({.weights = kJoinedWeights,
                                                                          .table = kEighth});
ZKVM_MODEL_OP constexpr ml::Linear<Narrow, ml::Matrix<ml::Indices<5, 100>>, ml::Matrix<Rows>,
                                   ml::Residual<Narrow>>
    kThree({.bias = kRowBias, .table = kEighth}, {.weights = kLookupWeights, .multiplier = 50},
           {.weights = kRowWeights}, {.multiplier = 3000});
ZKVM_MODEL_OP constexpr ml::Map<Narrow, Narrow> kMap({.table = kEighth, .multiplier = 30000});
ZKVM_MODEL_OP constexpr ml::Add<Narrow, Narrow, Wide16> kAdd({.table = kWhole,
                                                              .right_multiplier = 30000});

void TestRows() {
  const Rows x = Make<Rows>(1);
  Print("import", x);
  const Narrow y = kDense(x);
  Print("dense", y);
  Print("dense added", kDenseAdded(Make<NarrowU8>(2), y));
  const Wide wide = kWiden(x);
  Print("dense in segments", wide);
  Print("dense of segments", kBack(wide));
  Print("dense of all rows", kFlat(y.Flat()));
  const std::array<Narrow, 2> pair = {kMap(y), kMap(y)};
  Print("map", pair[0]);
  Print("dense of two tensors", kJoined(ml::Joined<Narrow, 2>(pair)));
  const uint32_t words[5] = {0, 99, 3, 3, 57};
  Print("three terms", kThree(ml::OneHot<100>(words), x, y));
  Print("add", kAdd(y, pair[1]));
  Print("rows", y.Rows<2>(3));
  printf("argmax");
  for (uint32_t i = 0; i < 5; ++i) {
    printf(" %u %u", static_cast<unsigned>(ml::Argmax(y.Rows(i))),
           static_cast<unsigned>(ml::Argmax(x.Rows(i))));
  }
  printf("\n");
}

// --- Images

using Small = ml::Image<3, 5, 3>;
using Packed = ml::Image<4, 7, 6>;
using Large = ml::Image<2, 9, 20>;

// A convolution of an image to `kOut` channels, and its weights.
template <class In, uint32_t kOut, ml::Window kWindow>
struct Convolved {
  using Out = ml::Image<kOut,
                        (In::kHeight + kWindow.pad_top + kWindow.pad_bottom -
                         kWindow.dilation * (kWindow.height - 1) - 1) /
                                kWindow.stride +
                            1,
                        (In::kWidth + kWindow.pad_left + kWindow.pad_right -
                         kWindow.dilation * (kWindow.width - 1) - 1) /
                                kWindow.stride +
                            1>;
  static constexpr size_t kArea = kWindow.height * kWindow.width;
  ZKVM_MODEL static constexpr auto kWeights =
      Random<int16_t, kOut * In::kChannels * kArea>(kArea + kOut, kArea < 64 ? 12000 : 4000);
  ZKVM_MODEL static constexpr auto kBias = Random<int32_t, kOut>(kOut, 100000);
  ZKVM_MODEL_OP static constexpr ml::Conv2d<In, Out, kWindow> kConv{
      {.weights = kWeights, .bias = kBias, .table = kEighth}};
};

template <uint32_t kOut, ml::Window kWindow, class In>
void TestConvolution(const char* name, const In& x) {
  Print(name, Convolved<In, kOut, kWindow>::kConv(x));
}

template <class In>
struct Depthwise {
  ZKVM_MODEL static constexpr auto kWeights = Random<int16_t, In::kChannels * 9>(9, 30000);
  ZKVM_MODEL_OP static constexpr ml::DepthwiseConv2d<In, In, ml::Square(3, 1), In> kConv{
      {.weights = kWeights, .table = kEighth, .added_multiplier = 20000}};
};

template <class In>
struct WholeImage {
  using Out = ml::Sequence<1, 11>;
  ZKVM_MODEL static constexpr auto kWeights =
      Random<int16_t, 11 * In::kChannels * In::kHeight * In::kWidth>(11, 4000);
  ZKVM_MODEL_OP static constexpr ml::Dense<In, Out> kDense{{.weights = kWeights, .table = kEighth}};
};

template <class In>
void TestImage(uint32_t seed) {
  const In x = Make<In>(seed);
  Print("import", x);
  TestConvolution<3, ml::Window{}>("conv 1 x 1", x);
  TestConvolution<2, ml::Square(3, 1)>("conv 3 x 3", x);
  TestConvolution<1, ml::Square(3, 1, 2)>("conv stride 2", x);
  TestConvolution<5, ml::Square(2, 1, 1, 2)>("conv dilation 2", x);
  TestConvolution<2, ml::Window{.height = 3, .width = 2, .pad_top = 2, .pad_right = 1}>(
      "conv uneven", x);
  TestConvolution<10, ml::Window{.height = In::kHeight, .width = In::kWidth}>("conv of all", x);
  Print("dense", WholeImage<In>::kDense(x));
  Print("depthwise added", Depthwise<In>::kConv(x, x));
  Print("average", ml::AveragePool<ml::Square(2)>(x));
  Print("average of all", ml::GlobalAveragePool(x));
  Print("max 2", ml::MaxPool<ml::Square(2, 0, 2)>(x));
  Print("max 3 padded", ml::MaxPool<ml::Square(3, 1, 2)>(x));
  Print("max 3", ml::MaxPool<ml::Square(3)>(x));
  Print("max of columns", ml::MaxPool<ml::Window{.height = 3, .pad_bottom = 2}>(x));
  Print("max of rows", ml::MaxPool<ml::Window{.width = 3, .pad_left = 1, .stride = 3}>(x));
  Print("copy", ml::Copy(x));
  Print("flat", ml::Flatten(ml::GlobalAveragePool(x)));
  const auto y = ml::MaxPool<ml::Window{.width = 2, .pad_right = 1}>(x);
  Print("max of two", ml::Max(x, y));
  // Groups: each channel by itself, with the same weights.
  Print("group", Convolved<ml::Image<1, In::kHeight, In::kWidth>, 2, ml::Square(3, 1)>::kConv(
                     x.Channels(In::kChannels - 1)));
}

void TestLayout() {
  const auto x = Make<ml::Image<1, 16, 32, kU8>>(11);
  Print("patches", ml::Patches<8>(x));
  Print("flat", ml::Flatten(Make<ml::Image<3, 4, 4>>(12)));
  Print("flat", ml::Flatten(x));
  Print("max u8", ml::MaxPool<ml::Square(3, 1, 2)>(x));
  Print("transposed", ml::Transpose(Make<Rows>(13)));
  const Packed a = Make<Packed>(14);
  const Packed b = ml::Copy(a);
  const auto c = ml::Copy(b.Channels<2>(1));
  Print("concatenated", ml::Concat(b, c));
  const auto first = Make<Narrow>(15);
  const auto second = ml::Copy(first.Rows<2>(1));
  const auto third = ml::Copy(first);
  Print("concatenated", ml::Concat(second, third));
  Print("int16", Make<Wide16>(16));
  // Every second element of every row, backwards.
  constexpr ml::GatherPlan kPlan{.offset = 38, .fill = -3, .digits = {{{16, -2, 3, 16}, {5, 48}}}};
  Print("gathered", ml::Gather<ml::Sequence<5, 16>, kPlan>(Make<Rows>(17)));
}

// --- Values

using Vector = ml::Sequence<4, 48>;
using Stream = ml::Sequence<4, 48, kI15>;
using Row = ml::Sequence<1, 48>;

ZKVM_MODEL constexpr ml::Table<-32767, 32767> kWideRound([](int y) {
  return ml::Saturate<kI15>(y);
});
ZKVM_MODEL_OP constexpr ml::Multiply<Vector, Row, Vector> kMultiply({.table = kEighth,
                                                                     .multiplier = 8000});
ZKVM_MODEL_OP constexpr ml::Multiply<Vector, Vector, Stream> kSquare({.table = kWideRound,
                                                                      .multiplier = 16384});
ZKVM_MODEL_OP constexpr ml::Plus<Vector, Vector, Vector> kPlus({.table = kEighth, .offset = 77});
ZKVM_MODEL_OP constexpr ml::Minus<Row, Vector, Stream> kMinus({.table = kWideRound});
ZKVM_MODEL constexpr ml::Table<-2000, 2000> kSigmoid([](int y) {
  return ml::Saturate<kI8>(127 * ml::Sigmoid(y / 100.0));
});
ZKVM_MODEL_OP constexpr ml::Map<Vector, Vector> kGate({.table = kSigmoid, .multiplier = 20000});
ZKVM_MODEL_OP constexpr ml::Maximum<Vector, Row, Stream> kMaximum({.table = kWideRound});
ZKVM_MODEL_OP constexpr ml::LayerNorm<Stream, Vector> kLayerNorm({.table = kEighth,
                                                                  .scale = 26,
                                                                  .epsilon = 100});
ZKVM_MODEL_OP constexpr ml::RmsNorm<Vector, Vector> kRmsNorm({.table = kEighth, .scale = 25});

void TestValues() {
  const Vector x = Make<Vector>(21);
  const Row row = Make<Row>(22);
  Print("multiply", kMultiply(x, row));
  const Stream square = kSquare(x, x);
  Print("square", square);
  Print("plus", kPlus(x, ml::Copy(x)));
  const Stream difference = kMinus(row, x);
  Print("minus", difference);
  Print("gate", kGate(x));
  Print("max", ml::Max(x, kGate(x)));
  Print("maximum", kMaximum(x, row));
  Print("max int16", ml::Max(square, difference));
  Print("layer norm", kLayerNorm(square));
  Print("layer norm", kLayerNorm(difference));
  Print("rms norm", kRmsNorm(x));
}

// --- Attention

using Query = ml::Sequence<6, 32, kI8, ml::kX, 16>;
using Key = ml::Sequence<9, 32, kI8, ml::kKeys, 16>;
using Value = ml::Sequence<9, 48, kI8, ml::kValues>;
using Score = ml::Sequence<6, 9, kI15>;
using Weight = ml::Sequence<6, 9, ml::kU15>;
using Head = ml::Sequence<6, 48>;

ZKVM_MODEL_OP constexpr ml::Scores<ml::Segment<Query>, ml::Segment<Key>, Score> kScores(
    {.table = kWideRound, .multiplier = 500});
ZKVM_MODEL_OP constexpr ml::Attend<Weight, Value, Head> kAttend({.table = kEighth,
                                                                 .multiplier = 4});

void TestAttention() {
  const Query q = ml::As<ml::kX, 16>(Make<ml::Sequence<6, 32>>(31));
  const Key k = Make<Key>(32);
  const Value v = ml::As<ml::kValues>(Make<ml::Sequence<9, 48, kI8, ml::kNone>>(33));
  for (uint32_t head = 0; head < 2; ++head) {
    const Score scores = kScores(q.Segment(head), k.Segment(head));
    Print("scores", scores);
    const Weight p = ml::Softmax(scores);
    Print("softmax", p);
    Print("attend", kAttend(p, v));
    Print("causal softmax", ml::CausalSoftmax<3>(scores));
    const Weight periodic = ml::CausalSoftmax<1, 3>(scores);
    Print("causal softmax of two heads", periodic);
    Print("causal attend", kAttend(periodic, v));
  }
}

}  // namespace

int main() {
  TestRows();
  TestImage<Small>(41);
  TestImage<Packed>(42);
  TestImage<Large>(43);
  TestLayout();
  TestValues();
  TestAttention();
}
