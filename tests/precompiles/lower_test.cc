// Microcode of all but linear calls, read as their chips read it, against semantics.h; and the
// tables that a lowered model shares between calls.
#include "precompiles/tensor/lowering/lower.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/semantics.h"
#include "tests/precompiles/linear_machine.h"

namespace zkvm::tensor {
namespace {

TensorType Sequence(uint32_t planes, uint16_t width) {
  TensorType t;
  t.planes = planes;
  t.width = width;
  t.kind = Kind::kSequence;
  return t;
}

TensorType Image(uint32_t channels, uint16_t height, uint16_t width) {
  TensorType t;
  t.planes = channels;
  t.height = height;
  t.width = width;
  t.kind = Kind::kImage;
  return t;
}

// The identity on [-2^15, 2^15), at offset 0.
Model ModelOf(std::vector<Descriptor> descriptors) {
  Model model;
  model.descriptors = std::move(descriptors);
  const TableHeader header{-(1 << 15), 1 << 16};
  std::vector<int16_t> entries(header.count);
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i] = static_cast<int16_t>(static_cast<int>(i) + header.first);
  }
  model.data.resize(sizeof(header) + 2 * entries.size());
  std::memcpy(model.data.data(), &header, sizeof(header));
  std::memcpy(model.data.data() + sizeof(header), entries.data(), 2 * entries.size());
  return model;
}

// The rows of a block, in order.
class BlockReader {
 public:
  BlockReader(const Lowered& lowered, const CallJob& job)
      : lowered_(lowered), job_(job), program_(lowered.Worker(job.program)) {}

  uint32_t runs() const { return job_.left + 1; }
  uint32_t steps() const { return program_.steps; }
  uint32_t rows() const { return runs() * steps(); }
  const MicroRow& operator[](uint32_t row) const {
    return lowered_.micro[program_.first + row % steps()];
  }
  // The row of program + k.
  const MicroRow& Constants(uint32_t k) const {
    const Program& program = lowered_.Worker(job_.program + k);
    EXPECT_EQ(program.steps, 1U);
    return lowered_.micro[program.first];
  }
  void ExpectEnd() const {
    for (uint32_t i = 0; i < steps(); ++i) EXPECT_EQ((*this)[i][0] & 1, i + 1 == steps() ? 1U : 0U);
  }

 private:
  const Lowered& lowered_;
  CallJob job_;
  Program program_;
};

std::vector<int16_t> RandomCells(size_t cells, std::mt19937& random) {
  std::vector<int16_t> lanes(kLanes * cells);
  for (int16_t& lane : lanes) {
    lane = static_cast<int16_t>(std::uniform_int_distribution<int>(-128, 127)(random));
  }
  return lanes;
}

int64_t Signed(uint32_t field) {
  return field < Fp::kModulus / 2 ? int64_t{field} : int64_t{field} - Fp::kModulus;
}

void ExpectGather(const Descriptor& d, size_t source_cells, uint32_t runs) {
  const Lowered lowered = Lower(ModelOf({d}));
  ASSERT_EQ(lowered.calls[0].a.worker, static_cast<uint32_t>(kGatherWorker));
  const BlockReader block(lowered, lowered.calls[0].a);
  block.ExpectEnd();
  EXPECT_EQ(block.runs(), runs);
  ASSERT_EQ(block.rows(), Cells(d.out));

  std::mt19937 random(1);
  const std::vector<int16_t> x = RandomCells(source_cells, random);
  std::vector<int16_t> expected(kLanes * Cells(d.out));
  Gather(d, x.data(), expected.data());
  const MicroRow& constants = block.Constants(1);
  for (uint32_t i = 0; i < block.rows(); ++i) {
    const MicroRow& row = block[i];
    for (uint32_t j = 0; j < kLanes; ++j) {
      int64_t from = i / block.steps() * Signed(constants[3]) + Signed(row[1]);
      for (uint32_t k = 0; k < 4; ++k) {
        if ((j >> k & 1) != 0) from += Signed(row[2 + k]);
      }
      const bool valid = (row[0] >> (j + 1) & 1) != 0;
      const int64_t lane = valid ? int64_t{x.at(static_cast<size_t>(from))} : Signed(constants[2]);
      EXPECT_EQ(lane, expected[kLanes * size_t{i} + j]) << "cell " << i << ", lane " << j;
    }
  }
}

