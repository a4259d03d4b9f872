#include "image.h"

#include <algorithm>

namespace digits {
namespace {

// A cursor over the header of a PGM file: numbers separated by white space and # comments.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> file) : file_(file) {}

  // The next number, at most `limit`; -1 if there is none.
  int Number(int limit) {
    SkipSpace();
    if (file_.empty() || !IsDigit(file_[0])) return -1;
    int value = 0;
    while (!file_.empty() && IsDigit(file_[0])) {
      value = 10 * value + (file_[0] - '0');
      if (value > limit) return -1;
      file_ = file_.subspan(1);
    }
    return value;
  }

  void Skip(size_t count) { file_ = file_.subspan(std::min(count, file_.size())); }
  std::span<const uint8_t> rest() const { return file_; }

 private:
  static bool IsDigit(uint8_t c) { return c >= '0' && c <= '9'; }
  static bool IsSpace(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

  void SkipSpace() {
    bool comment = false;
    while (!file_.empty()) {
      const uint8_t c = file_[0];
      if (c == '#') comment = true;
      if (c == '\n') comment = false;
      if (!comment && !IsSpace(c)) return;
      file_ = file_.subspan(1);
    }
  }

  std::span<const uint8_t> file_;
};

void InvertIfBright(Image& image, int max_value) {
  int sum = 0;
  int count = 0;
  for (int y = 0; y < image.height; ++y) {
    const bool edge_row = y == 0 || y == image.height - 1;
    for (int x = 0; x < image.width; x += edge_row || image.width == 1 ? 1 : image.width - 1) {
      sum += image.at(x, y);
      ++count;
    }
  }
  if (2 * sum <= count * max_value) return;
  for (uint8_t& pixel : image.pixels) pixel = static_cast<uint8_t>(max_value - pixel);
}

// The part of pixel i of the ink that lies in each cell, along one axis. In units of an eighth of a
// pixel: the ink starts at `margin`, the pixel is [margin + 8i, margin + 8i + 8), and cell k of the
// grid is [side k, side (k + 1)).
struct Overlaps {
  int first = 0;  // cell
  std::array<int, kGrid> length = {};
  int count = 0;
};

Overlaps OverlapsOf(int i, int margin, int side) {
  const int begin = margin + kGrid * i;
  const int end = begin + kGrid;
  Overlaps overlaps;
  overlaps.first = begin / side;
  for (int cell = overlaps.first; side * cell < end; ++cell) {
    overlaps.length[static_cast<size_t>(overlaps.count++)] =
        std::min(end, side * (cell + 1)) - std::max(begin, side * cell);
  }
  return overlaps;
}

}  // namespace

std::optional<Image> ParsePgm(std::span<const uint8_t> file) {
  if (file.size() < 2 || file[0] != 'P' || (file[1] != '2' && file[1] != '5')) return std::nullopt;
  const bool raw = file[1] == '5';
  Reader reader(file.subspan(2));
  Image image;
  image.width = reader.Number(kMaxSide);
  image.height = reader.Number(kMaxSide);
  const int max_value = reader.Number(255);
  if (image.width < 1 || image.height < 1 || max_value < 1) return std::nullopt;
  const size_t count = static_cast<size_t>(image.width * image.height);
  image.pixels.resize(count);
  if (raw) {
    reader.Skip(1);  // one white space
    if (reader.rest().size() < count) return std::nullopt;
    std::copy_n(reader.rest().begin(), count, image.pixels.begin());
    for (const uint8_t pixel : image.pixels) {
      if (pixel > max_value) return std::nullopt;
    }
  } else {
    for (uint8_t& pixel : image.pixels) {
      const int value = reader.Number(max_value);
      if (value < 0) return std::nullopt;
      pixel = static_cast<uint8_t>(value);
    }
  }
  InvertIfBright(image, max_value);
  return image;
}

std::optional<Grid> Normalize(const Image& image) {
  // Ink is what is brighter than a quarter of the brightest pixel.
  const int threshold = *std::max_element(image.pixels.begin(), image.pixels.end()) / 4;
  int left = image.width, right = -1, top = image.height, bottom = -1;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      if (image.at(x, y) <= threshold) continue;
      left = std::min(left, x);
      right = std::max(right, x);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
  }
  if (right < 0) return std::nullopt;

  const int width = right - left + 1;
  const int height = bottom - top + 1;
  const int side = std::max(width, height);
  std::vector<Overlaps> columns;
  columns.reserve(static_cast<size_t>(width));
  for (int x = 0; x < width; ++x) {
    columns.push_back(OverlapsOf(x, kGrid / 2 * (side - width), side));
  }
  // Light times area: at most 255 side^2 < 2^24.
  std::array<uint32_t, kGrid * kGrid> sums = {};
  for (int y = 0; y < height; ++y) {
    const Overlaps row = OverlapsOf(y, kGrid / 2 * (side - height), side);
    for (int x = 0; x < width; ++x) {
      const int pixel = image.at(left + x, top + y);
      if (pixel == 0) continue;
      const Overlaps& column = columns[static_cast<size_t>(x)];
      for (int j = 0; j < row.count; ++j) {
        const int weighted = pixel * row.length[static_cast<size_t>(j)];
        for (int i = 0; i < column.count; ++i) {
          sums[static_cast<size_t>((row.first + j) * kGrid + column.first + i)] +=
              static_cast<uint32_t>(weighted * column.length[static_cast<size_t>(i)]);
        }
      }
    }
  }
  const uint32_t brightest = *std::max_element(sums.begin(), sums.end());
  Grid grid;
  for (size_t k = 0; k < grid.size(); ++k) {
    grid[k] = static_cast<int8_t>(127 * sums[k] / brightest);
  }
  return grid;
}

}  // namespace digits
