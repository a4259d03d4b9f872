// Operations on scalars over edge values: code for this machine against C++, and code for the guest
// against code for this machine.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "compiler/codegen/evaluator.h"
#include "compiler/graph/half.h"
#include "compiler/runtime/math.h"
#include "tests/compiler/codegen/guest.h"
#include "tests/compiler/codegen/support.h"

namespace zkvm::compiler {
namespace {

template <class T>
constexpr DType TypeOf() {
  if constexpr (std::is_same_v<T, float>) return DType::kFloat;
  if constexpr (std::is_same_v<T, double>) return DType::kDouble;
  if constexpr (std::is_same_v<T, int8_t>) return DType::kInt8;
  if constexpr (std::is_same_v<T, uint8_t>) return DType::kUint8;
  if constexpr (std::is_same_v<T, int16_t>) return DType::kInt16;
  if constexpr (std::is_same_v<T, uint16_t>) return DType::kUint16;
  if constexpr (std::is_same_v<T, int32_t>) return DType::kInt32;
  if constexpr (std::is_same_v<T, uint32_t>) return DType::kUint32;
  if constexpr (std::is_same_v<T, int64_t>) return DType::kInt64;
  if constexpr (std::is_same_v<T, uint64_t>) return DType::kUint64;
  return DType::kUndefined;
}

template <class T>
std::vector<T> EdgeValues(size_t count) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  if constexpr (std::is_floating_point_v<T>) {
    const T infinity = Limits::infinity();
    values = {T(0.0),
              T(-0.0),
              T(1),
              T(-1),
              T(2.5),
              T(-2.5),
              infinity,
              -infinity,
              Limits::quiet_NaN(),
              Limits::denorm_min(),
              Limits::min(),
              T(0.5),
              T(-0.5),
              T(1.5),
              Limits::max(),
              -Limits::max(),
              T(0x1p31),
              T(-0x1p31),
              T(3.7),
              T(-1e-3),
              T(0x1.8p23),
              T(0x1p63),
              T(65519),
              T(65520),
              T(0x1p-25),
              T(0x1.8p-24)};
    std::mt19937_64 random(5);
    while (values.size() < count) {
      const uint64_t bits = random();
      if constexpr (sizeof(T) == 4) {
        values.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
      } else {
        values.push_back(std::bit_cast<double>(bits));
      }
    }
  } else {
    values = {T(0),
              T(1),
              static_cast<T>(-1),
              Limits::min(),
              Limits::max(),
              T(2),
              T(7),
              static_cast<T>(-7),
              T(sizeof(T) * 8),
              T(sizeof(T) * 8 - 1),
              T(sizeof(T) * 8 + 1),
              T(100),
              static_cast<T>(Limits::max() / 3),
              static_cast<T>(Limits::min() + 1)};
    std::mt19937_64 random(6);
    while (values.size() < count) values.push_back(static_cast<T>(random()));
  }
  values.resize(count);
  return values;
}

// What the operations are defined to be.
template <class T>
struct Defined {
  using Unsigned = std::make_unsigned_t<std::conditional_t<std::is_integral_v<T>, T, int>>;
  static constexpr unsigned kWidth = 8 * sizeof(T);

  static T Wrap(uint64_t value) { return static_cast<T>(static_cast<Unsigned>(value)); }
  static bool Overflows(T a, T b) {
    return std::is_signed_v<T> && a == std::numeric_limits<T>::min() && b == static_cast<T>(-1);
  }

