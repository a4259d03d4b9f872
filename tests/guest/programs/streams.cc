// The stream library, against libc++'s own.

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#ifndef ZKVM_SYNC
#define ZKVM_SYNC true
#endif

namespace {

struct Point {
  int x, y;
  friend std::ostream& operator<<(std::ostream& out, const Point& p) {
    return out << '(' << p.x << ", " << p.y << ')';
  }
  friend std::istream& operator>>(std::istream& in, Point& p) {
    char open, comma, close;
    return in >> open >> p.x >> comma >> p.y >> close;
  }
};

struct Announce {
  Announce() { std::cout << "before main\n"; }
  ~Announce() { std::cout << "after main" << std::endl; }
} announce;

void Output() {
  std::cout << 1 << ' ' << -2L << ' ' << 3ull << ' ' << true << ' ' << std::boolalpha << false
            << std::noboolalpha << ' ' << 'c' << " text " << std::string("string") << '\n';
  if (ZKVM_SYNC) std::printf("between\n");
  std::cout << std::hex << 255 << ' ' << std::showbase << 255 << ' ' << std::uppercase << 48879
            << ' ' << std::oct << 8 << ' ' << -1 << std::dec << std::noshowbase << std::nouppercase
            << std::showpos << ' ' << 5 << ' ' << 5u << std::noshowpos << '\n';
  std::cout << std::setw(6) << 42 << '|' << std::left << std::setw(6) << 42 << '|' << std::right
            << std::setfill('*') << std::setw(6) << "ab" << '|' << std::internal << std::setw(8)
            << -42 << '|' << std::showbase << std::hex << std::setw(10) << 77 << std::dec
            << std::noshowbase << std::right << std::setfill(' ') << '|' << std::setw(2) << 12345
            << '\n';
  std::cout << 0.5 << ' ' << 1.0 / 3 << ' ' << 1e10 << ' ' << 123456789.0 << ' ' << 100000.0 << ' '
            << std::setprecision(3) << 3.14159 << ' ' << std::fixed << 3.14159 << ' '
            << std::scientific << 31415.9 << ' ' << std::defaultfloat << std::setprecision(6)
            << 2.5f << ' ' << std::showpoint << 2.0 << std::noshowpoint << ' ' << std::setw(8)
            << -1.5 << ' ' << std::internal << std::setw(8) << -1.5 << std::right << '\n';
  std::cout << std::numeric_limits<int64_t>::min() << ' ' << std::numeric_limits<uint64_t>::max()
            << ' ' << std::numeric_limits<double>::infinity() << ' ' << short{-7} << ' '
            << static_cast<unsigned char>('u') << ' ' << std::quoted("a \"b\" \\") << '\n';
  std::cout << Point{1, -2} << std::endl;
  std::copy_n(std::vector<int>{1, 2, 3}.begin(), 3, std::ostream_iterator<int>(std::cout, ","));
  std::cout.put('\n').write("raw\n", 4);
  std::clog << "log\n";
}

void Strings() {
  std::ostringstream out;
  out << "x=" << 5 << ' ' << std::setw(4) << std::setfill('0') << 7;
  std::cout << out.str() << ' ' << out.tellp() << '\n';
  out.str("");
  out << "again";
  std::cout << out.str() << ' ' << (std::ostringstream() << 12 << 'z').str() << '\n';

  std::istringstream in("12 -7 0x1f 077 3.5e2 word (3,4) rest of line\nnext\n\nlast");
  int a = 0, b = 0, c = 0, d = 0;
  double e = 0;
  std::string word, line;
  Point p{};
  in >> a >> b >> std::hex >> c >> std::oct >> d >> std::dec >> e >> word >> p;
  std::cout << a << ' ' << b << ' ' << c << ' ' << d << ' ' << e << ' ' << word << ' ' << p << '\n';
  while (std::getline(in, line)) std::cout << '[' << line << ']';
  std::cout << in.eof() << in.fail() << in.bad() << '\n';

  for (const char* text : {"99999999999", "-99999999999", "abc", "", "12abc", "-5", "+6", "1.5",
                           ".5", "1e", "e5", "0x", "  7", "-"}) {
    std::istringstream integer(text);
    int i = -1;
    integer >> i;
    std::istringstream natural(text);
    unsigned short u = 9;
    natural >> u;
    // (What stops a floating-point number, libc++ sees differently from the standard.)
    std::istringstream real(std::string(text).find_first_of("bx") == std::string::npos ? text
                                                                                       : "1");
    double r = -1;
    real >> r;
    std::cout << '<' << text << "> " << i << integer.fail() << integer.eof() << ' ' << u
              << natural.fail() << ' ' << r << real.fail() << real.eof() << '\n';
  }
  std::istringstream automatic("0x1F 017 19 0");
  automatic.unsetf(std::ios::basefield);
  for (int i; automatic >> i;) std::cout << i << ' ';

  std::stringstream both;
  both << "one two";
  both >> word;
  both << " three";
  std::string rest((std::istreambuf_iterator<char>(both)), std::istreambuf_iterator<char>());
  std::cout << word << '|' << rest << '\n';
  std::istringstream seek("0123456789");
  seek.seekg(4);
  char buffer[4] = {};
  seek.read(buffer, 3);
  seek.seekg(-2, std::ios::end);
  std::cout << buffer << ' ' << seek.tellg() << ' ' << char(seek.get()) << char(seek.peek());
  seek.unget();
  std::cout << char(seek.get()) << ' ';
  seek.clear();
  seek.seekg(0);
  seek.ignore(3).ignore(100, '6');
  std::cout << char(seek.peek()) << ' ' << seek.gcount() << '\n';
  std::ifstream file("/no/such/file");
  file >> word;
  std::cout << file.is_open() << !file << ' ' << word << '\n';
  bool yes = false, no = true;
  std::istringstream("true 0") >> std::boolalpha >> yes >> std::noboolalpha >> no;
  std::cout << yes << no << '\n';
}

void Input() {
  int count = 0;
  std::cin >> count;
  std::cout << "count " << count << '\n';
  int64_t sum = 0;
  for (int i = 0; i < count; ++i) {
    int value = 0;
    if (!(std::cin >> value)) break;
    sum += value;
  }
  std::cout << "sum " << sum << '\n';
  std::string line;
  std::getline(std::cin, line);
  std::getline(std::cin, line);
  std::cout << "line " << line << '\n';
  char c = 0;
  std::cin.get(c);
  char word[8] = {};
  std::cin >> word;
  std::cout << c << ' ' << word << '\n';
  size_t size = 0;
  while (std::getline(std::cin, line)) size += line.size() + 1;
  std::cout << size << ' ' << std::cin.eof() << '\n';
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(ZKVM_SYNC);
  std::cin.tie(nullptr);
  Output();
  Strings();
  Input();
}
