// Grey images in the PGM format, and their preparation for the network.
#ifndef ZKVM_EXAMPLES_DIGITS_IMAGE_H_
#define ZKVM_EXAMPLES_DIGITS_IMAGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace digits {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;  // row by row, 0 = background

  int at(int x, int y) const { return pixels[static_cast<size_t>(y * width + x)]; }
};

inline constexpr int kMaxSide = 256;

// Reads a PGM file, plain (P2) or raw (P5), of at most 256 by 256 pixels and 256 grey levels. Dark
// ink on a bright ground, told by the border, is inverted. Nothing if the file is anything else.
std::optional<Image> ParsePgm(std::span<const uint8_t> file);

inline constexpr int kGrid = 8;
using Grid = std::array<int8_t, kGrid * kGrid>;

// Crops the image to its ink, centres that in a square, averages the square over the cells of an
// 8 by 8 grid, and scales to 0..127. Nothing if there is no ink. Exact integers throughout.
std::optional<Grid> Normalize(const Image& image);

}  // namespace digits

#endif  // ZKVM_EXAMPLES_DIGITS_IMAGE_H_
