// The microcode of a model: what the key says of every call, as rows of its fixed tables.
//
// Calls are call_plan.h's, blocks block.h's. Kernels, types and tables are numbered from 1, each
// kind by itself. Negative fields of microcode count down from p.
#ifndef ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWERED_H_
#define ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWERED_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "precompiles/tensor/call_plan.h"
#include "precompiles/tensor/descriptor.h"

namespace zkvm::tensor {

// The fields x0..x5 of MICRO, canonical.
using MicroRow = std::array<uint32_t, 6>;

// Step s of the program is row first + s of the table MICRO, s < steps.
struct Program {
  uint32_t first = 0, steps = 0;
};

// Step of a garbage program: the coefficients of zx^(x + j) zy^y, j < 8, bit j of mask set. None
// of these exponents is an output's; x is a multiple of 8.
struct GarbageRow {
  int32_t x = 0, y = 0;
  uint32_t mask = 0;
};
inline constexpr int kGarbageLanes = 8;

// Row of POW. The value of the next row is base * value + add, or 1 after a stop. Index i of a
// segment has the value base^i, of one with add sum_{j <= i} base^j.
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
  bool stop = false;  // last of its segment: base and add are not used
  bool add = false;
};

// Row of WEIGHT<lanes>, in the order: output blocks of a tap, taps of a line, lines of a channel,
// channels of a matrix. Its flags say how it takes part in
//
//   b = sum_j delta^j w_j + kBlock delta^lanes b'        b', xs', ys' of the next row
//   xs = kFirstOfTap b + (kX1 + kX2 / zx) xs'
//   ys = kFirstOfLine xs + (kY1 + kY2 / zy) ys'
//
// and where kPublish it provides KER(id, index, ys).
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

// KER(id, index, .) is provided by row first + stride * index of a table, index < count.
enum class KernelTable : uint8_t { kPower, kWeight64, kWeight256 };
struct KernelSpan {
  KernelTable table{};
  uint32_t first = 0, stride = 1, count = 0;
};

// LUT(id, y, .) is row first + y - begin of the table LUT, begin <= y < begin + count.
struct LutRow {
  uint32_t table = 0;
  int32_t y = 0, out = 0;
};
struct LutSpan {
  uint32_t first = 0;
  int32_t begin = 0;
  uint32_t count = 0;
};

struct Lowered {
  std::vector<CallPlan> calls;  // by descriptor

  // Program CallProgram(d) is rows 2 d and 2 d + 1; then come the programs of workers, program
  // kFirstWorkerProgram + i being workers[i]; those of garbage are the last.
  std::vector<MicroRow> micro;
  std::vector<Program> workers;
  uint32_t first_garbage_row = 0;   // in micro
  std::vector<GarbageRow> garbage;  // of the rows from first_garbage_row on

  std::vector<PowerRow> power;
  WeightTable weight64{64, {}, {}};
  WeightTable weight256{256, {}, {}};
  std::vector<KernelSpan> kernels;  // by id; entry 0 is unused

  std::vector<LutRow> lut;
  std::vector<LutSpan> tables;  // by id; entry 0 is unused

  const Program& Worker(uint32_t program) const { return workers[program - kFirstWorkerProgram]; }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_LOWERING_LOWERED_H_
