#include "tests/precompiles/linear_world.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "isa/air/buses.h"
#include "precompiles/tensor/constants.h"
#include "precompiles/tensor/folds/five.h"
#include "precompiles/tensor/folds/kernel_folds.h"
#include "precompiles/tensor/folds/plane_folds.h"
#include "precompiles/tensor/folds/term_folds.h"
#include "precompiles/tensor/lowering/garbage.h"
#include "precompiles/tensor/lowering/lower.h"
#include "precompiles/tensor/semantics.h"
#include "stark/air/challenges.h"
#include "stark/air/columns.h"
#include "stark/air/row_builder.h"

namespace zkvm::tensor {
namespace {

constexpr int32_t kTableFirst = -(1 << 12);

FoldChallenges RandomChallenges() {
  std::mt19937 random(7);
  FoldChallenges z;
  for (Fp5* x : {&z.gamma, &z.delta, &z.x, &z.y}) {
    for (Fp& c : x->c) c = Fp::FromU32(static_cast<uint32_t>(random()));
  }
  return z;
}

ColumnPointers Pointers(const zkvm::Matrix& matrix) {
  ColumnPointers pointers;
  for (size_t j = 0; j < matrix.cols(); ++j) pointers.push_back(matrix.column(j));
  return pointers;
}

template <template <class> class Row>
zkvm::Matrix MatrixOf(const std::vector<Row<Fp>>& rows, size_t height) {
  zkvm::Matrix columns(height, kNumColumns<Row>);
  StoreRows<Row>(rows, 0, columns);
  ZeroRows(rows.size(), columns);
  return columns;
}

std::vector<uint32_t> Words(const std::vector<Fp>& fields) {
  std::vector<uint32_t> words;
  for (const Fp field : fields) words.push_back(field.word());
  return words;
}

}  // namespace

TensorType Sequence(uint32_t planes, uint16_t width, Role role, uint16_t segment) {
  TensorType t;
  t.planes = planes;
  t.width = width;
  t.segment = segment;
  t.kind = Kind::kSequence;
  t.role = role;
  return t;
}

TensorType Image(uint32_t channels, uint16_t height, uint16_t width) {
  TensorType t;
  t.planes = channels;
  t.height = height;
  t.width = width;
  t.kind = Kind::kImage;
  t.role = Role::kX;
  return t;
}

Group Kernel(uint16_t height, uint16_t width, uint16_t top, uint16_t left, uint16_t dilation) {
  Group g;
  g.kernel_h = height;
  g.kernel_w = width;
  g.pad_top = top;
  g.pad_left = left;
  g.dilation = dilation;
  return g;
}

Group Depthwise(Group g) {
  g.depthwise = 1;
  return g;
}

Group Times(uint32_t multiplier, Group g) {
  g.multiplier = multiplier;
  return g;
}

LinearWorld::LayerBuilder::LayerBuilder(LinearWorld& world, const TensorType& out, uint32_t stride)
    : world_(world) {
  d_.op = Op::kLinear;
  d_.out = out;
  d_.stride = stride;
  d_.table = world.table_;
}

// Planes c, b of the source are planes C b + c of the tensor, or segment c of plane b.
LinearWorld::LayerBuilder& LinearWorld::LayerBuilder::From(const Operand& x, uint32_t channels,
                                                           Use use, Group group) {
  Source& s = d_.source[next_];
  s.type = x.type;
  s.use = use;
  s.channels = channels;
  s.channel_stride = x.type.segment != 0 ? x.type.segment / kLanes : PlaneCells(x.type);
  s.batch_stride = x.type.segment != 0 ? PlaneCells(x.type) : channels * PlaneCells(x.type);
  d_.group[next_] = group;
  source_[next_++] = x.handle;
  return *this;
}

LinearWorld::LayerBuilder& LinearWorld::LayerBuilder::Weights(const Operand& x, uint32_t channels,
                                                              Group group) {
  const uint32_t outputs = d_.out.kind == Kind::kImage ? d_.out.planes : d_.out.width;
  const size_t count = x.type.kind == Kind::kSequence
                           ? size_t{channels} * Lanes(x.type) * outputs
                           : (group.depthwise != 0 ? 1 : channels) * size_t{outputs} *
                                 group.kernel_h * group.kernel_w;
  std::vector<int16_t> weights(count);
  for (int16_t& w : weights) w = static_cast<int16_t>(world_.Draw(-99, 99));
  group.weights = world_.Append(weights.data(), 2 * count);
  return From(x, channels, Use::kWeights, group);
}

LinearWorld::LayerBuilder& LinearWorld::LayerBuilder::Bias() {
  const uint32_t outputs = d_.out.kind == Kind::kImage ? d_.out.planes : d_.out.width;
  std::vector<int32_t> bias(outputs);
  for (int32_t& b : bias) b = world_.Draw(-20'000'000, 20'000'000);
  d_.bias = world_.Append(bias.data(), 4 * bias.size());
  return *this;
}

Operand LinearWorld::LayerBuilder::Run() {
  LinearWorld& w = world_;
  Call call;
  call.descriptor = static_cast<uint32_t>(w.model_.descriptors.size());
  call.ts = 4 * static_cast<uint32_t>(w.calls_.size() + 1);
  call.source = source_;
  call.dst = w.Allocate(d_.out);
  call.first_accumulator = w.accumulators_.size();
  w.model_.descriptors.push_back(d_);
  w.accumulators_.resize(w.accumulators_.size() + kLanes * Cells(d_.out));
  Sources sources{};
  for (size_t k = 0; k < kMaxSources; ++k) sources[k] = &w.cells_[kLanes * size_t{source_[k]}];
  Linear(w.model_, d_, sources, &w.cells_[kLanes * size_t{call.dst}],
         &w.accumulators_[call.first_accumulator]);
  w.calls_.push_back(call);
  return {d_.out, call.dst};
}

LinearWorld::LinearWorld(uint32_t seed) : random_(seed), cells_(3 * kLanes) {
  const TableHeader header{kTableFirst, 1 << 13};
  std::vector<int16_t> entries(header.count);
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i] = static_cast<int16_t>((static_cast<int>(i) + header.first) % 128);
  }
  table_ = Append(&header, sizeof(header));
  Append(entries.data(), 2 * entries.size());
}

