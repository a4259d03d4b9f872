// What the tensor operations compute, in integers: the specification. One function for each
// operation, written to be read; the fast execution (linear_kernels.h) and the chips agree with it
// bit for bit.
//
// A tensor is given by a pointer to the first of its lanes; cell i of it is lanes 16 i .. 16 i
// + 15. Functions REQUIRE a descriptor that CheckModel accepts, and write every lane of the result,
// the unused ones as 0 unless it says otherwise.
#ifndef ZKVM_PRECOMPILES_TENSOR_SEMANTICS_H_
#define ZKVM_PRECOMPILES_TENSOR_SEMANTICS_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "precompiles/tensor/descriptor.h"
#include "precompiles/tensor/functions.h"
#include "precompiles/tensor/model.h"
#include "precompiles/tensor/record.h"

namespace zkvm::tensor {

using Sources = std::array<const int16_t*, kMaxSources>;

// v = y 2^14 + rem - 2^13 with 0 <= rem < 2^14: y is v / 2^14, rounded to nearest, ties up.
constexpr int64_t Requantize(int64_t v) { return (v + (int64_t{1} << (kCutBits - 1))) >> kCutBits; }

// --- kLinear ---
//
//   v[b][o] = bias[o] + sum_g M_g acc_g[b][o]      out[b][o] = T[Requantize(v[b][o])]
//
// with M_g = group[g].multiplier and acc_g by source[g].use. The bias has no multiplier.
// out.planes = B tokens and out.width = O lanes (sequences), or out.planes = O channels and B = 1
// (images; v, bias and out are then by pixel (y, x) as well). Sources are of the kind of the
// result, but weights may take images to a sequence.
//
// Planes of source g: X_cb begins channel_stride c + batch_stride b cells after the handle.
//
//   kWeights, sequence   sum_{c < channels, l < L} X_cb[l] W[c L + l][o],  L = Lanes(type)
//   kWeights, image      sum_{c < channels, r < kernel_h, s < kernel_w}
//                          X_c[stride y + dilation r - pad_top][stride x + dilation s - pad_left]
//                          W[o][c][r][s],   pixels outside the image being 0
//     depthwise          channels = O; only c = o contributes, with W[o][0][r][s]
//     (padding after the image follows from the size of the result)
//   kWeights, image to sequence: the kernel is as large as the image
//                        sum_{c < channels, r < kernel_h, s < kernel_w} X_cb[r][s] W[o][c][r][s]
//   kResidual            sequence: X_b[o] (channels = 1);  image: X_o[y][x] (channels = O)
//
// When source 0 has no weights (group[0].weights = kNoData), one other source is its kernel, with
// planes Y_j at channel_stride j, and channels = 1 for source 0 (sequences only):
//
//   kOperandK            sum_{l < L} X_b[l] Y_o[l]      channels = O, Lanes = L    (Q K^T)
//   kOperandV            sum_{l < L} X_b[l] Y_l[o]      channels = L, Lanes = O    (P V)

// Lane l of the plane (or segment) that begins at `plane`.
inline int64_t LaneOf(const TensorType& type, const int16_t* plane, uint32_t l) {
  if (type.element == Element::kOneHot) return OneHotIndex(plane) == l ? 1 : 0;
  return plane[l];
}

inline const int16_t* PlaneOf(const Source& s, const int16_t* handle, uint32_t c, uint32_t b) {
  return handle + kLanes * (size_t{s.channel_stride} * c + size_t{s.batch_stride} * b);
}

// acc_g of lane o of token b.
inline int64_t SequenceAccumulator(const Model& model, const Descriptor& d, size_t g,
                                   const Sources& x, uint32_t b, uint32_t o) {
  const Source& s = d.source[g];
  if (s.use == Use::kResidual) return LaneOf(s.type, PlaneOf(s, x[g], 0, b), o);
  const uint32_t lanes = Lanes(s.type);
  int64_t sum = 0;
  if (s.type.kind == Kind::kImage) {
    const uint32_t pixels = uint32_t{s.type.height} * s.type.width;
    const auto weights = GroupWeights(model, d, g).subspan(size_t{o} * s.channels * pixels);
    for (uint32_t c = 0; c < s.channels; ++c) {
      const int16_t* plane = PlaneOf(s, x[g], c, b);
      for (uint32_t i = 0; i < pixels; ++i) {
        const uint32_t lane = i / s.type.width * Pitch(s.type.width) + i % s.type.width;
        sum += int64_t{plane[lane]} * weights[size_t{c} * pixels + i];
      }
    }
    return sum;
  }
  if (d.group[g].weights != kNoData) {
    const auto weights = GroupWeights(model, d, g);
    for (uint32_t c = 0; c < s.channels; ++c) {
      for (uint32_t l = 0; l < lanes; ++l) {
        sum += LaneOf(s.type, PlaneOf(s, x[g], c, b), l) *
               weights[(size_t{c} * lanes + l) * d.out.width + o];
      }
    }
    return sum;
  }
  const size_t k = d.source[1].use == Use::kOperandK || d.source[1].use == Use::kOperandV ? 1 : 2;
  const Source& kernel = d.source[k];
  for (uint32_t l = 0; l < lanes; ++l) {
    sum += LaneOf(s.type, PlaneOf(s, x[g], 0, b), l) *
           (kernel.use == Use::kOperandK ? LaneOf(kernel.type, PlaneOf(kernel, x[k], o, 0), l)
                                         : LaneOf(kernel.type, PlaneOf(kernel, x[k], l, 0), o));
  }
  return sum;
}

// acc_g of pixel (y, x) of channel o.
inline int64_t ImageAccumulator(const Model& model, const Descriptor& d, size_t g,
                                const Sources& sources, uint32_t o, uint32_t y, uint32_t x) {
  const Source& s = d.source[g];
  const uint32_t pitch = Pitch(s.type.width);
  if (s.use == Use::kResidual) return PlaneOf(s, sources[g], o, 0)[y * pitch + x];
  const Group& group = d.group[g];
  const auto weights = GroupWeights(model, d, g);
  int64_t sum = 0;
  for (uint32_t c = 0; c < s.channels; ++c) {
    if (group.depthwise != 0 && c != o) continue;
    const int16_t* plane = PlaneOf(s, sources[g], c, 0);
    const size_t kernel = group.depthwise != 0 ? o : size_t{o} * s.channels + c;
    for (uint32_t r = 0; r < group.kernel_h; ++r) {
      for (uint32_t t = 0; t < group.kernel_w; ++t) {
        const int64_t iy = int64_t{d.stride} * y + int64_t{group.dilation} * r - group.pad_top;
        const int64_t ix = int64_t{d.stride} * x + int64_t{group.dilation} * t - group.pad_left;
        if (iy < 0 || iy >= s.type.height || ix < 0 || ix >= s.type.width) continue;
        sum += int64_t{plane[iy * pitch + ix]} *
               weights[(kernel * group.kernel_h + r) * group.kernel_w + t];
      }
    }
  }
  return sum;
}

// v of lane l of plane p of the result. REQUIRES: IsUsed(d.out, l).
inline int64_t LinearValue(const Model& model, const Descriptor& d, const Sources& sources,
                           uint32_t p, uint32_t l) {
  const bool image = d.out.kind == Kind::kImage;
  const uint32_t pitch = Pitch(d.out.width);
  int64_t v = d.bias != kNoData ? Bias(model, d)[image ? p : l] : 0;
  for (size_t g = 0; g < kMaxSources; ++g) {
    if (d.source[g].use != Use::kWeights && d.source[g].use != Use::kResidual) continue;
    v += int64_t{d.group[g].multiplier} *
         (image ? ImageAccumulator(model, d, g, sources, p, l / pitch, l % pitch)
                : SequenceAccumulator(model, d, g, sources, p, l));
  }
  return v;
}

// `values`: v, by lane of the result; 0 in unused lanes.
inline void Linear(const Model& model, const Descriptor& d, const Sources& sources, int16_t* out,
                   int32_t* values) {
  const Table table = TableAt(model, d.table);
  const uint32_t lanes = kLanes * PlaneCells(d.out);
  for (uint32_t p = 0; p < d.out.planes; ++p) {
    for (uint32_t l = 0; l < lanes; ++l, ++out, ++values) {
      const bool used = IsUsed(d.out, l);
      const int64_t v = used ? LinearValue(model, d, sources, p, l) : 0;
      *values = static_cast<int32_t>(v);
      *out = static_cast<int16_t>(used ? table[Requantize(v)] : 0);
    }
  }
}

// --- kImport, kExport ---
//
// RAM holds the cells of the tensor one after the other from byte address a1 on, a multiple of 4:
// 16 bytes a cell (kI8, kU8), or 16 little-endian halfwords (kI16; kI15 and kU15 export only), one
// for each lane, unused lanes included. Those must be 0 (import), and are (export).
//
//   kImport   out = the tensor; no source
//   kExport   source[1].type = the tensor, clean; its handle is a2. Returns the bump pointer.

constexpr bool IsByteElement(Element e) { return e == Element::kI8 || e == Element::kU8; }

inline int16_t LaneInWords(Element element, const uint32_t* words, size_t lane) {
  if (IsByteElement(element)) {
    const auto byte = static_cast<uint8_t>(words[lane / 4] >> (8 * (lane % 4)));
    return element == Element::kU8 ? int16_t{byte} : int16_t{static_cast<int8_t>(byte)};
  }
  return static_cast<int16_t>(words[lane / 2] >> (16 * (lane % 2)));
}

inline void Import(const Descriptor& d, const uint32_t* words, int16_t* out) {
  const size_t lanes = size_t{kLanes} * Cells(d.out);
  for (size_t i = 0; i < lanes; ++i) out[i] = LaneInWords(d.out.element, words, i);
}

inline void Export(const Descriptor& d, const int16_t* x, uint32_t* words) {
  const TensorType& type = d.source[1].type;
  const size_t per_word = IsByteElement(type.element) ? 4 : 2;
  const size_t count = kLanes * size_t{Cells(type)} / per_word;
  const uint32_t mask = IsByteElement(type.element) ? 0xFF : 0xFFFF;
  for (size_t w = 0; w < count; ++w) {
    words[w] = 0;
    for (size_t j = 0; j < per_word; ++j) {
      const auto lane = static_cast<uint32_t>(x[w * per_word + j]) & mask;
      words[w] |= lane << (32 / per_word * j);
    }
  }
}

// --- kEvaluate, kUnpack ---
//
// The same cells, seen otherwise: source[0].type is how they were written, a1 their handle, which
// is returned. kEvaluate publishes out.planes planes under out.role and out.segment; kUnpack makes
// the lanes of out.planes planes readable by kGather. Otherwise out equals the type of the source.
//
// Cells do not know their place in a plane. So kEvaluate is for planes whose cells have the same
// lanes in use, which are planes from whatever cell they are taken; and not for u15, where the sum
// would be that of parts of two planes. Other results get their role when they are written.

// --- kElementwise ---
//
// Cell i of plane p of operand k (u: source 0, v: source 1) is cell batch_stride p + channel_stride
// i after its handle: stride 0 repeats a plane, or a cell.
//
//   kMul   out = T[Requantize(M u v)],   M = param[0], 1 <= M < 2^15
//   kAdd   out = T[u + v + param[1]]
//   kSub   out = T[u - v + param[1]]
//   kMax   out = T[max(u, v)]

inline int32_t CombineLanes(const Descriptor& d, const Table& table, int32_t u, int32_t v) {
  switch (static_cast<Binary>(d.mode)) {
    case Binary::kMul:
      return table[Requantize(int64_t{d.param[0]} * u * v)];
    case Binary::kAdd:
      return table[int64_t{u} + v + d.param[1]];
    case Binary::kSub:
      return table[int64_t{u} - v + d.param[1]];
    case Binary::kMax:
      return table[std::max(u, v)];
  }
  return 0;
}

inline void Elementwise(const Model& model, const Descriptor& d, const Sources& sources,
                        int16_t* out) {
  const Table table = TableAt(model, d.table);
  const uint32_t lanes = kLanes * PlaneCells(d.out);
  for (uint32_t p = 0; p < d.out.planes; ++p) {
    for (uint32_t l = 0; l < lanes; ++l, ++out) {
      const int16_t* u = PlaneOf(d.source[0], sources[0], l / kLanes, p);
      const int16_t* v = PlaneOf(d.source[1], sources[1], l / kLanes, p);
      const int32_t used =
          IsUsed(d.out, l) ? CombineLanes(d, table, u[l % kLanes], v[l % kLanes]) : 0;
      *out = static_cast<int16_t>(used);
    }
  }
}

// --- kGather ---
//
// Lane L of the result (0 <= L < 16 Cells(out), unused lanes included) has digits in the mixed
// radix n_0, n_1, ...: L = i_0 + n_0 (i_1 + n_1 (i_2 + ...)), at most kGatherDigits of them. It is
// lane
//
//   param[0] + sum_k s_k i_k
//
// after the handle of source 0, if lo_k <= i_k < hi_k for all k, and the fill value otherwise.
//
//   param[0]       offset, may be negative where no valid lane is
//   param[1]       fill value
//   param[2 + 3k]  n_k, 0: no further digits. The product of all n_k is 16 Cells(out); n_0 is 4, 8
//   or
//                  a multiple of 16, n_0 n_1 (if n_0 < 16) 8 or a multiple of 16, and so on
//   param[3 + 3k]  s_k
//   param[4 + 3k]  lo_k + 2^16 hi_k; 0: all i_k are valid
//
// If out is clean, unused lanes must come out as 0 by this rule.

inline constexpr size_t kGatherDigits = 4;
inline constexpr int64_t kGatherFill = INT64_MIN;

// Which lane after the handle of the source lane L of the result is, or kGatherFill.
inline int64_t GatherIndex(const Descriptor& d, uint64_t lane) {
  int64_t index = d.param[0];
  for (size_t k = 0; k < kGatherDigits && d.param[2 + 3 * k] > 0; ++k) {
    const auto extent = static_cast<uint64_t>(d.param[2 + 3 * k]);
    const auto digit = static_cast<int64_t>(lane % extent);
    lane /= extent;
    const auto valid = static_cast<uint32_t>(d.param[4 + 3 * k]);
    if (valid != 0 && (digit < (valid & 0xFFFF) || digit >= valid >> 16)) return kGatherFill;
    index += digit * d.param[3 + 3 * k];
  }
  return index;
}

inline void Gather(const Descriptor& d, const int16_t* x, int16_t* out) {
  const size_t lanes = size_t{kLanes} * Cells(d.out);
  for (size_t i = 0; i < lanes; ++i) {
    const int64_t index = GatherIndex(d, i);
    out[i] = index == kGatherFill ? static_cast<int16_t>(d.param[1]) : x[index];
  }
}

// --- kSoftmax ---
//
// Source 0 and result: planes of `width` <= 2^15 lanes, one after the other. Scores s are in units
// of 2^-9 nat, their type spans at most 2^15; results are kU15 in units of 2^-15.
//
//   mode 0     n = width
//   mode 1     n = 1 + param[0] + (p mod param[1]) <= width, for plane p (causal; planes of several
//              heads follow each other with period param[1]; 0: no period)
//
//   m = max_{j<n} s_j          e_j = EXP[m - s_j]        S = sum_{j<n} e_j
//   S = mu 2^t + rest,  2^14 <= mu < 2^15,  0 <= rest < 2^t
//   Ls = LOG[mu] + LN2[t]      p_j = EXP[m - s_j + Ls] for j < n, 0 beyond

struct SoftmaxScalars {
  uint32_t lanes = 0;  // n
  int32_t max = 0;
  uint32_t sum = 0;                            // S < 2^31
  uint32_t shift = 0, mantissa = 0, rest = 0;  // t, mu
  int32_t log_sum = 0;                         // Ls, 0 <= Ls < 2^13
};

constexpr uint32_t SoftmaxLanes(const Descriptor& d, uint32_t plane) {
  if (d.mode == 0) return d.out.width;
  const auto period = static_cast<uint32_t>(d.param[1]);
  return 1 + static_cast<uint32_t>(d.param[0]) + (period != 0 ? plane % period : plane);
}

inline SoftmaxScalars MeasureScores(const int16_t* scores, uint32_t n) {
  SoftmaxScalars s{.lanes = n, .max = *std::max_element(scores, scores + n)};
  for (uint32_t j = 0; j < n; ++j) s.sum += ExpTable()[static_cast<size_t>(s.max - scores[j])];
  s.shift = static_cast<uint32_t>(std::bit_width(s.sum)) - 15;
  s.mantissa = s.sum >> s.shift;
  s.rest = s.sum - (s.mantissa << s.shift);
  s.log_sum = LogTable()[s.mantissa - kMantissa] + static_cast<int32_t>(Ln2(s.shift));
  return s;
}

inline void Softmax(const Descriptor& d, const int16_t* x, int16_t* out) {
  const uint32_t lanes = kLanes * PlaneCells(d.out);
  for (uint32_t p = 0; p < d.out.planes; ++p, x += lanes, out += lanes) {
    const SoftmaxScalars s = MeasureScores(x, SoftmaxLanes(d, p));
    for (uint32_t j = 0; j < lanes; ++j) {
      const int32_t p_j =
          j < s.lanes ? ExpTable()[static_cast<size_t>(s.max - x[j] + s.log_sum)] : 0;
      out[j] = static_cast<int16_t>(p_j);
    }
  }
}

// --- kNorm ---
//
// Source 0 and result: planes of D = width < 2^14 lanes, one after the other; D is a multiple of 16
// and the source has |x| <= 2^14.
//
//   mean    mode 0: the integer mu with 0 <= D mu - sum x + D/2 < D; mode 1 (RMS): 0
//   u_l     x_l - mu, |u_l| <= 32767
//   v       sum u_l^2 + epsilon, epsilon = param[0] from 1 to 2^28 - 1 (D times the usual one)
//   T       floor(log2 v) - 14, from -14 to 27;  m = floor(v / 2^T), 2^14 <= m < 2^15
//   f       RSQRT[m, T mod 2], which is 2^22 / sqrt(m 2^(T mod 2)), nearly
//   r       f 2^s rounded to nearest, ties up, with s = k - 22 - floor(T / 2), k = param[1]:
//           2^k / sqrt(v)
//   out_l   T[Requantize(u_l r)], where the argument is nearly 2^(k - 14) u_l / sqrt(v)
//
// 20 <= k <= 28. v < 2^42, so s >= -15. |u_l r| <= 2^k (1 + 2^-14) + 2^14, so the table covers
// |y| <= 2^(k - 14) + 3.

inline constexpr int kMinNormScale = 20, kMaxNormScale = 28;

struct NormScalars {
  int32_t mean = 0;
  int64_t sum = 0;       // of x
  uint64_t squares = 0;  // v
  int shift = 0;         // T
  uint32_t mantissa = 0;
  uint32_t reciprocal = 0;  // f
  int scale = 0;            // s
  uint32_t factor = 0;      // r <= 2^28
};

inline NormScalars MeasurePlane(const Descriptor& d, const int16_t* x) {
  NormScalars s;
  const int64_t width = d.out.width;
  for (int64_t l = 0; l < width; ++l) s.sum += x[l];
  if (d.mode == 0) {
    // The quotient, rounded down.
    const int64_t a = s.sum + width / 2 - 1;
    s.mean = static_cast<int32_t>(a / width - (a % width < 0 ? 1 : 0));  // NOLINT: width > 0
  }
  s.squares = static_cast<uint64_t>(d.param[0]);
  for (int64_t l = 0; l < width; ++l) {
    const int64_t u = x[l] - s.mean;
    s.squares += static_cast<uint64_t>(u * u);
  }
  s.shift = static_cast<int>(std::bit_width(s.squares)) - 15;
  s.mantissa = static_cast<uint32_t>(s.shift >= 0 ? s.squares >> s.shift : s.squares << -s.shift);
  const uint32_t parity = s.shift & 1;
  s.reciprocal = RsqrtTable()[s.mantissa - kMantissa + kMantissa * parity];
  s.scale = d.param[1] - 22 - (s.shift >> 1);
  s.factor =
      s.scale >= 0 ? s.reciprocal << s.scale : (s.reciprocal + (1U << (-s.scale - 1))) >> -s.scale;
  return s;
}

inline void Norm(const Model& model, const Descriptor& d, const int16_t* x, int16_t* out) {
  const Table table = TableAt(model, d.table);
  for (uint32_t p = 0; p < d.out.planes; ++p, x += d.out.width, out += d.out.width) {
    const NormScalars s = MeasurePlane(d, x);
    for (uint32_t l = 0; l < d.out.width; ++l) {
      const int64_t product = int64_t{x[l] - s.mean} * s.factor;
      out[l] = static_cast<int16_t>(table[Requantize(product)]);
    }
  }
}

// --- kOneHot ---
//
// RAM holds out.planes words from byte address a1 on, a multiple of 4, each below out.width: the
// index of the lane that is 1. The result exists only for linear operations (role kX).

inline void OneHot(const Descriptor& d, const uint32_t* words, int16_t* out) {
  for (uint32_t p = 0; p < d.out.planes; ++p, out += kLanes) {
    std::fill_n(out, kLanes, int16_t{0});
    out[0] = static_cast<int16_t>(words[p]);
  }
}

// --- kArgmax ---
//
// The least index of the largest of the first `width` lanes of the plane of source 0 whose handle
// is a1. Returned in a0.

inline uint32_t Argmax(const Descriptor& d, const int16_t* x) {
  return static_cast<uint32_t>(std::max_element(x, x + d.source[0].type.width) - x);
}

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_SEMANTICS_H_
