#include "precompiles/tensor/lowering/linear.h"

#include <utility>
#include <vector>

#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/chips/out.h"
#include "precompiles/tensor/chips/term.h"
#include "precompiles/tensor/model.h"

namespace zkvm::tensor {
namespace {

constexpr uint32_t If(bool condition, uint32_t bits) { return condition ? bits : 0; }

// Code bits of TERM.
constexpr uint32_t kUnit = FlagBit(Term::kUnit), kTGamma = FlagBit(Term::kTGamma),
                   kTDelta = FlagBit(Term::kTDelta), kTZx = FlagBit(Term::kTZx),
                   kLoadW = FlagBit(Term::kLoadW), kHoldW = FlagBit(Term::kHoldW),
                   kCopyW = FlagBit(Term::kCopyW), kAdd = FlagBit(Term::kAdd),
                   kKeep = FlagBit(Term::kKeep), kKeepDelta = FlagBit(Term::kKeepDelta),
                   kScale = FlagBit(Term::kScale);

std::vector<MicroRow> OutProgram(const Descriptor& d, Stores& stores) {
  const TensorType& out = d.out;
  const bool image = out.kind == Kind::kImage;
  const uint32_t cells = PlaneCells(out);
  const bool published = out.role != Role::kNone;
  const uint32_t table = stores.tables.Data(d.table);
  const uint32_t eval_type = published ? stores.types.Eval(out) : 0;
  const uint32_t cell_type = stores.types.Cell(out);
  uint32_t pattern = PatternOf(out);
  if (image && d.stride == 2) pattern += Out::kPitch16S2 - Out::kPitch16S1;

  std::vector<MicroRow> rows;
  for (uint32_t cell = 0; cell < cells; ++cell) {
    const bool first = cell == 0, last = cell + 1 == cells;
    const CellPlace eval = PlaceOf(out, cell);
    const CellPlace acc = image ? eval : CellPlace{.row_first = first, .row_last = last};
    const uint32_t code =
        If(last, kCodeEnd) | If(eval.row_last, FlagBit(Out::kEvalRowLast)) |
        If(eval.row_first, FlagBit(Out::kEvalRowFirst)) |
        If(eval.next_row, FlagBit(Out::kEvalMoreRows)) | If(eval.end, FlagBit(Out::kEvalLast)) |
        If(eval.publish && published, FlagBit(Out::kPublish)) |
        If(acc.row_last, FlagBit(Out::kRowLast)) | If(acc.row_first, FlagBit(Out::kRowFirst)) |
        If(acc.next_row, FlagBit(Out::kMoreRows)) | If(first, FlagBit(Out::kFirst)) |
        FlagBit(Out::kSequenceX + pattern);
    rows.push_back({code, UsedMask(out, cell), table, eval_type, cell_type, 0});
  }
  return rows;
}

// Writes TERM programs: groups of steps, each with its share of SUM.
class TermProgram {
 public:
  TermProgram(const Descriptor& d, Stores& stores) : d_(d), stores_(stores) { rows_.push_back({}); }

  std::vector<MicroRow> Write() {
    for (size_t k = 0; k < kMaxSources; ++k) {
      if (d_.source[k].use == Use::kResidual) {
        Residual(k);
      } else if (d_.source[k].use == Use::kWeights) {
        Weights(k);
      }
    }
    if (d_.bias != kNoData) Bias();
    rows_.back()[0] |= kCodeEnd;
    return std::move(rows_);
  }

 private:
  bool IsImage() const { return d_.out.kind == Kind::kImage; }
  uint32_t Batch() const { return IsImage() ? 1 : d_.out.planes; }
  uint32_t Outputs() const { return IsImage() ? d_.out.planes : d_.out.width; }

