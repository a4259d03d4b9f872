// The conditions of key generation. A descriptor that passes has a satisfying trace for every input
// of its types, and the only one is what semantics.h says: no value ever leaves the interval in
// which a field element stands for one integer.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "precompiles/tensor/model.h"
#include "precompiles/tensor/names.h"
#include "precompiles/tensor/semantics.h"

namespace zkvm::tensor {
namespace {

// |v| + 2^13 stays below this, so y 2^14 + rem stands for one integer of either sign.
constexpr int64_t kMaxValue = int64_t{1} << 29;
constexpr uint32_t kMaxTable = 1 << 17;
constexpr uint32_t kMaxSoftmaxWidth = 1 << 15;  // sums of exponentials are below 2^30
// Tables lie in [-kTableEnd, kTableEnd).
constexpr int64_t kTableEnd = 1 << 16;

// Thrown, and caught by CheckModel.
struct Refusal {
  std::string why;
};

void Require(bool condition, const char* why) {
  if (!condition) throw Refusal{why};
}

std::string Text(const Range& r) {
  return "[" + std::to_string(r.low) + ", " + std::to_string(r.high) + "]";
}

Range operator+(const Range& a, const Range& b) { return {a.low + b.low, a.high + b.high}; }
Range operator*(int64_t factor, const Range& r) {  // factor >= 0
  return {factor * r.low, factor * r.high};
}
Range Product(const Range& a, const Range& b) {
  const auto [low, high] =
      std::minmax({a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high});
  return {low, high};
}
Range Union(const Range& a, const Range& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}
Range WithZero(const Range& r) { return Union(r, {0, 0}); }
Range Intersection(const Range& a, const Range& b) {
  return {std::max(a.low, b.low), std::min(a.high, b.high)};
}

// The range of sum x w for weights with the given sums, x in `element`, which contains 0.
Range WeightedRange(const Range& element, int64_t positive, int64_t negative) {
  return {positive * element.low + negative * element.high,
          positive * element.high + negative * element.low};
}

// The ranges of sum_l x_l w_lo for all outputs o, where x is a plane of `type`.
class PlaneRanges {
 public:
  PlaneRanges(const TensorType& type, size_t outputs)
      : type_(type),
        ranges_(outputs),
        positive_(outputs),
        negative_(outputs),
        least_(outputs),
        greatest_(outputs) {}

  // `weights`: Lanes(type) x outputs. Adds the ranges of a further plane.
  void Add(std::span<const int16_t> weights) {
    const size_t outputs = ranges_.size();
    std::ranges::fill(positive_, 0);
    std::ranges::fill(negative_, 0);
    std::copy_n(weights.begin(), outputs, least_.begin());
    std::copy_n(weights.begin(), outputs, greatest_.begin());
    for (size_t i = 0; i < weights.size(); i += outputs) {
      for (size_t o = 0; o < outputs; ++o) {
        const int16_t w = weights[i + o];
        positive_[o] += std::max<int16_t>(w, 0);
        negative_[o] += std::min<int16_t>(w, 0);
        least_[o] = std::min(least_[o], w);
        greatest_[o] = std::max(greatest_[o], w);
      }
    }
    for (size_t o = 0; o < outputs; ++o) ranges_[o] = ranges_[o] + Plane(o);
  }

  const std::vector<Range>& ranges() const { return ranges_; }

 private:
  // What the element says, and what the sum of the lanes says.
  Range Plane(size_t o) const {
    const Range weights{least_[o], greatest_[o]};
    if (type_.element == Element::kOneHot) return weights;
    const Range range = WeightedRange(WithZero(RangeOf(type_.element)), positive_[o], negative_[o]);
    if (type_.element != Element::kU15) return range;
    return Intersection(range, MaxProbabilitySum(type_.width) * WithZero(weights));
  }

  const TensorType& type_;
  std::vector<Range> ranges_;
  std::vector<int64_t> positive_, negative_;
  std::vector<int16_t> least_, greatest_;
};

class DescriptorCheck {
 public:
  DescriptorCheck(const Model& model, const Descriptor& d) : model_(model), d_(d) {}

