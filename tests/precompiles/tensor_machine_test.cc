// Calls on the tensor space: what they return, record and refuse.
#include "precompiles/tensor/tensor_machine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "precompiles/tensor/model.h"
#include "precompiles/tensor/record.h"
#include "tests/precompiles/model_builder.h"

namespace zkvm::tensor {
namespace {

using Arguments = std::array<uint32_t, kMaxSources>;

constexpr uint32_t kRamBegin = 0x1000, kRamEnd = 0x3000;

// A machine with a model and 8 KiB of memory.
class Host {
 public:
  explicit Host(const ModelBuilder& builder) : model_(builder.model), words_(kRamEnd / 4) {
    const auto error = CheckModel(model_);
    EXPECT_FALSE(error) << error->message;
    machine_.emplace(model_, &record);
  }

  std::variant<uint32_t, TensorFault> Try(uint32_t descriptor, const Arguments& source = {}) {
    return machine_->Run(descriptor, source, {words_.data(), kRamBegin, kRamEnd});
  }
  uint32_t Run(uint32_t descriptor, const Arguments& source = {}) {
    const auto result = Try(descriptor, source);
    const auto* fault = std::get_if<TensorFault>(&result);
    EXPECT_EQ(fault, nullptr) << fault->message;
    return fault != nullptr ? 0 : std::get<uint32_t>(result);
  }
  // The call faults, says so with `part`, and changes nothing.
  void ExpectFault(const std::string& part, uint32_t descriptor, const Arguments& source = {}) {
    const std::vector<int16_t> cells(machine_->cells().begin(), machine_->cells().end());
    const std::vector<uint32_t> words = words_;
    const size_t calls = record.calls.size(), accumulators = record.accumulators.size(),
                 ram_words = record.ram_words.size();
    const auto result = Try(descriptor, source);
    ASSERT_TRUE(std::holds_alternative<TensorFault>(result)) << part;
    const std::string& message = std::get<TensorFault>(result).message;
    EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks: " << part;
    EXPECT_TRUE(std::ranges::equal(machine_->cells(), cells));
    EXPECT_EQ(words_, words);
    EXPECT_EQ(record.calls.size(), calls);
    EXPECT_EQ(record.accumulators.size(), accumulators);
    EXPECT_EQ(record.ram_words.size(), ram_words);
  }

  uint32_t& Word(uint32_t address) { return words_[address / 4]; }
  uint8_t* Bytes(uint32_t address) { return reinterpret_cast<uint8_t*>(words_.data()) + address; }
  const int16_t* Cell(uint32_t handle) const { return machine_->cells().data() + 16 * handle; }
  uint32_t pointer() const { return machine_->pointer(); }

  TensorRecord record;

