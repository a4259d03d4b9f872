// Numbers and tables as text.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/numbers.h"
#include "cli/table.h"

namespace zkvm {
namespace {

TEST(Numbers, AreReadable) {
  EXPECT_EQ(FormatBytes(0), "0 bytes");
  EXPECT_EQ(FormatBytes(1023), "1023 bytes");
  EXPECT_EQ(FormatBytes(1024), "1.00 KiB");
  EXPECT_EQ(FormatBytes(size_t{64} << 20), "64.0 MiB");
  EXPECT_EQ(FormatBytes(size_t{3} << 40), "3.00 TiB");
  EXPECT_EQ(FormatSeconds(0.0123), "12.3 ms");
  EXPECT_EQ(FormatSeconds(4.56), "4.56 s");
  EXPECT_EQ(FormatSeconds(5), "5.00 s");
  EXPECT_EQ(FormatSeconds(0.9999), "1.00 s");
  EXPECT_EQ(FormatSeconds(200), "3 min 20 s");
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
  EXPECT_EQ(FormatCount(UINT64_MAX), "18,446,744,073,709,551,615");
  EXPECT_EQ(FormatShare(0.1234), "12.3 %");
  EXPECT_EQ(Hex(std::vector<uint8_t>{0, 0x1F, 0xA0}), "001fa0");
}

std::string Printed(const Table& table) {
  std::FILE* const file = std::tmpfile();
  table.Print(file);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

TEST(Tables, ColumnsAreAsWideAsTheirWidestCell) {
  Table table({{"name", Table::Align::kLeft}, {"n"}});
  table.Add({"a", "1"});
  table.Add({"longer", "1,000"});
  EXPECT_EQ(Printed(table),
            "name        n\n"
            "------  -----\n"
            "a           1\n"
            "longer  1,000\n");
}

TEST(Tables, HeadersAreOptionalAndLinesDoNotTrail) {
  Table table({{"", Table::Align::kLeft}, {"", Table::Align::kLeft}});
  table.Add({"a", "value"});
  table.Add({"longer", "v"});
  EXPECT_EQ(Printed(table), "a       value\nlonger  v\n");
}

}  // namespace
}  // namespace zkvm