  void Run() const {
    if (WritesTensor(d_) || IsInPlace(d_)) {
      CheckType(d_.out, "the result");
      Require(d_.out.planes >= 1, "the result has no planes");
      Require(CellCount(d_.out) <= kMaxCells, "the result has more cells than the tensor space");
    }
    switch (d_.op) {
      case Op::kLinear:
        return Linear();
      case Op::kImport:
        return Import();
      case Op::kExport:
        return Export();
      case Op::kEvaluate:
      case Op::kUnpack:
        return InPlace();
      case Op::kElementwise:
        return Elementwise();
      case Op::kGather:
        return Gather();
      case Op::kSoftmax:
        return Softmax();
      case Op::kNorm:
        return Norm();
      case Op::kOneHot:
        return OneHot();
      case Op::kArgmax:
        Require(d_.source[0].type.kind == Kind::kSequence, "the source is a sequence");
        return CellSource(0, "the source");
    }
  }

 private:
  bool IsImage() const { return d_.out.kind == Kind::kImage; }

  static uint64_t CellCount(const TensorType& t) { return uint64_t{t.planes} * PlaneCells(t); }

  static void CheckType(const TensorType& t, const std::string& what) {
    const auto require = [&](bool condition, const char* why) {
      if (!condition) throw Refusal{what + ", " + NameOf(t) + ": " + why};
    };
    require(t.kind == Kind::kSequence || t.kind == Kind::kImage, "no such kind of tensor");
    require(t.element >= Element::kI8 && t.element <= Element::kOneHot, "no such element");
    require(t.role <= Role::kV, "no such role");
    require(t.clean <= 1 && t.reserved == 0, "clean is 0 or 1, reserved is 0");
    require(t.height >= 1 && t.width >= 1, "no lanes");
    require(t.role == Role::kNone || t.clean == 1, "a tensor with a role is clean");
    if (t.kind == Kind::kSequence) {
      require(t.height == 1, "the height of a sequence is 1");
      require(t.segment % kLanes == 0 && (t.segment == 0 || t.width % t.segment == 0),
              "a segment is a multiple of 16 and divides the width");
    } else {
      require(t.segment == 0, "an image has no segments");
      require(t.role <= Role::kX, "an image has the role X");
    }
    if (t.element == Element::kOneHot) {
      require(t.kind == Kind::kSequence && t.role == Role::kX && t.segment == 0,
              "one-hot planes are whole rows of a sequence in the role X");
    }
    require(t.element != Element::kU15 || (t.kind == Kind::kSequence && t.segment == 0),
            "u15 is the softmax of whole rows of a sequence");
  }

  // Of a result: probabilities come from softmax, one-hot planes from kOneHot.
  void PlainResult() const {
    Require(d_.out.element != Element::kU15,
            "only softmax makes u15, whose planes have a bounded sum");
    Require(d_.out.element != Element::kOneHot, "only kOneHot makes one-hot planes");
  }
  void CleanResult() const {
    Require(d_.out.clean == 1, "the result is clean, and says otherwise");
  }

  // A source that is read cell by cell.
  void CellSource(size_t k, const std::string& what) const {
    CheckType(d_.source[k].type, what);
    if (d_.source[k].type.element == Element::kOneHot) {
      throw Refusal{what + ": one-hot planes have no lanes to read"};
    }
  }

  // Sources and result are planes one after the other, of one shape.
  void SameShape(const TensorType& t) const {
    if (t.kind != d_.out.kind || t.height != d_.out.height || t.width != d_.out.width) {
      throw Refusal{"source and result differ in shape: " + NameOf(t) + ", " + NameOf(d_.out)};
    }
  }

  void Extent(size_t k) const {
    if (SourceExtent(d_, k) > kMaxCells) {
      throw Refusal{"source " + std::to_string(k) + " reaches over " +
                    std::to_string(SourceExtent(d_, k)) + " cells, more than the tensor space"};
    }
  }