  static T Binary(const std::string& f, T a, T b) {
    if (f == "max") return a < b ? b : a;
    if (f == "min") return b < a ? b : a;
    if constexpr (std::is_floating_point_v<T>) {
      if (f == "add") return a + b;
      if (f == "sub") return a - b;
      if (f == "mul") return a * b;
      if (f == "div") return a / b;
      if (f == "rem") return std::fmod(a, b);
    } else {
      const auto x = static_cast<uint64_t>(a), y = static_cast<uint64_t>(b);
      const uint64_t shift = static_cast<Unsigned>(b);
      if (f == "add") return Wrap(x + y);
      if (f == "sub") return Wrap(x - y);
      if (f == "mul") return Wrap(x * y);
      if (f == "div") {
        if (b == 0) return static_cast<T>(-1);
        return Overflows(a, b) ? a : static_cast<T>(a / b);
      }
      if (f == "rem") {
        if (b == 0) return a;
        return Overflows(a, b) ? T{0} : static_cast<T>(a % b);
      }
      if (f == "and") return static_cast<T>(a & b);
      if (f == "or") return static_cast<T>(a | b);
      if (f == "xor") return static_cast<T>(a ^ b);
      if (f == "shl") return shift >= kWidth ? T{0} : Wrap(x << shift);
      if (f == "shr") {
        if (shift >= kWidth) return static_cast<T>(a < 0 ? -1 : 0);
        return static_cast<T>(a >> shift);
      }
    }
    ADD_FAILURE() << f;
    return a;
  }

  static bool Compare(const std::string& f, T a, T b) {
    if (f == "lt") return a < b;
    if (f == "le") return a <= b;
    if (f == "gt") return a > b;
    if (f == "ge") return a >= b;
    if (f == "eq") return a == b;
    return a != b;
  }

  static T Unary(const std::string& f, T a) {
    if constexpr (std::is_floating_point_v<T>) {
      if (f == "neg") return -a;
      if (f == "abs") return std::fabs(a);
      if (f == "round") return std::nearbyint(a);
      if (f == "floor") return std::floor(a);
      if (f == "ceil") return std::ceil(a);
      if (f == "trunc") return std::trunc(a);
      if (f == "bits") return a;
      if (f == "sqrt") return std::sqrt(a);
    } else {
      if (f == "neg") return Wrap(uint64_t{0} - static_cast<uint64_t>(a));
      if (f == "abs") return a < 0 ? Wrap(uint64_t{0} - static_cast<uint64_t>(a)) : a;
      if (f == "not") return static_cast<T>(~a);
    }
    ADD_FAILURE() << f;
    return a;
  }
};

Scalar Combine(const std::string& f, Scalar a, Scalar b) {
  if (f == "max") return Max(a, b);
  if (f == "min") return Min(a, b);
  if (f == "add") return a + b;
  if (f == "sub") return a - b;
  if (f == "mul") return a * b;
  if (f == "div") return a / b;
  if (f == "rem") return a % b;
  if (f == "and") return a & b;
  if (f == "or") return a | b;
  if (f == "xor") return a ^ b;
  if (f == "shl") return a << b;
  if (f == "shr") return a >> b;
  if (f == "lt") return a < b;
  if (f == "le") return a <= b;
  if (f == "gt") return a > b;
  if (f == "ge") return a >= b;
  if (f == "eq") return a == b;
  return a != b;
}

Scalar Apply(const std::string& f, Scalar a) {
  if (f == "neg") return -a;
  if (f == "abs") return Abs(a);
  if (f == "round") return Round(a);
  if (f == "floor") return Floor(a);
  if (f == "ceil") return Ceil(a);
  if (f == "trunc") return Trunc(a);
  if (f == "bits") return FromBits(Bits(a));
  if (f == "sqrt") return Math("sqrt", a);
  if (f == "zero_lt") return a.emitter().Zero(a.type()) < a;
  if (f == "lt_zero") return a < 0.0;
  return ~a;
}

const std::string& BinaryOperator() {
  static const std::string name = TestOperator(+[](Emitter& e) {
    const std::string f = e.node().String("f", "");
    const Array a = e.Input(0), b = e.Input(1), y = e.Output(0);
    e.For(y.elements(), [&](Scalar i) { e.Store(y, i, Combine(f, e.Load(a, i), e.Load(b, i))); });
  });
  return name;
}

const std::string& UnaryOperator() {
  static const std::string name = TestOperator(+[](Emitter& e) {
    const std::string f = e.node().String("f", "");
    const Array a = e.Input(0), y = e.Output(0);
    e.For(y.elements(), [&](Scalar i) { e.Store(y, i, Apply(f, e.Load(a, i))); });
  });
  return name;
}

const std::string& CastOperator() {
  static const std::string name = TestOperator(+[](Emitter& e) {
    const Array a = e.Input(0), y = e.Output(0);
    e.For(y.elements(), [&](Scalar i) { e.Store(y, i, Cast(e.Load(a, i), y.dtype())); });
  });
  return name;
}

bool IsNan(const Literal& literal, size_t i) {
  switch (literal.dtype()) {
    case DType::kFloat:
      return std::isnan(literal.As<float>()[i]);
    case DType::kDouble:
      return std::isnan(literal.As<double>()[i]);
    case DType::kFloat16:
      return std::isnan(Float16ToFloat(literal.As<uint16_t>()[i]));
    case DType::kBfloat16:
      return std::isnan(Bfloat16ToFloat(literal.As<uint16_t>()[i]));
    default:
      return false;
  }
}

// Bit by bit, but for NaN. The first element that differs, or -1.
int64_t FirstDifference(const Literal& a, const Literal& b) {
  if (a.type() != b.type()) return 0;
  const size_t size = ByteSize(a.dtype());
  for (size_t i = 0; i < static_cast<size_t>(a.type().elements()); ++i) {
    const bool same = std::memcmp(&a.bytes()[i * size], &b.bytes()[i * size], size) == 0;
    if (!same && !(IsNan(a, i) && IsNan(b, i))) return static_cast<int64_t>(i);
  }
  return -1;
}

// A graph of many operations that do not depend on each other, and what they are to give.
class Operations {
 public:
  ValueId Input(const Literal& literal) {
    const ValueId id = AddValue(graph_, std::string("x").append(std::to_string(inputs_.size())),
                                literal.dtype(), literal.shape());
    graph_.inputs.push_back(id);
    inputs_.push_back(literal);
    return id;
  }

