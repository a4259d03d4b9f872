#include "stark/params.h"

#include <algorithm>

namespace zkvm {

const Preset* FindPreset(uint8_t id) {
  for (const Preset& preset : kPresets) {
    if (preset.id == id) return &preset;
  }
  return nullptr;
}

const Preset* FindPreset(std::string_view name) {
  for (const Preset& preset : kPresets) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

std::vector<int> FoldArities(int log_k) {
  std::vector<int> arities;
  for (int rest = log_k - kLogFinalDegree; rest > 0; rest -= arities.back()) {
    arities.push_back(std::min(rest, kMaxLogArity));
  }
  return arities;
}

}  // namespace zkvm
