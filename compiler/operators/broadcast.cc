#include "compiler/operators/broadcast.h"

namespace zkvm::compiler {
namespace {

// A loop of the nest: what a step adds to the positions.
struct Level {
  int64_t extent = 1;
  int64_t stride = 0;                    // in the result
  std::vector<int64_t> operand_strides;  // 0: the operand repeats
};

// Outermost first.
std::vector<Level> LevelsOf(const Shape& shape, std::span<const Array> operands) {
  std::vector<Level> levels;
  const size_t rank = shape.size();
  std::vector<int64_t> next_strides(operands.size(), 1);
  int64_t stride = 1;
  for (size_t axis = rank; axis-- > 0;) {
    Level level{shape[axis], stride, {}};
    for (size_t k = 0; k < operands.size(); ++k) {
      const Shape& own = operands[k].shape();
      const size_t missing = rank - own.size();
      const int64_t extent = axis < missing ? 1 : own[axis - missing];
      level.operand_strides.push_back(extent == 1 ? 0 : next_strides[k]);
      next_strides[k] *= extent;
    }
    stride *= level.extent;
    if (level.extent == 1) continue;
    bool extends = !levels.empty();
    if (extends) {
      const Level& inner = levels.back();
      for (size_t k = 0; k < operands.size(); ++k) {
        extends &= level.operand_strides[k] == inner.operand_strides[k] * inner.extent;
      }
    }
    if (extends) {
      levels.back().extent *= level.extent;
    } else {
      levels.push_back(std::move(level));
    }
  }
  return {levels.rbegin(), levels.rend()};
}

}  // namespace

void ForBroadcast(Emitter& e, const Shape& shape, std::span<const Array> operands,
                  const std::function<void(Scalar, std::span<const Scalar>)>& body) {
  const std::vector<Level> levels = LevelsOf(shape, operands);
  const std::function<void(size_t, Scalar, const std::vector<Scalar>&)> nest =
      [&](size_t depth, Scalar base, const std::vector<Scalar>& bases) {
        if (depth == levels.size()) return body(base, bases);
        const Level& level = levels[depth];
        e.For(level.extent, [&](Scalar i) {
          const auto moved = [&](Scalar from, int64_t stride) {
            if (stride == 0) return from;
            const Scalar offset = stride == 1 ? i : i * e.Int(stride);
            return depth == 0 ? offset : from + offset;
          };
          std::vector<Scalar> positions;
          for (size_t k = 0; k < operands.size(); ++k) {
            positions.push_back(moved(bases[k], level.operand_strides[k]));
          }
          nest(depth + 1, moved(base, level.stride), positions);
        });
      };
  nest(0, e.Int(0), std::vector<Scalar>(operands.size(), e.Int(0)));
}

void EmitElementwise(Emitter& e, const Array& output, std::span<const Array> operands,
                     const std::function<Scalar(std::span<const Scalar>)>& f) {
  ForBroadcast(e, output.shape(), operands,
               [&](Scalar position, std::span<const Scalar> positions) {
                 std::vector<Scalar> values;
                 for (size_t k = 0; k < operands.size(); ++k) {
                   values.push_back(e.Load(operands[k], positions[k]));
                 }
                 e.Store(output, position, f(values));
               });
}

Scalar Choose(Emitter& e, Scalar condition, const std::function<Scalar()>& then, Scalar otherwise) {
  const Variable result = e.Local(otherwise);
  e.If(condition, [&] { result.Set(then()); });
  return result.Get();
}

}  // namespace zkvm::compiler
