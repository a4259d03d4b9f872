#include "precompiles/tensor/linear_kernels.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

// Sums are int32: CheckModel bounds every partial sum of an output, in whatever order, by 2^29.

namespace zkvm::tensor {
namespace {

// Rows of either factor in one step of a product, and what their length is padded to.
constexpr size_t kTile = 4;
constexpr size_t kPad = 32;
// Rows of the second factor that one task packs.
constexpr size_t kBlock = 64;
// Up to so many tokens are multiplied without packing.
constexpr uint32_t kFewTokens = 2;

constexpr size_t RoundUp(size_t n, size_t step) { return (n + step - 1) / step * step; }

template <class Function>
void ParallelBlocks(size_t count, size_t block, const Function& run) {
  tbb::parallel_for(tbb::blocked_range<size_t>(0, (count + block - 1) / block, 1),
                    [&](const tbb::blocked_range<size_t>& range) {
                      for (size_t i = range.begin(); i < range.end(); ++i) {
                        run(i * block, std::min(count, (i + 1) * block));
                      }
                    });
}

// Vectors of one length, padded with zeros; the number of rows is a multiple of kTile.
class Rows {
 public:
  Rows(size_t rows, size_t length)
      : stride_(RoundUp(length, kPad)), lanes_(RoundUp(rows, kTile) * stride_) {}

  int16_t* operator[](size_t row) { return lanes_.data() + row * stride_; }
  const int16_t* operator[](size_t row) const { return lanes_.data() + row * stride_; }
  size_t stride() const { return stride_; }

 private:
  size_t stride_;
  std::vector<int16_t> lanes_;
};

using Tile = int32_t[kTile][kTile];

// tile[i][j] = the product of rows i of a and j of b. The compiler makes vectors of it.
void MultiplyTile(const int16_t* a, const int16_t* b, size_t stride, Tile& tile) {
  int32_t sums[kTile][kTile] = {};
  for (size_t k = 0; k < stride / kPad * kPad; ++k) {
    for (size_t i = 0; i < kTile; ++i) {
      for (size_t j = 0; j < kTile; ++j) {
        sums[i][j] += int32_t{a[i * stride + k]} * b[j * stride + k];
      }
    }
  }
  for (size_t i = 0; i < kTile; ++i) std::copy_n(sums[i], kTile, tile[i]);
}

// add(i, j, product of rows i of a and j of b) for i < a_rows, j < b_rows.
template <class Add>
void Multiply(const Rows& a, size_t a_rows, const Rows& b, size_t b_rows, const Add& add) {
  Tile tile;
  for (size_t i = 0; i < a_rows; i += kTile) {
    for (size_t j = 0; j < b_rows; j += kTile) {
      MultiplyTile(a[i], b[j], a.stride(), tile);
      for (size_t r = 0; r < std::min(kTile, a_rows - i); ++r) {
        for (size_t s = 0; s < std::min(kTile, b_rows - j); ++s) add(i + r, j + s, tile[r][s]);
      }
    }
  }
}

// The planes of a call, in lanes.
struct Call {
  const Model& model;
  const Descriptor& d;
  const Sources& sources;
  int32_t* values;
  size_t plane_lanes = size_t{kLanes} * PlaneCells(d.out);

