// Files that are not there to stay, and files that appear complete or not at all.
#ifndef ZKVM_COMPILER_LINK_TEMPORARY_H_
#define ZKVM_COMPILER_LINK_TEMPORARY_H_

#include <filesystem>
#include <system_error>

namespace zkvm {

// A directory that is removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // Empty if it could not be made.
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A file beside `target` that is removed unless Commit moved it into its place.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path target);
  ~PendingFile();
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;

  const std::filesystem::path& path() const { return path_; }

  std::error_code Commit() const;

 private:
  std::filesystem::path target_;
  std::filesystem::path path_;
};

}  // namespace zkvm

#endif  // ZKVM_COMPILER_LINK_TEMPORARY_H_