  Table CheckedTable() const {
    Require(d_.table != kNoData, "needs a table");
    const uint64_t size = model_.data.size();
    if (d_.table % 4 != 0 || d_.table + sizeof(TableHeader) > size) {
      throw Refusal{"the table at " + std::to_string(d_.table) +
                    " is misaligned or outside the data (" + std::to_string(size) + " bytes)"};
    }
    const Table table = TableAt(model_, d_.table);
    const uint64_t count = table.entries.size();
    if (count < 1 || count > kMaxTable ||
        d_.table + sizeof(TableHeader) + count * sizeof(int16_t) > size) {
      throw Refusal{"the table at " + std::to_string(d_.table) + " has " + std::to_string(count) +
                    " entries: none, more than 2^17, or more than the data holds"};
    }
    Require(table.first >= -kTableEnd && table.first + static_cast<int64_t>(count) <= kTableEnd,
            "the table reaches beyond [-2^16, 2^16)");
    return table;
  }

  // The table answers every y of the interval, with elements of the result.
  void CheckTableRange(const Table& table, const Range& y, const std::string& where) const {
    if (!table.Covers(y.low, y.high)) {
      const Range covered{table.first,
                          table.first + static_cast<int64_t>(table.entries.size()) - 1};
      throw Refusal{where + "the table is read in " + Text(y) + " and covers " + Text(covered)};
    }
    const auto begin = table.entries.begin() + (y.low - table.first);
    const auto [low, high] = std::minmax_element(begin, begin + (y.high - y.low + 1));
    const Range values{*low, *high};
    if (!RangeOf(d_.out.element).Contains(values)) {
      throw Refusal{where + "the table gives values in " + Text(values) +
                    ", beyond the element of the result, " + NameOf(d_.out.element) + " " +
                    Text(RangeOf(d_.out.element))};
    }
  }

  template <class T>
  void CheckData(uint32_t offset, uint64_t count, const std::string& what) const {
    if (offset % sizeof(T) != 0 || offset + count * sizeof(T) > model_.data.size()) {
      throw Refusal{what + " (" + std::to_string(count) + " values at " + std::to_string(offset) +
                    ") are misaligned or outside the data (" + std::to_string(model_.data.size()) +
                    " bytes)"};
    }
  }

  // --- Linear ---

  uint32_t Outputs() const { return IsImage() ? d_.out.planes : d_.out.width; }

  std::optional<size_t> KernelSource() const {
    std::optional<size_t> found;
    for (size_t k = 0; k < kMaxSources; ++k) {
      if (d_.source[k].use != Use::kOperandK && d_.source[k].use != Use::kOperandV) continue;
      Require(!found, "two sources are kernel operands");
      Require(k != 0, "a kernel operand cannot be source 0, which it multiplies");
      found = k;
    }
    return found;
  }

  void Linear() const {
    PlainResult();
    CleanResult();
    Require(d_.stride == 1 || (IsImage() && d_.stride == 2), "the stride is 1, or 2 for images");
    const std::optional<size_t> kernel = KernelSource();
    bool any = false;
    for (size_t k = 0; k < kMaxSources; ++k) {
      const Source& s = d_.source[k];
      if (s.use == Use::kNone) continue;
      any = true;
      const std::string what = "source " + std::to_string(k);
      Require(s.use <= Use::kOperandV, "no such use of a source");
      CheckType(s.type, what);
      const Role role = s.use == Use::kOperandK   ? Role::kK
                        : s.use == Use::kOperandV ? Role::kV
                                                  : Role::kX;
      if (s.type.role != role) {
        throw Refusal{what + " has the role " + NameOf(s.type.role) + ", used here is " +
                      NameOf(role)};
      }
      const bool flatten = s.type.kind == Kind::kImage && s.use == Use::kWeights;
      if (s.type.kind != d_.out.kind && !flatten) {
        throw Refusal{what + " and the result differ in kind"};
      }
      if (s.channels < 1 || s.channels > kMaxCells || s.channel_stride > kMaxCells ||
          s.batch_stride > kMaxCells) {
        throw Refusal{what + ": channels are 1..2^26, strides at most 2^26"};
      }
      Extent(k);
      if (s.use == Use::kResidual) Residual(s, what);
      if (s.use == Use::kWeights) Weights(k, kernel);
      if (s.use == Use::kWeights || s.use == Use::kResidual) {
        if (d_.group[k].multiplier < 1 || d_.group[k].multiplier >= 1U << 15) {
          throw Refusal{"multiplier " + std::to_string(k) + " is " +
                        std::to_string(d_.group[k].multiplier) + ", not in [1, 2^15)"};
        }
      }
    }
    Require(any, "has no source");
    if (kernel) Operand(*kernel);
    if (d_.bias != kNoData) CheckData<int32_t>(d_.bias, Outputs(), "the bias");
    Bounds(kernel);
  }