uint32_t LinearWorld::Append(const void* bytes, size_t size) {
  model_.data.resize((model_.data.size() + 3) / 4 * 4);
  const auto offset = static_cast<uint32_t>(model_.data.size());
  const auto* begin = static_cast<const uint8_t*>(bytes);
  model_.data.insert(model_.data.end(), begin, begin + size);
  return offset;
}

uint32_t LinearWorld::Allocate(const TensorType& type) {
  const auto first = static_cast<uint32_t>(cells_.size() / kLanes);
  cells_.resize(cells_.size() + kLanes * Cells(type));
  return first;
}

Operand LinearWorld::Input(const TensorType& type) {
  const Operand x{type, Allocate(type)};
  inputs_.emplace_back(x.handle, Cells(type));
  const uint32_t plane = kLanes * PlaneCells(type);
  for (uint32_t i = 0; i < kLanes * Cells(type); ++i) {
    if (!IsUsed(type, i % plane)) continue;
    cells_[kLanes * size_t{x.handle} + i] = static_cast<int16_t>(Draw(-128, 127));
  }
  return Evaluate(x, type);
}

Operand LinearWorld::Evaluate(const Operand& x, const TensorType& as) {
  Descriptor d;
  d.op = Op::kEvaluate;
  d.out = as;
  d.source[0].type = x.type;
  Call call;
  call.descriptor = static_cast<uint32_t>(model_.descriptors.size());
  call.ts = 4 * static_cast<uint32_t>(calls_.size() + 1);
  call.source[0] = call.dst = x.handle;
  model_.descriptors.push_back(d);
  calls_.push_back(call);
  return {as, x.handle};
}