  void Step(uint32_t code, KernelRef kernel = {}) {
    rows_.push_back({code, 0, 0, kernel.id, kernel.index, 0});
  }
  // With a = plane c, b of source k.
  void Plane(size_t k, uint32_t c, uint32_t b, uint32_t code, KernelRef kernel = {}) {
    const Source& source = d_.source[k];
    rows_.push_back({code | FlagBit(Term::kSource0 + k), stores_.types.Eval(source.type),
                     c * source.channel_stride + b * source.batch_stride, kernel.id, kernel.index,
                     0});
  }
  void Scale(KernelRef kernel) { Step(kLoadW | kScale, kernel); }
  void Share(uint32_t multiplier) { rows_.back()[5] = multiplier; }

  // t = sum_b gamma^b (plane c, b); `code` holds on every step, `last` on the last one as well.
  void Batches(size_t k, uint32_t c, uint32_t code, uint32_t last, KernelRef kernel) {
    const uint32_t top = Batch() - 1;
    for (uint32_t b = top + 1; b-- > 0;) {
      const uint32_t step = code | If(b != top, kTGamma);
      if (b == 0) {
        Plane(k, c, b, step | last, kernel);
      } else {
        Plane(k, c, b, step);
      }
    }
  }

  void Weights(size_t k) {
    const Source& source = d_.source[k];
    const Group& group = d_.group[k];
    if (const std::optional<WeightMatrix> matrix = MatrixOf(d_, k)) {
      const uint32_t id = stores_.kernels.Weights(*matrix);
      if (group.depthwise != 0) {
        for (uint32_t c = source.channels; c-- > 0;) {
          Plane(k, c, 0, kLoadW | kAdd | If(c + 1 != source.channels, kKeepDelta), {id, c});
        }
      } else {
        for (uint32_t c = 0; c < source.channels; ++c) {
          Batches(k, c, If(c != 0, kKeep), kLoadW | kAdd, {id, c});
        }
      }
    } else {
      Operand();
      const uint32_t top = Batch() - 1;
      for (uint32_t b = top + 1; b-- > 0;) {
        Plane(k, 0, b, (b == top ? kCopyW : kHoldW | kTGamma) | If(b == 0, kAdd));
      }
    }
    if (source.type.kind == Kind::kImage) {
      if (group.pad_left != 0) Scale(stores_.kernels.Power(PowerBase::kZx, group.pad_left));
      if (group.pad_top != 0) Scale(stores_.kernels.Power(PowerBase::kZy, group.pad_top));
    }
    Share(group.multiplier);
  }

  // t = the kernel that an operand is.
  void Operand() {
    for (size_t k = 0; k < kMaxSources; ++k) {
      const Source& source = d_.source[k];
      if (source.use != Use::kOperandK && source.use != Use::kOperandV) continue;
      const uint32_t step = source.use == Use::kOperandK ? kTDelta : kTZx;
      for (uint32_t c = source.channels; c-- > 0;) {
        Plane(k, c, 0, If(c + 1 != source.channels, step));
      }
    }
  }

  void Residual(size_t k) {
    if (IsImage()) {
      for (uint32_t o = Outputs(); o-- > 0;) {
        const uint32_t code = If(o + 1 != Outputs(), kTDelta);
        if (o == 0) {
          Plane(k, o, 0, code | kLoadW | kAdd, stores_.kernels.Power(PowerBase::kZx, 0));
        } else {
          Plane(k, o, 0, code);
        }
      }
    } else {
      Batches(k, 0, 0, kLoadW | kAdd, stores_.kernels.Sum(PowerBase::kDeltaOverZx, Outputs() - 1));
    }
    Share(d_.group[k].multiplier);
  }

  void Bias() {
    const WeightMatrix matrix{
        .layout = WeightMatrix::Layout::kBias, .data = d_.bias, .outputs = Outputs()};
    Step(kUnit | kLoadW | kAdd, {stores_.kernels.Weights(matrix), 0});
    KernelStore& kernels = stores_.kernels;
    if (IsImage()) {
      const bool strided = d_.stride == 2;
      if (d_.out.width > 1) {
        Scale(kernels.Sum(strided ? PowerBase::kZx2 : PowerBase::kZx, d_.out.width - 1U));
      }
      if (d_.out.height > 1) {
        Scale(kernels.Sum(strided ? PowerBase::kZy2 : PowerBase::kZy, d_.out.height - 1U));
      }
    } else if (Batch() > 1) {
      Scale(kernels.Sum(PowerBase::kGamma, Batch() - 1));
    }
    Share(1);
  }

