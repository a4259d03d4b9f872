// What a guest can do beyond the standard library. C and C++20; on other machines the same
// functions work on standard input, output and error, for debugging a guest natively.
//
// None of this is needed: main, standard input (the private input), standard output (the journal,
// which is public), standard error and the exit code do the same job.
#ifndef ZKVM_GUEST_H_
#define ZKVM_GUEST_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bytes of the private input that are left to read.
size_t zkvm_input_left(void);

// Reads min(count, left) bytes of the private input and returns how many. Shares its position with
// stdin; do not mix the two after ungetc or inside a line.
size_t zkvm_read_input(void* to, size_t count);

// Appends bytes to the journal, like fwrite to stdout. A journal is at most 4194300 bytes; a longer
// one panics.
void zkvm_write_journal(const void* bytes, size_t count);

// Ends the program with exit code 134. `message` (zero terminated) is reported as the reason by
// the host and is not part of what is proven.
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void zkvm_panic(const char* message);

// The host counts the cycles between begin and end under `name` and prints them with --stats.
// Markers nest. They cost a few cycles themselves and prove nothing.
void zkvm_marker_begin(const char* name);
void zkvm_marker_end(const char* name);

#ifdef __cplusplus
}  // extern "C"

#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace zkvm {

// All of the private input that is left.
inline std::vector<uint8_t> ReadInput() {
  std::vector<uint8_t> bytes(zkvm_input_left());
  zkvm_read_input(bytes.data(), bytes.size());
  return bytes;
}

// The next sizeof(T) bytes of the private input as a value, in the guest's layout (little endian,
// 32-bit pointers). Panics if fewer are left.
template <typename T>
T Read() {
  static_assert(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>);
  T value;
  if (zkvm_read_input(&value, sizeof(T)) != sizeof(T)) {
    zkvm_panic("the private input is too short");
  }
  return value;
}

// Appends the bytes of a value to the journal.
template <typename T>
void Write(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
  zkvm_write_journal(&value, sizeof(T));
}

inline void WriteJournal(std::span<const uint8_t> bytes) {
  zkvm_write_journal(bytes.data(), bytes.size());
}

[[noreturn]] inline void Panic(const std::string& message) { zkvm_panic(message.c_str()); }

// Counts the cycles of a scope under `name`, which must outlive it.
class CycleMarker {
 public:
  explicit CycleMarker(const char* name) : name_(name) { zkvm_marker_begin(name_); }
  ~CycleMarker() { zkvm_marker_end(name_); }
  CycleMarker(const CycleMarker&) = delete;
  CycleMarker& operator=(const CycleMarker&) = delete;

 private:
  const char* name_;
};

}  // namespace zkvm
#endif  // __cplusplus

#endif  // ZKVM_GUEST_H_