  void Residual(const Source& s, const std::string& what) const {
    const auto require = [&](bool condition, const char* why) {
      if (!condition) throw Refusal{what + " (residual): " + why};
    };
    require(s.type.element != Element::kOneHot, "one-hot planes have no lanes to add");
    if (IsImage()) {
      require(s.channels == d_.out.planes, "channels are those of the result");
      require(s.type.height == d_.out.height && s.type.width == d_.out.width,
              "its shape is that of the result");
      require(d_.stride == 1 || (d_.out.height == 1 && d_.out.width == 1),
              "stride 2 only for a result of one pixel");
    } else {
      require(s.channels == 1, "channels = 1");
      require(s.type.segment == 0, "it is published without segments");
      require(s.type.width == d_.out.width, "its width is that of the result");
    }
  }

  void Weights(size_t k, const std::optional<size_t>& kernel) const {
    const Group& group = d_.group[k];
    const Source& s = d_.source[k];
    const std::string what = "group " + std::to_string(k);
    const auto require = [&](bool condition, const char* why) {
      if (!condition) throw Refusal{what + ": " + why};
    };
    if (group.weights == kNoData) {
      require(k == 0 && kernel, "has neither weights nor a kernel operand");
      return;
    }
    require(k != 0 || !kernel, "has both weights and a kernel operand");
    require(group.depthwise <= 1 && (IsImage() || group.depthwise == 0),
            "depthwise is 0, or 1 for images");
    if (!IsImage() && s.type.kind == Kind::kImage) {
      require(group.kernel_h == s.type.height && group.kernel_w == s.type.width &&
                  group.pad_top == 0 && group.pad_left == 0 && group.dilation == 1,
              "an image goes to a sequence by a kernel as large as the image, without padding");
    }
    if (IsImage()) {
      require(group.kernel_h >= 1 && group.kernel_w >= 1 && group.dilation >= 1,
              "kernel extents and dilation are at least 1");
      require(group.depthwise == 0 || s.channels == d_.out.planes,
              "depthwise: as many channels as the result");
      Window(what + ", rows", s.type.height, d_.out.height, group.kernel_h, group.pad_top,
             group.dilation);
      Window(what + ", columns", s.type.width, d_.out.width, group.kernel_w, group.pad_left,
             group.dilation);
    }
    CheckData<int16_t>(group.weights, WeightCount(d_, k), "the weights of " + what);
  }

  // Along one axis, every window begins before the end of the input, and the first one ends behind
  // its beginning.
  void Window(const std::string& what, int64_t input, int64_t output, int64_t kernel, int64_t pad,
              int64_t dilation) const {
    constexpr int64_t kMaxReach = 1 << 16;  // of a window: exponents stay small (security.md)
    if (dilation * (kernel - 1) >= kMaxReach) {
      throw Refusal{what + ": a window of " + std::to_string(kernel) + " taps with dilation " +
                    std::to_string(dilation) + " spans more than " + std::to_string(kMaxReach)};
    }
    const int64_t last = int64_t{d_.stride} * (output - 1) - pad;
    if (pad > dilation * (kernel - 1) || last >= input) {
      throw Refusal{what + ": " + std::to_string(output) + " windows of " + std::to_string(kernel) +
                    " taps (dilation " + std::to_string(dilation) + ", stride " +
                    std::to_string(d_.stride) + ", padding " + std::to_string(pad) +
                    ") leave an input of " + std::to_string(input)};
    }
  }

