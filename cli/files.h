// Files as commands read and write them. Every error is a Failure that names the file.
#ifndef ZKVM_CLI_FILES_H_
#define ZKVM_CLI_FILES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace zkvm {

// The bytes of a file, or of standard input for "-"; at most `max_bytes` of them.
std::vector<uint8_t> ReadFile(const std::string& path, size_t max_bytes);

// A file that appears complete or not at all: written without a name, synced, and only then moved
// over what was there. A killed process leaves nothing behind.
class OutputFile {
 public:
  // Finds out what can be found out before the work: that the file can be created, and that it is
  // none of `inputs`. A path to a device or a pipe is written to as it stands; "-" is standard
  // output.
  OutputFile(std::string path, std::initializer_list<std::string> inputs);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::string& path() const { return path_; }
  bool is_standard_output() const { return path_ == "-"; }

  // Called at most once.
  void Write(std::span<const uint8_t> bytes);
  // The same in pieces: write(piece) calls back for each of them.
  using Sink = std::function<void(std::span<const uint8_t>)>;
  void Write(const std::function<void(const Sink&)>& write);

 private:
  void WriteAll(std::span<const uint8_t> bytes);
  void MoveIntoPlace();

  std::string path_;
  std::string target_;     // path_ with symbolic links followed
  std::string temporary_;  // its name while it has one that is not the target's
  int file_ = -1;
  bool replaces_ = false;  // a regular file, or nothing, rather than a device
};

}  // namespace zkvm

#endif  // ZKVM_CLI_FILES_H_
