// The compiled part of the stream headers in include/c++: numbers as text, and the standard
// streams.

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>
#include <new>

#include "guest-sdk/runtime/output.h"

_LIBCPP_BEGIN_NAMESPACE_STD

template class basic_ostream<char>;
template class basic_istream<char>;

void __zkvm_stream_failure() {
  static constexpr char kMessage[] = "ios_base::failure: a stream was told to throw";
  zkvm::guest::Panic(kMessage, sizeof(kMessage) - 1);
}

size_t __zkvm_format(char* to, unsigned long long magnitude, bool negative, bool is_signed,
                     const ios_base& format, size_t* prefix) {
  const ios_base::fmtflags flags = format.flags();
  const ios_base::fmtflags base = flags & ios_base::basefield;
  char* p = to;
  if (negative) {
    *p++ = '-';
  } else if (is_signed && (flags & ios_base::showpos) != 0) {
    *p++ = '+';
  }
  int radix = 10;
  if (base == ios_base::hex) radix = 16;
  if (base == ios_base::oct) radix = 8;
  if ((flags & ios_base::showbase) != 0 && magnitude != 0 && radix != 10) {
    *p++ = '0';
    if (radix == 16) *p++ = 'x';
  }
  *prefix = static_cast<size_t>(p - to);
  if (radix == 8) *prefix = 0;
  p = std::to_chars(p, to + __zkvm_number_size, magnitude, radix).ptr;
  if ((flags & ios_base::uppercase) != 0) {
    for (char* q = to; q != p; ++q) {
      if (*q >= 'a') *q = static_cast<char>(*q - 'a' + 'A');
    }
  }
  return static_cast<size_t>(p - to);
}

size_t __zkvm_format(char* to, double value, const ios_base& format, size_t* prefix) {
  const ios_base::fmtflags flags = format.flags();
  const ios_base::fmtflags field = flags & ios_base::floatfield;
  char conversion[8] = "%";
  char* p = conversion + 1;
  if ((flags & ios_base::showpos) != 0) *p++ = '+';
  if ((flags & ios_base::showpoint) != 0) *p++ = '#';
  const bool hexadecimal = field == ios_base::floatfield;
  if (!hexadecimal) {
    *p++ = '.';
    *p++ = '*';
  }
  char letter = 'g';
  if (field == ios_base::fixed) letter = 'f';
  if (field == ios_base::scientific) letter = 'e';
  if (hexadecimal) letter = 'a';
  if ((flags & ios_base::uppercase) != 0) letter = static_cast<char>(letter - 'a' + 'A');
  *p = letter;
  const int precision = static_cast<int>(format.precision());
  int length = hexadecimal ? snprintf(to, __zkvm_number_size, conversion, value)
                           : snprintf(to, __zkvm_number_size, conversion, precision, value);
  length = std::min(length, static_cast<int>(__zkvm_number_size) - 1);
  *prefix = *to == '-' || *to == '+' ? 1 : 0;
  if (hexadecimal) *prefix += 2;
  return static_cast<size_t>(length);
}

__zkvm_number_reader::__zkvm_number_reader(ios_base::fmtflags flags, bool floating)
    : floating_(floating) {
  const ios_base::fmtflags base = flags & ios_base::basefield;
  base_ = 0;
  if (base == ios_base::dec) base_ = 10;
  if (base == ios_base::oct) base_ = 8;
  if (base == ios_base::hex) base_ = 16;
}

void __zkvm_number_reader::Append(char c) {
  if (size_ + 1 < sizeof(text_)) text_[size_++] = c;
}

bool __zkvm_number_reader::Take(char c) {
  const bool at_start = size_ == 0 || (floating_ && exponent_ && (text_[size_ - 1] | 32) == 'e');
  if ((c == '+' || c == '-') && at_start) {
    Append(c);
    return true;
  }
  if (floating_) {
    if (c >= '0' && c <= '9') {
      digits_ = true;
    } else if (c == '.' && !point_ && !exponent_) {
      point_ = true;
    } else if ((c == 'e' || c == 'E') && digits_ && !exponent_) {
      exponent_ = true;
    } else {
      return false;
    }
    Append(c);
    return true;
  }
  // "0x" while no other digit was seen and the base allows it; in base 0 a leading 0 is octal.
  const bool only_zero = digits_ && size_ > 0 && text_[size_ - 1] == '0' &&
                         (size_ == 1 || (size_ == 2 && (text_[0] == '+' || text_[0] == '-')));
  if ((c == 'x' || c == 'X') && only_zero && (base_ == 16 || base_ == 0)) {
    base_ = 16;
    Append(c);
    digits_ = false;
    return true;
  }
  if (base_ == 0 && only_zero) base_ = 8;
  const int radix = base_ == 0 ? 10 : base_;
  int digit = 99;
  if (c >= '0' && c <= '9') digit = c - '0';
  if ((c | 32) >= 'a' && (c | 32) <= 'f') digit = (c | 32) - 'a' + 10;
  if (digit >= radix) return false;
  if (base_ == 0 && digit != 0) base_ = 10;
  digits_ = true;
  Append(c);
  return true;
}

