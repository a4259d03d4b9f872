// Tables of text: columns as wide as their widest cell, two spaces apart.
#ifndef ZKVM_CLI_TABLE_H_
#define ZKVM_CLI_TABLE_H_

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace zkvm {

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string header;
    Align align = Align::kRight;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // REQUIRES: a cell for every column.
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }

  // The headers come first and are underlined, unless all of them are empty.
  void Print(std::FILE* file) const;

 private:
  void PrintRow(std::FILE* file, const std::vector<std::string>& cells,
                const std::vector<size_t>& widths) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Names on the left, what they stand for on the right.
class Facts {
 public:
  void Add(std::string name, std::string value) { table_.Add({std::move(name), std::move(value)}); }
  void Print(std::FILE* file) const { table_.Print(file); }

 private:
  Table table_{{{"", Table::Align::kLeft}, {"", Table::Align::kLeft}}};
};

}  // namespace zkvm

#endif  // ZKVM_CLI_TABLE_H_