 private:
  Model model_;
  std::vector<uint32_t> words_;
  std::optional<TensorMachine> machine_;
};

// Two tokens of 3 lanes, i8, in role X.
Descriptor ImportOf(const TensorType& type) {
  Descriptor d;
  d.op = Op::kImport;
  d.out = type;
  return d;
}
Descriptor ImportTokens() { return ImportOf(SequenceType(2, 3, Element::kI8)); }

// x -> W x + bias, 3 lanes to 17, through the identity.
Descriptor Layer(ModelBuilder& b) {
  Descriptor d{.op = Op::kLinear, .out = SequenceType(2, 17, Element::kI16)};
  d.source[0] = TokensOf(SequenceType(2, 3, Element::kI8));
  std::vector<int16_t> weights(3 * 17);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<int16_t>(i);
  d.group[0].weights = b.AddData(weights);
  d.group[0].multiplier = 1 << 14;
  std::vector<int32_t> bias(17, 0);
  bias[16] = 3 << 13;
  d.bias = b.AddData(bias);
  d.table = b.AddFunction(-(1 << 15), RangeOf(Element::kI16), [](int64_t y) { return y; });
  return d;
}

TEST(TensorMachine, ImportsMultipliesAndExports) {
  ModelBuilder b;
  const uint32_t import = b.Add(ImportTokens());
  const Descriptor layer_of = Layer(b);
  const uint32_t layer = b.Add(layer_of);
  Descriptor e{.op = Op::kExport};
  e.source[1].type = layer_of.out;
  const uint32_t exported = b.Add(e);
  Host host(b);

  const int8_t x[2][3] = {{1, -2, 3}, {-128, 127, 0}};
  for (uint32_t t = 0; t < 2; ++t) {
    for (uint32_t l = 0; l < 3; ++l) host.Bytes(0x1004 + 16 * t)[l] = static_cast<uint8_t>(x[t][l]);
  }
  EXPECT_EQ(host.Run(import, {0x1004}), 0U);
  EXPECT_EQ(host.pointer(), 2U);
  EXPECT_EQ(host.Run(layer, {0}), 2U);
  EXPECT_EQ(host.pointer(), 6U);
  host.Word(0x2FFC) = 0xFFFFFFFF;
  EXPECT_EQ(host.Run(exported, {0x3000 - 4 * 32, 2}), 6U);
  EXPECT_EQ(host.pointer(), 6U);

  for (uint32_t t = 0; t < 2; ++t) {
    for (int o = 0; o < 32; ++o) {
      int want = 0;
      for (int l = 0; l < 3 && o < 17; ++l) want += x[t][l] * (17 * l + o);
      // Half a unit of bias is rounded up.
      if (o == 16) want += 2;
      const auto lane = static_cast<uint32_t>(o);
      EXPECT_EQ(host.Cell(2 + 2 * t)[o], want);
      EXPECT_EQ(static_cast<int16_t>(host.Word(0x2F80 + 64 * t + lane / 2 * 4) >> (lane % 2 * 16)),
                want);
      const int32_t v = host.record.accumulators[32 * t + lane];
      EXPECT_EQ(v, o == 16 ? ((want - 2) << 14) + (3 << 13) : want << 14);
    }
  }

  ASSERT_EQ(host.record.calls.size(), 3U);
  const TensorCall& call = host.record.calls[1];
  EXPECT_EQ(call.descriptor, layer);
  EXPECT_EQ(call.pointer, 2U);
  EXPECT_EQ(call.size, 4U);
  EXPECT_EQ(call.result, 2U);
  EXPECT_EQ(call.first_accumulator, 0U);
  EXPECT_EQ(host.record.accumulators.size(), 64U);
  EXPECT_EQ(host.record.calls[0].first_ram_word, 0U);
  EXPECT_EQ(host.record.calls[2].first_ram_word, 8U);
  ASSERT_EQ(host.record.ram_words.size(), 8U + 32U);
  EXPECT_EQ(host.record.ram_words[0].value, 0x0003FE01U);
  EXPECT_EQ(host.record.ram_words[0].old, 0x0003FE01U);
  EXPECT_EQ(host.record.ram_words[39].value, 0U);
  EXPECT_EQ(host.record.ram_words[39].old, 0xFFFFFFFFU);
}

TEST(TensorMachine, RefusesWrongHandles) {
  ModelBuilder b;
  const uint32_t import = b.Add(ImportTokens());
  const uint32_t layer = b.Add(Layer(b));
  Descriptor e{.op = Op::kExport};
  e.source[1].type = ImportTokens().out;
  const uint32_t exported = b.Add(e);
  Descriptor other = ImportTokens();
  other.out.element = Element::kU8;
  const uint32_t import_bytes = b.Add(other);
  Host host(b);

  host.ExpectFault("a0 = 4 is no descriptor: the model has 4", 4);
  host.ExpectFault(
      "descriptor 1 (linear), source 0 (a1): handle 0 and 2 cells from there, but "
      "only 0 cells have been written",
      layer, {0});
  host.Run(import, {0x1000});
  host.ExpectFault("handle 1 and 2 cells", layer, {1});
  host.ExpectFault("handle 4294967295 and 2 cells", layer, {0xFFFFFFFF});
  host.Run(layer, {0});
  host.ExpectFault("begins i16 sequence of width 17 (role X), expected i8 sequence of width 3",
                   layer, {2});
  host.ExpectFault("at cell 1 after handle 1 (channel 0, token 1) begins i16", layer, {1});
  host.ExpectFault("at cell 0 after handle 3 (channel 0, token 0) begins nothing", layer, {3});
  host.Run(import_bytes, {0x1000});
  host.ExpectFault("begins u8 sequence", layer, {6});
  host.ExpectFault("source 1 (a2): cell 0 after handle 6 belongs to u8 sequence", exported,
                   {0x1000, 6});
  host.ExpectFault("source 1 (a2): handle 7 and 2 cells", exported, {0x1000, 7});
}

TEST(TensorMachine, RefusesWrongMemory) {
  ModelBuilder b;
  const uint32_t import = b.Add(ImportTokens());
  Descriptor h{.op = Op::kOneHot, .out = SequenceType(3, 50000, Element::kOneHot)};
  const uint32_t one_hot = b.Add(h);
  Host host(b);
  host.ExpectFault("address 4098 is not a multiple of 4", import, {0x1002});
  host.ExpectFault("bytes 4092 to 4124 lie outside memory (4096 to 12288)", import, {0xFFC});
  host.ExpectFault("outside memory", import, {0x2FE4});
  host.ExpectFault("outside memory", import, {0xFFFFFFFC});
  host.Run(import, {0x2FE0});
  host.Word(0x2000 + 16) = 0x01000000;
  host.ExpectFault("lane 3 of plane 1 holds no element of i8 sequence of width 3", import,
                   {0x2000});

  host.Word(0x1008) = 49999;
  EXPECT_EQ(host.Run(one_hot, {0x1000}), 2U);
  EXPECT_EQ(host.pointer(), 5U);
  EXPECT_EQ(OneHotIndex(host.Cell(4)), 49999U);
  host.Word(0x1004) = 50000;
  host.ExpectFault("index 1 is 50000, the width is 50000", one_hot, {0x1000});
}

TEST(TensorMachine, ExportsWholePlanes) {
  ModelBuilder b;
  const uint32_t import = b.Add(ImportOf(SequenceType(2, 20, Element::kI8)));
  Descriptor e{.op = Op::kExport};
  e.source[1].type = SequenceType(1, 20, Element::kI8);
  const uint32_t exported = b.Add(e);
  Host host(b);
  for (uint32_t l = 0; l < 20; ++l) host.Bytes(0x1020)[l] = 1;
  host.Run(import, {0x1000});
  host.Run(exported, {0x2000, 2});
  host.ExpectFault("source 1 (a2): no plane of i8 sequence of width 20 (role X) begins at handle 1",
                   exported, {0x2000, 1});
}

TEST(TensorMachine, EvaluatesSegmentsInOtherRoles) {
  ModelBuilder b;
  const TensorType imported = SequenceType(2, 64, Element::kI8, Role::kNone);
  const uint32_t import = b.Add(ImportOf(imported));
  Descriptor e{.op = Op::kEvaluate, .out = SequenceType(2, 64, Element::kI8, Role::kX, 32)};
  e.source[0].type = imported;
  const uint32_t as_x = b.Add(e);
  e.out.role = Role::kK;
  const uint32_t as_k = b.Add(e);
  // Scores of the second head.
  Descriptor d{.op = Op::kLinear, .out = SequenceType(2, 2, Element::kI15)};
  d.source[0] = TokensOf(SequenceType(0, 64, Element::kI8, Role::kX, 32));
  d.source[0].batch_stride = 4;
  d.source[1] = {.type = SequenceType(0, 64, Element::kI8, Role::kK, 32),
                 .use = Use::kOperandK,
                 .channels = 2,
                 .channel_stride = 4};
  d.table = b.AddFunction(-(1 << 10), RangeOf(Element::kI15), [](int64_t y) { return y; });
  const uint32_t scores = b.Add(d);
  Host host(b);

  for (uint32_t i = 0; i < 128; ++i) host.Bytes(0x1000)[i] = static_cast<uint8_t>(100 + i % 7);
  EXPECT_EQ(host.Run(import, {0x1000}), 0U);
  host.ExpectFault("begins nothing, expected i8 sequence of width 64 (role X, segment 32)", scores,
                   {2, 2});
  EXPECT_EQ(host.Run(as_x, {0}), 0U);
  host.ExpectFault(
      "source 1 (a2): at cell 0 after handle 2 (channel 0, token 0) begins i8 "
      "sequence of width 64 (role X, segment 32), expected i8 sequence of width 64 "
      "(role K, segment 32)",
      scores, {2, 2});
  EXPECT_EQ(host.Run(as_k, {0}), 0U);
  EXPECT_EQ(host.pointer(), 8U);
  EXPECT_EQ(host.Run(scores, {2, 2}), 8U);
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      int64_t sum = 0;
      for (int l = 0; l < 32; ++l) {
        sum += (100 + (64 * i + 32 + l) % 7) * (100 + (64 * j + 32 + l) % 7);
      }
      EXPECT_EQ(host.Cell(8 + static_cast<uint32_t>(i))[j], (sum + (1 << 13)) >> 14);
    }
  }
}