  void Operand(size_t k) const {
    const Source& x = d_.source[0];
    const Source& y = d_.source[k];
    Require(!IsImage(), "kernel operands are sequences");
    Require(
        x.use == Use::kWeights && x.channels == 1 && x.type.kind == Kind::kSequence &&
            x.type.element != Element::kOneHot,
        "a kernel operand multiplies source 0: kWeights, a sequence of one channel, not one-hot");
    Require(y.type.element != Element::kOneHot, "one-hot planes are no kernel operand");
    const bool transposed = y.use == Use::kOperandK;
    const uint32_t inner = transposed ? Lanes(y.type) : y.channels;
    const uint32_t outer = transposed ? y.channels : Lanes(y.type);
    if (inner != Lanes(x.type) || outer != d_.out.width) {
      throw Refusal{"the kernel operand is " + std::to_string(inner) + " x " +
                    std::to_string(outer) + ", source and result need " +
                    std::to_string(Lanes(x.type)) + " x " + std::to_string(d_.out.width)};
    }
  }

  Range OperandRange(size_t k) const {
    const TensorType& x = d_.source[0].type;
    const Range y = RangeOf(d_.source[k].type.element);
    const Range all = int64_t{Lanes(x)} * WithZero(Product(RangeOf(x.element), y));
    if (x.element != Element::kU15) return all;
    return Intersection(all, MaxProbabilitySum(x.width) * WithZero(y));
  }

  // acc_g by output.
  std::vector<Range> GroupRanges(size_t g, const std::optional<size_t>& kernel) const {
    const Source& s = d_.source[g];
    const Range element = WithZero(RangeOf(s.type.element));
    if (s.use == Use::kResidual) return std::vector<Range>(Outputs(), element);
    if (d_.group[g].weights == kNoData) return std::vector<Range>(Outputs(), OperandRange(*kernel));
    const auto weights = GroupWeights(model_, d_, g);
    if (s.type.kind == Kind::kSequence) {
      PlaneRanges planes(s.type, Outputs());
      const size_t size = weights.size() / s.channels;
      for (size_t c = 0; c < s.channels; ++c) planes.Add(weights.subspan(c * size, size));
      return planes.ranges();
    }
    std::vector<Range> ranges;
    const size_t taps = weights.size() / Outputs();
    for (size_t o = 0; o < Outputs(); ++o) {
      int64_t positive = 0, negative = 0;
      for (const int16_t w : weights.subspan(o * taps, taps)) {
        positive += std::max<int16_t>(w, 0);
        negative += std::min<int16_t>(w, 0);
      }
      ranges.push_back(WeightedRange(element, positive, negative));
    }
    return ranges;
  }

  void Bounds(const std::optional<size_t>& kernel) const {
    const Table table = CheckedTable();
    std::vector<Range> v(Outputs());
    if (d_.bias != kNoData) {
      const auto bias = Bias(model_, d_);
      for (size_t o = 0; o < v.size(); ++o) v[o] = {bias[o], bias[o]};
    }
    for (size_t g = 0; g < kMaxSources; ++g) {
      if (d_.source[g].use != Use::kWeights && d_.source[g].use != Use::kResidual) continue;
      const std::vector<Range> acc = GroupRanges(g, kernel);
      for (size_t o = 0; o < v.size(); ++o) {
        // Far below overflow, and other groups make a range only wider.
        if (acc[o].high - acc[o].low >= 2 * kMaxValue) OutOfBounds(o, acc[o]);
        v[o] = v[o] + d_.group[g].multiplier * acc[o];
      }
    }
    Range y = {Requantize(v[0].low), Requantize(v[0].high)};
    for (size_t o = 0; o < v.size(); ++o) {
      if (v[o].Magnitude() + (1 << (kCutBits - 1)) >= kMaxValue) OutOfBounds(o, v[o]);
      const Range at{Requantize(v[o].low), Requantize(v[o].high)};
      if (!table.Covers(at.low, at.high)) {
        CheckTableRange(table, at, "output channel " + std::to_string(o) + ": ");
      }
      y = Union(y, at);
    }
    CheckTableRange(table, y, "");
  }

  [[noreturn]] static void OutOfBounds(size_t o, const Range& v) {
    throw Refusal{
        "output channel " + std::to_string(o) + ": bias + sum M acc lies in " + Text(v) +
        ", the bound is 2^29 - 2^13 = " + std::to_string(kMaxValue - (1 << (kCutBits - 1))) +
        ": use smaller weights or a smaller multiplier"};
  }

  // --- The others ---

