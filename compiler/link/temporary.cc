#include "compiler/link/temporary.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <utility>

namespace zkvm {

namespace fs = std::filesystem;

TemporaryDirectory::TemporaryDirectory() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "zkvm-build-XXXXXX").string();
  if (!error && mkdtemp(name.data()) != nullptr) path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

PendingFile::PendingFile(fs::path target) : target_(std::move(target)) {
  static std::atomic<unsigned> count = 0;
  path_ = target_;
  path_ += ".tmp" + std::to_string(getpid()) + "." + std::to_string(count++);
}

PendingFile::~PendingFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

std::error_code PendingFile::Commit() const {
  std::error_code error;
  fs::rename(path_, target_, error);
  return error;
}

}  // namespace zkvm
