// The identity of linear calls at random points of F: honest results satisfy it, with the garbage
// that the prover computes, and no other results do.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "precompiles/tensor/lowering/garbage.h"
#include "precompiles/tensor/lowering/lower.h"
#include "precompiles/tensor/semantics.h"
#include "tests/precompiles/linear_machine.h"
#include "tests/precompiles/partition.h"

namespace zkvm::tensor {
namespace {

TensorType Sequence(uint32_t planes, uint16_t width, Role role = Role::kX, uint16_t segment = 0) {
  TensorType t;
  t.planes = planes;
  t.width = width;
  t.segment = segment;
  t.kind = Kind::kSequence;
  t.role = role;
  return t;
}

TensorType Image(uint32_t channels, uint16_t height, uint16_t width) {
  TensorType t;
  t.planes = channels;
  t.height = height;
  t.width = width;
  t.kind = Kind::kImage;
  t.role = Role::kX;
  return t;
}

template <size_t kCount>
uint32_t CountFlags(uint32_t code, const std::array<size_t, kCount>& flags) {
  uint32_t count = 0;
  for (const size_t flag : flags) count += code >> (flag + 1) & 1;
  return count;
}

// What the chips take for granted: a plane or segment ends where the program ends.
void ExpectPlaneFlags(uint32_t code, bool ends, size_t row_last, size_t row_first, size_t more_rows,
                      size_t last, size_t publish) {
  const auto has = [code](size_t flag) { return (code >> (flag + 1) & 1) != 0; };
  if (ends) {
    EXPECT_TRUE(has(last));
  }
  if (has(last)) {
    EXPECT_TRUE(has(row_last) && !has(more_rows));
  }
  if (has(more_rows) || has(publish)) {
    EXPECT_TRUE(has(row_first));
  }
}

void ExpectOutProgram(const LinearMachine& machine, const CallJob& job) {
  for (uint32_t i = 0; i < machine.ProgramOf(job).steps; ++i) {
    const uint32_t code = machine.Step(job, i)[0];
    const bool end = (code & 1) != 0;
    EXPECT_EQ(end, i + 1 == machine.ProgramOf(job).steps);
    EXPECT_EQ(code >> (Out::kFirst + 1) & 1, i == 0 ? 1U : 0U);
    ExpectPlaneFlags(code, end, Out::kEvalRowLast, Out::kEvalRowFirst, Out::kEvalMoreRows,
                     Out::kEvalLast, Out::kPublish);
    EXPECT_TRUE(!end || (code >> (Out::kRowLast + 1) & 1) != 0);
    EXPECT_TRUE(!end || (code >> (Out::kMoreRows + 1) & 1) == 0);
    EXPECT_EQ(std::popcount(code >> (Out::kSequenceX + 1)), 1);
  }
}

// The first step does nothing, operations on a register exclude each other, w has a value where it
// is used, and nothing is left of what a share was sent of.
void ExpectTermProgram(const LinearMachine& machine, const CallJob& job) {
  EXPECT_EQ(machine.Step(job, 0)[0] & ~1U, 0U);
  EXPECT_EQ(job.left, 0U);
  bool w_is_set = false;
  for (uint32_t i = 1; i < machine.ProgramOf(job).steps; ++i) {
    const MicroRow& x = machine.Step(job, i);
    const uint32_t code = x[0];
    EXPECT_EQ((code & 1) != 0, i + 1 == machine.ProgramOf(job).steps);
    EXPECT_LE(CountFlags<4>(code, {Term::kSource0, Term::kSource1, Term::kSource2, Term::kUnit}),
              1U);
    EXPECT_LE(CountFlags<4>(code, {Term::kTGamma, Term::kTDelta, Term::kTZx, Term::kTKeep}), 1U);
    const uint32_t sets = CountFlags<2>(code, {Term::kLoadW, Term::kCopyW});
    const uint32_t holds = CountFlags<1>(code, {Term::kHoldW});
    EXPECT_LE(sets + holds, 1U);
    w_is_set = sets != 0 || (holds != 0 && w_is_set);
    if (CountFlags<2>(code, {Term::kAdd, Term::kScale}) != 0) {
      EXPECT_TRUE(w_is_set);
    }
    EXPECT_LE(CountFlags<2>(code, {Term::kKeep, Term::kKeepDelta}), 1U);
    const bool keeps = CountFlags<3>(code, {Term::kKeep, Term::kKeepDelta, Term::kScale}) != 0;
    EXPECT_FALSE(keeps && machine.Step(job, i - 1)[5] != 0);
  }
}

// A linear call with random constants and inputs, and its proof in miniature.
class LinearCall {
 public:
  explicit LinearCall(uint32_t seed) : random_(seed) {
    d_.op = Op::kLinear;
    std::vector<uint8_t> table(sizeof(TableHeader));
    const TableHeader header{-(1 << 12), 1 << 13};
    std::memcpy(table.data(), &header, sizeof(header));
    std::vector<int16_t> entries(header.count);
    for (size_t i = 0; i < entries.size(); ++i) {
      entries[i] = static_cast<int16_t>((static_cast<int>(i) + header.first) % 128);
    }
    d_.table = Append(table.data(), table.size());
    Append(entries.data(), 2 * entries.size());
  }