  void Import() const {
    CleanResult();
    Require(d_.out.element == Element::kI8 || d_.out.element == Element::kU8 ||
                d_.out.element == Element::kI16,
            "imports are i8, u8 or i16");
  }

  void Export() const {
    const TensorType& type = d_.source[1].type;
    CellSource(1, "the source");
    Require(type.clean == 1, "only a clean tensor can be exported");
    Require(type.planes >= 1 && CellCount(type) <= kMaxCells, "no planes, or too many cells");
  }

  void InPlace() const {
    const TensorType& from = d_.source[0].type;
    CellSource(0, "the source");
    SameShape(from);
    Require(from.element == d_.out.element && from.clean == d_.out.clean,
            "source and result differ in element or cleanness");
    if (d_.op == Op::kEvaluate) {
      Require(d_.out.role != Role::kNone, "publishes under a role");
      Require(d_.out.element != Element::kU15, "u15 is published by the softmax itself");
      for (uint32_t cell = 1; cell < PlaneCells(d_.out); ++cell) {
        Require(UsedMask(d_.out, cell) == UsedMask(d_.out, 0),
                "cells of a plane differ in the lanes in use: publish it when it is written");
      }
    } else {
      Require(d_.out.role == Role::kNone, "publishes lanes, not evaluations: no role");
    }
  }

  void Elementwise() const {
    PlainResult();
    CleanResult();
    for (size_t k = 0; k < 2; ++k) {
      const Source& s = d_.source[k];
      CellSource(k, "operand " + std::to_string(k));
      Require(s.channel_stride <= kMaxCells && s.batch_stride <= kMaxCells,
              "strides are at most 2^26");
      if (s.channel_stride != 0) SameShape(s.type);
      Extent(k);
    }
    const Table table = CheckedTable();
    // Unused lanes are 0 or a fill value.
    const Range u = WithZero(RangeOf(d_.source[0].type.element));
    const Range v = WithZero(RangeOf(d_.source[1].type.element));
    const Range difference{u.low - v.high, u.high - v.low};
    const Range offset{d_.param[1], d_.param[1]};
    switch (static_cast<Binary>(d_.mode)) {
      case Binary::kMul: {
        Require(d_.param[0] >= 1 && d_.param[0] < 1 << 15, "the multiplier is in [1, 2^15)");
        const Range product = int64_t{d_.param[0]} * Product(u, v);
        if (product.Magnitude() + (1 << (kCutBits - 1)) >= kMaxValue) {
          throw Refusal{"M u v lies in " + Text(product) + ", the bound is 2^29 - 2^13"};
        }
        return CheckTableRange(table, {Requantize(product.low), Requantize(product.high)}, "");
      }
      case Binary::kAdd:
        return CheckTableRange(table, u + v + offset, "");
      case Binary::kSub:
        return CheckTableRange(table, difference + offset, "");
      case Binary::kMax:
        return CheckTableRange(table, {std::max(u.low, v.low), std::max(u.high, v.high)}, "");
    }
    throw Refusal{"no such mode"};
  }

  void Gather() const {
    PlainResult();
    CellSource(0, "the source");
    Require(d_.mode == 0, "mode is 0");
    const Range fill{d_.param[1], d_.param[1]};
    const Range element = RangeOf(d_.out.element);
    const uint64_t lanes = kLanes * CellCount(d_.out);
    uint64_t radix = 1;
    for (size_t k = 0; k < kGatherDigits && d_.param[2 + 3 * k] != 0; ++k) {
      const int64_t extent = d_.param[2 + 3 * k], stride = d_.param[3 + 3 * k];
      Require(extent >= 1 && static_cast<uint64_t>(extent) <= lanes,
              "an extent is negative or larger than the result");
      Require(stride >= -(1 << 30) && stride <= 1 << 30, "a stride is at most 2^30");
      radix *= static_cast<uint64_t>(extent);
      Require(radix <= lanes, "the extents do not multiply to the lanes of the result");
      Require(radix == 4 || radix == 8 || radix % kLanes == 0,
              "digits change within a cell other than after 4 or 8 lanes");
    }
    Require(radix == lanes, "the extents do not multiply to the lanes of the result");
    const uint64_t plane = uint64_t{kLanes} * PlaneCells(d_.out);
    for (uint64_t lane = 0; lane < lanes; ++lane) {
      const int64_t index = GatherIndex(d_, lane);
      const bool filled = index == kGatherFill;
      const auto where = [&] { return "lane " + std::to_string(lane) + " of the result "; };
      if (!filled && (index < 0 || index >= int64_t{kLanes} * kMaxCells)) {
        throw Refusal{where() + "is lane " + std::to_string(index) +
                      " of the source: negative or beyond the tensor space"};
      }
      const auto in_plane = static_cast<uint32_t>(lane % plane);
      if (IsUsed(d_.out, in_plane) || d_.out.clean == 0) {
        if (!element.Contains(filled ? fill : WithZero(RangeOf(d_.source[0].type.element)))) {
          throw Refusal{where() + "does not fit the element of the result, " +
                        NameOf(d_.out.element)};
        }
      } else if (!filled || d_.param[1] != 0) {
        throw Refusal{where() + "is unused and not always 0, but the result is called clean"};
      }
    }
  }

