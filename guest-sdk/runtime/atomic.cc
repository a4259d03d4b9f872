// std::atomic: RV32IM has no atomic instructions and a guest has one thread, so the compiler's
// calls for them are plain loads and stores.

#include <cstdint>
#include <cstring>
#include <utility>

namespace {

template <typename T>
bool CompareExchange(void* object, void* expected, T desired) {
  T& value = *static_cast<T*>(object);
  T& seen = *static_cast<T*>(expected);
  if (value == seen) {
    value = desired;
    return true;
  }
  seen = value;
  return false;
}

}  // namespace

#define ZKVM_ATOMIC_FETCH(size, type, name, operation)                            \
  type __atomic_fetch_##name##_##size(volatile void* object, type operand, int) { \
    volatile type& value = *static_cast<volatile type*>(object);                  \
    const type old = value;                                                       \
    value = static_cast<type>(operation);                                         \
    return old;                                                                   \
  }

#define ZKVM_ATOMIC(size, type)                                                                    \
  type __atomic_load_##size(const volatile void* object, int) {                                    \
    return *static_cast<const volatile type*>(object);                                             \
  }                                                                                                \
  void __atomic_store_##size(volatile void* object, type value, int) {                             \
    *static_cast<volatile type*>(object) = value;                                                  \
  }                                                                                                \
  type __atomic_exchange_##size(volatile void* object, type value, int) {                          \
    return std::exchange(*static_cast<type*>(const_cast<void*>(object)), value);                   \
  }                                                                                                \
  bool __atomic_compare_exchange_##size(volatile void* object, void* expected, type desired, bool, \
                                        int, int) {                                                \
    return CompareExchange<type>(const_cast<void*>(object), expected, desired);                    \
  }                                                                                                \
  ZKVM_ATOMIC_FETCH(size, type, add, old + operand)                                                \
  ZKVM_ATOMIC_FETCH(size, type, sub, old - operand)                                                \
  ZKVM_ATOMIC_FETCH(size, type, and, old& operand)                                                 \
  ZKVM_ATOMIC_FETCH(size, type, or, old | operand)                                                 \
  ZKVM_ATOMIC_FETCH(size, type, xor, old ^ operand)                                                \
  ZKVM_ATOMIC_FETCH(size, type, nand, ~(old & operand))

extern "C" {

ZKVM_ATOMIC(1, uint8_t)
ZKVM_ATOMIC(2, uint16_t)
ZKVM_ATOMIC(4, uint32_t)
ZKVM_ATOMIC(8, uint64_t)
}
