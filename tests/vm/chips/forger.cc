#include "tests/vm/chips/forger.h"

#include "isa/air/buses.h"

namespace zkvm::chip_test {
namespace {

// Tonelli-Shanks; nothing for a non-square.
std::optional<Fp> SquareRoot(Fp x) {
  if (x.IsZero()) return Fp(0);
  constexpr uint64_t kOdd = 15;
  if (!(x.Pow((Fp::kModulus - 1) / 2) == Fp(1))) return std::nullopt;
  Fp root = x.Pow((kOdd + 1) / 2);
  Fp rest = x.Pow(kOdd);
  Fp generator = Fp::RootOfUnity(Fp::kTwoAdicity);
  int order = Fp::kTwoAdicity;
  while (!(rest == Fp(1))) {
    int i = 0;
    for (Fp square = rest; !(square == Fp(1)); square *= square) ++i;
    Fp factor = generator;
    for (int k = 0; k < order - i - 1; ++k) factor *= factor;
    root *= factor;
    generator = factor * factor;
    rest *= generator;
    order = i;
  }
  return root;
}

// The roots of a2 x^2 + a1 x + a0, unless it is constant.
std::vector<Fp> QuadraticRoots(Fp a2, Fp a1, Fp a0) {
  if (a2.IsZero()) {
    if (a1.IsZero()) return {};
    return {-a0 * a1.Inverse()};
  }
  const std::optional<Fp> root = SquareRoot(a1 * a1 - a0 * a2 * 4);
  if (!root) return {};
  const Fp scale = (a2 * 2).Inverse();
  return {(*root - a1) * scale, (-*root - a1) * scale};
}

}  // namespace

std::vector<Fp> Roots(const std::array<Fp, 4>& values) {
  // Newton's forward differences: f = d0 + d1 x + d2 x (x-1) / 2 + d3 x (x-1) (x-2) / 6.
  const Fp d1 = values[1] - values[0];
  const Fp d2 = values[2] - values[1] - d1;
  const Fp d3 = values[3] - values[2] * 3 + values[1] * 3 - values[0];
  const Fp half = Fp(2).Inverse();
  const Fp sixth = Fp(6).Inverse();
  const Fp a3 = d3 * sixth;
  const Fp a2 = d2 * half - a3 * 3;
  const Fp a1 = d1 - d2 * half + a3 * 2;
  const Fp a0 = values[0];
  if (a3.IsZero()) return QuadraticRoots(a2, a1, a0);
  // With one root r known, the others are those of f / (x - r). The cubics of the chips are 0 at
  // 0, 1 and 2 or have three equidistant roots, the middle one at the inflection.
  for (const Fp x : {Fp(0), Fp(1), Fp(2), -a2 * (a3 * 3).Inverse()}) {
    if (!(((a3 * x + a2) * x + a1) * x + a0).IsZero()) continue;
    const Fp b1 = a2 + a3 * x;
    std::vector<Fp> roots = QuadraticRoots(a3, b1, a1 + b1 * x);
    roots.push_back(x);
    return roots;
  }
  return {};
}

std::vector<FieldRepair> FieldRepairs(const Evaluator::Message& message,
                                      const std::array<Fp, 8>& program_row) {
  std::vector<FieldRepair> repairs;
  const auto field = [&](size_t i) { return message.fields[i].Value(); };
  const auto set = [&](size_t i, uint64_t value) {
    if (field(i) != value) repairs.push_back({i, Fp::FromU64(value)});
  };
  const Bus& bus = *message.bus;
  if (bus.id == kProgram.id) {
    for (size_t i = 0; i < 8; ++i) set(i, program_row[i].Value());
  } else if (bus.id == kRange.id) {
    if (field(0) > 16) {
      set(0, 16);
    } else {
      const uint64_t end = 1ULL << field(0);
      set(1, field(1) % end);
      set(1, 0);
      set(1, end - 1);
      set(1, (Fp::kModulus - field(1)) % end);
      set(1, end / 3);
    }
  } else if (bus.id == kPair.id || bus.id == kBytes.id) {
    set(0, field(0) & 0xFF);
    set(1, field(1) & 0xFF);
    if (bus.id == kBytes.id) set(2, field(0) & field(1));
  } else if (bus.id == kShift.id) {
    const uint64_t amount = field(1) & 15;
    const uint64_t split = field(0) == 1 ? 16 - amount : amount;
    set(1, amount);
    set(2, split);
    set(3, 1ULL << split);
    set(4, 1ULL << (16 - split));
  } else if (bus.id == kMul64.id) {
    const uint64_t x = (field(0) & 0xFFFF) + ((field(1) & 0xFFFF) << 16);
    const uint64_t y = (field(2) & 0xFFFF) + ((field(3) & 0xFFFF) << 16);
    for (size_t i = 0; i < 4; ++i) set(i, field(i) & 0xFFFF);
    for (size_t i = 0; i < 4; ++i) set(4 + i, (x * y >> (16 * i)) & 0xFFFF);
  }
  return repairs;
}

std::vector<Fp> Disturbances(Fp x) {
  static const std::vector<Fp> kSteps = {1,
                                         -1,
                                         2,
                                         4,
                                         -4,
                                         128,
                                         256,
                                         -256,
                                         512,
                                         0x8000,
                                         1 << 16,
                                         -(1 << 16),
                                         30720,
                                         Fp(2).Inverse(),
                                         -Fp(2).Inverse(),
                                         Fp(64).Inverse(),
                                         Fp(128).Inverse(),
                                         Fp(256).Inverse(),
                                         -Fp(256).Inverse(),
                                         Fp(0x8000).Inverse(),
                                         Fp(1 << 16).Inverse(),
                                         -Fp(1 << 16).Inverse(),
                                         1234567};
  std::vector<Fp> values;
  for (const Fp value : {Fp(0), Fp(1), Fp(-1), Fp(2), x * 2, -x}) values.push_back(value);
  for (const Fp step : kSteps) values.push_back(x + step);
  std::erase(values, x);
  return values;
}

std::vector<Case> StartingCases(Form form) {
  std::vector<Case> cases;
  for (const auto& [x, y] : std::vector<std::pair<uint32_t, uint32_t>>{{0x12345678, 0x9ABCDEF0},
                                                                       {0x80008000, 0x00080001},
                                                                       {0xFFFFFFFF, 0xFFFFFFFF},
                                                                       {77, 77},
                                                                       {5, 0},
                                                                       {0x80000000, 0xFFFFFFFF},
                                                                       {0x00010000, 0x00000080},
                                                                       {0x00002000, 0x00030004},
                                                                       {0x01000000, 0x00000100},
                                                                       {0x00000100, 0x01000000}}) {
    cases.push_back(MakeCase(form, x, y));
  }
  if (form.op == Op::kJalr || (form.op >= Op::kLw && form.op <= Op::kSh)) {
    // Odd; negative; above 2^30; p and 2 p above an address that exists.
    for (const uint32_t base : {0x2001U, 0x2002U, 0x2003U, 0U, 0x40000000U, 0x78002001U,
                                0xF0002002U, 0xF0002004U, 0xFFFF0000U}) {
      Case c = MakeCase(form, 0, 0x00030004);
      c.step.a = base;
      c.instruction.k0 = base == 0 ? -2048 : 0;
      cases.push_back(c);
    }
  }
  return cases;
}

}  // namespace zkvm::chip_test
