// The program around a model. A program with a main of its own is linked without this one.

#include "compiler/runtime/model.h"

extern "C" {
[[gnu::weak]] void zkvm_preprocess(void);
[[gnu::weak]] void zkvm_postprocess(void);
}

int main() {
  if (zkvm_preprocess != nullptr) {
    zkvm_preprocess();
  } else {
    zkvm::model::ReadInputs();
  }
  zkvm::model::Run();
  if (zkvm_postprocess != nullptr) {
    zkvm_postprocess();
  } else {
    zkvm::model::Publish();
  }
  return 0;
}
