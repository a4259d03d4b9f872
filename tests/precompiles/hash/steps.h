// Calls of hash functions with arbitrary arguments, and the rows of their rounds.
#ifndef ZKVM_TESTS_PRECOMPILES_HASH_STEPS_H_
#define ZKVM_TESTS_PRECOMPILES_HASH_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

#include "precompiles/blake3/half_rounds.h"
#include "precompiles/sha256/rounds.h"

namespace zkvm {

template <class Rounds>
using StepOf = std::conditional_t<std::is_same_v<Rounds, Sha256Rounds>, Sha256Step, Blake3Step>;
template <class Rounds>
using CallOf = std::conditional_t<std::is_same_v<Rounds, Sha256Rounds>, Sha256Call, Blake3Call>;

template <class Rounds>
std::vector<StepOf<Rounds>> RandomSteps(size_t count, std::mt19937& random) {
  std::vector<StepOf<Rounds>> steps(count);
  for (size_t i = 0; i < count; ++i) {
    steps[i].call.ts = static_cast<uint32_t>(4 * i + 4);
    for (uint32_t& word : steps[i].state) word = static_cast<uint32_t>(random());
    for (uint32_t& word : steps[i].block) word = static_cast<uint32_t>(random());
  }
  return steps;
}

// All rows that are not zero.
template <class Rounds>
std::vector<typename Rounds::template Main<Fp>> RowsOf(const std::vector<StepOf<Rounds>>& steps) {
  constexpr size_t kRows = Rounds::kRowsOfCall;
  std::vector<typename Rounds::template Main<Fp>> rows(steps.size() * kRows);
  for (size_t i = 0; i < rows.size(); ++i) {
    const StepOf<Rounds>& step = steps[i / kRows];
    if constexpr (std::is_same_v<Rounds, Sha256Rounds>) {
      Rounds::Fill(i < kRows ? nullptr : &step - 1, &step, i % kRows, rows[i]);
    } else {
      Rounds::Fill(step, i % kRows, rows[i]);
    }
  }
  if constexpr (std::is_same_v<Rounds, Sha256Rounds>) {
    rows.push_back({});
    if (!steps.empty()) Rounds::Fill(&steps.back(), nullptr, 0, rows.back());
  }
  return rows;
}

}  // namespace zkvm

#endif  // ZKVM_TESTS_PRECOMPILES_HASH_STEPS_H_
