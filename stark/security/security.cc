#include "stark/security/security.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>

#include "stark/field/fp.h"
#include "stark/field/fp5.h"
#include "stark/hash/blake3.h"

namespace zkvm {
namespace {

constexpr int kMaxMultiplicity = 1000;
// Of a tuple's factor a + space + b addr + b^2 lo + b^3 hi + b^4 ts, in b.
constexpr double kTupleDegree = 4;

// |F| = p^5 is 2^154.5: doubles hold every error above their limit of 2^-1022.
double FieldSize() { return std::pow(double{Fp::kModulus}, Fp5::kDegree); }

double Bits(double error, int grind) { return grind - std::log2(error); }

// A radius of proximity for codes of one rate: what has agreement >= `agreement` with the code
// counts as near it.
struct Proximity {
  double rate;
  int multiplicity;  // 0 for unique decoding
  double agreement;
  double list_size;  // of joint codewords near a word

  // `rate_plus` = rho+ is the rate that covers the lifted degrees (docs/security.md).
  static Proximity UniqueDecoding(double rate, double rate_plus) {
    return {rate, 0, (1 + rate_plus) / 2, 1};
  }
  static Proximity Johnson(double rate, double rate_plus, int m) {
    return {rate, m, std::sqrt(rate_plus) * (1 + 1 / (2.0 * m)), (m + 0.5) / std::sqrt(rate_plus)};
  }

  // Error of mutual correlated agreement of lines for RS[size, rate size]: BCHKS25, Theorems 1.3
  // and 4.2 (the latter with the factor 2 of its m restored, as its authors confirm).
  double LineError(double size) const {
    if (multiplicity == 0) return ((1 - rate) / 2 * size + 1) / FieldSize();
    const double m = multiplicity + 0.5;
    const double radius = 1 - std::sqrt(rate) * (1 + 1 / (2.0 * multiplicity));
    const double exceptions =
        (2 * std::pow(m, 5) + 3 * m * radius * rate) / (3 * std::pow(rate, 1.5)) * size +
        m / std::sqrt(rate);
    return exceptions / FieldSize();
  }
};

// A layer's challenges are one round: each binary step halves the domain, and its line error is
// that of the code after it.
double LayerError(const Proximity& proximity, int log_size, int log_arity) {
  double error = 0;
  for (int step = 1; step <= log_arity; ++step) {
    error += proximity.LineError(std::ldexp(1.0, log_size - step));
  }
  return error;
}

SecurityBits Compute(const Preset& preset, const ProofScale& scale, const Proximity& proximity) {
  const double list = proximity.list_size / FieldSize();
  const double k = std::ldexp(1.0, scale.log_k);
  int log_size = scale.log_k + preset.log_blowup;

  SecurityBits bits;
  bits.multiplicity = proximity.multiplicity;
  bits.folds = Bits(list * (scale.folds ? kFoldDegree : 1), 0);
  // LogUp: a nonzero numerator of total degree <= sum of widths, and vanishing denominators. Grand
  // product: degree kTupleDegree + 1 a pair, and vanishing factors.
  bits.buses = Bits(list * (scale.message_degree + scale.tuple_pairs * (kTupleDegree + 2)),
                    preset.grind_bus);
  bits.constraints = Bits(list, 0);
  bits.point = Bits(list * (scale.distinct_heights + 4) * k, preset.grind_zeta);
  bits.batch = Bits(proximity.LineError(std::ldexp(1.0, log_size)), preset.grind_batch);
  double fold = 0;
  for (const int log_arity : FoldArities(scale.log_k)) {
    fold = std::max(fold, LayerError(proximity, log_size, log_arity));
    log_size -= log_arity;
  }
  bits.fold = Bits(fold, preset.grind_fold);
  bits.queries =
      preset.grind_query - static_cast<double>(preset.queries) * std::log2(proximity.agreement);
  bits.hash = 8 * sizeof(Digest) / 2;
  return bits;
}

}  // namespace

ProofScale ScaleOf(const Machine& machine, const Statement& statement, const Heights& heights) {
  ProofScale scale = {.log_k = heights.log_k,
                      .log_n_min = heights.log_k,
                      .distinct_heights = 0,
                      .message_degree = 0,
                      .tuple_pairs = 0,
                      .folds = false};
  std::set<int> distinct;
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!heights.present(t)) continue;
    distinct.insert(heights.log_heights[t]);
    const double rows = static_cast<double>(heights.rows(t));
    const AirShape& shape = machine.tables[t].air->shape();
    for (const BusUse& use : shape.buses) {
      scale.message_degree += rows * static_cast<double>(use.consumed + use.provided) *
                              static_cast<double>(use.bus.width + 2);
    }
    scale.tuple_pairs += rows * static_cast<double>(shape.exchanges);
    scale.folds |= shape.garbage_columns + shape.fold_columns > 0;
  }
  for (const PublicMessage& message : statement.messages) {
    scale.message_degree += static_cast<double>(message.bus.width + 2);
  }
  scale.tuple_pairs +=
      static_cast<double>(std::max(statement.produced.size(), statement.consumed.size()));
  scale.log_n_min = *distinct.begin();
  scale.distinct_heights = static_cast<int>(distinct.size());
  return scale;
}

double SecurityBits::Total() const {
  return std::min({folds, buses, constraints, point, batch, fold, queries, hash});
}

SecurityBits ProvenSecurity(const Preset& preset, const ProofScale& scale, Regime regime) {
  const double rate = std::ldexp(1.0, -preset.log_blowup);
  const double rate_plus = rate * (1 + std::ldexp(1.0, -scale.log_n_min));
  if (regime == Regime::kUniqueDecoding) {
    return Compute(preset, scale, Proximity::UniqueDecoding(rate, rate_plus));
  }
  SecurityBits best = Compute(preset, scale, Proximity::Johnson(rate, rate_plus, 1));
  for (int m = 2; m <= kMaxMultiplicity; ++m) {
    const SecurityBits bits = Compute(preset, scale, Proximity::Johnson(rate, rate_plus, m));
    if (bits.Total() > best.Total()) best = bits;
  }
  return best;
}

}  // namespace zkvm
