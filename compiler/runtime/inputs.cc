#include <zkvm/guest.h>

#include <cstring>

#include "compiler/runtime/model.h"

namespace zkvm::model {
namespace {

// A name in a message. Names are of any length and the stack is not.
constexpr size_t kMaxName = 200;

[[noreturn]] void FailAtInput(const char* what, const char* name) {
  char message[kMaxName + 100];
  size_t size = 0;
  for (const char* const part : {what, name, "'; give the elements of all inputs in order"}) {
    const size_t length = strnlen(part, kMaxName);
    const size_t left = sizeof(message) - 1 - size;
    memcpy(message + size, part, length < left ? length : left);
    size += length < left ? length : left;
  }
  message[size] = 0;
  zkvm_panic(message);
}

}  // namespace

void ReadInputs() {
  for (uint32_t i = 0; i < zkvm_model_input_count; ++i) {
    const zkvm_model_tensor& tensor = zkvm_model_inputs[i];
    if (zkvm_read_input(tensor.data, tensor.bytes) != tensor.bytes) {
      FailAtInput("the private input ends inside the model's input '", tensor.name);
    }
  }
  if (zkvm_input_left() != 0) {
    zkvm_panic("the private input goes on after the model's last input");
  }
}

}  // namespace zkvm::model
