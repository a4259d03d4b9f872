// docs/protocol.md says what the code does: tables, presets and buses, and the sections that
// comments cite exist.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <string_view>

#include "stark/air/symbolic.h"
#include "stark/params.h"
#include "vm/machine.h"
#include "vm/proof.h"

namespace zkvm {
namespace {

const std::filesystem::path kRoot = ZKVM_SOURCE_DIR;

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::string& Protocol() {
  static const std::string kText = ReadText(kRoot / "docs/protocol.md");
  return kText;
}

void ExpectLine(const std::string& text, const std::string& line) {
  EXPECT_NE(text.find("\n" + line), std::string::npos) << "the document lacks: " << line;
}

TEST(ProtocolDocument, ListsEveryTable) {
  MachineChips::ForEach([&]<class Chip>() {
    const AirShape shape = ShapeOf<Chip>();
    const std::string_view optional = kIsModelTable<Chip> ? "key" : kIsFixed<Chip> ? "no" : "yes";
    ExpectLine(Protocol(),
               fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} + {} | {} |\n",
                           shape.name, optional, kIsTimed<Chip> ? "yes" : "no", shape.fixed_columns,
                           shape.main_columns, shape.garbage_columns, shape.fold_columns,
                           shape.exchanges, shape.fractions, shape.product_columns(),
                           shape.sum_columns(), shape.constraints()));
    if (!kIsFixed<Chip> || kIsModelTable<Chip>) {
      ExpectLine(Protocol(), fmt::format("**{}** {}", shape.name, shape.main_columns));
    }
  });
}

TEST(ProtocolDocument, ListsEveryPreset) {
  for (const Preset& p : kPresets) {
    ExpectLine(Protocol(), fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", p.id,
                                       p.name, 1 << p.log_blowup, p.queries, p.grind_bus,
                                       p.grind_zeta, p.grind_batch, p.grind_fold, p.grind_query));
  }
}

TEST(ProtocolDocument, ListsEveryBus) {
  MachineChips::ForEach([&]<class Chip>() {
    for (const BusUse& use : ShapeOf<Chip>().buses) {
      ExpectLine(Protocol(), fmt::format("| {} | {} |", use.bus.id, use.bus.name));
    }
  });
}

TEST(ProtocolDocument, NamesTheLimits) {
  for (const std::string& limit :
       {fmt::format("2^{} <= n_t <= 2^{}", kMinLogHeight, kMaxLogHeight),
        fmt::format("require N <= 2^{}\n", kMaxLogDomain),
        fmt::format("over timed tables <= 2^{} ", std::countr_zero(kMaxTimedRows)),
        fmt::format("timed rows {}\\n", kMaxTimedRows),
        fmt::format("require nj <= 2^{} ", std::countr_zero(kMaxJournalWords)),
        fmt::format("require r.len <= {} MiB\n", kMaxProofBytes >> 20),
        fmt::format("tail of tau = {} rows", kTailRows),
        fmt::format("final[{}];", 1 << kLogFinalDegree)}) {
    EXPECT_NE(Protocol().find(limit), std::string::npos) << "the document lacks: " << limit;
  }
}

TEST(ProofFormatDocument, CountsTheTables) {
  const std::string text = ReadText(kRoot / "docs/proof-format.md");
  ExpectLine(text, fmt::format("| J = 48 + 4 nj | {} | log2 of the heights", kNumTables));
}

// Numbers of headings: "## 4. Transcript", "### 8.1 Gadgets".
std::set<std::string> Sections() {
  std::set<std::string> sections;
  const std::regex heading(R"(\n##+ (\d+(?:\.\d+)?)\.? )");
  for (std::sregex_iterator it(Protocol().begin(), Protocol().end(), heading), end; it != end;
       ++it) {
    sections.insert((*it)[1]);
  }
  return sections;
}

TEST(ProtocolDocument, HasTheSectionsThatCommentsCite) {
  const std::set<std::string> sections = Sections();
  const std::regex citation(
      R"(protocol\.md,? (?:sections? )?(\d+(?:\.\d+)?(?:(?:, | and |-)\d+(?:\.\d+)?)*))");
  const std::regex number(R"(\d+(?:\.\d+)?)");
  const std::regex line_break(R"(\n\s*(?://)?\s*)");
  size_t citations = 0;
  for (const char* folder : {"cli", "isa", "precompiles", "stark", "vm", "tests"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kRoot / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      const std::string text = std::regex_replace(ReadText(entry.path()), line_break, " ");
      for (std::sregex_iterator it(text.begin(), text.end(), citation), end; it != end; ++it) {
        const std::string list = (*it)[1];
        for (std::sregex_iterator n(list.begin(), list.end(), number); n != end; ++n) {
          EXPECT_TRUE(sections.contains(n->str())) << entry.path() << " cites " << it->str();
          ++citations;
        }
      }
    }
  }
  EXPECT_GT(citations, 50U);
}

}  // namespace
}  // namespace zkvm
