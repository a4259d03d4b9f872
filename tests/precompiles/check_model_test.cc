// Key generation refuses every model that leaves its shapes or ranges, and says why.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "precompiles/tensor/model.h"
#include "precompiles/tensor/semantics.h"
#include "tests/precompiles/model_builder.h"

namespace zkvm::tensor {
namespace {

class Refusals {
 public:
  Refusals(ModelBuilder builder, const Descriptor& d) : builder_(std::move(builder)), d_(d) {
    Accepts([](Descriptor&) {});
  }

  void Accepts(const std::function<void(Descriptor&)>& change) const {
    const auto error = Check(change);
    EXPECT_FALSE(error) << error->message;
  }
  // `part` is part of the message.
  void Refuses(const std::string& part, const std::function<void(Descriptor&)>& change) const {
    const auto error = Check(change);
    ASSERT_TRUE(error) << part;
    EXPECT_NE(error->message.find(part), std::string::npos)
        << error->message << "\nlacks: " << part;
    EXPECT_EQ(error->message.rfind("descriptor 0 (", 0), 0U) << error->message;
  }

 private:
  std::optional<ModelError> Check(const std::function<void(Descriptor&)>& change) const {
    Model model = builder_.model;
    model.descriptors = {d_};
    change(model.descriptors[0]);
    return CheckModel(model);
  }

