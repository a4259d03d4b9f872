// What a model says of each of its operations: one Descriptor, a constant of the program.
//
// Guests, the host and the tests share this file; a descriptor is 256 bytes in the ELF section
// .zkml.desc, little-endian, and addresses in it are byte offsets into the section .zkml.data.
//
// A tensor is planes of lanes, 16 lanes a cell, each lane a small integer. Two kinds:
//
//   sequence   plane = token, lanes = features 0..width-1, ceil(width / 16) cells; height = 1
//   image      plane = channel, lanes = pixels in rows of Pitch(width) lanes; height rows
//
// so lane (y, x) of a plane is y * Pitch + x, with Pitch(width) = 4, 8 or a multiple of 16. A plane
// is a whole number of cells. Lanes that hold no element are *unused*.
#ifndef ZKVM_PRECOMPILES_TENSOR_DESCRIPTOR_H_
#define ZKVM_PRECOMPILES_TENSOR_DESCRIPTOR_H_

#include <cstddef>
#include <cstdint>

namespace zkvm::tensor {

inline constexpr uint32_t kLanes = 16;           // of a cell
inline constexpr uint32_t kMaxCells = 1U << 26;  // handles are cell addresses below this
inline constexpr uint32_t kNoData = 0xFFFFFFFF;  // no weights, no bias, no table
inline constexpr size_t kMaxSources = 3;
inline constexpr int kCutBits = 14;  // of the requantization

enum class Kind : uint8_t { kNone = 0, kSequence = 1, kImage = 2 };

// The range of every lane in use.
enum class Element : uint8_t {
  kI8 = 1,   // [-128, 127]
  kU8 = 2,   // [0, 255]
  kI16 = 3,  // [-32768, 32767]
  kU15 = 4,  // [0, 32767]: probabilities; the sum of a plane is at most kMaxProbabilitySum(width)
  kI15 = 5,  // [-16384, 16384]: residual streams
  // {0, 1}, and one lane of a plane is 1. Only its index exists: a plane is one cell, without
  // lanes.
  kOneHot = 6,
};

// How linear operations see a tensor: as polynomials in the challenges, one for each plane (or for
// each segment of a plane). kX: sum lane_l zx^l (image: lane_(y,x) zx^x zy^y); kK: zx^-l; kV:
// delta^l.
enum class Role : uint8_t { kNone = 0, kX = 1, kK = 2, kV = 3 };

struct TensorType {
  uint32_t planes = 0;
  uint16_t height = 1, width = 0;
  uint16_t segment = 0;  // sequences: lanes of an evaluated segment, a multiple of 16; 0: width
  Kind kind = Kind::kNone;
  Element element = Element::kI8;
  Role role = Role::kNone;
  uint8_t clean = 1;  // unused lanes are 0
  uint16_t reserved = 0;
};
static_assert(sizeof(TensorType) == 16);

constexpr uint32_t Pitch(uint32_t width) {
  return width <= 4 ? 4 : width <= 8 ? 8 : (width + kLanes - 1) / kLanes * kLanes;
}
constexpr uint32_t PlaneCells(const TensorType& t) {
  if (t.element == Element::kOneHot) return 1;
  const uint32_t lanes = t.kind == Kind::kImage ? t.height * Pitch(t.width) : t.width;
  return (lanes + kLanes - 1) / kLanes;
}
constexpr uint32_t Cells(const TensorType& t) { return t.planes * PlaneCells(t); }

// What a source of a linear operation is.
enum class Use : uint32_t {
  kNone = 0,
  kWeights = 1,   // contracted with weights of the model
  kResidual = 2,  // added: planes as the output's, times multiplier
  kOperandK = 3,  // takes the place of the weights of source 0: planes are the outputs (Q K^T)
  kOperandV = 4,  // likewise, planes are the contracted index (P V)
};

// Planes c, b of a source begin channel_stride c + batch_stride b cells after its handle.
struct Source {
  TensorType type{};  // as it was published: planes is not compared
  Use use = Use::kNone;
  uint32_t channels = 0;
  uint32_t channel_stride = 0, batch_stride = 0;  // in cells
};
static_assert(sizeof(Source) == 32);

struct Group {
  // int16: [outputs][channels / groups][kernel_h][kernel_w] for images (depthwise: second extent
  // 1), [channels * width][outputs] for sequences.
  uint32_t weights = kNoData;
  uint32_t multiplier = 1;  // 1 <= M < 2^15
  uint16_t kernel_h = 1, kernel_w = 1, pad_top = 0, pad_left = 0, dilation = 1;
  uint16_t depthwise = 0;
};
static_assert(sizeof(Group) == 20);

enum class Op : uint32_t {
  kLinear = 1,    // see semantics.h for each
  kImport = 2,    // guest memory -> tensor
  kExport = 3,    // tensor -> guest memory
  kEvaluate = 4,  // publishes an existing tensor under another role; the same handle
  kElementwise = 5,
  kUnpack = 6,  // makes the lanes of an existing tensor readable by kGather; the same handle
  kGather = 7,
  kSoftmax = 8,
  kNorm = 9,
  kOneHot = 10,
  kArgmax = 11,  // returns the index in a0 instead of a handle
};

enum class Binary : uint32_t { kMul = 0, kAdd = 1, kSub = 2, kMax = 3 };

struct Descriptor {
  Op op{};
  // kElementwise: Binary. kSoftmax: 1 = causal. kNorm: 1 = RMS. kGather: 0.
  uint32_t mode = 0;
  TensorType out{};
  Source source[kMaxSources] = {};
  Group group[kMaxSources] = {};
  uint32_t bias = kNoData;   // int32 for each output (image: plane, sequence: lane)
  uint32_t table = kNoData;  // a Table
  uint32_t stride = 1;       // of images: 1 or 2
  // Meaning by op (semantics.h).
  int32_t param[16] = {};
};
static_assert(sizeof(Descriptor) == 256);

// A function as a table: int16 entries follow the header. T[y] is entry y - first; reading outside
// the table is an error at key generation (linear layers) or a fault.
struct TableHeader {
  int32_t first;
  uint32_t count;  // 1..2^17
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_DESCRIPTOR_H_
