#include <vector>

#include "stark/field/fp5.h"

namespace zkvm {
namespace {

// Montgomery's trick: prefix products, one inversion, then backwards.
template <class T>
void Invert(std::span<T> values) {
  std::vector<T> prefix(values.size());
  T product(1);
  for (size_t i = 0; i < values.size(); ++i) {
    prefix[i] = product;
    if (!values[i].IsZero()) product *= values[i];
  }
  T inverse = product.Inverse();
  for (size_t i = values.size(); i-- > 0;) {
    if (values[i].IsZero()) continue;
    const T value = values[i];
    values[i] = inverse * prefix[i];
    inverse *= value;
  }
}

}  // namespace

void BatchInvert(std::span<Fp> values) { Invert(values); }
void BatchInvert(std::span<Fp5> values) { Invert(values); }

}  // namespace zkvm