  ModelBuilder builder_;
  Descriptor d_;
};

// 3 tokens of 20 lanes times 20 x 5 weights of 100: |acc| <= 128 * 2000.
// `far`: a table with a start beyond those allowed.
Refusals SequenceLayer(uint32_t* far = nullptr) {
  ModelBuilder b;
  Descriptor d{.op = Op::kLinear, .out = SequenceType(3, 5, Element::kI8)};
  d.source[0] = TokensOf(SequenceType(3, 20, Element::kI8));
  d.group[0].weights = b.AddData(std::vector<int16_t>(100, 100));
  d.group[0].multiplier = 1000;
  d.bias = b.AddData(std::vector<int32_t>(5, 7));
  d.table = b.AddFunction(-16000, {-128, 127}, [](int64_t y) { return y; });
  if (far != nullptr) *far = b.AddTable((1 << 16) - 1, {0, 0});
  return Refusals(b, d);
}

TEST(CheckModel, Types) {
  const Refusals layer = SequenceLayer();
  layer.Refuses("no such kind", [](Descriptor& d) { d.out.kind = Kind{3}; });
  layer.Refuses("no such element", [](Descriptor& d) { d.out.element = Element{9}; });
  layer.Refuses("no such role", [](Descriptor& d) { d.out.role = Role{4}; });
  layer.Refuses("no lanes", [](Descriptor& d) { d.out.width = 0; });
  layer.Refuses("height of a sequence", [](Descriptor& d) { d.out.height = 2; });
  layer.Refuses("no planes", [](Descriptor& d) { d.out.planes = 0; });
  layer.Refuses("more cells", [](Descriptor& d) { d.out.planes = kMaxCells + 1; });
  layer.Refuses("a segment is", [](Descriptor& d) { d.out.segment = 3; });
  layer.Refuses("a segment is", [](Descriptor& d) { d.source[0].type.segment = 16; });
  layer.Refuses("with a role is clean", [](Descriptor& d) { d.source[0].type.clean = 0; });
  layer.Refuses("reserved is 0", [](Descriptor& d) { d.out.reserved = 1; });
  layer.Refuses("only softmax makes u15", [](Descriptor& d) { d.out.element = Element::kU15; });
  layer.Refuses("one-hot", [](Descriptor& d) { d.out.element = Element::kOneHot; });
  layer.Refuses("no such operation", [](Descriptor& d) { d.op = Op{12}; });
  layer.Refuses("no such operation", [](Descriptor& d) { d.op = Op{}; });
}

TEST(CheckModel, LinearSources) {
  const Refusals layer = SequenceLayer();
  layer.Refuses("has the role none", [](Descriptor& d) { d.source[0].type.role = Role::kNone; });
  layer.Refuses("has the role K", [](Descriptor& d) { d.source[0].type.role = Role::kK; });
  layer.Refuses("no source", [](Descriptor& d) { d.source[0].use = Use::kNone; });
  layer.Refuses("no such use", [](Descriptor& d) { d.source[1].use = Use{9}; });
  layer.Refuses("channels are", [](Descriptor& d) { d.source[0].channels = 0; });
  layer.Refuses("strides at most", [](Descriptor& d) { d.source[0].batch_stride = 0xFFFFFFFF; });
  layer.Refuses("reaches over", [](Descriptor& d) { d.source[0].batch_stride = kMaxCells; });
  layer.Refuses("cannot be source 0", [](Descriptor& d) { d.source[0].use = Use::kOperandK; });
  layer.Refuses("neither weights", [](Descriptor& d) { d.group[0].weights = kNoData; });
  layer.Refuses("both weights and a kernel", [](Descriptor& d) {
    d.source[1] = ChannelsOf(SequenceType(5, 20, Element::kI8, Role::kK), Use::kOperandK);
  });
  const auto operand = [](Descriptor& d) {
    d.group[0].weights = kNoData;
    d.group[0].multiplier = 100;
    d.source[1] = ChannelsOf(SequenceType(5, 20, Element::kI8, Role::kK), Use::kOperandK);
  };
  layer.Accepts(operand);
  layer.Refuses("the kernel operand is 20 x 4", [&](Descriptor& d) {
    operand(d);
    d.source[1].channels = 4;
  });
  layer.Refuses("has the role K, used here is V", [&](Descriptor& d) {
    operand(d);
    d.source[1].use = Use::kOperandV;
  });
  layer.Refuses("its width is that", [](Descriptor& d) {
    d.source[2] = TokensOf(SequenceType(3, 6, Element::kI8), Use::kResidual);
  });
  layer.Refuses("multiplier 2 is 0", [](Descriptor& d) {
    d.source[2] = TokensOf(SequenceType(3, 5, Element::kI8), Use::kResidual);
    d.group[2].multiplier = 0;
  });
  layer.Refuses("the stride is 1", [](Descriptor& d) { d.stride = 2; });
}

TEST(CheckModel, Data) {
  uint32_t far = 0;
  const Refusals layer = SequenceLayer(&far);
  layer.Refuses("outside the data", [](Descriptor& d) { d.group[0].weights = 0xFFFFFFFE; });
  layer.Refuses("misaligned", [](Descriptor& d) { d.group[0].weights += 1; });
  layer.Refuses("outside the data", [](Descriptor& d) { d.source[0].channels = kMaxCells; });
  layer.Refuses("misaligned", [](Descriptor& d) { d.bias += 2; });
  layer.Refuses("outside the data", [](Descriptor& d) { d.bias = 0xFFFFFFFC; });
  layer.Refuses("the table at", [](Descriptor& d) { d.table = 0xFFFFFFFC; });
  layer.Refuses("the table at", [](Descriptor& d) { d.table += 1; });
  // Weights, read as a header.
  layer.Refuses("the table at", [](Descriptor& d) { d.table = d.group[0].weights; });
  layer.Refuses("beyond [-2^16, 2^16)", [&](Descriptor& d) { d.table = far; });
  layer.Refuses("needs a table", [](Descriptor& d) { d.table = kNoData; });
}

TEST(CheckModel, LinearTables) {
  const Refusals layer = SequenceLayer();
  // 1000 * 2000 * 128 is 15625 in units of the cut, the table begins at -16000.
  layer.Accepts([](Descriptor& d) { d.group[0].multiplier = 1023; });
  layer.Refuses("output channel 0: the table is read in [-16016, 15891] and covers [-16000, 15999]",
                [](Descriptor& d) { d.group[0].multiplier = 1025; });
  layer.Refuses("output channel 0: bias + sum M acc lies in [-767999993, 762000007]",
                [](Descriptor& d) { d.group[0].multiplier = 3000; });
  layer.Refuses("not in [1, 2^15)", [](Descriptor& d) { d.group[0].multiplier = 1 << 15; });
  layer.Refuses("not in [1, 2^15)", [](Descriptor& d) { d.group[0].multiplier = 0; });
  layer.Refuses("values in [-128, 127], beyond the element of the result, u8",
                [](Descriptor& d) { d.out.element = Element::kU8; });
}

// One output, v = bias + [-low, high]: the bias reaches the bounds exactly at low and high.
void ExpectRange(ModelBuilder b, Descriptor d, int64_t low, int64_t high) {
  constexpr int64_t kBound = (1 << 29) - (1 << 13) - 1;
  d.table = b.AddFunction(-(1 << 15), {-128, 127}, [](int64_t y) { return y; });
  const auto accepts = [&](int64_t bias) {
    ModelBuilder with = b;
    d.bias = with.AddData(std::vector<int32_t>{static_cast<int32_t>(bias)});
    with.Add(d);
    const auto error = CheckModel(with.model);
    EXPECT_TRUE(!error || error->message.find("bias + sum M acc") != std::string::npos)
        << error->message;
    return !error;
  };
  EXPECT_TRUE(accepts(kBound - high));
  EXPECT_FALSE(accepts(kBound - high + 1));
  EXPECT_TRUE(accepts(-kBound - low));
  EXPECT_FALSE(accepts(-kBound - low - 1));
}

TEST(CheckModel, LinearBoundsAreExact) {
  const auto layer = [](Element element, const std::vector<int16_t>& weights, uint32_t m,
                        int64_t low, int64_t high) {
    ModelBuilder b;
    Descriptor d{.op = Op::kLinear, .out = SequenceType(1, 1, Element::kI8)};
    const auto width = static_cast<uint32_t>(weights.size());
    d.source[0] = TokensOf(SequenceType(1, width, element));
    d.group[0].weights = b.AddData(weights);
    d.group[0].multiplier = m;
    ExpectRange(b, d, low, high);
  };
  layer(Element::kI8, {1}, 1, -128, 127);
  layer(Element::kI8, {-1, 3}, 5, -5 * (127 + 3 * 128), 5 * (128 + 3 * 127));
  layer(Element::kU8, {-2, 3}, 1, -2 * 255, 3 * 255);
  layer(Element::kI16, {-16000}, 1, -16000 * 32767, 16000 * 32768);
}

TEST(CheckModel, LinearBoundsOfSums) {
  // One lane of a one-hot plane is 1; a plane of probabilities has a bounded sum.
  ModelBuilder b;
  Descriptor d{.op = Op::kLinear, .out = SequenceType(1, 1, Element::kI8)};
  d.source[0] = TokensOf(SequenceType(1, 16, Element::kOneHot));
  std::vector<int16_t> weights(16, 1000);
  weights[3] = -50;
  weights[15] = 1001;
  d.group[0].weights = b.AddData(weights);
  d.group[0].multiplier = 3;
  ExpectRange(b, d, -150, 3003);

  d.source[0] = TokensOf(SequenceType(1, 16, Element::kU15));
  ASSERT_EQ(MaxProbabilitySum(16), (32768 + 32) * 257 / 256);
  ExpectRange(b, d, -3 * 50 * 32767, 3 * 1001 * MaxProbabilitySum(16));

  // The planes of two channels have a sum each.
  d.source[0].type.width = 8;
  d.source[0].channels = 2;
  d.source[0].channel_stride = 1;
  ExpectRange(b, d, -3 * 50 * 32767, 3 * (1000 + 1001) * MaxProbabilitySum(8));
}

TEST(CheckModel, LinearBoundsOfResidualsAndOperands) {
  ModelBuilder b;
  Descriptor d{.op = Op::kLinear, .out = SequenceType(1, 1, Element::kI8)};
  d.source[0] = TokensOf(SequenceType(1, 1, Element::kI15), Use::kResidual);
  d.group[0].multiplier = 11;
  d.source[2] = TokensOf(SequenceType(1, 1, Element::kU8), Use::kResidual);
  d.group[2].multiplier = 2;
  ExpectRange(b, d, -11 * 16384, 11 * 16384 + 510);

  Descriptor k{.op = Op::kLinear, .out = SequenceType(1, 1, Element::kI8)};
  k.source[0] = TokensOf(SequenceType(1, 20, Element::kI8));
  k.group[0].multiplier = 7;
  k.source[1] = ChannelsOf(SequenceType(1, 20, Element::kI8, Role::kK), Use::kOperandK);
  ExpectRange(b, k, -7 * 20 * 128 * 127, 7 * 20 * 128 * 128);

  k.source[0] = TokensOf(SequenceType(1, 20, Element::kU15));
  k.source[1] = ChannelsOf(SequenceType(20, 1, Element::kI8, Role::kV), Use::kOperandV);
  ExpectRange(b, k, -7 * 128 * MaxProbabilitySum(20), 7 * 127 * MaxProbabilitySum(20));
}

Refusals ConvolutionLayer() {
  ModelBuilder b;
  Descriptor d{.op = Op::kLinear, .out = ImageType(2, 5, 6, Element::kI8)};
  d.source[0] = ChannelsOf(ImageType(3, 9, 11, Element::kU8));
  d.group[0] = {.weights = b.AddData(std::vector<int16_t>(2 * 3 * 3 * 4, 10)),
                .kernel_h = 3,
                .kernel_w = 4,
                .pad_top = 1,
                .pad_left = 2};
  d.stride = 2;
  d.table = b.AddFunction(-100, {-128, 127}, [](int64_t y) { return y; });
  return Refusals(b, d);
}

TEST(CheckModel, Convolutions) {
  const Refusals layer = ConvolutionLayer();
  layer.Refuses("the stride is 1", [](Descriptor& d) { d.stride = 3; });
  layer.Refuses("no segments", [](Descriptor& d) { d.out.segment = 16; });
  layer.Refuses("has the role X", [](Descriptor& d) { d.out.role = Role::kV; });
  layer.Refuses("differ in kind",
                [](Descriptor& d) { d.source[0].type = SequenceType(3, 9, Element::kI8); });
  layer.Refuses("at least 1", [](Descriptor& d) { d.group[0].kernel_h = 0; });
  layer.Refuses("at least 1", [](Descriptor& d) { d.group[0].dilation = 0; });
  layer.Refuses("spans more than", [](Descriptor& d) {
    d.group[0].dilation = 65535;
    d.group[0].kernel_w = 3;
  });
  layer.Refuses("depthwise: as many", [](Descriptor& d) { d.group[0].depthwise = 1; });
  layer.Refuses("depthwise is 0", [](Descriptor& d) { d.group[0].depthwise = 2; });
  layer.Refuses("group 0, rows", [](Descriptor& d) { d.group[0].pad_top = 3; });
  layer.Refuses("group 0, rows", [](Descriptor& d) { d.out.height = 6; });
  layer.Refuses("group 0, columns", [](Descriptor& d) { d.out.width = 8; });
  layer.Refuses("stride 2 only for a result of one pixel", [](Descriptor& d) {
    d.source[1] = ChannelsOf(ImageType(2, 5, 6, Element::kI8), Use::kResidual);
  });
  layer.Refuses("an image has the role X", [](Descriptor& d) {
    d.group[0].weights = kNoData;
    d.source[1] = d.source[0];
    d.source[1].use = Use::kOperandK;
    d.source[1].type = ImageType(2, 5, 6, Element::kI8, Role::kK);
  });
  layer.Refuses("outside the data", [](Descriptor& d) {
    d.group[0].kernel_h = d.group[0].kernel_w = 0xFFFF;
    d.source[0].channels = kMaxCells / 16;
    d.source[0].channel_stride = 0;
  });
}

TEST(CheckModel, ImagesToSequences) {
  ModelBuilder b;
  Descriptor d{.op = Op::kLinear, .out = SequenceType(1, 10, Element::kI8)};
  d.source[0] = ChannelsOf(ImageType(3, 5, 6, Element::kU8));
  d.group[0] = {
      .weights = b.AddData(std::vector<int16_t>(10 * 3 * 30, 10)), .kernel_h = 5, .kernel_w = 6};
  d.table = b.AddFunction(-100, {-128, 127}, [](int64_t y) { return y; });
  const Refusals layer(b, d);
  layer.Refuses("as large as the image", [](Descriptor& e) { e.group[0].kernel_h = 4; });
  layer.Refuses("as large as the image", [](Descriptor& e) { e.group[0].pad_left = 1; });
  layer.Refuses("as large as the image", [](Descriptor& e) { e.group[0].dilation = 2; });
  layer.Refuses("depthwise is 0", [](Descriptor& e) { e.group[0].depthwise = 1; });
  layer.Refuses("differ in kind", [](Descriptor& e) { e.source[0].use = Use::kResidual; });
  layer.Refuses("outside the data", [](Descriptor& e) { e.source[0].channels = 4; });
  layer.Refuses("outside the data", [](Descriptor& e) { e.out.width = 40; });
}

TEST(CheckModel, Copies) {
  const Descriptor i{.op = Op::kImport, .out = ImageType(2, 5, 6, Element::kI8)};
  const Refusals import({}, i);
  import.Refuses("imports are", [](Descriptor& d) { d.out.element = Element::kI15; });
  import.Refuses("clean", [](Descriptor& d) {
    d.out.role = Role::kNone;
    d.out.clean = 0;
  });

  Descriptor d{.op = Op::kExport};
  d.source[1].type = ImageType(2, 5, 6, Element::kU15, Role::kNone);
  d.source[1].type.element = Element::kI15;
  const Refusals exported({}, d);
  exported.Refuses("only a clean", [](Descriptor& e) { e.source[1].type.clean = 0; });
  exported.Refuses("no planes", [](Descriptor& e) { e.source[1].type.planes = 0; });
  exported.Refuses("no lanes to read",
                   [](Descriptor& e) { e.source[1].type = SequenceType(2, 5, Element::kOneHot); });

  Descriptor e{.op = Op::kEvaluate, .out = SequenceType(4, 64, Element::kI8, Role::kK, 16)};
  e.source[0].type = SequenceType(0, 64, Element::kI8, Role::kX);
  const Refusals evaluate({}, e);
  evaluate.Refuses("under a role", [](Descriptor& f) { f.out.role = Role::kNone; });
  evaluate.Refuses("differ in shape", [](Descriptor& f) { f.out.width = 80; });
  evaluate.Refuses("differ in element", [](Descriptor& f) { f.out.element = Element::kI16; });
  evaluate.Refuses("u15 is published by the softmax", [](Descriptor& f) {
    f.out.segment = 0;
    f.out.element = f.source[0].type.element = Element::kU15;
  });
  // Cells of 16 and 4 lanes; rows of 3 in cells of 4 rows.
  evaluate.Refuses("cells of a plane differ", [](Descriptor& f) {
    f.out.segment = 0;
    f.out.width = f.source[0].type.width = 20;
  });
  evaluate.Refuses("cells of a plane differ", [](Descriptor& f) {
    f.out = ImageType(1, 5, 3, Element::kI8);
    f.source[0].type = f.out;
  });
  evaluate.Accepts([](Descriptor& f) {
    f.out = ImageType(1, 8, 3, Element::kI8);
    f.source[0].type = f.out;
  });

  Descriptor u{.op = Op::kUnpack, .out = SequenceType(4, 64, Element::kI8, Role::kNone)};
  u.source[0].type = SequenceType(0, 64, Element::kI8, Role::kX);
  const Refusals unpack({}, u);
  unpack.Refuses("no role", [](Descriptor& f) { f.out.role = Role::kX; });

  const Descriptor h{.op = Op::kOneHot, .out = SequenceType(4, 9, Element::kOneHot)};
  const Refusals one_hot({}, h);
  one_hot.Refuses("is one-hot", [](Descriptor& f) { f.out.element = Element::kI8; });
  one_hot.Refuses("whole rows", [](Descriptor& f) { f.out.role = Role::kK; });
}

TEST(CheckModel, Elementwise) {
  ModelBuilder b;
  const TensorType type = SequenceType(3, 20, Element::kI8, Role::kNone);
  Descriptor d{.op = Op::kElementwise, .mode = static_cast<uint32_t>(Binary::kAdd), .out = type};
  d.source[0] = {.type = type, .channel_stride = 1, .batch_stride = 2};
  d.source[1] = d.source[0];
  d.table = b.AddFunction(-256, {-128, 127}, [](int64_t y) { return y; });
  const uint32_t narrow = b.AddFunction(-128, {-128, 127}, [](int64_t y) { return y; });
  const Refusals add(b, d);
  add.Refuses("read in [-257, 253]", [](Descriptor& e) { e.param[1] = -1; });
  add.Refuses("no such mode", [](Descriptor& e) { e.mode = 4; });
  add.Refuses("differ in shape", [](Descriptor& e) { e.source[1].type.width = 21; });
  add.Accepts([](Descriptor& e) {
    e.source[1].type.width = 21;
    e.source[1].channel_stride = 0;
  });
  add.Refuses("reaches over", [](Descriptor& e) { e.source[1].batch_stride = kMaxCells; });
  const auto maximum = [&](Descriptor& e) {
    e.mode = static_cast<uint32_t>(Binary::kMax);
    e.table = narrow;
  };
  add.Accepts(maximum);
  add.Refuses("beyond the element of the result, u8", [&](Descriptor& e) {
    maximum(e);
    e.out.element = Element::kU8;
  });
  add.Refuses("read in [0, 255] and covers [-128, 127]", [&](Descriptor& e) {
    maximum(e);
    e.source[1].type.element = Element::kU8;
  });
  add.Refuses("multiplier is in", [](Descriptor& e) { e.mode = 0; });
  // 256 * 2^14 is 256 in units of the cut.
  add.Refuses("read in [-254, 256]", [](Descriptor& e) {
    e.mode = 0;
    e.param[0] = 256;
  });
  add.Refuses("M u v lies in", [](Descriptor& e) {
    e.mode = 0;
    e.param[0] = 1;
    e.source[0].type.element = e.source[1].type.element = Element::kI16;
  });
}

TEST(CheckModel, Gather) {
  // The middle 2 x 6 of planes of 4 x 8, as 3 sequences of 12 in 16 lanes.
  Descriptor d{.op = Op::kGather, .out = ImageType(3, 2, 6, Element::kI8, Role::kNone)};
  d.source[0].type = ImageType(3, 4, 8, Element::kI8, Role::kNone);
  d.param[0] = 9;
  const int32_t digits[] = {8, 1, 6 << 16, 2, 8, 0, 3, 32, 0};
  std::copy(std::begin(digits), std::end(digits), d.param + 2);
  const Refusals gather({}, d);
  gather.Refuses("do not multiply", [](Descriptor& e) { e.param[8] = 2; });
  gather.Refuses("do not multiply", [](Descriptor& e) { e.param[8] = 4; });
  gather.Refuses("larger than the result", [](Descriptor& e) { e.param[8] = -3; });
  gather.Refuses("other than after 4 or 8", [](Descriptor& e) {
    e.param[2] = 2;
    e.param[5] = 8;
  });
  gather.Refuses("unused and not always 0", [](Descriptor& e) { e.param[1] = 1; });
  gather.Refuses("lane 6 of the result is unused", [](Descriptor& e) { e.param[4] = 7 << 16; });
  gather.Accepts([](Descriptor& e) {
    e.param[1] = 1;
    e.out.clean = 0;
  });
  gather.Refuses("does not fit", [](Descriptor& e) {
    e.param[1] = 200;
    e.out.clean = 0;
  });
  gather.Refuses("does not fit", [](Descriptor& e) { e.source[0].type.element = Element::kU8; });
  gather.Refuses("is lane -1 of the source", [](Descriptor& e) { e.param[0] = -1; });
  gather.Refuses("stride is at most", [](Descriptor& e) { e.param[3] = 1 << 30 | 1; });
}

TEST(CheckModel, SoftmaxNormArgmax) {
  Descriptor d{.op = Op::kSoftmax, .mode = 1, .out = SequenceType(6, 20, Element::kU15)};
  d.source[0].type = SequenceType(0, 20, Element::kI15, Role::kNone);
  d.param[0] = 14;
  const Refusals softmax({}, d);
  softmax.Refuses("21 lanes of 20", [](Descriptor& e) { e.param[0] = 15; });
  softmax.Accepts([](Descriptor& e) { e.param[0] = 17, e.param[1] = 3; });
  softmax.Refuses("21 lanes of 20", [](Descriptor& e) { e.param[0] = 18, e.param[1] = 3; });
  softmax.Refuses("not negative", [](Descriptor& e) { e.param[0] = -1; });
  softmax.Refuses("more than 2^15",
                  [](Descriptor& e) { e.source[0].type.element = Element::kI16; });
  softmax.Refuses("is u15", [](Descriptor& e) { e.out.element = Element::kI16; });
  softmax.Refuses("at most 2^15", [](Descriptor& e) {
    e.mode = 0;
    e.out.width = e.source[0].type.width = (1 << 15) + 1;
  });
  softmax.Refuses("whole rows", [](Descriptor& e) {
    e.out.width = e.source[0].type.width = 32;
    e.out.segment = 16;
  });
  softmax.Refuses("no such mode", [](Descriptor& e) { e.mode = 2; });
  softmax.Refuses("differ in shape", [](Descriptor& e) { e.out.width = 21; });

  ModelBuilder b;
  Descriptor n{.op = Op::kNorm, .out = SequenceType(6, 32, Element::kI8)};
  n.source[0].type = SequenceType(0, 32, Element::kI15);
  n.param[0] = 1;
  n.param[1] = 22;
  n.table = b.AddFunction(-300, {-128, 127}, [](int64_t y) { return y / 2; });
  const Refusals norm(b, n);
  norm.Refuses("multiple of 16", [](Descriptor& e) {
    e.out.width = 33;
    e.source[0].type.width = 33;
  });
  norm.Refuses("beyond 2^14", [](Descriptor& e) { e.source[0].type.element = Element::kI16; });
  norm.Refuses("epsilon", [](Descriptor& e) { e.param[0] = 0; });
  norm.Refuses("20..28", [](Descriptor& e) { e.param[1] = 19; });
  norm.Refuses("below 2^14", [](Descriptor& e) { e.out.width = e.source[0].type.width = 1 << 14; });
  norm.Refuses("read in [-515, 515]", [](Descriptor& e) { e.param[1] = 23; });

  Descriptor a{.op = Op::kArgmax};
  a.source[0].type = SequenceType(1, 50257, Element::kI16);
  const Refusals argmax({}, a);
  // The rows of an image are not one plane of lanes: the chip would look at all of them.
  argmax.Refuses("is a sequence", [](Descriptor& e) {
    e.source[0].type.kind = Kind::kImage;
    e.source[0].type.height = e.source[0].type.width = 2;
  });
  argmax.Refuses("no lanes to read",
                 [](Descriptor& e) { e.source[0].type.element = Element::kOneHot; });
}

TEST(ParseModel, RefusesTornSections) {
  const std::vector<uint8_t> torn(sizeof(Descriptor) + 1), whole(2 * sizeof(Descriptor));
  EXPECT_TRUE(std::holds_alternative<ModelError>(ParseModel(torn, {})));
  const std::vector<uint8_t> many((kMaxDescriptors + 1) * sizeof(Descriptor));
  EXPECT_TRUE(std::holds_alternative<ModelError>(ParseModel(many, {})));
  const auto model = ParseModel(whole, std::vector<uint8_t>{1, 2, 3});
  ASSERT_TRUE(std::holds_alternative<Model>(model));
  EXPECT_EQ(std::get<Model>(model).descriptors.size(), 2U);
  EXPECT_EQ(std::get<Model>(model).data.size(), 3U);
}

// Hostile descriptors may be refused or accepted, and do no harm.
TEST(CheckModel, RandomBytes) {
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    Model model;
    model.data = random.Values<uint8_t>(random.Size(0, 100), 0, 255);
    Descriptor d{.op = static_cast<Op>(random.Size(1, 11))};
    uint8_t bytes[sizeof(Descriptor)];
    std::memcpy(bytes, &d, sizeof d);
    // Mostly small values in the right places, now and then anything.
    const bool wild = random.Size(0, 3) == 0;
    for (size_t j = 4; j < sizeof bytes; ++j) {
      const bool low_byte = j % 2 == 0;
      bytes[j] = static_cast<uint8_t>(wild || low_byte ? random.In(0, wild ? 255 : 3) : 0);
    }
    std::memcpy(&d, bytes, sizeof d);
    d.out.planes %= 1 << 12;
    model.descriptors = {d};
    const auto error = CheckModel(model);
    EXPECT_TRUE(!error || !error->message.empty());
  }
}

}  // namespace
}  // namespace zkvm::tensor
