#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/failure.h"
#include "cli/numbers.h"

namespace zkvm {
namespace {

namespace fs = std::filesystem;

Failure SystemFailure(const char* doing, const std::string& path) {
  return Failure(ExitCode::kCannot, "cannot {} {}: {}", doing, path, strerror(errno));
}

// Closes on every way out.
class FileDescriptor {
 public:
  explicit FileDescriptor(int file) : file_(file) {}
  ~FileDescriptor() {
    if (file_ > STDERR_FILENO) close(file_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

std::string ParentOf(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

mode_t DefaultMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

std::vector<uint8_t> ReadFile(const std::string& path, size_t max_bytes) {
  constexpr size_t kChunk = size_t{1} << 20;
  const bool standard_input = path == "-";
  const std::string name = standard_input ? "standard input" : path;
  const FileDescriptor file(standard_input ? STDIN_FILENO
                                           : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw SystemFailure("read", name);
  struct stat status;
  if (fstat(file.get(), &status) != 0) throw SystemFailure("read", name);

  const auto too_long = [&] {
    return Failure(ExitCode::kCannot, "{} is longer than {}, the most that is read of such a file",
                   name, FormatBytes(max_bytes));
  };
  std::vector<uint8_t> bytes;
  if (S_ISREG(status.st_mode)) {
    if (static_cast<uint64_t>(status.st_size) > max_bytes) throw too_long();
    bytes.reserve(static_cast<size_t>(status.st_size) + 1);
  }
  while (true) {
    const size_t size = bytes.size();
    bytes.resize(std::max(bytes.capacity(), size + kChunk));
    const ssize_t count = read(file.get(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno != EINTR) throw SystemFailure("read", name);
    bytes.resize(size + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) return bytes;
    if (bytes.size() > max_bytes) throw too_long();
  }
}

OutputFile::OutputFile(std::string path, std::initializer_list<std::string> inputs)
    : path_(std::move(path)), target_(path_) {
  if (is_standard_output()) {
    file_ = STDOUT_FILENO;
    return;
  }
  std::error_code ignored;
  for (const std::string& input : inputs) {
    if (fs::equivalent(path_, input, ignored)) {
      throw Failure(ExitCode::kCannot, "{} is an input of this command; name another output",
                    path_);
    }
  }
  if (const fs::path resolved = fs::canonical(path_, ignored); !ignored) target_ = resolved;

  struct stat status;
  const bool exists = stat(target_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) {
    throw Failure(ExitCode::kCannot, "cannot write {}: it is a directory", path_);
  }
  if (exists && access(target_.c_str(), W_OK) != 0) throw SystemFailure("write", path_);
  replaces_ = !exists || S_ISREG(status.st_mode);
  if (!replaces_) {
    file_ = open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) throw SystemFailure("write", path_);
    return;
  }

  const std::string parent = ParentOf(target_);
  file_ = open(parent.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
    temporary_ = target_ + ".XXXXXX";
    file_ = mkostemp(temporary_.data(), O_CLOEXEC);
    if (file_ < 0) temporary_.clear();
  }
  if (file_ < 0) throw SystemFailure("write", path_);
  fchmod(file_, exists ? status.st_mode & 07777 : DefaultMode());
}

OutputFile::~OutputFile() {
  if (file_ > STDERR_FILENO) close(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::Write(std::span<const uint8_t> bytes) {
  Write([&](const Sink& sink) { sink(bytes); });
}

void OutputFile::Write(const std::function<void(const Sink&)>& write) {
  write([&](std::span<const uint8_t> bytes) { WriteAll(bytes); });
  if (!replaces_) return;
  if (fsync(file_) != 0) throw SystemFailure("write", path_);
  MoveIntoPlace();
}

void OutputFile::WriteAll(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw SystemFailure("write", is_standard_output() ? "standard output" : path_);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void OutputFile::MoveIntoPlace() {
  if (temporary_.empty()) {
    std::string name = fmt::format("{}.{}", target_, getpid());
    const std::string unnamed = fmt::format("/proc/self/fd/{}", file_);
    if (linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      throw SystemFailure("write", path_);
    }
    temporary_ = std::move(name);
  }
  if (rename(temporary_.c_str(), target_.c_str()) != 0) throw SystemFailure("write", path_);
  temporary_.clear();
  // The name is durable when its directory is; not every file system can promise that.
  const FileDescriptor parent(open(ParentOf(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.get() >= 0) fsync(parent.get());
}

}  // namespace zkvm
