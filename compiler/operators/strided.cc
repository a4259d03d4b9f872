#include "compiler/operators/strided.h"

#include <functional>
#include <vector>

namespace zkvm::compiler {
namespace {

// Extents with the strides of each side, outermost first: without extents of 1, and with
// neighbours merged where all sides have them in one run.
struct Dimension {
  int64_t extent;
  std::vector<int64_t> strides;
};

std::vector<Dimension> Merge(const Shape& shape, const std::vector<const Shape*>& strides) {
  std::vector<Dimension> merged;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    Dimension next{shape[i], {}};
    for (const Shape* s : strides) next.strides.push_back((*s)[i]);
    if (!merged.empty()) {
      Dimension& last = merged.back();
      bool run = true;
      for (size_t s = 0; s < strides.size(); ++s) {
        run = run && last.strides[s] == next.strides[s] * next.extent;
      }
      if (run) {
        last.extent *= next.extent;
        last.strides = next.strides;
        continue;
      }
    }
    merged.push_back(next);
  }
  return merged;
}

bool Empty(const Shape& shape) {
  for (const int64_t extent : shape) {
    if (extent == 0) return true;
  }
  return false;
}

Scalar Step(Scalar base, Scalar i, int64_t stride) {
  if (stride == 0) return base;
  return base + i * static_cast<double>(stride);
}

void CopyDimensions(Emitter& e, const std::vector<Dimension>& dims, size_t d, const Array& from,
                    Scalar from_base, const Array& to, Scalar to_base) {
  if (d == dims.size()) {
    e.Store(to, to_base, e.Load(from, from_base));
    return;
  }
  const Dimension& dim = dims[d];
  if (d + 1 == dims.size() && dim.strides[0] == 1 && dim.strides[1] == 1) {
    e.CopyRange(from, from_base, to, to_base, e.Int(dim.extent));
    return;
  }
  e.For(dim.extent, [&](Scalar i) {
    CopyDimensions(e, dims, d + 1, from, Step(from_base, i, dim.strides[0]), to,
                   Step(to_base, i, dim.strides[1]));
  });
}

void FillDimensions(Emitter& e, const std::vector<Dimension>& dims, size_t d, const Array& to,
                    Scalar base, Scalar value) {
  if (d == dims.size()) {
    e.Store(to, base, value);
    return;
  }
  e.For(dims[d].extent, [&](Scalar i) {
    FillDimensions(e, dims, d + 1, to, Step(base, i, dims[d].strides[0]), value);
  });
}

}  // namespace

Strided Whole(Emitter& e, const Array& array) { return {array, e.Int(0), Strides(array.shape())}; }

Array Raw(const Array& array) {
  DType type = DType::kUint8;
  if (ByteSize(array.dtype()) == 2) type = DType::kUint16;
  if (ByteSize(array.dtype()) == 4) type = DType::kUint32;
  if (ByteSize(array.dtype()) == 8) type = DType::kUint64;
  return Array(array.data(), {type, array.shape()});
}

void CopyBox(Emitter& e, const Shape& shape, const Strided& from, const Strided& to) {
  if (Empty(shape)) return;
  CopyDimensions(e, Merge(shape, {&from.strides, &to.strides}), 0, Raw(from.array), from.base,
                 Raw(to.array), to.base);
}

void FillBox(Emitter& e, const Shape& shape, const Strided& to, Scalar value) {
  if (Empty(shape)) return;
  FillDimensions(e, Merge(shape, {&to.strides}), 0, to.array, to.base, value);
}

int64_t Product(const Shape& shape, int64_t begin, int64_t end) {
  int64_t product = 1;
  for (int64_t i = begin; i < end; ++i) product *= shape[static_cast<size_t>(i)];
  return product;
}

Scalar CheckedIndex(Emitter& e, Scalar index, int64_t extent) {
  const double n = static_cast<double>(extent);
  const Scalar from_start = Select(index < 0, index + n, index);
  e.Check((from_start >= 0) & (from_start < n), "index out of range");
  return Cast(from_start, DType::kInt32);
}

}  // namespace zkvm::compiler
