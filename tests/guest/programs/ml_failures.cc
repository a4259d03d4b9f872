// What the types of <zkvm/ml.h> cannot rule out; the first byte of the input chooses.

#include <zkvm/guest.h>
#include <zkvm/ml.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

namespace ml = zkvm::ml;

using Row = ml::Sequence<2, 32>;

ZKVM_MODEL constexpr std::array<int16_t, 32 * 32> kWeights{1, 2, 3};
ZKVM_MODEL constexpr ml::Table<-255, 255> kTable([](int y) { return y / 2; });
ZKVM_MODEL_OP constexpr ml::Dense<Row, Row> kLayer({.weights = kWeights, .table = kTable});
constexpr ml::Dense<Row, Row> kMisplaced({.weights = kWeights, .table = kTable});

volatile uint32_t two = 2;

void Misuse(char kind, ml::Buffer<Row>& buffer) {
  const Row x = ml::Import(buffer);
  switch (kind) {
    case 'o':
      kMisplaced(x);
      break;
    case 'j': {
      const Row first = kLayer(x);
      ml::Copy(x);
      ml::Joined<Row, 2>({first, kLayer(x)});
      break;
    }
    case 'c':
      ml::Concat(kLayer(x), x);
      break;
    case 'r':
      x.Rows(two);
      break;
    case 's':
      ml::As<ml::kX, 16>(x).Segment(two);
      break;
    case 'a':
      buffer.Assign(std::vector<int8_t>(63));
      break;
    case 'b':
      buffer(two, 0) = 1;
      break;
    case 'h':
      ml::OneHot<2>({1, two});
      break;
    case 'u':
      kLayer(Row());
      break;
    case 'w':
      printf("%d\n", kWeights[two]);
      break;
  }
}

}  // namespace

int main() {
  puts("before");
  static ml::Buffer<Row> buffer;
  Misuse(static_cast<char>(getchar()), buffer);
  puts("no reason");
}
