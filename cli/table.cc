#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace zkvm {

void Table::Print(std::FILE* file) const {
  std::vector<size_t> widths;
  std::vector<std::string> headers;
  std::vector<std::string> rules;
  bool has_headers = false;
  for (size_t j = 0; j < columns_.size(); ++j) {
    size_t width = columns_[j].header.size();
    for (const auto& row : rows_) width = std::max(width, row[j].size());
    widths.push_back(width);
    headers.push_back(columns_[j].header);
    rules.emplace_back(width, '-');
    has_headers |= !columns_[j].header.empty();
  }
  if (has_headers) {
    PrintRow(file, headers, widths);
    PrintRow(file, rules, widths);
  }
  for (const auto& row : rows_) PrintRow(file, row, widths);
}

void Table::PrintRow(std::FILE* file, const std::vector<std::string>& cells,
                     const std::vector<size_t>& widths) const {
  std::string line;
  for (size_t j = 0; j < cells.size(); ++j) {
    if (j > 0) line += "  ";
    const std::string padding(widths[j] - cells[j].size(), ' ');
    const bool right = columns_[j].align == Align::kRight;
    line += right ? padding + cells[j] : cells[j] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  fmt::print(file, "{}\n", line);
}

}  // namespace zkvm