  Descriptor& descriptor() { return d_; }

  LinearCall& Out(const TensorType& type, uint32_t stride = 1) {
    d_.out = type;
    d_.stride = stride;
    return *this;
  }
  // Planes c, b of the source are planes C b + c of the tensor.
  LinearCall& From(const TensorType& type, uint32_t channels, Use use, Group group = {}) {
    Source& s = d_.source[next_];
    s.type = type;
    s.use = use;
    s.channels = channels;
    s.channel_stride = type.segment != 0 ? type.segment / kLanes : PlaneCells(type);
    s.batch_stride = type.segment != 0 ? PlaneCells(type) : channels * PlaneCells(type);
    if (use == Use::kResidual && type.kind == Kind::kSequence) s.channels = 1;
    d_.group[next_++] = group;
    return *this;
  }
  // Planes of source k: how many, and how far apart.
  LinearCall& Planes(size_t k, uint32_t channels, uint32_t stride) {
    d_.source[k].channels = channels;
    d_.source[k].channel_stride = stride;
    return *this;
  }
  LinearCall& Weights(const TensorType& type, uint32_t channels, Group group = {}) {
    const uint32_t outputs = d_.out.kind == Kind::kImage ? d_.out.planes : d_.out.width;
    size_t count = 0;
    if (type.kind == Kind::kSequence) {
      count = size_t{channels} * Lanes(type) * outputs;
    } else {
      count =
          (group.depthwise != 0 ? 1 : channels) * size_t{outputs} * group.kernel_h * group.kernel_w;
    }
    std::vector<int16_t> weights(count);
    for (int16_t& w : weights) w = static_cast<int16_t>(Draw(-99, 99));
    group.weights = Append(weights.data(), 2 * count);
    return From(type, channels, Use::kWeights, group);
  }
  LinearCall& Bias() {
    const uint32_t outputs = d_.out.kind == Kind::kImage ? d_.out.planes : d_.out.width;
    std::vector<int32_t> bias(outputs);
    for (int32_t& b : bias) b = Draw(-1'000'000, 1'000'000);
    d_.bias = Append(bias.data(), 4 * bias.size());
    return *this;
  }

  // Key generation takes the call.
  LinearCall& Accepted() {
    Model model;
    model.data = data_;
    model.descriptors = {d_};
    const std::optional<ModelError> error = CheckModel(model);
    EXPECT_FALSE(error.has_value()) << error->message;
    return *this;
  }