namespace {

// Parses the whole of a text; false if it is out of range, or not a number (then the value is 0).
template <class Value, class Convert>
bool ParseAll(char* text, size_t size, Value* value, Convert convert) {
  text[size] = 0;
  errno = 0;
  char* end = nullptr;
  *value = convert(text, &end);
  if (*end != 0) *value = 0;
  return *end == 0 && errno == 0;
}

}  // namespace

bool __zkvm_number_reader::Signed(long long low, long long high, long long* value) const {
  char text[sizeof(text_)];
  memcpy(text, text_, size_);
  *value = 0;
  if (!digits_) return false;
  const bool ok = ParseAll(text, size_, value, [this](const char* start, char** end) {
    return strtoll(start, end, base_);
  });
  if (*value < low || *value > high) {
    *value = *value < low ? low : high;
    return false;
  }
  return ok;
}

bool __zkvm_number_reader::Unsigned(unsigned long long high, unsigned long long* value) const {
  char text[sizeof(text_)];
  memcpy(text, text_, size_);
  *value = 0;
  if (!digits_) return false;
  const bool negative = text[0] == '-';
  if (negative) text[0] = '+';
  const bool ok = ParseAll(text, size_, value, [this](const char* start, char** end) {
    return strtoull(start, end, base_);
  });
  if (*value > high) {
    *value = high;
    return false;
  }
  if (negative && ok) *value = 0 - *value;
  return ok;
}

bool __zkvm_number_reader::Double(double* value) const {
  char text[sizeof(text_)];
  memcpy(text, text_, size_);
  *value = 0;
  return digits_ && ParseAll(text, size_, value,
                             [](const char* start, char** end) { return strtod(start, end); });
}

bool __zkvm_number_reader::Float(float* value) const {
  char text[sizeof(text_)];
  memcpy(text, text_, size_);
  *value = 0;
  return digits_ && ParseAll(text, size_, value,
                             [](const char* start, char** end) { return strtof(start, end); });
}

namespace {

bool synchronized = true;

// Standard input. Synchronized with the C functions it holds no character back.
class InputBuffer : public streambuf {
 protected:
  int_type underflow() override {
    if (!synchronized) {
      const size_t count = fread(block_, 1, sizeof(block_), stdin);
      setg(block_, block_, block_ + count);
      return count == 0 ? traits_type::eof() : traits_type::to_int_type(block_[0]);
    }
    const int c = getc(stdin);
    return c == EOF ? traits_type::eof() : ungetc(c, stdin);
  }
  int_type uflow() override {
    if (!synchronized) return streambuf::uflow();
    const int c = getc(stdin);
    last_ = c;
    return c == EOF ? traits_type::eof() : c;
  }
  streamsize xsgetn(char* to, streamsize count) override {
    if (!synchronized) return streambuf::xsgetn(to, count);
    return static_cast<streamsize>(fread(to, 1, static_cast<size_t>(count), stdin));
  }
  int_type pbackfail(int_type c) override {
    if (!synchronized) return traits_type::eof();
    if (traits_type::eq_int_type(c, traits_type::eof())) c = last_;
    return ungetc(c, stdin) == EOF ? traits_type::eof() : c;
  }

 private:
  int last_ = EOF;
  char block_[1024];
};

// Standard output or error.
class OutputBuffer : public streambuf {
 public:
  explicit OutputBuffer(FILE* file) : file_(file) {}

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    return putc(c, file_) == EOF ? traits_type::eof() : c;
  }
  streamsize xsputn(const char* from, streamsize count) override {
    return static_cast<streamsize>(fwrite(from, 1, static_cast<size_t>(count), file_));
  }
  int sync() override { return fflush(file_); }

 private:
  FILE* file_;
};

// Constructed before the static objects of the program, never destroyed.
[[clang::no_destroy, gnu::init_priority(101)]] InputBuffer input_buffer;
[[clang::no_destroy, gnu::init_priority(101)]] OutputBuffer output_buffer(stdout);
[[clang::no_destroy, gnu::init_priority(101)]] OutputBuffer error_buffer(stderr);

}  // namespace

[[clang::no_destroy, gnu::init_priority(101)]] istream cin(&input_buffer);
[[clang::no_destroy, gnu::init_priority(101)]] ostream cout(&output_buffer);
[[clang::no_destroy, gnu::init_priority(101)]] ostream cerr(&error_buffer);
[[clang::no_destroy, gnu::init_priority(101)]] ostream clog(&error_buffer);

bool ios_base::sync_with_stdio(bool sync) { return std::exchange(synchronized, sync); }

_LIBCPP_END_NAMESPACE_STD