void LinearWorld::Build(size_t padding) {
  padding_ = padding;
  lowered_ = Lower(model_, 0);  // large matrices in wide rows, however few
  constants_ = EvaluateMonomials(kMonomials, RandomChallenges());
  FillBlocks();
  FillModel();
}

void LinearWorld::MovePoint() {
  FoldChallenges z = RandomChallenges();
  std::mt19937 random(8);
  for (Fp5* x : {&z.x, &z.y}) {
    for (Fp& c : x->c) c = Fp::FromU32(static_cast<uint32_t>(random()));
  }
  constants_ = EvaluateMonomials(kMonomials, z);
}

void LinearWorld::FillBlocks() {
  std::vector<Out::Main<Fp>> out;
  std::vector<Eval::Main<Fp>> eval;
  std::vector<Term::Main<Fp>> term;
  std::vector<GarbageChip::Main<Fp>> garbage;
  std::vector<Fp5> coefficients;
  const FoldChallenges z = RandomChallenges();
  GarbageMaker maker(model_, z.gamma, z.delta);
  for (const Call& call : calls_) {
    const CallPlan& plan = lowered_.calls[call.descriptor];
    for (const CallJob& job : {plan.a, plan.b}) {
      if (job.worker == 0) continue;
      const Program& program = lowered_.Worker(job.program);
      const BlockRun run{call.ts, job.program, program.steps, job.left + 1};
      for (uint32_t i = 0; i < run.steps * run.runs; ++i) {
        const MicroRow& micro = lowered_.micro[program.first + i % run.steps];
        const std::span<const int16_t, kLanes> cell(&cells_[kLanes * size_t{call.dst + i}], kLanes);
        if (job.worker == kOutWorker) {
          const std::span<const int32_t, kLanes> v(
              &accumulators_[call.first_accumulator + kLanes * size_t{i}], kLanes);
          Out::Fill(run, i, micro, call.dst, cell, v, out.emplace_back());
        } else if (job.worker == kEvalWorker) {
          Eval::Fill(run, i, micro, call.dst, cell, eval.emplace_back());
        } else {
          Term::Fill(run, i, micro, call.dst, call.source, term.emplace_back());
        }
      }
    }
    if ((plan.flags & kHasGarbage) == 0) continue;
    const Program& program = lowered_.Worker(plan.garbage);
    for (uint32_t i = 0; i < program.steps; ++i) {
      GarbageChip::Fill(call.ts, plan.garbage, i, lowered_.micro[program.first + i],
                        garbage.emplace_back());
    }
    std::vector<Fp5> of_call(kGarbageLanes * size_t{program.steps});
    maker.Make(model_.descriptors[call.descriptor], cells_, call.source,
               std::span(lowered_.garbage)
                   .subspan(program.first - lowered_.first_garbage_row, program.steps),
               of_call);
    coefficients.insert(coefficients.end(), of_call.begin(), of_call.end());
  }
  table<Out>().main = MatrixOf<Out::Main>(out, out.size() + padding_ + 1);
  table<Eval>().main = MatrixOf<Eval::Main>(eval, eval.size() + padding_ + 1);
  table<Term>().main = MatrixOf<Term::Main>(term, term.size() + padding_ + 1);
  WorldTable<GarbageChip>& g = table<GarbageChip>();
  g.main = MatrixOf<GarbageChip::Main>(garbage, garbage.size() + padding_ + 1);
  g.garbage = zkvm::Matrix(g.main.rows(), 5 * kGarbageLanes);
  ZeroRows(0, g.garbage);
  for (size_t i = 0; i < coefficients.size(); ++i) {
    SetFive(g.garbage, i % kGarbageLanes, i / kGarbageLanes, coefficients[i]);
  }
}

