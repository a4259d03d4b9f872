#include "cli/journal_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "cli/numbers.h"
#include "cli/table.h"
#include "compiler/data/literals.h"

namespace zkvm {
namespace {

using compiler::JournalRecord;
using Json = nlohmann::ordered_json;

constexpr size_t kValuesShown = 10;

bool IsIntegral(const JournalRecord& record) {
  return record.scale == 0 && !compiler::IsFloat(record.type.dtype);
}

Json ElementsOf(const compiler::Literal& literal) {
  if (literal.dtype() == compiler::DType::kUint64) {
    const auto values = literal.As<uint64_t>();
    return std::vector<uint64_t>(values.begin(), values.end());
  }
  return literal.ToInt64s();
}

Json ToJson(const JournalRecord& record) {
  Json json = {{"name", record.name},
               {"dtype", compiler::NameOf(record.type.dtype)},
               {"shape", record.type.shape}};
  if (record.scale != 0) json["scale"] = record.scale;
  if (record.hash) {
    json["blake3"] = Hex(*record.hash);
    return json;
  }
  if (IsIntegral(record)) {
    json["values"] = ElementsOf(*record.elements);
    return json;
  }
  json["values"] = compiler::RealValues(*record.elements, record.scale);
  if (record.scale != 0) json["elements"] = ElementsOf(*record.elements);
  return json;
}

// The first values, and of several in a row the place of the greatest.
std::string Summary(const JournalRecord& record) {
  if (record.hash) return "BLAKE3 " + Hex(*record.hash);
  const std::vector<double> values = compiler::RealValues(*record.elements, record.scale);
  std::string text;
  for (size_t i = 0; i < std::min(values.size(), kValuesShown); ++i) {
    text += fmt::format("{}{:.6g}", i == 0 ? "" : " ", values[i]);
  }
  if (values.size() > kValuesShown) text += " ...";
  if (values.size() > 1 && !record.type.shape.empty() &&
      record.type.shape.back() == static_cast<int64_t>(values.size())) {
    text += fmt::format("  (greatest: {})", std::ranges::max_element(values) - values.begin());
  }
  return text;
}

// Names come from the prover.
std::string Printable(std::string name) {
  std::ranges::replace_if(name, [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return name;
}

}  // namespace

Json ToJson(const JournalBlocks& blocks) {
  Json json = Json::array();
  for (const std::vector<JournalRecord>& records : blocks) {
    Json block = {{"inputs", Json::array()}, {"outputs", Json::array()}};
    for (const JournalRecord& record : records) {
      const bool input = record.kind == model::RecordKind::kInput;
      block[input ? "inputs" : "outputs"].push_back(ToJson(record));
    }
    json.push_back(std::move(block));
  }
  return json;
}

void PrintJournal(const JournalBlocks& blocks, std::FILE* file) {
  Table table({{"journal", Table::Align::kLeft},
               {"name", Table::Align::kLeft},
               {"type", Table::Align::kLeft},
               {"values", Table::Align::kLeft}});
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (const JournalRecord& record : blocks[i]) {
      const char* const kind = record.kind == model::RecordKind::kInput ? "input" : "output";
      table.Add({blocks.size() == 1 ? kind : fmt::format("{} {}", i + 1, kind),
                 Printable(record.name), compiler::ToString(record.type), Summary(record)});
    }
  }
  if (!table.empty()) table.Print(file);
}

}  // namespace zkvm
