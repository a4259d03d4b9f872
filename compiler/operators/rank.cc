#include "compiler/operators/rank.h"

namespace zkvm::compiler {

Scalar Rank(Emitter& e, Scalar number, Extreme extreme) {
  const bool least = extreme == Extreme::kLeast;
  const DType type = number.type();
  if (type == DType::kBool) return Rank(e, Cast(number, DType::kUint8), extreme);
  if (type != DType::kFloat && type != DType::kDouble) return least ? ~number : number;

  // Sign and magnitude as two's complement. Relative to the worse infinity, numbers come first and
  // the NaNs of both signs after them.
  const bool narrow = type == DType::kFloat;
  const Scalar bits = Bits(number);
  const auto integer = [&](uint64_t value) {
    return e.Integer(bits.type(), static_cast<int64_t>(value));
  };
  const uint64_t infinity = narrow ? 0x7f800000 : uint64_t{0x7ff} << 52;
  const Scalar sign = bits >> integer(narrow ? 31 : 63);
  const Scalar magnitude = bits & integer(narrow ? 0x7fffffff : ~uint64_t{0} >> 1);
  const Scalar ordered = (magnitude ^ sign) - sign;
  const Scalar relative = least ? integer(infinity) - ordered : ordered + integer(infinity);
  const DType rank_type = narrow ? DType::kUint32 : DType::kUint64;
  return Min(Cast(relative, rank_type), Cast(integer(2 * infinity + 1), rank_type));
}

Scalar Better(Emitter& e, Scalar a, Scalar b, Extreme extreme) {
  return Select(Rank(e, b, extreme) > Rank(e, a, extreme), b, a);
}

void Best::Offer(Scalar number, bool last, const std::function<void()>& taken) {
  const Scalar rank = RankOf(number);
  e_.If(last ? rank >= rank_.Get() : rank > rank_.Get(), [&] {
    number_.Set(number);
    rank_.Set(rank);
    if (taken) taken();
  });
}

}  // namespace zkvm::compiler