void LinearWorld::FillModel() {
  const auto weights = [&]<size_t kWidth>(const WeightTable& store, WorldTable<Weight<kWidth>>& t) {
    std::vector<typename Weight<kWidth>::template Fixed<Fp>> rows(store.rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      Weight<kWidth>::Fill(store.rows[i], std::span(&store.weights[i * kWidth], kWidth), rows[i]);
    }
    const size_t height = rows.size() + padding_ + 1;
    t.fixed = MatrixOf<Weight<kWidth>::template Fixed>(rows, height);
    t.main = MatrixOf<Weight<kWidth>::template Main>({}, height);
  };
  weights(lowered_.weight64, table<Weight<64>>());
  weights(lowered_.weight256, table<Weight<256>>());
  std::vector<Pow::Fixed<Fp>> power(lowered_.power.size());
  for (size_t i = 0; i < power.size(); ++i) Pow::Fill(lowered_.power[i], power[i]);
  table<Pow>().fixed = MatrixOf<Pow::Fixed>(power, power.size() + padding_ + 1);
  table<Pow>().main = MatrixOf<Pow::Main>({}, power.size() + padding_ + 1);
}

void LinearWorld::Fold() {
  const auto height = [&]<class Chip>(WorldTable<Chip>& t) { return t.main.rows(); };
  table<Pow>().folds = FoldPowers(lowered_.power, height(table<Pow>()), constants_);
  table<Weight<64>>().folds =
      FoldWeights(lowered_.weight64, height(table<Weight<64>>()), constants_);
  table<Weight<256>>().folds =
      FoldWeights(lowered_.weight256, height(table<Weight<256>>()), constants_);
  const KernelValues kernels(lowered_.kernels, table<Pow>().folds, table<Weight<64>>().folds,
                             table<Weight<256>>().folds);
  table<Out>().folds = FoldOut(table<Out>().main, constants_);
  table<Eval>().folds = FoldEval(table<Eval>().main, constants_);
  Evaluations evaluations;
  evaluations.AddOut(table<Out>().main, table<Out>().folds);
  evaluations.AddEval(table<Eval>().main, table<Eval>().folds);
  evaluations.Finish();
  table<Term>().folds = FoldTerm(table<Term>().main, constants_, evaluations, kernels);
  table<GarbageChip>().folds =
      FoldGarbage(table<GarbageChip>().main, table<GarbageChip>().garbage, constants_, kernels);
}

template <class Chip>
void LinearWorld::ForEachRow(const std::function<void(size_t, const RowBuilder&)>& visit) {
  using Width = ChipWidth<Chip>;
  WorldTable<Chip>& t = table<Chip>();
  RowBuilder b(constants_);
  WindowFor<Chip, RowBuilder> window;
  for (size_t i = 0; i + 1 < t.main.rows(); ++i) {
    ForEachColumn<Width::template FixedRow, Fp>(window.fixed,
                                                [&](size_t j, Fp& x) { x = t.fixed.column(j)[i]; });
    ForEachColumn<Width::template MainRow, Fp>(window.row,
                                               [&](size_t j, Fp& x) { x = t.main.column(j)[i]; });
    ForEachColumn<Width::template GarbageRow, Fp5>(
        window.garbage, [&](size_t j, Fp5& x) { x = GetFive(t.garbage, j, i); });
    ForEachColumn<Width::template FoldsRow, Fp5>(
        window.folds, [&](size_t j, Fp5& x) { x = GetFive(t.folds, j, i); });
    window.next = window.row;
    window.folds_next = window.folds;
    b.Clear();
    Chip::Constrain(b, window);
    visit(i, b);
  }
}