  // The sources are tensors in the tensor space, the result follows them.
  void Check() {
    Model model;
    model.data = data_;
    model.descriptors = {d_};
    for (size_t k = 0; k < next_; ++k) model.descriptors.push_back(EvaluateOf(d_.source[k].type));
    const Lowered lowered = Lower(model, 0);
    const CallPlan& plan = lowered.calls[0];

    Allocate();
    std::vector<int16_t> out(kLanes * Cells(d_.out));
    std::vector<int32_t> v(out.size());
    Sources sources{};
    for (size_t k = 0; k < next_; ++k) sources[k] = space_.data() + kLanes * size_t{handle_[k]};
    Linear(model, d_, sources, out.data(), v.data());

    const FoldChallenges z{DrawF(), DrawF(), DrawF(), DrawF()};
    LinearMachine machine(lowered, z);
    for (size_t k = 0; k < next_; ++k) PublishSource(k, lowered, z, machine);
    ExpectOutProgram(machine, plan.a);
    ExpectTermProgram(machine, plan.b);
    const Fp5 term = machine.RunTerm(plan.b, handle_);

    const std::span<const GarbageRow> rows = machine.GarbageRowsOf(plan);
    ExpectPartition(d_, rows);
    std::vector<Fp5> coefficients(kGarbageLanes * rows.size());
    GarbageMaker(model, z.gamma, z.delta).Make(d_, space_, handle_, rows, coefficients);
    const Fp5 garbage = machine.RunGarbage(plan, coefficients);

    const auto dst = static_cast<uint32_t>(space_.size() / kLanes);
    const Fp5 results = machine.RunOut(plan.a, dst, out, v);
    ASSERT_TRUE(term - results - garbage == Fp5());
    CheckEvaluations(machine, plan, dst, out, z);

    const auto refused = [&] { return machine.RunOut(plan.a, dst, out, v) != results; };
    const bool sequence = d_.out.kind == Kind::kSequence;
    std::vector<size_t> lanes;
    for (size_t i = 0; i < v.size(); ++i) {
      const auto lane = static_cast<uint32_t>(i % (kLanes * PlaneCells(d_.out)));
      if (sequence || IsUsed(d_.out, lane)) lanes.push_back(i);
    }
    std::shuffle(lanes.begin(), lanes.end(), random_);
    if (lanes.size() > 100) lanes.resize(100);
    for (size_t i = 0; i < lanes.size(); ++i) {
      const int change = i % 2 == 0 ? 1 : -1;
      v[lanes[i]] += change;
      EXPECT_TRUE(refused()) << "lane " << lanes[i];
      v[lanes[i]] -= change;
    }
    for (size_t i = 0; i + 1 < lanes.size(); ++i) {
      if (v[lanes[i]] == v[lanes[i + 1]]) continue;
      std::swap(v[lanes[i]], v[lanes[i + 1]]);
      EXPECT_TRUE(refused()) << "lanes " << lanes[i] << ", " << lanes[i + 1];
      std::swap(v[lanes[i]], v[lanes[i + 1]]);
    }
  }

 private:
  int Draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  Fp5 DrawF() {
    Fp5 x;
    for (Fp& c : x.c) c = Fp::FromU64(random_());
    return x;
  }

  uint32_t Append(const void* bytes, size_t size) {
    data_.resize((data_.size() + 3) / 4 * 4);
    const auto offset = static_cast<uint32_t>(data_.size());
    const auto* begin = static_cast<const uint8_t*>(bytes);
    data_.insert(data_.end(), begin, begin + size);
    return offset;
  }

  static Descriptor EvaluateOf(const TensorType& type) {
    Descriptor d;
    d.op = Op::kEvaluate;
    d.out = type;
    d.source[0].type = type;
    return d;
  }

  void Allocate() {
    space_.assign(3 * kLanes, 0);
    for (size_t k = 0; k < next_; ++k) {
      const TensorType& type = d_.source[k].type;
      handle_[k] = static_cast<uint32_t>(space_.size() / kLanes);
      const uint32_t plane_lanes = kLanes * PlaneCells(type);
      for (uint32_t i = 0; i < type.planes * plane_lanes; ++i) {
        const uint32_t lane = i % plane_lanes;
        if (type.element == Element::kOneHot) {
          space_.push_back(static_cast<int16_t>(lane == 0 ? Draw(0, type.width - 1) : 0));
        } else {
          const bool used = type.clean == 0 || IsUsed(type, lane);
          space_.push_back(static_cast<int16_t>(used ? Draw(-128, 127) : 0));
        }
      }
    }
  }

  void PublishSource(size_t k, const Lowered& lowered, const FoldChallenges& z,
                     LinearMachine& machine) {
    if (d_.source[k].type.element != Element::kOneHot) {
      machine.RunEval(lowered.calls[k + 1].a, handle_[k], space_);
      return;
    }
    const uint32_t type = machine.Step(lowered.calls[k + 1].a, 0)[2];
    for (uint32_t p = 0; p < d_.source[k].type.planes; ++p) {
      const uint32_t address = handle_[k] + p;
      machine.Publish(type, address, z.x.Pow(OneHotIndex(&space_[kLanes * size_t{address}])));
    }
  }