  void Add(const std::string& op, const std::string& f, std::vector<ValueId> inputs,
           Literal expected) {
    const ValueId y = AddValue(graph_, std::string("y").append(std::to_string(names_.size())),
                               expected.dtype(), expected.shape());
    graph_.outputs.push_back(y);
    names_.push_back(f + " of " + ToString(graph_.At(inputs[0]).type) + " to " +
                     ToString(expected.type()));
    AddNode(graph_, op, std::move(inputs), {y}).attributes["f"] = f;
    expected_.push_back(std::move(expected));
  }

  void Check(bool in_guest) {
    Evaluator evaluator;
    const std::vector<Literal> values = evaluator.RunGraph(graph_, inputs_);
    for (size_t i = 0; i < names_.size(); ++i) {
      const Literal& result = values[static_cast<size_t>(graph_.outputs[i])];
      EXPECT_EQ(FirstDifference(result, expected_[i]), -1) << names_[i];
    }
    if (!in_guest) return;
    const GuestRun run = RunExact(graph_, inputs_);
    for (size_t i = 0; i < names_.size(); ++i) {
      EXPECT_EQ(FirstDifference(run.outputs[i], expected_[i]), -1) << "guest: " << names_[i];
    }
  }

 private:
  Graph graph_;
  std::vector<Literal> inputs_, expected_;
  std::vector<std::string> names_;
};

template <class T>
Literal LiteralOf(const std::vector<T>& values) {
  return Literal::Of<T>(TypeOf<T>(), {static_cast<int64_t>(values.size())}, values);
}
Literal BoolsOf(const std::vector<uint8_t>& values) {
  return Literal::Of<uint8_t>(DType::kBool, {static_cast<int64_t>(values.size())}, values);
}

template <class T>
void CheckArithmetic(size_t edge_values, bool in_guest) {
  const std::vector<T> edges = EdgeValues<T>(edge_values);
  std::vector<T> a, b;
  for (const T x : edges) {
    for (const T y : edges) {
      a.push_back(x);
      b.push_back(y);
    }
  }
  Operations operations;
  const ValueId a_id = operations.Input(LiteralOf(a)), b_id = operations.Input(LiteralOf(b));
  std::vector<std::string> binary = {"add", "sub", "mul", "div", "rem", "max", "min"};
  std::vector<std::string> unary = {"neg", "abs"};
  if constexpr (std::is_floating_point_v<T>) {
    unary.insert(unary.end(), {"round", "floor", "ceil", "trunc", "bits", "sqrt"});
  } else {
    binary.insert(binary.end(), {"and", "or", "xor", "shl", "shr"});
    unary.push_back("not");
  }
  for (const std::string& f : binary) {
    std::vector<T> expected;
    for (size_t i = 0; i < a.size(); ++i) expected.push_back(Defined<T>::Binary(f, a[i], b[i]));
    operations.Add(BinaryOperator(), f, {a_id, b_id}, LiteralOf(expected));
  }
  for (const std::string f : {"lt", "le", "gt", "ge", "eq", "ne"}) {
    std::vector<uint8_t> expected;
    for (size_t i = 0; i < a.size(); ++i) expected.push_back(Defined<T>::Compare(f, a[i], b[i]));
    operations.Add(BinaryOperator(), f, {a_id, b_id}, BoolsOf(expected));
  }
  const std::vector<T> values = EdgeValues<T>(100);
  const ValueId x = operations.Input(LiteralOf(values));
  for (const std::string& f : unary) {
    std::vector<T> expected;
    for (const T value : values) expected.push_back(Defined<T>::Unary(f, value));
    operations.Add(UnaryOperator(), f, {x}, LiteralOf(expected));
  }
  std::vector<uint8_t> above, below;
  for (const T value : values) {
    above.push_back(value > T{0});
    below.push_back(value < T{0});
  }
  operations.Add(UnaryOperator(), "zero_lt", {x}, BoolsOf(above));
  operations.Add(UnaryOperator(), "lt_zero", {x}, BoolsOf(below));
  operations.Check(in_guest);
}

template <class T>
class Arithmetic : public testing::Test {};
using Types = testing::Types<int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t,
                             uint64_t, float, double>;
TYPED_TEST_SUITE(Arithmetic, Types);

TYPED_TEST(Arithmetic, IsAsDefinedHereAndInGuests) { CheckArithmetic<TypeParam>(32, true); }
// Code that runs once is compiled in another way.
TYPED_TEST(Arithmetic, IsAsDefinedInHasty) { CheckArithmetic<TypeParam>(16, false); }

template <class To, class From>
To Converted(From value) {
  if constexpr (std::is_floating_point_v<To> || !std::is_floating_point_v<From>) {
    return static_cast<To>(value);
  } else {
    if (std::isnan(value)) return 0;
    if (value <= static_cast<From>(std::numeric_limits<To>::min())) {
      return std::numeric_limits<To>::min();
    }
    // The upper limit + 1 is a power of two, and exact.
    if (value >= std::ldexp(From{1}, std::numeric_limits<To>::digits)) {
      return std::numeric_limits<To>::max();
    }
    return static_cast<To>(value);
  }
}

template <class From>
void AddCasts(Operations& operations) {
  const std::vector<From> values = EdgeValues<From>(400);
  const ValueId x = operations.Input(LiteralOf(values));
  const auto add = [&]<class To>(To) {
    if constexpr (!std::is_same_v<From, To>) {
      std::vector<To> expected;
      for (const From value : values) expected.push_back(Converted<To>(value));
      operations.Add(CastOperator(), "cast", {x}, LiteralOf(expected));
    }
  };
  add(int8_t{});
  add(uint8_t{});
  add(int16_t{});
  add(uint16_t{});
  add(int32_t{});
  add(uint32_t{});
  add(int64_t{});
  add(uint64_t{});
  add(float{});
  add(double{});
  std::vector<uint8_t> nonzero;
  for (const From value : values) nonzero.push_back(value != From{0});
  operations.Add(CastOperator(), "cast", {x}, BoolsOf(nonzero));
}

TEST(Casts, OfIntegersAreAsDefined) {
  Operations operations;
  AddCasts<int8_t>(operations);
  AddCasts<uint8_t>(operations);
  AddCasts<int16_t>(operations);
  AddCasts<uint16_t>(operations);
  AddCasts<int32_t>(operations);
  AddCasts<uint32_t>(operations);
  AddCasts<int64_t>(operations);
  AddCasts<uint64_t>(operations);
  operations.Check(true);
}

TEST(Casts, OfFloatsSaturate) {
  Operations operations;
  AddCasts<float>(operations);
  AddCasts<double>(operations);
  operations.Check(true);
}

TEST(Casts, OfBoolsAreZeroAndOne) {
  Operations operations;
  const ValueId x = operations.Input(BoolsOf({0, 1}));
  operations.Add(CastOperator(), "cast", {x}, LiteralOf<float>({0, 1}));
  operations.Add(CastOperator(), "cast", {x}, LiteralOf<double>({0, 1}));
  operations.Add(CastOperator(), "cast", {x}, LiteralOf<int8_t>({0, 1}));
  operations.Add(CastOperator(), "cast", {x}, LiteralOf<uint64_t>({0, 1}));
  operations.Check(true);
}

Literal HalvesOf(DType type, const std::vector<uint16_t>& bits) {
  return Literal::Of<uint16_t>(type, {static_cast<int64_t>(bits.size())}, bits);
}

TEST(Casts, LoadEveryNumberOf16Bits) {
  std::vector<uint16_t> bits(1 << 16);
  std::vector<float> halves, brains;
  for (size_t i = 0; i < bits.size(); ++i) {
    bits[i] = static_cast<uint16_t>(i);
    halves.push_back(Float16ToFloat(bits[i]));
    brains.push_back(Bfloat16ToFloat(bits[i]));
  }
  Operations operations;
  operations.Add(CastOperator(), "cast", {operations.Input(HalvesOf(DType::kFloat16, bits))},
                 LiteralOf(halves));
  operations.Add(CastOperator(), "cast", {operations.Input(HalvesOf(DType::kBfloat16, bits))},
                 LiteralOf(brains));
  operations.Check(true);
}

// All numbers of 16 bits, the middles between them, and what lies close to those.
TEST(Casts, StoreTheNearestNumberOf16Bits) {
  std::vector<float> numbers = EdgeValues<float>(200);
  std::vector<double> doubles = EdgeValues<double>(200);
  for (uint32_t i = 0; i < 0x7c00; i += 7) {
    const double low = Float16ToFloat(static_cast<uint16_t>(i));
    const double high = i == 0x7bff ? 65536.0 : Float16ToFloat(static_cast<uint16_t>(i + 1));
    const double middle = (low + high) / 2;
    for (const double x : {low, middle, -middle}) {
      const auto as_float = static_cast<float>(x);
      numbers.insert(numbers.end(),
                     {as_float, std::nextafter(as_float, 0.0F), std::nextafter(as_float, 1e30F)});
      doubles.insert(doubles.end(), {x, std::nextafter(x, 0.0), std::nextafter(x, 1e300)});
    }
  }
  std::vector<uint16_t> halves, brains, from_doubles;
  for (const float x : numbers) {
    halves.push_back(FloatToFloat16(x));
    brains.push_back(FloatToBfloat16(x));
  }
  for (const double x : doubles) {
    // The nearest of the float's neighbours.
    const uint16_t guess = FloatToFloat16(static_cast<float>(x));
    uint16_t best = guess;
    const auto distance = [&](uint16_t bits) {
      // Overflow rounds as if the exponent went on.
      const double value = Float16ToFloat(bits);
      return std::fabs((std::isinf(value) ? std::copysign(65536.0, value) : value) - x);
    };
    if (std::isfinite(x) && std::fabs(x) < 1e6) {
      for (const uint16_t other :
           {static_cast<uint16_t>(guess - 1), static_cast<uint16_t>(guess + 1)}) {
        if ((other & 0x7fff) > 0x7c00 || ((other ^ guess) & 0x8000) != 0) continue;
        const double difference = distance(other) - distance(best);
        if (difference < 0 || (difference == 0 && other % 2 == 0)) best = other;
      }
    }
    from_doubles.push_back(best);
  }
  Operations operations;
  const ValueId x = operations.Input(LiteralOf(numbers)), y = operations.Input(LiteralOf(doubles));
  operations.Add(CastOperator(), "cast", {x}, HalvesOf(DType::kFloat16, halves));
  operations.Add(CastOperator(), "cast", {x}, HalvesOf(DType::kBfloat16, brains));
  operations.Add(CastOperator(), "cast", {y}, HalvesOf(DType::kFloat16, from_doubles));
  operations.Check(true);
}

}  // namespace
}  // namespace zkvm::compiler
