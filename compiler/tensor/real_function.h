// Real functions of one variable, as tables are made of them.
#ifndef ZKVM_COMPILER_TENSOR_REAL_FUNCTION_H_
#define ZKVM_COMPILER_TENSOR_REAL_FUNCTION_H_

#include <functional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace zkvm::compiler {

// Given for one point, or for many at once where each call is expensive. Empty: the identity.
class RealFunction {
 public:
  using Batch = std::function<std::vector<double>(std::span<const double>)>;

  RealFunction() = default;
  template <class F>
    requires std::is_invocable_r_v<double, F, double>
  RealFunction(F f)  // NOLINT: lambdas convert
      : batch_([f = std::move(f)](std::span<const double> points) {
          std::vector<double> values;
          values.reserve(points.size());
          for (const double x : points) values.push_back(f(x));
          return values;
        }) {}
  template <class F>
    requires std::is_invocable_r_v<std::vector<double>, F, std::span<const double>>
  RealFunction(F f) : batch_(std::move(f)) {}  // NOLINT: lambdas convert

  explicit operator bool() const { return static_cast<bool>(batch_); }
  std::vector<double> operator()(std::span<const double> points) const {
    return batch_ ? batch_(points) : std::vector<double>(points.begin(), points.end());
  }

 private:
  Batch batch_;
};

}  // namespace zkvm::compiler

#endif  // ZKVM_COMPILER_TENSOR_REAL_FUNCTION_H_
