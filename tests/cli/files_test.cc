#include "cli/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/failure.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  FilesTest() : directory_(fs::temp_directory_path() / ("zkvm-files-" + std::to_string(getpid()))) {
    fs::create_directory(directory_);
  }
  ~FilesTest() override { fs::remove_all(directory_); }

  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
  }
  size_t Files() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
};

const std::vector<uint8_t> kAbc = {'a', 'b', 'c'};

TEST_F(FilesTest, ReadsUpToTheLimit) {
  Write("f", "abc");
  EXPECT_EQ(ReadFile(Path("f"), 3), kAbc);
  EXPECT_THROW(ReadFile(Path("f"), 2), Failure);
  EXPECT_THROW(ReadFile(Path("none"), 2), Failure);
  EXPECT_THROW(ReadFile(directory_, 2), Failure);
  EXPECT_THROW(ReadFile("/dev/zero", size_t{1} << 22), Failure);
}

TEST_F(FilesTest, AppearsOnlyWhenWritten) {
  {
    const OutputFile file(Path("f"), {});
  }
  EXPECT_EQ(Files(), 0U);
  OutputFile file(Path("f"), {});
  EXPECT_EQ(Files(), 0U);
  file.Write(kAbc);
  EXPECT_EQ(Read("f"), "abc");
  EXPECT_EQ(Files(), 1U);
}

TEST_F(FilesTest, ReplacesWhatWasThereAndKeepsItsMode) {
  Write("f", "something longer");
  fs::permissions(Path("f"), fs::perms::owner_read | fs::perms::owner_write);
  {
    OutputFile file(Path("f"), {});
    EXPECT_EQ(Read("f"), "something longer");
    file.Write(kAbc);
  }
  EXPECT_EQ(Read("f"), "abc");
  EXPECT_EQ(fs::status(Path("f")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(Files(), 1U);
}

TEST_F(FilesTest, FollowsSymbolicLinks) {
  Write("f", "old");
  fs::create_symlink(Path("f"), Path("link"));
  OutputFile(Path("link"), {}).Write(kAbc);
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(Read("f"), "abc");
}

TEST_F(FilesTest, NeverReplacesAnInput) {
  Write("f", "old");
  fs::create_hard_link(Path("f"), Path("same"));
  EXPECT_THROW(OutputFile(Path("f"), {Path("f")}), Failure);
  EXPECT_THROW(OutputFile(Path("same"), {Path("other"), Path("f")}), Failure);
  EXPECT_EQ(Read("f"), "old");
}

TEST_F(FilesTest, WritesToDevicesAsTheyStand) {
  OutputFile("/dev/null", {}).Write(kAbc);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_THROW(OutputFile("/dev/full", {}).Write(kAbc), Failure);
}

TEST_F(FilesTest, RefusesWhatCannotBeCreated) {
  EXPECT_THROW(OutputFile(Path("none/f"), {}), Failure);
  EXPECT_THROW(OutputFile(directory_, {}), Failure);
  EXPECT_THROW(OutputFile("/proc/f", {}), Failure);
}

}  // namespace
}  // namespace zkvm