  // What OUT publishes is the polynomial of the role.
  void CheckEvaluations(const LinearMachine& machine, const CallPlan& plan, uint32_t dst,
                        const std::vector<int16_t>& out, const FoldChallenges& z) {
    const TensorType& type = d_.out;
    const uint32_t eval_type = machine.Step(plan.a, 0)[3];
    const uint32_t cells = PlaneCells(type);
    const uint32_t unit = type.segment != 0 ? type.segment / kLanes : cells;
    for (uint32_t first = 0; first < type.planes * cells; first += unit) {
      Fp5 expected;
      for (uint32_t l = 0; l < kLanes * unit; ++l) {
        const auto lane = static_cast<int>(l);
        const auto pitch = static_cast<int>(Pitch(type.width));
        const Fp5 place = type.kind == Kind::kImage
                              ? z.x.Pow(static_cast<uint64_t>(lane % pitch)) *
                                    z.y.Pow(static_cast<uint64_t>(lane / pitch))
                              : LinearMachine::Power(type.role == Role::kV ? z.delta : z.x,
                                                     type.role == Role::kK ? -lane : lane);
        expected += place * Fp(int{out[kLanes * size_t{first} + l]});
      }
      EXPECT_TRUE(machine.Evaluation(eval_type, dst + first) == expected) << "cell " << first;
    }
  }