TEST(LowerGather, WindowsAndPads) {
  Descriptor d;
  d.op = Op::kGather;
  // One tap of a 3x3 window with stride 2 on 2 channels of 7 x 7 pixels, -128 around them.
  d.source[0].type = Image(2, 7, 7);
  d.out = Image(2, 4, 4);
  d.out.clean = 0;
  const uint32_t plane = kLanes * PlaneCells(d.source[0].type);
  const int32_t param[16] = {
      -9, -128, 4, 2, 1 + (4 << 16), 4, 16, 1 + (4 << 16), 2, static_cast<int32_t>(plane), 0};
  std::memcpy(d.param, param, sizeof(param));
  ExpectGather(d, Cells(d.source[0].type), 2);
  // The same channel by channel, with the second channel left out.
  d.param[10] = 0 + (1 << 16);
  ExpectGather(d, Cells(d.source[0].type), 1);
}

TEST(LowerGather, Transpose) {
  Descriptor d;
  d.op = Op::kGather;
  d.source[0].type = Sequence(32, 48);
  d.out = Sequence(48, 32);
  const int32_t param[16] = {0, 0, 32, 48, 0, 48, 1, 0};
  std::memcpy(d.param, param, sizeof(param));
  ExpectGather(d, Cells(d.source[0].type), 48);
}

TEST(LowerElementwise, BroadcastsAndOperations) {
  std::mt19937 random(2);
  for (const Binary op : {Binary::kMul, Binary::kAdd, Binary::kSub, Binary::kMax}) {
    Descriptor d;
    d.op = Op::kElementwise;
    d.mode = static_cast<uint32_t>(op);
    d.out = Image(3, 5, 7);
    d.source[0].type = d.source[1].type = d.out;
    d.source[0].channel_stride = 1;
    d.source[0].batch_stride = PlaneCells(d.out);
    d.source[1].channel_stride = op == Binary::kAdd ? 0 : 1;  // a plane, or one cell, for all
    d.table = 0;
    d.param[0] = 5000;
    d.param[1] = op == Binary::kSub ? -7 : 0;
    const Model model = ModelOf({d});
    const Lowered lowered = Lower(model);
    const BlockReader block(lowered, lowered.calls[0].a);
    block.ExpectEnd();
    ASSERT_EQ(block.rows(), Cells(d.out));
    const MicroRow& constants = block.Constants(1);
    const LutSpan& table = lowered.tables[constants[1]];

    const std::vector<int16_t> cells = RandomCells(2 * Cells(d.out), random);
    const std::array<const int16_t*, 2> base = {cells.data(), cells.data() + kLanes * Cells(d.out)};
    std::vector<int16_t> expected(kLanes * Cells(d.out));
    Elementwise(model, d, {base[0], base[1], nullptr}, expected.data());
    for (uint32_t i = 0; i < block.rows(); ++i) {
      const MicroRow& row = block[i];
      const uint32_t run = i / block.steps();
      EXPECT_EQ(row[0] >> 1, 1U << d.mode);
      for (uint32_t j = 0; j < kLanes; ++j) {
        const auto lane = [&](size_t k) {
          return int64_t{base[k][kLanes * (run * row[4 + k] + row[2 + k]) + j]};
        };
        const int64_t u = lane(0), v = lane(1);
        const int64_t y = op == Binary::kMul   ? Requantize(constants[2] * u * v)
                          : op == Binary::kAdd ? u + v + Signed(constants[0])
                          : op == Binary::kSub ? u - v + Signed(constants[0])
                                               : std::max(u, v);
        ASSERT_GE(y, table.begin);
        ASSERT_LT(y - table.begin, table.count);
        const LutRow& entry = lowered.lut[table.first + static_cast<size_t>(y - table.begin)];
        EXPECT_EQ(entry.table, constants[1]);
        EXPECT_EQ(entry.y, y);
        const bool used = (row[1] >> j & 1) != 0;
        EXPECT_EQ(used ? entry.out : 0, expected[kLanes * size_t{i} + j]);
      }
    }
    EXPECT_EQ(constants[3], constants[5]);  // one type
  }
}

