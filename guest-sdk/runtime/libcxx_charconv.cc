// std::to_chars of floating-point values, which std::format needs, over picolibc's conversions.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

_LIBCPP_BEGIN_NAMESPACE_STD

namespace {

constexpr int kLargest = 1100;  // characters of %f with up to 17 significant digits, and some

to_chars_result Store(char* first, char* last, const char* text, size_t length) {
  if (static_cast<size_t>(last - first) < length) return {last, errc::value_too_large};
  memcpy(first, text, length);
  return {first + length, errc{}};
}

// "inf", "-nan" and so on; false for finite values.
bool StoreSpecial(char* first, char* last, double value, to_chars_result* result) {
  if (std::isfinite(value)) return false;
  char text[4] = "-";
  memcpy(text + 1, std::isnan(value) ? "nan" : "inf", 3);
  const size_t skip = std::signbit(value) ? 0 : 1;
  *result = Store(first, last, text + skip, 4 - skip);
  return true;
}

// printf with `conversion` and a precision. Hexadecimal comes without the 0x, as to_chars wants.
to_chars_result Print(char* first, char* last, double value, char conversion, int precision) {
  to_chars_result result;
  if (StoreSpecial(first, last, value, &result)) return result;
  const char format[] = {'%', '.', '*', conversion, 0};
  char text[kLargest];
  const int length = snprintf(text, sizeof(text), format, precision, value);
  if (length < 0 || length >= kLargest) return {last, errc::value_too_large};
  return Store(first, last, text, static_cast<size_t>(length));
}

// The number of significant digits of the shortest decimal that reads back as `value`. More digits
// never read back worse, so a binary search finds it.
template <typename T>
int ShortestDigits(T value) {
  int low = 1;
  int high = std::numeric_limits<T>::max_digits10;
  while (low < high) {
    const int middle = (low + high) / 2;
    char text[32];
    snprintf(text, sizeof(text), "%.*e", middle - 1, static_cast<double>(value));
    const T read = sizeof(T) == sizeof(float) ? static_cast<T>(strtof(text, nullptr))
                                              : static_cast<T>(strtod(text, nullptr));
    if (read == value) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Removes "0x" after an optional sign, in place; returns the new length.
size_t RemovePrefix(char* text, size_t length) {
  char* const digits = text + (*text == '-' ? 1 : 0);
  if (length < 2 || digits[0] != '0' || digits[1] != 'x') return length;
  memmove(digits, digits + 2, length - 2 - static_cast<size_t>(digits - text));
  return length - 2;
}

to_chars_result Hexadecimal(char* first, char* last, double value, int precision) {
  to_chars_result result;
  if (StoreSpecial(first, last, value, &result)) return result;
  char text[kLargest];
  const int length = precision < 0 ? snprintf(text, sizeof(text), "%a", value)
                                   : snprintf(text, sizeof(text), "%.*a", precision, value);
  if (length < 0 || length >= kLargest) return {last, errc::value_too_large};
  return Store(first, last, text, RemovePrefix(text, static_cast<size_t>(length)));
}

template <typename T>
to_chars_result Shortest(char* first, char* last, T value, chars_format format) {
  const double wide = static_cast<double>(value);
  if (format == chars_format::hex) return Hexadecimal(first, last, wide, -1);
  const int digits = std::isfinite(value) ? ShortestDigits(value) : 1;
  if (format == chars_format::scientific) return Print(first, last, wide, 'e', digits - 1);
  const int exponent = value != 0 && std::isfinite(value) ? [&] {
    char text[32];
    snprintf(text, sizeof(text), "%.*e", digits - 1, wide);
    return atoi(strchr(text, 'e') + 1);
  }()
                                                          : 0;
  if (format == chars_format::general) {
    return exponent < -4 || exponent >= 6
               ? Print(first, last, wide, 'e', digits - 1)
               : Print(first, last, wide, 'f', std::max(0, digits - 1 - exponent));
  }
  if (format == chars_format::fixed) {
    return Print(first, last, wide, 'f', std::max(0, digits - 1 - exponent));
  }
  // Plain: whichever of the two is shorter, fixed on a tie.
  const int fraction = std::max(0, digits - 1 - exponent);
  const int fixed = std::max(exponent, 0) + 1 + (fraction > 0 ? fraction + 1 : 0);
  const int scientific = digits + (digits > 1 ? 1 : 0) + (std::abs(exponent) >= 100 ? 5 : 4);
  return scientific < fixed ? Print(first, last, wide, 'e', digits - 1)
                            : Print(first, last, wide, 'f', fraction);
}

template <typename T>
to_chars_result WithPrecision(char* first, char* last, T value, chars_format format,
                              int precision) {
  const double wide = static_cast<double>(value);
  if (precision < 0) precision = 6;
  switch (format) {
    case chars_format::hex:
      return Hexadecimal(first, last, wide, precision);
    case chars_format::scientific:
      return Print(first, last, wide, 'e', precision);
    case chars_format::fixed:
      return Print(first, last, wide, 'f', precision);
    case chars_format::general:
      return Print(first, last, wide, 'g', precision);
  }
  return Print(first, last, wide, 'g', precision);
}

// Not an enumerator of chars_format: to_chars without a format.
constexpr chars_format kPlain = chars_format{};

}  // namespace

to_chars_result to_chars(char* first, char* last, float value) {
  return Shortest(first, last, value, kPlain);
}
to_chars_result to_chars(char* first, char* last, double value) {
  return Shortest(first, last, value, kPlain);
}
to_chars_result to_chars(char* first, char* last, float value, chars_format format) {
  return Shortest(first, last, value, format);
}
to_chars_result to_chars(char* first, char* last, double value, chars_format format) {
  return Shortest(first, last, value, format);
}
to_chars_result to_chars(char* first, char* last, float value, chars_format format, int precision) {
  return WithPrecision(first, last, value, format, precision);
}
to_chars_result to_chars(char* first, char* last, double value, chars_format format,
                         int precision) {
  return WithPrecision(first, last, value, format, precision);
}

// picolibc does not print long double; its values are rounded to double first.
to_chars_result to_chars(char* first, char* last, long double value) {
  return Shortest(first, last, static_cast<double>(value), kPlain);
}
to_chars_result to_chars(char* first, char* last, long double value, chars_format format) {
  return Shortest(first, last, static_cast<double>(value), format);
}
to_chars_result to_chars(char* first, char* last, long double value, chars_format format,
                         int precision) {
  return WithPrecision(first, last, static_cast<double>(value), format, precision);
}

_LIBCPP_END_NAMESPACE_STD