template <class Chip>
void LinearWorld::SetUses(const Bus& bus, size_t column,
                          const std::function<bool(size_t)>& may_provide) {
  ForEachRow<Chip>([&](size_t i, const RowBuilder& b) {
    if (!may_provide(i)) return;
    for (const RowBuilder::Message& message : b.messages) {
      if (!message.provides || message.bus->id != bus.id) continue;
      const auto use = uses_.find({bus.id, Words(message.fields)});
      if (use == uses_.end()) continue;
      table<Chip>().main.column(column)[i] = use->second;
      uses_.erase(use);
    }
  });
}

void LinearWorld::CountUses(const Leave& leave) {
  const auto clear = [&]<class Chip>(WorldTable<Chip>& t, size_t column) {
    std::fill_n(t.main.column(column), t.main.rows(), Fp());
  };
  using OutRow = Out::Main<uint8_t>;
  using EvalRow = Eval::Main<uint8_t>;
  clear(table<Out>(), offsetof(OutRow, cells));
  clear(table<Out>(), offsetof(OutRow, evals));
  clear(table<Eval>(), offsetof(EvalRow, evals));
  clear(table<Pow>(), 0);
  clear(table<Weight<64>>(), 0);
  clear(table<Weight<256>>(), 0);

  uses_.clear();
  const auto count = [&]<class Chip>(const WorldTable<Chip>&) {
    const bool leaves = leave.chip == Chip::kName && leave.omission.kind == Omission::kMessage;
    ForEachRow<Chip>([&](size_t, const RowBuilder& b) {
      for (size_t k = 0; k < b.messages.size(); ++k) {
        const RowBuilder::Message& message = b.messages[k];
        if (message.provides || message.bus->kind != BusKind::kLookup) continue;
        if (message.multiplicity.IsZero() || (leaves && leave.omission.index == k)) continue;
        uses_[{message.bus->id, Words(message.fields)}] += message.multiplicity;
      }
    });
  };
  count(table<Out>());
  count(table<Eval>());
  count(table<Term>());
  count(table<GarbageChip>());

  const auto set = [&](const zkvm::Matrix& matrix, size_t column) {
    return [&matrix, column](size_t i) { return !matrix.column(column)[i].IsZero(); };
  };
  SetUses<Out>(kCell, offsetof(OutRow, cells),
               set(table<Out>().main, offsetof(OutRow, block.real)));
  SetUses<Out>(kEval, offsetof(OutRow, evals),
               set(table<Out>().main, offsetof(OutRow, flag) + Out::kPublish));
  SetUses<Eval>(kEval, offsetof(EvalRow, evals),
                set(table<Eval>().main, offsetof(EvalRow, flag) + Eval::kPublish));
  SetUses<Pow>(kKernel, 0, set(table<Pow>().fixed, offsetof(Pow::Fixed<uint8_t>, id)));
  const auto first = [](auto fixed_row) {
    return offsetof(decltype(fixed_row), flag) + Weight<64>::kKernelFirst;
  };
  SetUses<Weight<64>>(kKernel, 0,
                      set(table<Weight<64>>().fixed, first(Weight<64>::Fixed<uint8_t>())));
  SetUses<Weight<256>>(kKernel, 0,
                       set(table<Weight<256>>().fixed, first(Weight<256>::Fixed<uint8_t>())));
}