TEST(LowerSoftmax, CausalLanes) {
  Descriptor d;
  d.op = Op::kSoftmax;
  d.mode = 1;
  d.out = d.source[0].type = Sequence(20, 33);
  d.source[0].type.element = Element::kI16;
  d.out.element = Element::kU15;
  d.param[0] = 3;
  for (const int32_t period : {0, 10, 7}) {
    d.param[1] = period;
    const Lowered lowered = Lower(ModelOf({d}));
    const BlockReader block(lowered, lowered.calls[0].a);
    EXPECT_EQ(block.runs(), period == 10 ? 2U : 1U);
    ASSERT_EQ(block.rows(), Cells(d.out));
    for (uint32_t i = 0; i < block.rows(); ++i) {
      const uint32_t plane = i / 3, cell = i % 3, n = SoftmaxLanes(d, plane);
      uint32_t mask = 0;
      for (uint32_t j = 0; j < kLanes; ++j) mask |= (kLanes * cell + j < n ? 1U : 0U) << j;
      EXPECT_EQ(block[i][1], mask);
      EXPECT_EQ(block[i][0] >> 1, (cell == 0 ? 1U : 0U) + (cell == 2 ? 2U : 0U));
    }
    const LutSpan& exp = lowered.tables[block.Constants(1)[0]];
    EXPECT_EQ(exp.count, kExpEntries);
    EXPECT_EQ(lowered.lut[exp.first + 512].out, ExpTable()[512]);
    const LutSpan& log = lowered.tables[block.Constants(2)[0]];
    EXPECT_EQ(lowered.lut[log.first + 5].out, LogTable()[5]);
    const LutSpan& ln2 = lowered.tables[block.Constants(2)[1]];
    EXPECT_EQ(lowered.lut[ln2.first + 3].out, static_cast<int32_t>(Ln2(3)));
  }
  d.mode = 0;
  const Lowered lowered = Lower(ModelOf({d}));
  EXPECT_EQ(BlockReader(lowered, lowered.calls[0].a).runs(), 20U);
}

TEST(LowerNorm, Constants) {
  Descriptor d;
  d.op = Op::kNorm;
  d.out = d.source[0].type = Sequence(4, 48);
  d.out.role = Role::kX;
  d.table = 0;
  d.param[0] = 99;
  d.param[1] = 21;
  const Lowered lowered = Lower(ModelOf({d}));
  const CallPlan& plan = lowered.calls[0];
  EXPECT_EQ(plan.flags, kHasA | kHasB | kTensor0 | kSourcesToA);
  const BlockReader block(lowered, plan.a);
  EXPECT_EQ(block.rows(), Cells(d.out));
  EXPECT_EQ(BlockReader(lowered, plan.b).rows(), Cells(d.out));
  const MicroRow& scalars = block.Constants(2);
  EXPECT_EQ(scalars[1], 48U);
  EXPECT_EQ(scalars[2], 24U);
  EXPECT_EQ(scalars[3], 1U);
  EXPECT_EQ(scalars[4], 99U);
  EXPECT_EQ(Signed(scalars[5]), -1);
  const LutSpan& squares = lowered.tables[block.Constants(1)[0]];
  EXPECT_EQ(squares.begin, -kMaxDeviation);
  EXPECT_EQ(lowered.lut[squares.first].out, Sq(-kMaxDeviation));
}

