// The microcode of a model: what the key says of every call, as rows of its fixed tables.
//
// A call of descriptor d runs the blocks of calls[d]; a block is a micro-program repeated left + 1
// times by one worker. Programs of calls have the descriptors' numbers; kernels and types are
// numbered from 1. Field values are small integers, negative ones count down from p.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWERED_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWERED_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "precompiles/tensor/descriptor.h"

namespace zkvm::tensor {

// The fields x0..x5 of MICRO.
using MicroRow = std::array<int32_t, 6>;

// Steps 0..steps-1 are rows first..first+steps-1 of Lowered::micro, which are the rows of the
// table.
struct Program {
  uint32_t first = 0, steps = 0;
};

// START(worker, call, program, left, ...). worker 0: no block.
struct Block {
  uint32_t worker = 0, program = 0, left = 0;
};

// The flags of a call, bits of x5 of step 1 of its program.
enum CallFlag : uint32_t {
  kHasFirst = 1,
  kHasSecond = 2,
  kTensorSource0 = 4,  // source k is a tensor, finished by an earlier call
  kTensorSource1 = 8,
  kTensorSource2 = 16,
  kInPlace = 32,        // the blocks' dst and the result are source 0; nothing is allocated
  kReturnsResult = 64,  // a0 = the value of RESULT
};

// step 0: worker, program, left of first, of second; step 1: size, extents, garbage, flags.
// Source 0 is not a tensor where it is an address in guest memory.
struct CallPlan {
  Block first, second;
  uint32_t size = 0;                           // cells from the bump pointer
  std::array<uint32_t, kMaxSources> extent{};  // cells that the call may read from source k
  uint32_t garbage = 0;                        // program of its GARB rows
  uint32_t flags = 0;
};

// Step of a garbage program: the coefficients of zx^(x + j) zy^y, j < 8, bit j of mask set.
// No such exponent is an output's; x is a multiple of 8.
struct GarbageRow {
  int32_t x = 0, y = 0;
  uint32_t mask = 0;
};

// Row of POW. The value of the next row is stop + base * value + add; without base and stop it is
// the table's last.
enum class PowerBase : uint8_t {
  kZx,
  kZxInverse,
  kZx8,
  kZxInverse8,
  kZx256,
  kZy,
  kZyInverse,
  kZx2,
  kZy2,
  kGamma,
  kDelta,
  kDeltaOverZx,
};
inline constexpr size_t kNumPowerBases = 12;
struct PowerRow {
  uint32_t id = 0, index = 0;
  PowerBase base{};
  bool stop = false;  // last of a segment: no base, no add
  bool add = false;   // of a segment of sums: the value of index i is sum_{j <= i} base^j
};

// Rows of WEIGHT<lanes>: output blocks of a tap, taps of a line, lines of a channel, channels of a
// matrix. The flags stand on a row (precompiles/tensor/chips/weight.h):
//   b = sum_j delta^j w_j + kBlock delta^lanes b',  xs = kFirstOfTap b + (kX1 + kX2 / zx) xs',
//   ys = kFirstOfLine xs + (kY1 + kY2 / zy) ys',    KER(id, index, ys) where kPublish
enum WeightFlag : uint8_t {
  kBlock = 1,
  kFirstOfTap = 2,
  kX1 = 4,
  kX2 = 8,
  kFirstOfLine = 16,
  kY1 = 32,
  kY2 = 64,
  kPublish = 128,
};
struct WeightRow {
  uint32_t id = 0, index = 0;
  uint8_t flags = 0;
};
struct WeightTable {
  size_t lanes = 0;
  std::vector<WeightRow> rows;
  std::vector<int32_t> weights;  // lanes for each row
};

// Where KER(id, index, .) is published: row first + stride * index of a table, index < count.
enum class KernelTable : uint8_t { kPower, kWeight64, kWeight256 };
struct KernelSpan {
  KernelTable table{};
  uint32_t first = 0, stride = 1, count = 0;
};

struct LutRow {
  uint32_t table = 0;
  int32_t y = 0, out = 0;
};
// Row first + y - begin of LUT is entry y, y < begin + count.
struct LutSpan {
  uint32_t first = 0;
  int32_t begin = 0;
  uint32_t count = 0;
};

struct Lowered {
  std::vector<MicroRow> micro;
  std::vector<Program> programs;
  std::vector<CallPlan> calls;  // by descriptor

  // The rows of garbage program g are garbage[programs[g].first - garbage_micro ..]: garbage
  // programs are the last in `micro`, from row garbage_micro on.
  uint32_t garbage_micro = 0;
  std::vector<GarbageRow> garbage;

  std::vector<PowerRow> power;
  WeightTable weight64{64, {}, {}};
  WeightTable weight256{256, {}, {}};
  std::vector<KernelSpan> kernels;  // by id; entry 0 is unused

  std::vector<LutRow> lut;
  std::vector<LutSpan> tables;  // by table id; entry 0 is unused
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWERED_H_