TEST(TensorMachine, GathersWhatIsUnpacked) {
  // 2 x 2 of a 3 x 5 image, from (1, 2) on, with a column of -9 behind the image.
  ModelBuilder b;
  const TensorType image = ImageType(2, 3, 5, Element::kI8, Role::kNone);
  const uint32_t import = b.Add(ImportOf(image));
  Descriptor u{.op = Op::kUnpack, .out = image};
  u.source[0].type = image;
  u.out.planes = 1;
  const uint32_t unpack = b.Add(u);
  Descriptor g{.op = Op::kGather, .out = ImageType(2, 2, 4, Element::kI8, Role::kNone)};
  g.source[0].type = image;
  g.out.clean = 0;
  g.param[0] = 8 + 2;
  g.param[1] = -9;
  // Planes take 3 rows of 8 lanes in 2 cells; results 2 rows of 4 in one.
  const int32_t digits[] = {4, 1, 3 << 16, 4, 8, 2 << 16, 2, 32, 0};
  std::copy(std::begin(digits), std::end(digits), g.param + 2);
  const uint32_t gather = b.Add(g);
  Host host(b);

  for (uint32_t p = 0; p < 2; ++p) {
    for (uint32_t y = 0; y < 3; ++y) {
      for (uint32_t x = 0; x < 5; ++x) {
        host.Bytes(0x1000 + 32 * p)[8 * y + x] = static_cast<uint8_t>(60 * p + 10 * y + x);
      }
    }
  }
  host.Run(import, {0x1000});
  host.ExpectFault("that is not unpacked", gather, {0});
  EXPECT_EQ(host.Run(unpack, {0}), 0U);
  host.ExpectFault("cell 2 after handle 0 belongs to", gather, {0});
  EXPECT_EQ(host.Run(unpack, {2}), 2U);
  EXPECT_EQ(host.Run(gather, {0}), 4U);
  const int16_t want[2][16] = {{12, 13, 14, -9, 22, 23, 24, -9, -9, -9, -9, -9, -9, -9, -9, -9},
                               {72, 73, 74, -9, 82, 83, 84, -9, -9, -9, -9, -9, -9, -9, -9, -9}};
  for (uint32_t p = 0; p < 2; ++p) {
    for (int j = 0; j < 16; ++j) EXPECT_EQ(host.Cell(4 + p)[j], want[p][j]) << p << ' ' << j;
  }
}

TEST(TensorMachine, ArgmaxReturnsTheFirstMaximum) {
  ModelBuilder b;
  const TensorType scores = SequenceType(2, 20, Element::kI16, Role::kNone);
  const uint32_t import = b.Add(ImportOf(scores));
  Descriptor a{.op = Op::kArgmax};
  a.source[0].type = scores;
  const uint32_t argmax = b.Add(a);
  Host host(b);
  // All other lanes are below.
  for (uint32_t l = 0; l < 10; ++l) host.Word(0x1000 + 4 * l) = 0x8001'8001;
  host.Word(0x1000 + 4 * 3) = 0xFFF0'8000;
  host.Word(0x1000 + 4 * 9) = 0xFFF0'FFF0;
  host.Run(import, {0x1000});
  EXPECT_EQ(host.Run(argmax, {0}), 7U);
  EXPECT_EQ(host.Run(argmax, {2}), 0U);
  EXPECT_EQ(host.pointer(), 4U);
  EXPECT_EQ(host.record.calls.back().result, 0U);
  host.ExpectFault("handle 3 and 2 cells", argmax, {3});
}

}  // namespace
}  // namespace zkvm::tensor
