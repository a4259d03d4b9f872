// The out-of-line part of libc++ 19 that guests need: the functions and instantiations its headers
// declare and leave to the library.

#include <algorithm>
#include <any>
#include <cerrno>
#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <unordered_map>
#include <variant>

#include "guest-sdk/runtime/output.h"

_LIBCPP_BEGIN_NAMESPACE_STD

// Where libc++ would throw, or a hardening check fails. Understands %s and %d, and copies other
// conversions as they are: enough for libc++'s messages without the size of printf.
void __libcpp_verbose_abort(const char* format, ...) {
  char message[512];
  size_t size = 0;
  const auto append = [&](const char* text, size_t length) {
    length = std::min(length, sizeof(message) - size);
    memcpy(message + size, text, length);
    size += length;
  };
  va_list arguments;
  va_start(arguments, format);
  for (const char* p = format; *p != 0; ++p) {
    if (p[0] == '%' && p[1] == 's') {
      const char* const text = va_arg(arguments, const char*);
      append(text, strlen(text));
      ++p;
    } else if (p[0] == '%' && p[1] == 'd') {
      char digits[12];
      const auto result = std::to_chars(digits, digits + sizeof(digits), va_arg(arguments, int));
      append(digits, static_cast<size_t>(result.ptr - digits));
      ++p;
    } else if (*p != '\n') {
      append(p, 1);
    }
  }
  va_end(arguments);
  zkvm::guest::Panic(message, size);
}

void __throw_system_error(int, const char* message) {
  zkvm::guest::Panic(message, strlen(message));
}

// The smallest prime >= n; 0 for 0. Trial division: a rehash costs far more than this.
size_t __next_prime(size_t n) {
  if (n <= 2) return n;
  const auto is_prime = [](size_t odd) {
    for (size_t d = 3; d <= odd / d; d += 2) {
      if (odd % d == 0) return false;
    }
    return true;
  };
  n |= 1;
  while (!is_prime(n)) n += 2;
  return n;
}

// std::sort of built-in types. Not the branchless variant: it is made of bit scans, for which
// RV32IM has no instruction.
template <typename Compare, typename Iterator>
void __sort(Iterator first, Iterator last, Compare) {
  __less<> less;
  std::__introsort<_ClassicAlgPolicy, __less<>&, Iterator, false>(first, last, less,
                                                                  2 * std::__log2i(last - first));
}

#define ZKVM_SORT(type) template void __sort<__less<type>&, type*>(type*, type*, __less<type>&);
ZKVM_SORT(char)
ZKVM_SORT(wchar_t)
ZKVM_SORT(signed char)
ZKVM_SORT(unsigned char)
ZKVM_SORT(short)
ZKVM_SORT(unsigned short)
ZKVM_SORT(int)
ZKVM_SORT(unsigned)
ZKVM_SORT(long)
ZKVM_SORT(unsigned long)
ZKVM_SORT(long long)
ZKVM_SORT(unsigned long long)
ZKVM_SORT(float)
ZKVM_SORT(double)
ZKVM_SORT(long double)
#undef ZKVM_SORT

// std::string and std::wstring.
#define ZKVM_DEFINE(...) template __VA_ARGS__;
_LIBCPP_STRING_V1_EXTERN_TEMPLATE_LIST(ZKVM_DEFINE, char)
_LIBCPP_STRING_V1_EXTERN_TEMPLATE_LIST(ZKVM_DEFINE, wchar_t)
#undef ZKVM_DEFINE
template string operator+ <char, char_traits<char>, allocator<char>>(const char*, const string&);

namespace {

// Shared by the stoX functions: `convert` is the C function, which reports its range by errno.
template <typename Convert>
auto Parse(const char* function, const string& text, size_t* end, Convert convert) {
  char* stop = nullptr;
  const char* const start = text.c_str();
  const int saved = errno;
  errno = 0;
  const auto value = convert(start, &stop);
  const int error = errno;
  errno = saved;
  if (error == ERANGE) __libcpp_verbose_abort("%s: out of range", function);
  if (stop == start) __libcpp_verbose_abort("%s: no conversion", function);
  if (end != nullptr) *end = static_cast<size_t>(stop - start);
  return value;
}

template <typename T>
string IntegerToString(T value) {
  char digits[21];
  const auto result = std::to_chars(digits, digits + sizeof(digits), value);
  return string(digits, result.ptr);
}

string DoubleToString(double value) {
  char text[320];  // %f of the largest double has 316 characters
  const int length = snprintf(text, sizeof(text), "%f", value);
  return string(text, static_cast<size_t>(length));
}

}  // namespace

int stoi(const string& text, size_t* end, int base) {
  const long value = Parse("stoi", text, end,
                           [base](const char* s, char** stop) { return strtol(s, stop, base); });
  return static_cast<int>(value);  // long has 32 bits
}
long stol(const string& text, size_t* end, int base) {
  return Parse("stol", text, end,
               [base](const char* s, char** stop) { return strtol(s, stop, base); });
}
unsigned long stoul(const string& text, size_t* end, int base) {
  return Parse("stoul", text, end,
               [base](const char* s, char** stop) { return strtoul(s, stop, base); });
}
long long stoll(const string& text, size_t* end, int base) {
  return Parse("stoll", text, end,
               [base](const char* s, char** stop) { return strtoll(s, stop, base); });
}
unsigned long long stoull(const string& text, size_t* end, int base) {
  return Parse("stoull", text, end,
               [base](const char* s, char** stop) { return strtoull(s, stop, base); });
}
float stof(const string& text, size_t* end) {
  return Parse("stof", text, end, [](const char* s, char** stop) { return strtof(s, stop); });
}
double stod(const string& text, size_t* end) {
  return Parse("stod", text, end, [](const char* s, char** stop) { return strtod(s, stop); });
}