// Whether an entry of a table that is not modelled exists.
bool LinearWorld::Exists(const MessageKey& message) const {
  const auto& [bus, words] = message;
  const auto field = [&words](size_t i) { return Fp::FromWord(words[i]).Value(); };
  if (bus == kRange.id) return field(0) <= 16 && field(1) >> field(0) == 0;
  if (bus == kMicro.id) {
    if (field(0) < kFirstWorkerProgram) return false;
    const uint32_t i = field(0) - kFirstWorkerProgram;
    if (i >= lowered_.workers.size() || field(1) >= lowered_.workers[i].steps) return false;
    const MicroRow& row = lowered_.micro[lowered_.workers[i].first + field(1)];
    for (size_t k = 0; k < row.size(); ++k) {
      if (Fp::FromU32(row[k]).word() != words[2 + k]) return false;
    }
    return true;
  }
  if (bus == kLut.id) {
    if (field(0) == 0 || field(0) >= lowered_.tables.size()) return false;
    const LutSpan& span = lowered_.tables[field(0)];
    const uint32_t i = (Fp::FromWord(words[1]) - Fp(span.begin)).Value();
    return i < span.count && Fp(lowered_.lut[span.first + i].out).word() == words[2];
  }
  if (bus == kGarbage.id) {
    return std::any_of(calls_.begin(), calls_.end(), [&](const Call& call) {
      const CallPlan& plan = lowered_.calls[call.descriptor];
      return (plan.flags & kHasGarbage) != 0 && call.ts == field(0) && plan.garbage == field(1);
    });
  }
  if (bus == kCell.id) {
    for (const Call& call : calls_) {
      const CallPlan& plan = lowered_.calls[call.descriptor];
      if (plan.a.worker != kEvalWorker) continue;
      for (const auto& [first, cells] : inputs_) {
        if (call.dst != first || field(1) < first || field(1) >= first + cells) continue;
        if (lowered_.micro[lowered_.Worker(plan.a.program).first][1] != field(0)) continue;
        for (size_t j = 0; j < kLanes; ++j) {
          if (Fp(int{cells_[kLanes * size_t{field(1)} + j]}).word() != words[2 + j]) return false;
        }
        return true;
      }
    }
  }
  return false;
}

void LinearWorld::Environment(Ledger& ledger) const {
  for (const auto& [message, count] : uses_) {
    if (!Exists(message)) continue;
    for (const Bus& bus : {kRange, kMicro, kLut, kGarbage, kCell}) {
      if (bus.id != message.first) continue;
      std::vector<Fp> fields;
      for (const uint32_t word : message.second) fields.push_back(Fp::FromWord(word));
      ledger.AddPublicMessage(bus, -static_cast<int>(count.Value()), std::move(fields));
    }
  }
  for (const Call& call : calls_) {
    const CallPlan& plan = lowered_.calls[call.descriptor];
    for (const CallJob& job : {plan.a, plan.b}) {
      if (job.worker == 0) continue;
      const bool sources = job.worker == kTermWorker;
      std::vector<Fp> fields = {Fp::FromU32(job.worker), Fp::FromU32(call.ts),
                                Fp::FromU32(job.program), Fp::FromU32(job.left),
                                Fp::FromU32(call.dst)};
      for (const uint32_t source : call.source) {
        fields.push_back(Fp::FromU32(sources ? source : 0));
      }
      ledger.AddPublicMessage(kStart, 1, std::move(fields));
    }
  }
}

template <class Chip>
void LinearWorld::CheckChip(const Leave& leave, Ledger& ledger, CheckReport& report) {
  WorldTable<Chip>& t = table<Chip>();
  CheckTable<Chip>(Pointers(t.fixed), Pointers(t.main), t.main.rows(), 1, ledger, report,
                   leave.chip == Chip::kName ? leave.omission : Omission{},
                   {Pointers(t.garbage), Pointers(t.folds), constants_});
}

CheckReport LinearWorld::Check(const Leave& leave, const Tamper& after_folds,
                               const Tamper& at_last) {
  Fold();
  if (after_folds) after_folds(*this);
  CountUses(leave);
  if (at_last) at_last(*this);
  Ledger ledger;
  CheckReport report;
  CheckChip<Out>(leave, ledger, report);
  CheckChip<Eval>(leave, ledger, report);
  CheckChip<Term>(leave, ledger, report);
  CheckChip<GarbageChip>(leave, ledger, report);
  CheckChip<Pow>(leave, ledger, report);
  CheckChip<Weight<64>>(leave, ledger, report);
  CheckChip<Weight<256>>(leave, ledger, report);
  Environment(ledger);
  ledger.Settle(report);
  return report;
}

}  // namespace zkvm::tensor