  std::mt19937 random_;
  std::vector<uint8_t> data_;
  Descriptor d_;
  size_t next_ = 0;
  std::vector<int16_t> space_;
  std::array<uint32_t, kMaxSources> handle_{};
};

constexpr Group Kernel(uint16_t height, uint16_t width, uint16_t top = 0, uint16_t left = 0,
                       uint16_t dilation = 1) {
  Group g;
  g.kernel_h = height;
  g.kernel_w = width;
  g.pad_top = top;
  g.pad_left = left;
  g.dilation = dilation;
  return g;
}
constexpr Group Depthwise(Group g) {
  g.depthwise = 1;
  return g;
}
constexpr Group Times(uint32_t multiplier, Group g = {}) {
  g.multiplier = multiplier;
  return g;
}

TEST(LinearIdentity, Matmul) {
  for (const Role role : {Role::kX, Role::kK, Role::kV}) {
    LinearCall(1).Out(Sequence(1, 17, role)).Weights(Sequence(1, 20), 1).Check();
    LinearCall(2).Out(Sequence(3, 80, role)).Weights(Sequence(3, 33), 1).Bias().Check();
  }
  LinearCall(3).Out(Sequence(1, 1)).Weights(Sequence(1, 1), 1).Check();
}

TEST(LinearIdentity, WideRowsOfWeights) {
  LinearCall(4).Out(Sequence(1, 1024)).Weights(Sequence(1, 260), 1).Bias().Check();
  LinearCall(5).Out(Sequence(1, 1032)).Weights(Sequence(1, 256), 1).Check();
}

TEST(LinearIdentity, Segments) {
  LinearCall(6).Out(Sequence(2, 96, Role::kX, 32)).Weights(Sequence(2, 20), 1).Check();
  LinearCall(7).Out(Sequence(2, 96, Role::kK, 48)).Weights(Sequence(2, 20), 1).Check();
  LinearCall(8).Out(Sequence(3, 40)).Weights(Sequence(3, 64, Role::kX, 16), 4).Check();
}

TEST(LinearIdentity, HeadsAsChannels) {
  LinearCall(9).Out(Sequence(4, 48)).Weights(Sequence(12, 32), 3).Bias().Check();
}

TEST(LinearIdentity, Residual) {
  LinearCall(10)
      .Out(Sequence(3, 40))
      .Weights(Sequence(3, 64), 1, Times(3))
      .From(Sequence(3, 40), 1, Use::kResidual, Times(777))
      .Bias()
      .Check();
  // Wider than the product.
  LinearCall(11)
      .Out(Sequence(2, 70))
      .Weights(Sequence(2, 5), 1)
      .From(Sequence(2, 70), 1, Use::kResidual, Times(100))
      .Check();
}

TEST(LinearIdentity, TwoMatrices) {
  LinearCall(12)
      .Out(Sequence(2, 24))
      .Weights(Sequence(2, 30), 1, Times(5))
      .Weights(Sequence(2, 24), 1, Times(11))
      .Bias()
      .Check();
}

TEST(LinearIdentity, UnusedLanes) {
  TensorType unclean = Sequence(2, 21);
  unclean.clean = 0;
  LinearCall(13).Out(Sequence(2, 20)).Weights(unclean, 1).Check();
  LinearCall(14)
      .Out(Sequence(2, 21))
      .Weights(Sequence(2, 20), 1)
      .From(unclean, 1, Use::kResidual, Times(9))
      .Check();
}

TEST(LinearIdentity, OneHot) {
  TensorType tokens = Sequence(5, 300), positions = Sequence(5, 8);
  tokens.element = positions.element = Element::kOneHot;
  LinearCall(15).Out(Sequence(5, 32)).Weights(tokens, 1).Weights(positions, 1).Check();
}

TEST(LinearIdentity, Operands) {
  // Scores of 5 queries and 7 keys, of one head of three; their mix of 7 values.
  LinearCall(16)
      .Out(Sequence(5, 7))
      .From(Sequence(5, 96, Role::kX, 32), 1, Use::kWeights, Times(21))
      .From(Sequence(7, 96, Role::kK, 32), 1, Use::kOperandK)
      .Planes(1, 7, 6)
      .Check();
  LinearCall(17)
      .Out(Sequence(5, 48))
      .From(Sequence(5, 20), 1, Use::kWeights, Times(2))
      .From(Sequence(20, 48, Role::kV), 20, Use::kOperandV)
      .Check();
  LinearCall(18)
      .Out(Sequence(1, 33))
      .From(Sequence(1, 16), 1, Use::kWeights)
      .From(Sequence(33, 16, Role::kK), 33, Use::kOperandK)
      .From(Sequence(1, 33), 1, Use::kResidual, Times(1000))
      .Check();
}

TEST(LinearIdentity, Convolutions) {
  for (const uint16_t width : std::initializer_list<uint16_t>{3, 4, 7, 8, 14, 20, 33}) {
    for (const uint16_t height : std::initializer_list<uint16_t>{1, 5, 6}) {
      const auto seed = uint32_t{width} * 100 + height;
      const TensorType x = Image(3, height, width);
      LinearCall(seed).Out(Image(4, height, width)).Weights(x, 3).Bias().Check();
      LinearCall(seed).Out(Image(2, height, width)).Weights(x, 3, Kernel(3, 3, 1, 1)).Check();
      LinearCall(seed)
          .Out(Image(2, height, width))
          .Weights(x, 3, Times(7, Kernel(5, 5, 2, 2)))
          .Bias()
          .Check();
    }
  }
}

TEST(LinearIdentity, Strides) {
  for (const uint16_t width : std::initializer_list<uint16_t>{6, 8, 15, 32, 35, 67}) {
    const uint16_t height = 9;
    const TensorType x = Image(2, height, width);
    const auto out = static_cast<uint16_t>((width + 1) / 2);
    LinearCall(width).Out(Image(3, 5, out), 2).Weights(x, 2, Kernel(3, 3, 1, 1)).Bias().Check();
    LinearCall(width).Out(Image(3, 5, out), 2).Weights(x, 2).Check();
    LinearCall(width)
        .Out(Image(3, 4, static_cast<uint16_t>(width / 2)), 2)
        .Weights(x, 2, Kernel(2, 2))
        .Check();
  }
}

TEST(LinearIdentity, DilationAndUnevenPads) {
  LinearCall(20).Out(Image(3, 8, 9)).Weights(Image(2, 8, 9), 2, Kernel(3, 3, 2, 2, 2)).Check();
  LinearCall(21).Out(Image(3, 9, 6)).Weights(Image(2, 8, 9), 2, Kernel(3, 4, 3, 0)).Check();
  LinearCall(22).Out(Image(2, 4, 5), 2).Weights(Image(2, 8, 9), 2, Kernel(2, 3, 0, 1, 2)).Check();
  // Padding beyond the kernel, on all sides.
  LinearCall(23).Out(Image(1, 9, 9)).Weights(Image(1, 3, 3), 1, Kernel(1, 1, 3, 3)).Bias().Check();
}

TEST(LinearIdentity, DepthwiseAndAveragePools) {
  LinearCall(24)
      .Out(Image(5, 6, 7))
      .Weights(Image(5, 6, 7), 5, Depthwise(Kernel(3, 3, 1, 1)))
      .Bias()
      .Check();
  LinearCall(25)
      .Out(Image(5, 3, 9), 2)
      .Weights(Image(5, 6, 18), 5, Depthwise(Kernel(3, 3, 1, 1)))
      .Check();
  LinearCall(26).Out(Image(6, 1, 1)).Weights(Image(6, 7, 7), 6, Depthwise(Kernel(7, 7))).Check();
}

TEST(LinearIdentity, GroupsOfImages) {
  LinearCall(27)
      .Out(Image(4, 5, 6), 2)
      .Weights(Image(3, 5, 6), 3, Times(2, Kernel(3, 3, 1, 1)))
      .Weights(Image(2, 9, 12), 2, Times(3))
      .Bias()
      .Check();
  LinearCall(28)
      .Out(Image(4, 5, 12))
      .Weights(Image(3, 5, 12), 3, Kernel(3, 3, 1, 1))
      .From(Image(4, 5, 12), 4, Use::kResidual, Times(55))
      .Bias()
      .Check();
}

TEST(LinearIdentity, ImagesToVectors) {
  LinearCall(29).Out(Image(20, 1, 1)).Weights(Image(3, 5, 7), 3, Kernel(5, 7)).Bias().Check();
  LinearCall(30).Out(Sequence(1, 20)).Weights(Image(3, 5, 7), 3, Kernel(5, 7)).Bias().Check();
  LinearCall(31).Out(Sequence(3, 20)).Weights(Image(6, 4, 4), 2, Kernel(4, 4)).Bias().Check();
}

class Draws {
 public:
  explicit Draws(uint32_t seed) : random_(seed) {}
  uint16_t operator()(int low, int high) {
    return static_cast<uint16_t>(std::uniform_int_distribution<int>(low, high)(random_));
  }
  bool Coin() { return (*this)(0, 1) == 1; }

