// Linear calls as the proof system sees them: the tables of OUT, EVAL, TERM, GARB, POW and WEIGHT
// of a few calls, filled from a lowered model, and a checker for them. What other tables would
// contribute is played by an environment that is honest: it starts every block once, provides the
// entries of MICRO, LUT, RANGE and GARBAGE that exist and the cells of the inputs, and nothing
// else.
//
//   LinearWorld world(1);
//   const Operand x = world.Input(Sequence(3, 20));
//   world.Layer(Sequence(3, 17)).Weights(x, 1).Bias().Run();
//   world.Build();
//   EXPECT_TRUE(world.Check().ok());
//
// A forger changes main columns, garbage or folds; all that follows from them, folds and
// multiplicities, is then computed as an honest prover would.
#ifndef ZKVM_TESTS_PRECOMPILES_LINEAR_WORLD_H_
#define ZKVM_TESTS_PRECOMPILES_LINEAR_WORLD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "precompiles/tensor/chips/eval.h"
#include "precompiles/tensor/chips/garbage.h"
#include "precompiles/tensor/chips/out.h"
#include "precompiles/tensor/chips/pow.h"
#include "precompiles/tensor/chips/term.h"
#include "precompiles/tensor/chips/weight.h"
#include "precompiles/tensor/lowering/lowered.h"
#include "precompiles/tensor/model.h"
#include "stark/air/check.h"
#include "stark/arena.h"

namespace zkvm::tensor {

TensorType Sequence(uint32_t planes, uint16_t width, Role role = Role::kX, uint16_t segment = 0);
TensorType Image(uint32_t channels, uint16_t height, uint16_t width);
Group Kernel(uint16_t height, uint16_t width, uint16_t top = 0, uint16_t left = 0,
             uint16_t dilation = 1);
Group Depthwise(Group g);
Group Times(uint32_t multiplier, Group g = {});

struct Operand {
  TensorType type;
  uint32_t handle = 0;
};

template <class Chip>
struct WorldTable {
  zkvm::Matrix fixed, main, garbage, folds;
};

// A statement of a chip to leave out.
struct Leave {
  std::string_view chip;
  Omission omission;
};

class LinearWorld {
 public:
  using Tables =
      std::tuple<WorldTable<Out>, WorldTable<Eval>, WorldTable<Term>, WorldTable<GarbageChip>,
                 WorldTable<Pow>, WorldTable<Weight<64>>, WorldTable<Weight<256>>>;

  class LayerBuilder {
   public:
    LayerBuilder(LinearWorld& world, const TensorType& out, uint32_t stride);
    LayerBuilder& From(const Operand& x, uint32_t channels, Use use, Group group = {});
    LayerBuilder& Weights(const Operand& x, uint32_t channels, Group group = {});
    LayerBuilder& Bias();
    Operand Run();

   private:
    LinearWorld& world_;
    Descriptor d_;
    std::array<uint32_t, kMaxSources> source_{};
    size_t next_ = 0;
  };

  struct Call {
    uint32_t descriptor = 0, ts = 0;
    std::array<uint32_t, kMaxSources> source{};
    uint32_t dst = 0;
    size_t first_accumulator = 0;
  };

  explicit LinearWorld(uint32_t seed);

  // A random tensor, evaluated.
  Operand Input(const TensorType& type);
  LayerBuilder Layer(const TensorType& out, uint32_t stride = 1) { return {*this, out, stride}; }
  // x under another role.
  Operand Evaluate(const Operand& x, const TensorType& as);

  // Lowers the model and fills all tables; `padding` rows of each are not in use.
  void Build(size_t padding = 1);

  const Lowered& lowered() const { return lowered_; }
  std::vector<int32_t> BiasOf(size_t call) const {
    const auto bias = tensor::Bias(model_, model_.descriptors[calls_[call].descriptor]);
    return {bias.begin(), bias.end()};
  }
  // What the guest asked for, as START tells it.
  std::vector<Call>& calls() { return calls_; }
  std::span<const Fp5> constants() const { return constants_; }
  template <class Chip>
  WorldTable<Chip>& table() {
    return std::get<WorldTable<Chip>>(tables_);
  }
  template <class Chip>
  size_t rows() {
    return table<Chip>().main.rows() - 1 - padding_;
  }
  template <class Chip>
  typename Chip::template Main<Fp> Get(size_t row) {
    typename Chip::template Main<Fp> cells;
    ForEachColumn<Chip::template Main>(
        cells, [&](size_t j, Fp& x) { x = table<Chip>().main.column(j)[row]; });
    return cells;
  }
  template <class Chip>
  void Set(size_t row, typename Chip::template Main<Fp> cells) {
    ForEachColumn<Chip::template Main>(
        cells, [&](size_t j, Fp& x) { table<Chip>().main.column(j)[row] = x; });
  }

  // Draws zx and zy again, after the garbage is committed.
  void MovePoint();

  // Folds, multiplicities, then all statements but `leave`, and the buses. `after_folds` and
  // `at_last` may tamper with what the steps before them computed.
  using Tamper = std::function<void(LinearWorld&)>;
  CheckReport Check(const Leave& leave = {}, const Tamper& after_folds = {},
                    const Tamper& at_last = {});

 private:
  using MessageKey = std::pair<uint32_t, std::vector<uint32_t>>;  // bus, words

  int Draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  uint32_t Append(const void* bytes, size_t size);
  uint32_t Allocate(const TensorType& type);
  void FillBlocks();
  void FillModel();
  void Fold();
  void CountUses(const Leave& leave);
  void Environment(Ledger& ledger) const;
  bool Exists(const MessageKey& message) const;
  template <class Chip>
  void ForEachRow(const std::function<void(size_t, const RowBuilder&)>& visit);
  template <class Chip>
  void SetUses(const Bus& bus, size_t column, const std::function<bool(size_t)>& may_provide);
  template <class Chip>
  void CheckChip(const Leave& leave, Ledger& ledger, CheckReport& report);

  std::mt19937 random_;
  Model model_;
  std::vector<Call> calls_;
  std::vector<int16_t> cells_;
  std::vector<int32_t> accumulators_;
  std::vector<std::pair<uint32_t, uint32_t>> inputs_;  // first cell, cells
  uint32_t table_ = 0;

  Lowered lowered_;
  size_t padding_ = 0;
  std::vector<Fp5> constants_;
  Tables tables_;
  std::map<MessageKey, Fp> uses_;  // of what is looked up
};

}  // namespace zkvm::tensor

#endif  // ZKVM_TESTS_PRECOMPILES_LINEAR_WORLD_H_
