#include "precompiles/tensor/model.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "precompiles/tensor/semantics.h"

namespace zkvm::tensor {

static_assert(std::endian::native == std::endian::little);

std::variant<Model, ModelError> ParseModel(std::span<const uint8_t> descriptors,
                                           std::span<const uint8_t> data) {
  if (descriptors.size() % sizeof(Descriptor) != 0) {
    return ModelError{"the descriptors (section .zkml.desc) take " +
                      std::to_string(descriptors.size()) + " bytes, not a multiple of " +
                      std::to_string(sizeof(Descriptor))};
  }
  const size_t count = descriptors.size() / sizeof(Descriptor);
  if (count > kMaxDescriptors) {
    return ModelError{std::to_string(count) + " descriptors are more than " +
                      std::to_string(kMaxDescriptors)};
  }
  if (data.size() >= kNoData) {
    return ModelError{"the data (section .zkml.data) takes " + std::to_string(data.size()) +
                      " bytes, more than offsets of 32 bits reach"};
  }
  Model model;
  model.descriptors.resize(count);
  if (count != 0) std::memcpy(model.descriptors.data(), descriptors.data(), descriptors.size());
  model.data.assign(data.begin(), data.end());
  return model;
}

uint32_t RamWords(const Descriptor& d) {
  switch (d.op) {
    case Op::kImport:
      return Cells(d.out) * (IsByteElement(d.out.element) ? 4 : 8);
    case Op::kExport:
      return Cells(d.source[1].type) * (IsByteElement(d.source[1].type.element) ? 4 : 8);
    case Op::kOneHot:
      return d.out.planes;
    default:
      return 0;
  }
}

namespace {

// Cells of a plane or segment.
uint64_t EvaluatedCells(const TensorType& t) {
  return t.segment != 0 ? t.segment / kLanes : PlaneCells(t);
}

uint64_t LinearExtent(const Descriptor& d, const Source& s) {
  const bool image = d.out.kind == Kind::kImage;
  const uint64_t batch =
      image || s.use == Use::kOperandK || s.use == Use::kOperandV ? 1 : uint64_t{d.out.planes};
  return (uint64_t{s.channels} - 1) * s.channel_stride + (batch - 1) * s.batch_stride +
         EvaluatedCells(s.type);
}

uint64_t GatherExtent(const Descriptor& d) {
  int64_t last = -1;
  const uint64_t lanes = uint64_t{kLanes} * Cells(d.out);
  for (uint64_t lane = 0; lane < lanes; ++lane) {
    const int64_t index = GatherIndex(d, lane);
    if (index != kGatherFill) last = std::max(last, index);
  }
  return static_cast<uint64_t>(last + kLanes) / kLanes;
}

}  // namespace

uint64_t SourceExtent(const Descriptor& d, size_t k) {
  const Source& s = d.source[k];
  switch (d.op) {
    case Op::kLinear:
      return s.use == Use::kNone ? 0 : LinearExtent(d, s);
    case Op::kElementwise:
      if (k > 1) return 0;
      return uint64_t{d.out.planes - 1} * s.batch_stride +
             uint64_t{PlaneCells(d.out) - 1} * s.channel_stride + 1;
    case Op::kExport:
      return k == 1 ? Cells(s.type) : 0;
    case Op::kEvaluate:
    case Op::kUnpack:
    case Op::kSoftmax:
    case Op::kNorm:
      return k == 0 ? Cells(d.out) : 0;
    case Op::kGather:
      return k == 0 ? GatherExtent(d) : 0;
    case Op::kArgmax:
      return k == 0 ? PlaneCells(s.type) : 0;
    case Op::kImport:
    case Op::kOneHot:
      return 0;
  }
  return 0;
}

namespace {

template <class T>
std::span<const T> View(const Model& model, uint32_t offset, uint64_t count) {
  return {reinterpret_cast<const T*>(model.data.data() + offset), static_cast<size_t>(count)};
}

}  // namespace

uint64_t WeightCount(const Descriptor& d, size_t g) {
  const Source& s = d.source[g];
  const Group& group = d.group[g];
  const bool image = d.out.kind == Kind::kImage;
  // No more than the data can hold.
  const auto times = [](uint64_t a, uint32_t b) { return std::min(a * b, uint64_t{1} << 31); };
  uint64_t count = image ? d.out.planes : d.out.width;
  if (group.depthwise == 0) count = times(count, s.channels);
  if (s.type.kind != Kind::kImage) return times(count, Lanes(s.type));
  return times(times(count, group.kernel_h), group.kernel_w);
}

std::span<const int16_t> GroupWeights(const Model& model, const Descriptor& d, size_t g) {
  return View<int16_t>(model, d.group[g].weights, WeightCount(d, g));
}

std::span<const int32_t> Bias(const Model& model, const Descriptor& d) {
  return View<int32_t>(model, d.bias, d.out.kind == Kind::kImage ? d.out.planes : d.out.width);
}

Table TableAt(const Model& model, uint32_t offset) {
  TableHeader header;
  std::memcpy(&header, model.data.data() + offset, sizeof header);
  return {header.first, View<int16_t>(model, offset + sizeof header, header.count)};
}

}  // namespace zkvm::tensor