 private:
  std::mt19937 random_;
};

TEST(LinearIdentity, RandomImages) {
  for (uint32_t seed = 1; seed <= 80; ++seed) {
    SCOPED_TRACE(seed);
    Draws draw(seed);
    const uint16_t height = draw(1, 9), width = draw(1, 20), dilation = draw(1, 3);
    const uint32_t stride = draw(1, 2);
    Group kernel = Kernel(draw(1, 4), draw(1, 4), 0, 0, dilation);
    kernel.pad_top = draw(0, dilation * (kernel.kernel_h - 1));
    kernel.pad_left = draw(0, dilation * (kernel.kernel_w - 1));
    kernel.multiplier = draw(1, 9);
    // The last window begins in the image.
    const auto out_height = draw(1, (height - 1 + kernel.pad_top) / static_cast<int>(stride) + 1);
    const auto out_width = draw(1, (width - 1 + kernel.pad_left) / static_cast<int>(stride) + 1);
    const bool depthwise = draw(0, 3) == 0;
    const uint16_t channels = draw(1, 4), outputs = depthwise ? channels : draw(1, 70);
    LinearCall call(seed);
    call.Out(Image(outputs, out_height, out_width), stride)
        .Weights(Image(channels, height, width), channels, depthwise ? Depthwise(kernel) : kernel);
    if (stride == 1 && draw.Coin()) {
      call.From(Image(outputs, out_height, out_width), outputs, Use::kResidual, Times(draw(1, 99)));
    }
    if (draw.Coin()) call.Bias();
    call.Accepted().Check();
  }
}

TEST(LinearIdentity, RandomSequences) {
  for (uint32_t seed = 1; seed <= 80; ++seed) {
    SCOPED_TRACE(seed);
    Draws draw(seed);
    const uint16_t tokens = draw(1, 4), segments = draw(1, 3);
    const bool segmented = draw.Coin();
    const auto width = segmented ? static_cast<uint16_t>(16 * draw(1, 5)) : draw(1, 90);
    const auto outputs = static_cast<uint16_t>(segmented ? segments * width : width);
    const auto role = static_cast<Role>(draw(1, 3));
    LinearCall call(seed);
    call.Out(Sequence(tokens, outputs, role, segmented ? width : 0));
    if (draw.Coin()) {
      const uint16_t inputs = draw(1, 90), channels = draw(1, 3);
      call.Weights(Sequence(uint32_t{tokens} * channels, inputs), channels, Times(draw(1, 9)));
    } else {
      const auto inputs = static_cast<uint16_t>(16 * draw(1, 3));
      const uint16_t parts = draw(1, 3);
      call.Weights(Sequence(tokens, static_cast<uint16_t>(parts * inputs), Role::kX, inputs), parts,
                   Times(draw(1, 9)));
    }
    if (draw.Coin()) call.Weights(Sequence(tokens, draw(1, 40)), 1, Times(draw(1, 9)));
    if (draw.Coin()) {
      call.From(Sequence(tokens, outputs), 1, Use::kResidual, Times(draw(1, 99)));
    }
    if (draw.Coin()) call.Bias();
    call.Accepted().Check();
  }
}

}  // namespace
}  // namespace zkvm::tensor
