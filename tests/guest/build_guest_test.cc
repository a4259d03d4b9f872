#include "compiler/link/build_guest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "isa/elf.h"
#include "isa/framing.h"
#include "vm/executor.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;

class BuildGuestTest : public testing::Test {
 protected:
  BuildGuestTest()
      : directory_(fs::temp_directory_path() / ("zkvm-build-test-" + std::to_string(getpid()))) {
    fs::create_directory(directory_);
  }
  ~BuildGuestTest() override { fs::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return (directory_ / name).string();
  }
  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  std::string Read(const std::string& name) const {
    std::ifstream file(directory_ / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  size_t Files() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
};

TEST_F(BuildGuestTest, LinksCAndCxxFiles) {
  const std::string c = Write("part.c", "int twice(int x) { return 2 * x; }\n");
  const std::string cxx = Write("main.cc",
                                "#include <cstdio>\n#include <string>\n"
                                "extern \"C\" int twice(int);\n"
                                "int main() { std::string s = std::to_string(twice(21));\n"
                                "#ifdef LOUD\n  s += '!';\n#endif\n"
                                "  std::puts(s.c_str()); }\n");
  const auto error =
      BuildGuest({.sources = {c, cxx}, .output = Path("a.elf"), .flags = {"-DLOUD", "-Os"}});
  ASSERT_FALSE(error.has_value()) << error->message;
  EXPECT_EQ(Files(), 3);

  const std::string file = Read("a.elf");
  const auto loaded = LoadElf({reinterpret_cast<const uint8_t*>(file.data()), file.size()});
  ASSERT_TRUE(std::holds_alternative<Program>(loaded)) << std::get<ElfError>(loaded).message;
  const ExecutionResult result = Execute(std::get<Program>(loaded), {.input = {}});
  EXPECT_FALSE(result.fault.has_value());
  const auto journal = JournalBytes(result.journal);
  ASSERT_TRUE(journal.has_value());
  EXPECT_EQ(std::string(journal->begin(), journal->end()), "42!\n");
}

TEST_F(BuildGuestTest, FailureLeavesTheOldFile) {
  const std::string broken = Write("broken.c", "int main(void) { return }\n");
  const std::string unresolved = Write("unresolved.c", "int f(void); int main(void) { f(); }\n");
  Write("a.elf", "old");
  for (const std::string& source : {broken, unresolved}) {
    const auto error = BuildGuest({.sources = {source}, .output = Path("a.elf"), .flags = {}});
    ASSERT_TRUE(error.has_value());
    EXPECT_NE(error->message.find("failed"), std::string::npos);
    EXPECT_EQ(Read("a.elf"), "old");
    EXPECT_EQ(Files(), 3);
  }
}

TEST_F(BuildGuestTest, NamesWhatIsWrong) {
  const auto message = [](const BuildOptions& options) {
    const auto error = BuildGuest(options);
    return error ? error->message : "";
  };
  const std::string text = Write("text.txt", "text");
  const std::string main = Write("main.c", "int main(void) { return 0; }\n");
  EXPECT_EQ(message({.sources = {}, .output = "", .flags = {}}), "no source files");
  EXPECT_EQ(message({.sources = {Path("no.c")}, .output = Path("a.elf"), .flags = {}}),
            Path("no.c") + " does not exist");
  EXPECT_EQ(message({.sources = {text}, .output = Path("a.elf"), .flags = {}}),
            text + " is not a C, C++ or assembly file by its name");
  EXPECT_NE(message({.sources = {main}, .output = Path("no/a.elf"), .flags = {}}), "");

  setenv("ZKVM_SDK", directory_.c_str(), 1);
  EXPECT_NE(message({.sources = {main}, .output = Path("a.elf"), .flags = {}}).find("ZKVM_SDK"),
            std::string::npos);
  unsetenv("ZKVM_SDK");
  EXPECT_FALSE(fs::exists(Path("a.elf")));
}

}  // namespace
}  // namespace zkvm