TEST(LowerMemory, Copies) {
  Descriptor import, exports, one_hot;
  import.op = Op::kImport;
  import.out = Image(3, 5, 6);
  import.out.role = Role::kX;
  exports.op = Op::kExport;
  exports.source[1].type = Sequence(2, 20);
  exports.source[1].type.element = Element::kI16;
  one_hot.op = Op::kOneHot;
  one_hot.out = Sequence(7, 1000);
  one_hot.out.element = Element::kOneHot;
  one_hot.out.role = Role::kX;
  const Lowered lowered = Lower(ModelOf({import, exports, one_hot}));

  EXPECT_EQ(lowered.calls[0].flags, kHasA | kHasB | kSourcesToA);
  EXPECT_EQ(lowered.calls[0].size, Cells(import.out));
  const BlockReader in(lowered, lowered.calls[0].a);
  EXPECT_EQ(in.rows(), Cells(import.out));
  EXPECT_EQ(in[0][0], 2U + 8U);
  EXPECT_EQ(in[0][1], 0x3F3FU);
  EXPECT_EQ(in[2][1], 0x003FU);

  EXPECT_EQ(lowered.calls[1].flags, kHasA | kSourcesToA | kTensor1);
  EXPECT_EQ(lowered.calls[1].size, 0U);
  EXPECT_EQ(lowered.calls[1].a.worker, static_cast<uint32_t>(kIo16Worker));
  const BlockReader out(lowered, lowered.calls[1].a);
  EXPECT_EQ(out[0][0], 4U);
  EXPECT_EQ(out[1][1], 0x000FU);

  const BlockReader ids(lowered, lowered.calls[2].a);
  EXPECT_EQ(ids.rows(), 7U);
  EXPECT_EQ(ids[0][4], 1000U);
  const FoldChallenges z{3, 5, 7, 11};
  const LinearMachine machine(lowered, z);
  EXPECT_TRUE(machine.Kernel(ids[0][2], 3) * machine.Kernel(ids[0][3], 231) == z.x.Pow(999));
  EXPECT_EQ(lowered.kernels[ids[0][2]].count, 4U);
}

TEST(LowerInPlace, EvaluateAndUnpack) {
  Descriptor evaluate, unpack, argmax;
  evaluate.op = Op::kEvaluate;
  evaluate.source[0].type = Sequence(3, 64);
  evaluate.out = evaluate.source[0].type;
  evaluate.out.role = Role::kV;
  evaluate.out.segment = 32;
  unpack.op = Op::kUnpack;
  unpack.source[0].type = unpack.out = Sequence(3, 64);
  argmax.op = Op::kArgmax;
  argmax.source[0].type = Sequence(1, 37);
  const Lowered lowered = Lower(ModelOf({evaluate, unpack, argmax}));
  EXPECT_EQ(lowered.calls[0].flags, kHasA | kInPlace | kTensor0);
  EXPECT_EQ(lowered.calls[0].extent[0], 12U);
  EXPECT_EQ(BlockReader(lowered, lowered.calls[0].a).runs(), 3U);
  EXPECT_EQ(lowered.calls[1].flags, kHasA | kInPlace | kTensor0);
  EXPECT_EQ(BlockReader(lowered, lowered.calls[1].a).rows(), 12U);
  EXPECT_EQ(lowered.calls[2].flags, kHasA | kReturnsValue | kTensor0 | kSourcesToA);
  const BlockReader least(lowered, lowered.calls[2].a);
  EXPECT_EQ(least.rows(), 3U);
  EXPECT_EQ(least[2][1], 0x001FU);
}

