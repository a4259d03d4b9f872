// The parts of the C++ library that have code outside its headers, and some that do not.

#include <algorithm>
#include <any>
#include <atomic>
#include <bitset>
#include <charconv>
#include <complex>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace {

template <typename T>
void Sorts(const char* name) {
  std::mt19937 random(7);
  std::vector<T> values(500);
  for (T& value : values) value = static_cast<T>(random() % 251) / static_cast<T>(2);
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += static_cast<double>(i) * double(values[i]);
  std::printf("%s %d %.1f\n", name, std::is_sorted(values.begin(), values.end()), sum);
}

struct Shape {
  virtual ~Shape() { std::puts("~Shape"); }
  virtual int Sides() const = 0;
};
struct Named {
  virtual ~Named() = default;
  std::string name = "named";
};
struct Square : Shape, Named {
  int Sides() const override { return 4; }
};
struct Circle : Shape {
  int Sides() const override { return 0; }
};
struct Left : virtual Named {};
struct Right : virtual Named {};
struct Diamond : Left, Right {};
struct TwiceA : Named {};
struct TwiceB : Named {};
struct Twice : TwiceA, TwiceB {};
struct Hidden : private Circle {
  Shape* AsShape() { return this; }
};

void TypeInformation() {
  std::unique_ptr<Shape> square = std::make_unique<Square>();
  const std::unique_ptr<Shape> circle = std::make_unique<Circle>();
  std::printf("casts %d %d %d %d", dynamic_cast<Square*>(square.get()) != nullptr,
              dynamic_cast<Square*>(circle.get()) != nullptr,
              dynamic_cast<Named*>(square.get()) != nullptr,
              dynamic_cast<void*>(square.get()) == static_cast<void*>(square.get()));
  Diamond diamond;
  Left* const left = &diamond;
  std::printf(" %d %d", dynamic_cast<Right*>(left) == static_cast<Right*>(&diamond),
              dynamic_cast<Diamond*>(static_cast<Named*>(&diamond)) == &diamond);
  Twice twice;
  Named* const one = static_cast<TwiceB*>(&twice);
  std::printf(" %d %d", dynamic_cast<TwiceA*>(one) == static_cast<TwiceA*>(&twice),
              dynamic_cast<Twice*>(one) == &twice);
  Hidden hidden;
  std::printf(" %d\n", dynamic_cast<Circle*>(hidden.AsShape()) != nullptr);
  const Shape& shape = *square;
  std::printf("typeid %d %d\n", typeid(shape) == typeid(Square), typeid(int) == typeid(long));
}

void Strings() {
  std::string text = "The quick brown fox";
  text.insert(4, "very ").replace(0, 3, "A").append(30, '!').erase(3, 2);
  text += std::to_string(-12) + std::to_string(1ull << 40) + std::to_string(2.5);
  std::printf("%s %d %d\n", text.c_str(), int(text.find("brown")), int(text.rfind('!')));
  std::printf("%d %lld %.4f %.2f\n", std::stoi("-77x"), std::stoll("123456789012"),
              std::stod("2.5e-1"), double(std::stof("0.75")));
  const std::string_view view = std::string_view(text).substr(2, 6);
  std::printf("<%.*s> %d\n", int(view.size()), view.data(), view.starts_with("ve"));
  std::wstring wide = L"wide";
  wide += L" string";
  std::printf("%d\n", int(wide.size()));
}

void CharConversions() {
  char buffer[64];
  for (const double value : {0.1, 1.0 / 3, 1e21, 1e22, 123456789.0, 5e-324, 1.5e300, -0.0, 2.5}) {
    const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
    std::printf("%.*s ", int(result.ptr - buffer), buffer);
  }
  for (const float value : {0.1f, 16777216.0f, 3.4e38f, 1e-45f}) {
    const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
    std::printf("%.*s ", int(result.ptr - buffer), buffer);
  }
  auto result = std::to_chars(buffer, buffer + 64, 1234.5, std::chars_format::scientific);
  std::printf("%.*s ", int(result.ptr - buffer), buffer);
  result = std::to_chars(buffer, buffer + 64, 0.15625, std::chars_format::hex);
  std::printf("%.*s ", int(result.ptr - buffer), buffer);
  result = std::to_chars(buffer, buffer + 64, 2.0 / 3, std::chars_format::fixed, 3);
  std::printf("%.*s ", int(result.ptr - buffer), buffer);
  result = std::to_chars(buffer, buffer + 2, 1.25);
  std::printf("%d\n", result.ec == std::errc::value_too_large);
  int64_t number = 0;
  const std::string_view digits = "-9223372036854775808rest";
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  std::printf("%lld %s\n", static_cast<long long>(number), parsed.ptr);
}

