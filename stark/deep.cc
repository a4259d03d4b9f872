#include "stark/deep.h"

#include <algorithm>
#include <mutex>

#include "stark/common_steps.h"
#include "stark/parallel.h"
#include "stark/pointwise.h"

namespace zkvm {
namespace {

// Rows a task works on: the inverse differences of that many rows stay in the second-level cache.
constexpr size_t kTileRows = 16 * kPointwiseBlock;

ConstFive Columns(const Matrix& matrix) {
  ConstFive five;
  for (size_t i = 0; i < 5; ++i) five[i] = matrix.column(i);
  return five;
}

Five MutableColumns(Matrix& matrix) {
  Five five;
  for (size_t i = 0; i < 5; ++i) five[i] = matrix.column(i);
  return five;
}

// The first coset of a place's domain: X = s g^i, or Y = w_k^i for the quotient chunks.
Fp CosetShift(const Place& place) { return place.point == Point::kEta ? Fp(1) : Fp::Generator(); }

template <class Body>
void ForTiles(size_t rows, const Body& body) {
  ParallelFor(0, (rows + kTileRows - 1) / kTileRows, 1, [&](size_t begin, size_t end) {
    for (size_t tile = begin; tile < end; ++tile) {
      body(tile * kTileRows, std::min(rows, (tile + 1) * kTileRows));
    }
  });
}

}  // namespace

Deep::Deep(const Layout& layout, const Heights& heights, const CommitmentsByTree& commitments,
           const Fp5& eta)
    : log_k_(heights.log_k),
      num_functions_(layout.functions.size()),
      places_(layout.places),
      place_columns_(layout.places.size()) {
  for (size_t tree = 0; tree < kNumTrees; ++tree) {
    const auto& groups = layout.trees[tree].groups;
    for (size_t g = 0; g < groups.size(); ++g) {
      const size_t count = groups[g].columns + groups[g].next.size();
      for (size_t f = groups[g].first_function; f < groups[g].first_function + count; ++f) {
        const Function& function = layout.functions[f];
        PlaceColumns& place = place_columns_[function.place];
        const size_t width = groups[g].extension ? 5 : 1;
        for (size_t i = 0; i < width; ++i) {
          place.columns.push_back(
              commitments[tree]->extension(g).column(function.column * width + i));
          place.function.push_back(f);
          place.coordinate.push_back(i);
        }
      }
    }
  }
  for (size_t p = 0; p < places_.size(); ++p) {
    PlaceColumns& place = place_columns_[p];
    const int log_n = places_[p].log_n;
    const size_t n = size_t{1} << log_n;
    place.point = PointOf(places_[p], log_k_, eta);
    place.inverse_differences = Matrix(n, 5);
    const Five five = MutableColumns(place.inverse_differences);
    ForTiles(n, [&](size_t begin, size_t end) {
      Pointwise().invert_differences(CosetShift(places_[p]), Fp::RootOfUnity(log_n), place.point,
                                     five, begin, end);
    });
  }
}

// f(z) = ((z/s)^n - 1) / n * sum_i f_i x_i / (z - x_i), and x / (z - x) = z / (z - x) - 1: with
// d = 1 / (x - z) the sum is -(z sum f_i d_i + sum f_i).
std::vector<Fp5> Deep::Openings() const {
  std::vector<Fp5> openings(num_functions_);
  for (size_t p = 0; p < places_.size(); ++p) {
    const PlaceColumns& place = place_columns_[p];
    const size_t n = size_t{1} << places_[p].log_n;
    const size_t count = place.columns.size();
    std::vector<Fp5> sums(count);
    std::vector<Fp> plain(count);
    std::mutex mutex;
    ForTiles(n, [&](size_t begin, size_t end) {
      std::vector<Fp5> tile_sums(count);
      std::vector<Fp> tile_plain(count);
      Pointwise().dot_columns(place.columns.data(), count, Columns(place.inverse_differences),
                              begin, end, tile_sums.data(), tile_plain.data());
      const std::lock_guard lock(mutex);
      for (size_t c = 0; c < count; ++c) {
        sums[c] += tile_sums[c];
        plain[c] += tile_plain[c];
      }
    });
    const Fp5 normalised = place.point * CosetShift(places_[p]).Inverse();
    const Fp5 scale = (Fp5(1) - normalised.Pow(n)) * Fp::FromU64(n).Inverse();
    for (size_t c = 0; c < count; ++c) {
      openings[place.function[c]] += Fp5::Basis(static_cast<int>(place.coordinate[c])) *
                                     ((place.point * sums[c] + Fp5(plain[c])) * scale);
    }
  }
  return openings;
}

Matrix Deep::Batch(const std::vector<Fp5>& lambda, const std::vector<Fp5>& openings) const {
  // g_n on its own domain; shorter ones are lifted from the shortest up.
  std::vector<Matrix> by_height(static_cast<size_t>(log_k_) + 1);
  for (size_t p = 0; p < places_.size(); ++p) {
    const size_t n = size_t{1} << places_[p].log_n;
    Matrix& sum = by_height[static_cast<size_t>(places_[p].log_n)];
    if (sum.rows() != 0) continue;
    sum = Matrix(n, 5);
    for (size_t i = 0; i < 5; ++i) std::fill_n(sum.column(i), n, Fp());
  }
  for (size_t p = 0; p < places_.size(); ++p) {
    const PlaceColumns& place = place_columns_[p];
    std::vector<Fp5> coefficients(place.columns.size());
    Fp5 constant;
    for (size_t c = 0; c < coefficients.size(); ++c) {
      const size_t f = place.function[c];
      coefficients[c] = lambda[f] * Fp5::Basis(static_cast<int>(place.coordinate[c]));
      if (place.coordinate[c] == 0) constant += lambda[f] * openings[f];
    }
    const Five out = MutableColumns(by_height[static_cast<size_t>(places_[p].log_n)]);
    ForTiles(size_t{1} << places_[p].log_n, [&](size_t begin, size_t end) {
      Pointwise().add_quotients(place.columns.data(), place.columns.size(), coefficients.data(),
                                constant, Columns(place.inverse_differences), out, begin, end);
    });
  }
  Matrix lifted;
  for (Matrix& sum : by_height) {
    if (sum.rows() == 0) continue;
    for (size_t i = 0; i < 5 && lifted.rows() != 0; ++i) {
      Fp* target = sum.column(i);
      const Fp* source = lifted.column(i);
      const size_t mask = lifted.rows() - 1;
      for (size_t row = 0; row < sum.rows(); ++row) target[row] += source[row & mask];
    }
    lifted = std::move(sum);
  }
  return lifted;
}

}  // namespace zkvm
