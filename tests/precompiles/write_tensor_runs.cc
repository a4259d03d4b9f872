// Prints the fixed functions, then runs of small random models, each as a line of JSON, for
// evaluator.py to check.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/tensor_machine.h"
#include "tests/precompiles/model_builder.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t kRamBegin = 0x1000, kRamEnd = 0x9000;

Descriptor Make(Op op, const TensorType& out, const Source& s0 = {}, const Source& s1 = {}) {
  Descriptor d;
  d.op = op;
  d.out = out;
  d.source[0] = s0;
  d.source[1] = s1;
  return d;
}

Source CellsOf(const TensorType& type) {
  return {.type = type, .channel_stride = 1, .batch_stride = PlaneCells(type)};
}

template <class T>
std::string Hex(std::span<T> values) {
  std::string text;
  const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
  for (size_t i = 0; i < values.size_bytes(); ++i) {
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

TensorType As(TensorType type, Role role) {
  type.role = role;
  return type;
}

// Plans calls of which every source is the result of an earlier one, and runs them.
class Run {
 public:
  explicit Run(uint32_t seed) : random(seed), ram_(kRamEnd / 4) {}

  Random random;
  ModelBuilder builder;

  // A source that is the result of call `call`, `offset` cells on.
  struct Argument {
    size_t call = 0;
    uint32_t offset = 0;
  };

  // Returns the number of the call.
  size_t Call(const Descriptor& d, const std::vector<Argument>& arguments = {},
              uint32_t address = 0) {
    calls_.push_back({builder.Add(d), arguments, address});
    return calls_.size() - 1;
  }

  size_t Import(const TensorType& type, uint32_t address) {
    auto* bytes = reinterpret_cast<uint8_t*>(ram_.data()) + address;
    const bool wide = type.element == Element::kI16;
    for (uint32_t i = 0; i < kLanes * Cells(type); ++i) {
      const int64_t any = IsUsed(type, i % (kLanes * PlaneCells(type))) ? random.In(0, 65535) : 0;
      if (wide) {
        bytes[2 * i] = static_cast<uint8_t>(any);
        bytes[2 * i + 1] = static_cast<uint8_t>(any >> 8);
      } else {
        bytes[i] = static_cast<uint8_t>(any);
      }
    }
    return Call(Make(Op::kImport, type), {}, address);
  }

  size_t OneHot(const TensorType& type, uint32_t address) {
    for (uint32_t p = 0; p < type.planes; ++p) {
      ram_[address / 4 + p] = random.Size(0, type.width - 1);
    }
    return Call(Make(Op::kOneHot, type), {}, address);
  }

  size_t Export(const TensorType& type, size_t call, uint32_t address) {
    return Call(Make(Op::kExport, {}, {}, {.type = type}), {{}, {call}}, address);
  }

  void Weights(Descriptor& d, size_t g, int64_t magnitude) {
    d.group[g].weights = 0;  // WeightCount does not look at it
    d.group[g].weights =
        builder.AddData(random.Values<int16_t>(WeightCount(d, g), -magnitude, magnitude));
  }
  void Bias(Descriptor& d) {
    const size_t outputs = d.out.kind == Kind::kImage ? d.out.planes : d.out.width;
    d.bias = builder.AddData(random.Values<int32_t>(outputs, -(1 << 18), 1 << 18));
  }
  // Into the whole range of the element, however far y goes.
  uint32_t TableOf(Element element, int32_t first = -(1 << 15)) {
    const int64_t factor = random.In(1, 900);
    const Range range = RangeOf(element);
    return builder.AddFunction(first, range, [&](int64_t y) {
      const int64_t span = range.high - range.low + 1;
      return range.low + ((y * factor - range.low) % span + span) % span;
    });
  }
  uint32_t Clamp(Element element) {
    uint32_t& table = clamps_[element];
    if (table == 0) {
      table = builder.AddFunction(-(1 << 15), RangeOf(element), [](int64_t y) { return y; });
    }
    return table;
  }

  // Runs the calls and prints them.
  bool Print() const {
    const Model& model = builder.model;
    if (const auto error = CheckModel(model)) {
      std::fprintf(stderr, "%s\n", error->message.c_str());
      return false;
    }
    nlohmann::json json;
    json["descriptors"] = Hex(std::span(model.descriptors));
    json["data"] = Hex(std::span(model.data));
    json["ram"] = Hex(std::span(ram_));
    std::vector<uint32_t> ram = ram_;
    TensorRecord record;
    TensorMachine machine(model, &record);
    std::vector<uint32_t> results;
    json["calls"] = nlohmann::json::array();
    for (const Planned& planned : calls_) {
      std::array<uint32_t, kMaxSources> source{};
      for (size_t k = 0; k < planned.arguments.size(); ++k) {
        source[k] = planned.arguments[k].call < results.size()
                        ? results[planned.arguments[k].call] + planned.arguments[k].offset
                        : 0;
      }
      if (HasRamSource(model.descriptors[planned.descriptor])) source[0] = planned.address;
      const auto result = machine.Run(planned.descriptor, source, {ram.data(), kRamBegin, kRamEnd});
      if (const auto* fault = std::get_if<TensorFault>(&result)) {
        std::fprintf(stderr, "%s\n", fault->message.c_str());
        return false;
      }
      results.push_back(std::get<uint32_t>(result));
      json["calls"].push_back(
          {{"descriptor", planned.descriptor}, {"source", source}, {"result", results.back()}});
    }
    json["ram_after"] = Hex(std::span(ram));
    json["accumulators"] = Hex(std::span(record.accumulators));
    json["cells"] = Hex(machine.cells());
    std::puts(json.dump().c_str());
    return true;
  }

 private:
  struct Planned {
    uint32_t descriptor;
    std::vector<Argument> arguments;
    uint32_t address;
  };

  std::map<Element, uint32_t> clamps_;  // by element, at offsets above 0
  std::vector<Planned> calls_;
  std::vector<uint32_t> ram_;
};

// Convolution, depthwise convolution with residual, 2 x 2 maximum, global average, dense.
bool PrintConvolutions(uint32_t seed) {
  Run run(seed);
  Random& random = run.random;
  const TensorType in = ImageType(random.Size(1, 3), random.Size(8, 20), random.Size(8, 20),
                                  random.Among({Element::kI8, Element::kU8}));
  const size_t image = run.Import(in, kRamBegin);

  Descriptor conv = Make(Op::kLinear, {}, ChannelsOf(in));
  conv.stride = random.Size(1, 2);
  Group& group = conv.group[0];
  group = {.multiplier = random.Size(1, 300),
           .kernel_h = static_cast<uint16_t>(random.Size(1, 4)),
           .kernel_w = static_cast<uint16_t>(random.Size(1, 4)),
           .dilation = static_cast<uint16_t>(random.Size(1, 2))};
  const uint32_t behind_h = group.dilation * (group.kernel_h - 1U);
  const uint32_t behind_w = group.dilation * (group.kernel_w - 1U);
  group.pad_top = static_cast<uint16_t>(random.Size(0, behind_h));
  group.pad_left = static_cast<uint16_t>(random.Size(0, behind_w));
  const uint32_t height =
      (in.height + group.pad_top + random.Size(0, behind_h) - behind_h - 1) / conv.stride + 1;
  const uint32_t width =
      (in.width + group.pad_left + random.Size(0, behind_w) - behind_w - 1) / conv.stride + 1;
  const TensorType mid = ImageType(random.Size(1, 5), height, width, Element::kI8);
  conv.out = mid;
  run.Weights(conv, 0, 100);
  run.Bias(conv);
  conv.table = run.TableOf(Element::kI8);
  const size_t first = run.Call(conv, {{image}});

  Descriptor depthwise = Make(Op::kLinear, mid, ChannelsOf(mid), ChannelsOf(mid, Use::kResidual));
  depthwise.group[0] = {.multiplier = random.Size(1, 300),
                        .kernel_h = 3,
                        .kernel_w = 3,
                        .pad_top = 1,
                        .pad_left = 1,
                        .depthwise = 1};
  depthwise.group[1].multiplier = random.Size(1, 32767);
  run.Weights(depthwise, 0, 300);
  depthwise.table = run.TableOf(Element::kI8);
  const size_t second = run.Call(depthwise, {{first}, {first}});

  // Maximum of 2 x 2 pixels, the border repeated by -128.
  Descriptor unpack = Make(Op::kUnpack, As(mid, Role::kNone), {.type = mid});
  run.Call(unpack, {{second}});
  const uint32_t half_h = (height + 1) / 2, half_w = (width + 1) / 2;
  TensorType pooled = ImageType(mid.planes, half_h, half_w, Element::kI8, Role::kNone);
  pooled.clean = 0;
  const auto pitch = static_cast<int32_t>(Pitch(width));
  size_t corners[4];
  for (int32_t corner = 0; corner < 4; ++corner) {
    const int32_t dy = corner / 2, dx = corner % 2;
    Descriptor gather = Make(Op::kGather, pooled, {.type = mid});
    const auto out_pitch = static_cast<int32_t>(Pitch(half_w));
    const auto rows = static_cast<int32_t>(kLanes * PlaneCells(pooled)) / out_pitch;
    const int32_t digits[] = {dy * pitch + dx,
                              -128,
                              out_pitch,
                              2,
                              (static_cast<int32_t>(width) - dx + 1) / 2 << 16,
                              rows,
                              2 * pitch,
                              (static_cast<int32_t>(height) - dy + 1) / 2 << 16,
                              static_cast<int32_t>(mid.planes),
                              static_cast<int32_t>(kLanes * PlaneCells(mid)),
                              0};
    std::copy(std::begin(digits), std::end(digits), gather.param);
    corners[corner] = run.Call(gather, {{second}});
  }
  TensorType clean = pooled;
  clean.clean = 1;
  clean.role = Role::kX;
  const auto max = [&](const TensorType& u, const TensorType& v, size_t a, size_t b) {
    Descriptor d = Make(Op::kElementwise, clean, CellsOf(u), CellsOf(v));
    d.mode = static_cast<uint32_t>(Binary::kMax);
    d.table = run.Clamp(Element::kI8);
    return run.Call(d, {{a}, {b}});
  };
  const size_t top = max(pooled, pooled, corners[0], corners[1]);
  const size_t three = max(clean, pooled, top, corners[2]);
  const size_t all = max(clean, pooled, three, corners[3]);
  Descriptor dense = Make(Op::kLinear, ImageType(10, 1, 1, Element::kI16), ChannelsOf(clean));
  dense.group[0] = {.multiplier = random.Size(1, 30),
                    .kernel_h = static_cast<uint16_t>(half_h),
                    .kernel_w = static_cast<uint16_t>(half_w)};
  run.Weights(dense, 0, 100);
  run.Bias(dense);
  dense.table = run.Clamp(Element::kI16);
  run.Export(dense.out, run.Call(dense, {{all}}), kRamEnd - 0x1000);

  // The same into a sequence, from the pooled image and a part of it.
  Descriptor flat = dense;
  flat.out = SequenceType(1, random.Size(1, 40), Element::kI16);
  flat.source[1] = flat.source[0];
  flat.source[1].channels = 1;
  flat.group[1] = flat.group[0];
  run.Weights(flat, 0, 100);
  run.Weights(flat, 1, 100);
  run.Bias(flat);
  run.Call(flat, {{all}, {all, (mid.planes - 1) * PlaneCells(clean)}});
  return run.Print();
}

// A transformer layer with two heads on one-hot tokens and positions.
bool PrintTransformer(uint32_t seed) {
  Run run(seed);
  Random& random = run.random;
  const uint32_t tokens = random.Size(1, 20), width = 32, head = 16;
  const TensorType token = SequenceType(tokens, random.Size(2, 40), Element::kOneHot);
  const TensorType position = SequenceType(tokens, random.Size(2, 40), Element::kOneHot);
  const size_t ids = run.OneHot(token, kRamBegin), places = run.OneHot(position, kRamBegin + 0x400);

  const TensorType stream = SequenceType(tokens, width, Element::kI15);
  Descriptor embed = Make(Op::kLinear, stream, TokensOf(token), TokensOf(position));
  embed.group[0].multiplier = embed.group[1].multiplier = 1 << 14;
  run.Weights(embed, 0, random.Among({3, 200, 8000}));
  run.Weights(embed, 1, 100);
  embed.table = run.Clamp(Element::kI15);
  const size_t x = run.Call(embed, {{ids}, {places}});

  const TensorType bytes = SequenceType(tokens, width, Element::kI8);
  Descriptor norm = Make(Op::kNorm, bytes, {.type = stream});
  norm.mode = random.Size(0, 1);
  norm.param[0] = static_cast<int32_t>(random.Among({1, 1 << 10, 1 << 20}));
  norm.param[1] = static_cast<int32_t>(random.In(20, 28));
  const int32_t scale = 1 << (norm.param[1] - 14);
  norm.table =
      run.builder.AddFunction(-scale - 4, {-128, 127}, [&](int64_t y) { return y * 150 / scale; });
  const size_t h = run.Call(norm, {{x}});

  const auto project = [&](Role role) {
    Descriptor d =
        Make(Op::kLinear, SequenceType(tokens, width, Element::kI8, role, head), TokensOf(bytes));
    run.Weights(d, 0, 200);
    run.Bias(d);
    d.group[0].multiplier = random.Size(1, 100);
    d.table = run.TableOf(Element::kI8);
    return run.Call(d, {{h}});
  };
  const size_t q = project(Role::kX), k = project(Role::kNone), v = project(Role::kV);
  const TensorType keys = SequenceType(tokens, width, Element::kI8, Role::kK, head);
  run.Call(Make(Op::kEvaluate, keys, {.type = As(keys, Role::kNone)}), {{k}});

  const TensorType score = SequenceType(tokens, tokens, Element::kI15, Role::kNone);
  std::vector<size_t> scores, heads;
  for (uint32_t i = 0; i < 2; ++i) {
    Descriptor d =
        Make(Op::kLinear, score, TokensOf(SequenceType(0, width, Element::kI8, Role::kX, head)));
    d.source[0].batch_stride = 2;
    d.source[1] = {.type = SequenceType(0, width, Element::kI8, Role::kK, head),
                   .use = Use::kOperandK,
                   .channels = tokens,
                   .channel_stride = 2};
    d.group[0].multiplier = random.Size(1, 200);
    d.table = run.Clamp(Element::kI15);
    scores.push_back(run.Call(d, {{q, i}, {k, i}}));
  }
  // Both heads at once: their scores follow each other.
  TensorType both = SequenceType(2 * tokens, tokens, Element::kU15);
  Descriptor softmax = Make(Op::kSoftmax, both, {.type = score});
  softmax.mode = random.Size(0, 1);
  softmax.param[1] = static_cast<int32_t>(tokens);
  const size_t p = run.Call(softmax, {{scores[0]}});
  for (uint32_t i = 0; i < 2; ++i) {
    Descriptor d = Make(Op::kLinear, SequenceType(tokens, head, Element::kI8), TokensOf(both));
    d.source[1] = {.type = SequenceType(0, width, Element::kI8, Role::kV, head),
                   .use = Use::kOperandV,
                   .channels = tokens,
                   .channel_stride = 2};
    d.group[0].multiplier = random.Size(1, 60);
    d.table = run.Clamp(Element::kI8);
    heads.push_back(run.Call(d, {{p, i * tokens * PlaneCells(both)}, {v, i}}));
  }
  // The heads are two channels, the stream a residual.
  Descriptor out = Make(Op::kLinear, stream, TokensOf(SequenceType(tokens, head, Element::kI8)));
  out.source[0].channels = 2;
  out.source[0].channel_stride = tokens;
  out.source[2] = TokensOf(stream, Use::kResidual);
  out.group[2].multiplier = 1 << 14;
  run.Weights(out, 0, 300);
  out.table = run.Clamp(Element::kI15);
  const size_t y = run.Call(out, {{heads[0]}, {}, {x}});
  run.Export(stream, y, kRamEnd - 0x1000);
  for (uint32_t i = 0; i < tokens; i += 3) {
    run.Call(Make(Op::kArgmax, {}, {.type = stream}), {{y, 2 * i}});
  }
  return run.Print();
}

// Every binary operation, with whole and repeated operands.
bool PrintElementwise(uint32_t seed) {
  Run run(seed);
  Random& random = run.random;
  const TensorType type = SequenceType(random.Size(1, 5), random.Size(1, 40), Element::kI16);
  TensorType other = type;
  other.element = Element::kI8;
  const size_t u = run.Import(type, kRamBegin), v = run.Import(other, kRamBegin + 0x1000);
  for (uint32_t mode = 0; mode < 3; ++mode) {
    Descriptor d = Make(Op::kElementwise, type, CellsOf(type), CellsOf(other));
    if (random.Coin()) d.source[1].batch_stride = 0;
    if (random.Coin()) d.source[1].channel_stride = 0;
    d.mode = mode;
    d.param[0] = static_cast<int32_t>(random.In(1, 127));
    d.param[1] = static_cast<int32_t>(random.In(-50, 50));
    d.table = run.TableOf(Element::kI16, -33000);
    run.Call(d, {{u}, {v}});
  }
  return run.Print();
}

void PrintFunctions() {
  nlohmann::json json = {{"exp", ExpTable()}, {"log", LogTable()}, {"rsqrt", RsqrtTable()}};
  for (uint32_t t = 0; t < kLn2Entries; ++t) json["ln2"].push_back(Ln2(t));
  std::puts(json.dump().c_str());
}

}  // namespace
}  // namespace zkvm::tensor

int main() {
  zkvm::tensor::PrintFunctions();
  for (uint32_t seed = 0; seed < 10; ++seed) {
    if (!zkvm::tensor::PrintConvolutions(seed) || !zkvm::tensor::PrintTransformer(seed) ||
        !zkvm::tensor::PrintElementwise(seed)) {
      return 1;
    }
  }
  return 0;
}