  void Softmax() const {
    CellSource(0, "the source");
    const TensorType& scores = d_.source[0].type;
    Require(d_.out.kind == Kind::kSequence, "softmax is over the lanes of sequences");
    SameShape(scores);
    CleanResult();
    Require(d_.out.element == Element::kU15, "the result is u15");
    Require(d_.out.width <= kMaxSoftmaxWidth, "the width is at most 2^15");
    const Range range = RangeOf(scores.element);
    if (range.high - range.low > 1 << 15) {
      throw Refusal{"scores span " + Text(range) + ", more than 2^15: make them i15"};
    }
    Require(d_.mode <= 1, "no such mode");
    if (d_.mode == 0) return;
    Require(d_.param[0] >= 0 && d_.param[1] >= 0, "offset and period are not negative");
    const uint32_t planes = d_.param[1] != 0
                                ? std::min(static_cast<uint32_t>(d_.param[1]), d_.out.planes)
                                : d_.out.planes;
    const uint64_t last = uint64_t{static_cast<uint32_t>(d_.param[0])} + planes;
    if (last > d_.out.width) {
      throw Refusal{"the last causal plane has " + std::to_string(last) + " lanes of " +
                    std::to_string(d_.out.width)};
    }
  }

  void Norm() const {
    PlainResult();
    CleanResult();
    CellSource(0, "the source");
    const TensorType& x = d_.source[0].type;
    Require(d_.out.kind == Kind::kSequence, "normalization is over the lanes of sequences");
    SameShape(x);
    Require(d_.out.width % kLanes == 0, "the width is a multiple of 16");
    Require(RangeOf(x.element).Magnitude() <= 1 << 14, "the source has lanes beyond 2^14");
    Require(d_.mode <= 1, "no such mode");
    Require(d_.param[0] >= 1 && d_.param[0] < 1 << 28, "epsilon (param 0) is in [1, 2^28)");
    Require(d_.param[1] >= kMinNormScale && d_.param[1] <= kMaxNormScale,
            "the scale (param 1) is 20..28");
    Require(d_.out.width < 1 << 14, "the width is below 2^14");
    const int64_t reach = (int64_t{1} << (d_.param[1] - kCutBits)) + 3;
    CheckTableRange(CheckedTable(), {-reach, reach}, "");
  }

  void OneHot() const { Require(d_.out.element == Element::kOneHot, "the result is one-hot"); }

  const Model& model_;
  const Descriptor& d_;
};

}  // namespace

std::optional<ModelError> CheckModel(const Model& model) {
  if (model.descriptors.size() > kMaxDescriptors) return ModelError{"too many descriptors"};
  for (size_t i = 0; i < model.descriptors.size(); ++i) {
    const Descriptor& d = model.descriptors[i];
    const std::string name = "descriptor " + std::to_string(i) + " (" + NameOf(d.op) + "): ";
    if (d.op < Op::kLinear || d.op > Op::kArgmax) return ModelError{name + "no such operation"};
    try {
      DescriptorCheck(model, d).Run();
    } catch (const Refusal& refusal) {
      return ModelError{name + refusal.why};
    }
  }
  return std::nullopt;
}

}  // namespace zkvm::tensor
