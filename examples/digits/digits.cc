// Classifies a handwritten digit: a PGM image on standard input, "digit N" on standard output. The
// image stays private; the proof says that this network, on some image the prover has, gives N.

#include <array>
#include <cstdint>
#include <cstdio>
#include <span>

#include "image.h"
#include "mlp.h"

int main() {
  static std::array<uint8_t, 1 << 18> file;
  const size_t size = fread(file.data(), 1, file.size(), stdin);
  const auto image = digits::ParsePgm(std::span(file).first(size));
  if (!image) {
    fputs("standard input is not a PGM image of at most 256 x 256 pixels\n", stderr);
    return 1;
  }
  const auto grid = digits::Normalize(*image);
  if (!grid) {
    fputs("the image is blank\n", stderr);
    return 1;
  }
  printf("digit %d\n", static_cast<int>(digits::Classify(*grid)));
}