  int32_t* Plane(size_t p) const { return values + p * plane_lanes; }
  const int16_t* SourcePlane(size_t g, uint32_t c, uint32_t b) const {
    return PlaneOf(d.source[g], sources[g], c, b);
  }
  int32_t Multiplier(size_t g) const { return static_cast<int32_t>(d.group[g].multiplier); }
};

// --- Sequences ---

// values[b][o] += M sum_l x_b[l] w[l][o], for all tokens; w has `outputs` lanes every `stride`.
void AddRowMajor(const Call& call, size_t g, uint32_t c, const int16_t* w, size_t stride) {
  const uint32_t lanes = Lanes(call.d.source[g].type), tokens = call.d.out.planes;
  const size_t outputs = call.d.out.width;
  const int32_t m = call.Multiplier(g);
  if (tokens <= kFewTokens) {
    ParallelBlocks(outputs, 4 * kBlock, [&](size_t begin, size_t end) {
      int32_t sums[4 * kBlock];
      for (uint32_t b = 0; b < tokens; ++b) {
        const int16_t* x = call.SourcePlane(g, c, b);
        std::fill_n(sums, end - begin, 0);
        for (size_t l = 0; l < lanes; ++l) {
          if (x[l] == 0) continue;
          for (size_t o = begin; o < end; ++o) sums[o - begin] += int32_t{x[l]} * w[l * stride + o];
        }
        for (size_t o = begin; o < end; ++o) call.Plane(b)[o] += m * sums[o - begin];
      }
    });
    return;
  }
  Rows x(tokens, lanes);
  for (uint32_t b = 0; b < tokens; ++b) std::copy_n(call.SourcePlane(g, c, b), lanes, x[b]);
  ParallelBlocks(outputs, kBlock, [&](size_t begin, size_t end) {
    Rows transposed(end - begin, lanes);
    for (size_t l = 0; l < lanes; ++l) {
      for (size_t o = begin; o < end; ++o) transposed[o - begin][l] = w[l * stride + o];
    }
    Multiply(x, tokens, transposed, end - begin,
             [&](size_t b, size_t o, int32_t product) { call.Plane(b)[begin + o] += m * product; });
  });
}

void AddOneHot(const Call& call, size_t g, uint32_t c, const int16_t* w) {
  const size_t outputs = call.d.out.width;
  for (uint32_t b = 0; b < call.d.out.planes; ++b) {
    const int16_t* row = w + OneHotIndex(call.SourcePlane(g, c, b)) * outputs;
    for (size_t o = 0; o < outputs; ++o) call.Plane(b)[o] += call.Multiplier(g) * row[o];
  }
}

// values[b][o] += M sum_l x_b[l] y_o[l].
void AddOperandK(const Call& call, size_t k) {
  const uint32_t lanes = Lanes(call.d.source[0].type), tokens = call.d.out.planes;
  Rows x(tokens, lanes);
  for (uint32_t b = 0; b < tokens; ++b) std::copy_n(call.SourcePlane(0, 0, b), lanes, x[b]);
  ParallelBlocks(call.d.out.width, kBlock, [&](size_t begin, size_t end) {
    Rows y(end - begin, lanes);
    for (size_t o = begin; o < end; ++o) {
      std::copy_n(call.SourcePlane(k, static_cast<uint32_t>(o), 0), lanes, y[o - begin]);
    }
    Multiply(x, tokens, y, end - begin, [&](size_t b, size_t o, int32_t product) {
      call.Plane(b)[begin + o] += call.Multiplier(0) * product;
    });
  });
}

// values[b][o] += M sum_i x_b[i] w[o][i] over the pixels i of all channels.
void AddFlattened(const Call& call, size_t g) {
  const Source& s = call.d.source[g];
  const uint32_t tokens = call.d.out.planes, pitch = Pitch(s.type.width);
  const size_t width = s.type.width, pixels = s.type.height * width;
  const size_t size = s.channels * pixels;
  const int16_t* weights = GroupWeights(call.model, call.d, g).data();
  Rows x(tokens, size);
  for (uint32_t b = 0; b < tokens; ++b) {
    for (uint32_t c = 0; c < s.channels; ++c) {
      for (size_t y = 0; y < s.type.height; ++y) {
        std::copy_n(call.SourcePlane(g, c, b) + y * pitch, width, x[b] + c * pixels + y * width);
      }
    }
  }
  ParallelBlocks(call.d.out.width, kBlock, [&](size_t begin, size_t end) {
    Rows kernels(end - begin, size);
    for (size_t o = begin; o < end; ++o) {
      std::copy_n(weights + o * size, size, kernels[o - begin]);
    }
    Multiply(x, tokens, kernels, end - begin, [&](size_t b, size_t o, int32_t product) {
      call.Plane(b)[begin + o] += call.Multiplier(g) * product;
    });
  });
}

void AddSequenceWeights(const Call& call, size_t g) {
  const Descriptor& d = call.d;
  const Source& s = d.source[g];
  if (s.type.kind == Kind::kImage) return AddFlattened(call, g);
  if (d.group[g].weights == kNoData) {
    const size_t k = d.source[1].use == Use::kOperandK || d.source[1].use == Use::kOperandV ? 1 : 2;
    if (d.source[k].use == Use::kOperandK) return AddOperandK(call, k);
    return AddRowMajor(call, g, 0, call.sources[k], size_t{kLanes} * d.source[k].channel_stride);
  }
  const size_t size = size_t{Lanes(s.type)} * d.out.width;
  const int16_t* weights = GroupWeights(call.model, d, g).data();
  for (uint32_t c = 0; c < s.channels; ++c) {
    if (s.type.element == Element::kOneHot) {
      AddOneHot(call, g, c, weights + c * size);
    } else {
      AddRowMajor(call, g, c, weights + c * size, d.out.width);
    }
  }
}

// --- Images ---

// Where the window of output coordinate `at` begins in the input.
int32_t WindowStart(const Descriptor& d, uint32_t at, uint32_t pad) {
  return static_cast<int32_t>(d.stride * at) - static_cast<int32_t>(pad);
}

// rows[p - begin][(c kernel_h + r) kernel_w + s] = what tap r, s of the window of output pixel p
// reads of plane c.
void PackWindows(const Call& call, size_t g, size_t begin, size_t end, Rows& rows) {
  const Source& s = call.d.source[g];
  const Group& group = call.d.group[g];
  const uint32_t width = call.d.out.width, pitch = Pitch(s.type.width);
  int32_t top[kBlock], left[kBlock];
  for (size_t p = begin; p < end; ++p) {
    const auto pixel = static_cast<uint32_t>(p);
    top[p - begin] = WindowStart(call.d, pixel / width, group.pad_top);
    left[p - begin] = WindowStart(call.d, pixel % width, group.pad_left);
  }
  size_t k = 0;
  for (uint32_t c = 0; c < s.channels; ++c) {
    const int16_t* plane = call.SourcePlane(g, c, 0);
    for (int32_t r = 0; r < group.kernel_h; ++r) {
      for (int32_t t = 0; t < group.kernel_w; ++t, ++k) {
        for (size_t p = 0; p < end - begin; ++p) {
          const int32_t y = top[p] + group.dilation * r, x = left[p] + group.dilation * t;
          const bool inside = y >= 0 && y < s.type.height && x >= 0 && x < s.type.width;
          rows[p][k] =
              inside ? plane[static_cast<size_t>(y) * pitch + static_cast<size_t>(x)] : int16_t{0};
        }
      }
    }
  }
}

void AddConvolution(const Call& call, size_t g) {
  const TensorType& out = call.d.out;
  const auto weights = GroupWeights(call.model, call.d, g);
  const size_t taps = weights.size() / out.planes;
  const int32_t m = call.Multiplier(g);
  Rows kernels(out.planes, taps);
  for (size_t o = 0; o < out.planes; ++o) {
    std::copy_n(weights.begin() + static_cast<ptrdiff_t>(o * taps), taps, kernels[o]);
  }
  const size_t width = out.width, pitch = Pitch(out.width);
  ParallelBlocks(out.height * width, kBlock, [&](size_t begin, size_t end) {
    Rows windows(end - begin, taps);
    PackWindows(call, g, begin, end, windows);
    Multiply(kernels, out.planes, windows, end - begin, [&](size_t o, size_t p, int32_t product) {
      call.Plane(o)[(begin + p) / width * pitch + (begin + p) % width] += m * product;
    });
  });
}

// Outputs [begin, end) of an axis whose input index start + stride * output is inside.
struct Inside {
  int64_t begin, end;
};
Inside InsideOf(int64_t start, int64_t stride, int64_t outputs, int64_t inputs) {
  const int64_t begin = start >= 0 ? 0 : (-start + stride - 1) / stride;
  const int64_t end = start >= inputs ? 0 : (inputs - start + stride - 1) / stride;
  return {std::min(begin, outputs), std::clamp<int64_t>(end, 0, outputs)};
}

void AddDepthwise(const Call& call, size_t g) {
  const TensorType &out = call.d.out, &in = call.d.source[g].type;
  const Group& group = call.d.group[g];
  const auto weights = GroupWeights(call.model, call.d, g);
  const int64_t stride = call.d.stride;
  const size_t pitch = Pitch(in.width), out_pitch = Pitch(out.width);
  ParallelBlocks(out.planes, 1, [&](size_t o, size_t) {
    const int16_t* plane = call.SourcePlane(g, static_cast<uint32_t>(o), 0);
    int32_t* to = call.Plane(o);
    const int16_t* w = weights.data() + o * group.kernel_h * group.kernel_w;
    for (int64_t r = 0; r < group.kernel_h; ++r) {
      const int64_t top = group.dilation * r - group.pad_top;
      const Inside rows = InsideOf(top, stride, out.height, in.height);
      for (int64_t t = 0; t < group.kernel_w; ++t, ++w) {
        const int64_t left = group.dilation * t - group.pad_left;
        const Inside columns = InsideOf(left, stride, out.width, in.width);
        const int32_t factor = call.Multiplier(g) * *w;
        for (int64_t y = rows.begin; y < rows.end; ++y) {
          const int16_t* from = plane + static_cast<size_t>(stride * y + top) * pitch;
          int32_t* row = to + static_cast<size_t>(y) * out_pitch;
          for (int64_t x = columns.begin; x < columns.end; ++x) {
            row[x] += factor * from[stride * x + left];
          }
        }
      }
    }
  });
}

// --- Both ---

void AddResidual(const Call& call, size_t g) {
  const bool image = call.d.out.kind == Kind::kImage;
  ParallelBlocks(call.d.out.planes, 1, [&](size_t p, size_t) {
    const auto plane = static_cast<uint32_t>(p);
    const int16_t* x = image ? call.SourcePlane(g, plane, 0) : call.SourcePlane(g, 0, plane);
    int32_t* to = call.Plane(p);
    // Unused lanes are 0.
    for (size_t l = 0; l < call.plane_lanes; ++l) to[l] += call.Multiplier(g) * x[l];
  });
}

// values = bias, out = T[...] of the final values: on used lanes only.
void StartValues(const Call& call) {
  const Descriptor& d = call.d;
  std::fill_n(call.values, d.out.planes * call.plane_lanes, 0);
  if (d.bias == kNoData) return;
  const auto bias = Bias(call.model, d);
  for (size_t p = 0; p < d.out.planes; ++p) {
    for (uint32_t l = 0; l < call.plane_lanes; ++l) {
      if (!IsUsed(d.out, l)) continue;
      call.Plane(p)[l] = d.out.kind == Kind::kImage ? bias[p] : bias[l];
    }
  }
}

void Finish(const Call& call, int16_t* out) {
  const Table table = TableAt(call.model, call.d.table);
  std::vector<uint8_t> used(call.plane_lanes);
  for (uint32_t l = 0; l < used.size(); ++l) used[l] = IsUsed(call.d.out, l);
  ParallelBlocks(call.d.out.planes, 1, [&](size_t p, size_t) {
    const int32_t* v = call.Plane(p);
    int16_t* to = out + p * call.plane_lanes;
    for (size_t l = 0; l < call.plane_lanes; ++l) {
      to[l] = static_cast<int16_t>(used[l] != 0 ? table[Requantize(v[l])] : 0);
    }
  });
}

}  // namespace

void RunLinear(const Model& model, const Descriptor& d, const Sources& sources, int16_t* out,
               int32_t* values) {
  const Call call{model, d, sources, values};
  StartValues(call);
  for (size_t g = 0; g < kMaxSources; ++g) {
    if (d.source[g].use == Use::kResidual) {
      AddResidual(call, g);
    } else if (d.source[g].use == Use::kWeights) {
      if (d.out.kind == Kind::kSequence) {
        AddSequenceWeights(call, g);
      } else if (d.group[g].depthwise != 0) {
        AddDepthwise(call, g);
      } else {
        AddConvolution(call, g);
      }
    }
  }
  Finish(call, out);
}

}  // namespace zkvm::tensor
