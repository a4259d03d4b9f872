// What runs around the network: an image in, a digit out. The private input is a PGM image, as for
// ../digits; the journal says "digit N".

#include <zkvm/guest.h>
#include <zkvm/model.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>

#include "../digits/image.h"

namespace {

using zkvm::model::in::image;
using zkvm::model::out::logits;

// The network takes 0..1, in the integers that the compiler chose; the grid is 0..127.
constexpr auto kLevels = image.Table<128>([](int grey) { return static_cast<float>(grey) / 127; });

}  // namespace

void zkvm_preprocess() {
  static std::array<uint8_t, 1 << 18> file;
  const size_t size = zkvm_read_input(file.data(), file.size());
  const auto pgm = digits::ParsePgm(std::span(file).first(size));
  if (!pgm) zkvm_panic("the input is not a PGM image of at most 256 x 256 pixels");
  const auto grid = digits::Normalize(*pgm);
  if (!grid) zkvm_panic("the image is blank");
  std::ranges::transform(*grid, image.begin(), [](int8_t grey) { return kLevels[grey]; });
}

void zkvm_postprocess() { printf("digit %u\n", static_cast<unsigned>(logits.Argmax())); }