  const Descriptor& d_;
  Stores& stores_;
  std::vector<MicroRow> rows_;  // the first is empty: it resets t and acc
};

}  // namespace

CellPlace PlaceOf(const TensorType& type, uint32_t cell) {
  const uint32_t cells = PlaneCells(type);
  if (type.kind == Kind::kImage) {
    const uint32_t pitch = Pitch(type.width);
    const uint32_t row_cells = pitch <= kLanes ? 1 : pitch / kLanes;
    CellPlace place;
    place.row_first = cell % row_cells == 0;
    place.row_last = (cell + 1) % row_cells == 0;
    place.next_row = place.row_first && cell + row_cells < cells;
    place.end = cell + 1 == cells;
    place.publish = cell == 0;
    return place;
  }
  const uint32_t segment_cells = type.segment != 0 ? type.segment / kLanes : cells;
  CellPlace place;
  place.row_first = place.publish = cell % segment_cells == 0;
  place.row_last = place.end = (cell + 1) % segment_cells == 0 || cell + 1 == cells;
  return place;
}

uint32_t PatternOf(const TensorType& type) {
  if (type.kind == Kind::kImage) {
    return Pitch(type.width) == 4 ? 5 : Pitch(type.width) == 8 ? 4 : 3;
  }
  return type.role == Role::kK ? 1 : type.role == Role::kV ? 2 : 0;
}

std::optional<WeightMatrix> MatrixOf(const Descriptor& d, size_t k) {
  const Source& source = d.source[k];
  const Group& group = d.group[k];
  if (source.use != Use::kWeights || group.weights == kNoData) return std::nullopt;
  WeightMatrix m;
  m.data = group.weights;
  m.channels = source.channels;
  m.outputs = d.out.kind == Kind::kImage ? d.out.planes : d.out.width;
  if (source.type.kind == Kind::kImage) {
    m.layout =
        group.depthwise != 0 ? WeightMatrix::Layout::kDepthwise : WeightMatrix::Layout::kImage;
    m.lines = group.kernel_h;
    m.taps = group.kernel_w;
    m.dilation = group.dilation;
  } else {
    m.layout = WeightMatrix::Layout::kSequence;
    m.taps = Lanes(source.type);
  }
  return m;
}

void LowerLinear(const Descriptor& d, Stores& stores, CallPlan& plan) {
  plan.a = {kOutWorker, stores.programs.Add(kOutWorker, OutProgram(d, stores)), d.out.planes - 1};
  plan.b = {kTermWorker, stores.programs.Add(kTermWorker, TermProgram(d, stores).Write()), 0};
  plan.flags |= kHasA | kHasB | kSourcesToB;
}

std::vector<MicroRow> GarbageProgram(const std::vector<GarbageRow>& rows, Stores& stores) {
  const auto power = [&stores](int exponent, PowerBase up, PowerBase down) {
    return exponent >= 0 ? stores.kernels.Power(up, static_cast<uint32_t>(exponent))
                         : stores.kernels.Power(down, static_cast<uint32_t>(-exponent));
  };
  std::vector<MicroRow> program;
  for (const GarbageRow& row : rows) {
    const KernelRef x = power(row.x / kGarbageLanes, PowerBase::kZx8, PowerBase::kZxInverse8);
    const KernelRef y = power(row.y, PowerBase::kZy, PowerBase::kZyInverse);
    program.push_back({row.mask, x.id, x.index, y.id, y.index, 0});
  }
  return program;
}

}  // namespace zkvm::tensor
