// A prime field small enough to try all its elements.
#ifndef ZKVM_TESTS_VM_CHIPS_SMALL_FIELD_H_
#define ZKVM_TESTS_VM_CHIPS_SMALL_FIELD_H_

#include <cstdint>

namespace zkvm::chip_test {

template <int kPrime>
class SmallField {
 public:
  static constexpr int kModulus = kPrime;

  constexpr SmallField() = default;
  constexpr SmallField(int value)  // NOLINT(google-explicit-constructor): as Fp
      : value_(static_cast<uint32_t>((value % kPrime + kPrime) % kPrime)) {}

  constexpr uint32_t Value() const { return value_; }
  constexpr bool IsZero() const { return value_ == 0; }
  constexpr SmallField Inverse() const {
    SmallField result(1);
    for (int i = 0; i < kPrime - 2; ++i) result = result * *this;
    return result;
  }

  friend constexpr bool operator==(SmallField, SmallField) = default;
  friend constexpr SmallField operator+(SmallField a, SmallField b) {
    return Reduced(a.value_ + b.value_);
  }
  friend constexpr SmallField operator-(SmallField a, SmallField b) {
    return Reduced(a.value_ + kPrime - b.value_);
  }
  friend constexpr SmallField operator*(SmallField a, SmallField b) {
    return Reduced(a.value_ * b.value_);
  }

 private:
  static constexpr SmallField Reduced(uint32_t value) {
    SmallField x;
    x.value_ = value % kPrime;
    return x;
  }

  uint32_t value_ = 0;
};

}  // namespace zkvm::chip_test

#endif  // ZKVM_TESTS_VM_CHIPS_SMALL_FIELD_H_