// A dense layer, its weights at the end of the data.
Descriptor Dense(Model& model, uint32_t planes, uint16_t inputs, uint16_t outputs) {
  Descriptor d;
  d.op = Op::kLinear;
  d.out = Sequence(planes, outputs);
  d.source[0].type = Sequence(planes, inputs);
  d.source[0].type.role = d.out.role = Role::kX;
  d.source[0].use = Use::kWeights;
  d.source[0].channels = 1;
  d.source[0].batch_stride = PlaneCells(d.source[0].type);
  d.group[0].weights = static_cast<uint32_t>(model.data.size());
  d.table = 0;
  model.data.resize(model.data.size() + size_t{2} * inputs * outputs, 1);
  return d;
}

TEST(Lower, EqualCallsShareAll) {
  Model model = ModelOf({});
  Descriptor d = Dense(model, 3, 100, 70);
  model.descriptors = {d, d};
  const Lowered lowered = Lower(model);
  EXPECT_EQ(lowered.calls[0].Step0(), lowered.calls[1].Step0());
  EXPECT_EQ(lowered.calls[0].Step1(), lowered.calls[1].Step1());
  EXPECT_EQ(lowered.weight64.rows.size(), 200U);
  EXPECT_EQ(lowered.workers.size(), 3U);
  EXPECT_EQ(lowered.tables.size(), 2U);
}

TEST(Lower, WideRowsTakeManyWeights) {
  Model model = ModelOf({});
  model.descriptors = {Dense(model, 1, 1024, 1024)};
  EXPECT_EQ(Lower(model).weight64.rows.size(), 1024U * 16);
  EXPECT_EQ(Lower(model, 1 << 20).weight256.rows.size(), 1024U * 4);
  EXPECT_TRUE(Lower(model, (1 << 20) + 1).weight256.rows.empty());
}

TEST(Lower, RowsAreWhereTheSpansSay) {
  Model model = ModelOf({});
  model.descriptors = {Dense(model, 3, 100, 70), Dense(model, 2, 1024, 4096),
                       Dense(model, 1, 20, 200)};
  const Lowered lowered = Lower(model);
  EXPECT_FALSE(lowered.weight256.rows.empty());
  ASSERT_EQ(lowered.calls.size(), 3U);
  for (size_t d = 0; d < lowered.calls.size(); ++d) {
    const CallPlan& plan = lowered.calls[d];
    EXPECT_EQ(lowered.micro[2 * d], plan.Step0());
    EXPECT_EQ(lowered.micro[2 * d + 1], plan.Step1());
    EXPECT_NE(plan.flags & kHasGarbage, 0U);
    EXPECT_GE(lowered.Worker(plan.garbage).first, lowered.first_garbage_row);
  }
  EXPECT_EQ(lowered.first_garbage_row + lowered.garbage.size(), lowered.micro.size());
  for (uint32_t id = 1; id < lowered.kernels.size(); ++id) {
    const KernelSpan& span = lowered.kernels[id];
    for (uint32_t i = 0; i < span.count; ++i) {
      const size_t row = span.first + size_t{span.stride} * i;
      if (span.table == KernelTable::kPower) {
        EXPECT_EQ(lowered.power.at(row).id, id);
        EXPECT_EQ(lowered.power[row].index, i);
        EXPECT_EQ(lowered.power[row].stop, i + 1 == span.count);
      } else {
        const WeightTable& table =
            span.table == KernelTable::kWeight64 ? lowered.weight64 : lowered.weight256;
        EXPECT_EQ(table.rows.at(row).id, id);
        EXPECT_EQ(table.rows[row].index, i);
        EXPECT_NE(table.rows[row].flags & kPublish, 0);
      }
    }
  }
  // Kernels end within the rows of their span.
  for (const WeightTable* table : {&lowered.weight64, &lowered.weight256}) {
    EXPECT_EQ(table->weights.size(), table->lanes * table->rows.size());
  }
}

}  // namespace
}  // namespace zkvm::tensor
