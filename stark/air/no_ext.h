// Stands for an element of F where nobody looks at its value: builders that only count.
#ifndef ZKVM_STARK_AIR_NO_EXT_H_
#define ZKVM_STARK_AIR_NO_EXT_H_

namespace zkvm {

struct NoExt {
  constexpr NoExt() = default;
  template <class T>
  constexpr NoExt(const T&) {}  // NOLINT(google-explicit-constructor): every value is this one

  friend constexpr NoExt operator+(NoExt, NoExt) { return {}; }
  friend constexpr NoExt operator-(NoExt, NoExt) { return {}; }
  friend constexpr NoExt operator*(NoExt, NoExt) { return {}; }
  constexpr NoExt operator-() const { return {}; }
  constexpr NoExt& operator+=(NoExt) { return *this; }
  constexpr NoExt& operator-=(NoExt) { return *this; }
  constexpr NoExt& operator*=(NoExt) { return *this; }
};

}  // namespace zkvm

#endif  // ZKVM_STARK_AIR_NO_EXT_H_