string to_string(int value) { return IntegerToString(value); }
string to_string(unsigned value) { return IntegerToString(value); }
string to_string(long value) { return IntegerToString(value); }
string to_string(unsigned long value) { return IntegerToString(value); }
string to_string(long long value) { return IntegerToString(value); }
string to_string(unsigned long long value) { return IntegerToString(value); }
string to_string(float value) { return DoubleToString(static_cast<double>(value)); }
string to_string(double value) { return DoubleToString(value); }

// Reference counts are one less than the number of owners; all strong owners together are one
// weak owner.
__shared_count::~__shared_count() {}
__shared_weak_count::~__shared_weak_count() {}
void __shared_weak_count::__release_weak() noexcept {
  if (__shared_weak_owners_-- == 0) __on_zero_shared_weak();
}
__shared_weak_count* __shared_weak_count::lock() noexcept {
  if (__shared_owners_ == -1) return nullptr;
  ++__shared_owners_;
  return this;
}
const void* __shared_weak_count::__get_deleter(const type_info&) const noexcept { return nullptr; }

void* align(size_t alignment, size_t size, void*& start, size_t& space) {
  const size_t skew = -reinterpret_cast<uintptr_t>(start) & (alignment - 1);
  if (size > space || skew > space - size) return nullptr;
  space -= skew;
  start = static_cast<char*>(start) + skew;
  return start;
}

// The text of an exception object. Each object has its own copy.
__libcpp_refstring::__libcpp_refstring(const char* text) : __imp_(strdup(text)) {}
__libcpp_refstring::__libcpp_refstring(const __libcpp_refstring& other) noexcept
    : __imp_(strdup(other.__imp_)) {}
__libcpp_refstring& __libcpp_refstring::operator=(const __libcpp_refstring& other) noexcept {
  char* const copy = strdup(other.__imp_);
  free(const_cast<char*>(__imp_));
  __imp_ = copy;
  return *this;
}
__libcpp_refstring::~__libcpp_refstring() { free(const_cast<char*>(__imp_)); }

bad_function_call::~bad_function_call() noexcept {}
bad_weak_ptr::~bad_weak_ptr() noexcept {}
const char* bad_weak_ptr::what() const noexcept { return "bad_weak_ptr"; }

_LIBCPP_END_NAMESPACE_STD

namespace std {

exception::~exception() noexcept {}
const char* exception::what() const noexcept { return "std::exception"; }
bad_exception::~bad_exception() noexcept {}
const char* bad_exception::what() const noexcept { return "std::bad_exception"; }
bad_alloc::bad_alloc() noexcept {}
bad_alloc::~bad_alloc() noexcept {}
const char* bad_alloc::what() const noexcept { return "std::bad_alloc"; }
bad_array_new_length::bad_array_new_length() noexcept {}
bad_array_new_length::~bad_array_new_length() noexcept {}
const char* bad_array_new_length::what() const noexcept { return "bad_array_new_length"; }
bad_cast::bad_cast() noexcept {}
bad_cast::~bad_cast() noexcept {}
const char* bad_cast::what() const noexcept { return "std::bad_cast"; }
bad_typeid::bad_typeid() noexcept {}
bad_typeid::~bad_typeid() noexcept {}
const char* bad_typeid::what() const noexcept { return "std::bad_typeid"; }
bad_optional_access::~bad_optional_access() noexcept {}
const char* bad_optional_access::what() const noexcept { return "bad_optional_access"; }
const char* bad_variant_access::what() const noexcept { return "bad_variant_access"; }
const char* bad_any_cast::what() const noexcept { return "bad any cast"; }

logic_error::logic_error(const string& text) : __imp_(text.c_str()) {}
logic_error::logic_error(const char* text) : __imp_(text) {}
logic_error::logic_error(const logic_error&) noexcept = default;
logic_error& logic_error::operator=(const logic_error&) noexcept = default;
logic_error::~logic_error() noexcept {}
const char* logic_error::what() const noexcept { return __imp_.c_str(); }
runtime_error::runtime_error(const string& text) : __imp_(text.c_str()) {}
runtime_error::runtime_error(const char* text) : __imp_(text) {}
runtime_error::runtime_error(const runtime_error&) noexcept = default;
runtime_error& runtime_error::operator=(const runtime_error&) noexcept = default;
runtime_error::~runtime_error() noexcept {}
const char* runtime_error::what() const noexcept { return __imp_.c_str(); }
domain_error::~domain_error() noexcept {}
invalid_argument::~invalid_argument() noexcept {}
length_error::~length_error() noexcept {}
out_of_range::~out_of_range() noexcept {}
range_error::~range_error() noexcept {}
overflow_error::~overflow_error() noexcept {}
underflow_error::~underflow_error() noexcept {}

namespace {

terminate_handler on_terminate = nullptr;

}  // namespace

terminate_handler set_terminate(terminate_handler handler) noexcept {
  return std::exchange(on_terminate, handler);
}
terminate_handler get_terminate() noexcept { return on_terminate; }
void terminate() noexcept {
  if (on_terminate != nullptr) on_terminate();
  static constexpr char kMessage[] = "std::terminate";
  zkvm::guest::Panic(kMessage, sizeof(kMessage) - 1);
}
bool uncaught_exception() noexcept { return false; }
int uncaught_exceptions() noexcept { return 0; }

}  // namespace std