void Containers() {
  std::map<std::string, int> words;
  std::unordered_map<std::string, std::vector<int>> index;
  std::unordered_set<uint64_t> numbers;
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    const int key = int(random() % 300);
    ++words["w" + std::to_string(key)];
    index["k" + std::to_string(key % 17)].push_back(i);
    numbers.insert(random() % 1000);
    if (i % 5 == 0) words.erase("w" + std::to_string(i % 300));
  }
  int sum = 0;
  for (const auto& [word, count] : words) sum = sum * 31 + count + int(word.size());
  std::printf("%d %d %d %d\n", int(words.size()), sum, int(index.size()), int(numbers.size()));

  std::deque<int> deque;
  std::list<int> list;
  std::multiset<int> set;
  for (int i = 0; i < 1000; ++i) {
    deque.push_front(i);
    deque.push_back(-i);
    list.push_back(i * 7919 % 1000);
    set.insert(i % 10);
  }
  list.sort();
  deque.erase(deque.begin() + 100, deque.begin() + 900);
  std::printf("%d %d %d %d\n", deque[150], list.front(), list.back(), int(set.count(3)));

  std::vector<int> values(100);
  std::iota(values.begin(), values.end(), 0);
  std::stable_sort(values.begin(), values.end(), [](int a, int b) { return a % 7 < b % 7; });
  std::nth_element(values.begin() + 50, values.begin() + 60, values.end());
  std::ranges::reverse(values);
  for (int x : values | std::views::filter([](int v) { return v % 9 == 0; })) {
    std::printf("%d ", x);
  }
  std::bitset<100> bits;
  bits.set(3).set(64);
  std::printf("%d %.1f\n", int(bits.count()), std::abs(std::complex<double>(3, 4)));
}

void Values() {
  const std::optional<int> none;
  const std::variant<int, std::string> variant = "text";
  const std::any any = std::string("any");
  int captured = 5;
  std::function<int(int)> add = [&captured](int x) { return captured += x; };
  add(3);
  std::printf("%d %s %s %d\n", none.value_or(9), std::get<std::string>(variant).c_str(),
              std::any_cast<std::string>(any).c_str(), add(1));
  std::shared_ptr<int> shared = std::make_shared<int>(4);
  const std::weak_ptr<int> weak = shared;
  const std::shared_ptr<int> other = weak.lock();
  std::printf("%d %d", int(shared.use_count()), *other);
  shared.reset();
  std::printf(" %d\n", weak.expired());
  std::atomic<int> counter = 3;
  std::atomic<uint64_t> wide = 1;
  counter += 4;
  wide.fetch_or(uint64_t{1} << 40);
  int expected = 7;
  std::printf("%d %d %d\n", counter.compare_exchange_strong(expected, 9), counter.load(),
              wide.load() == (uint64_t{1} << 40) + 1);
  const std::out_of_range error("what");
  std::printf("%s\n", static_cast<const std::exception&>(error).what());
  struct alignas(64) Wide {
    char bytes[64];
  };
  const auto aligned = std::make_unique<Wide[]>(3);
  std::printf("%d\n", int(reinterpret_cast<uintptr_t>(aligned.get()) % 64));
}

}  // namespace

int main() {
  Sorts<int>("int");
  Sorts<unsigned char>("byte");
  Sorts<long long>("long long");
  Sorts<double>("double");
  Sorts<float>("float");
  TypeInformation();
  Strings();
  CharConversions();
  Containers();
  Values();
}
