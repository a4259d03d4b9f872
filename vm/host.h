// The host's side of environment calls.
#ifndef ZKVM_VM_HOST_H_
#define ZKVM_VM_HOST_H_

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vm/executor.h"
#include "vm/memory.h"

namespace zkvm {

class Host {
 public:
  Host(const ExecutorOptions& options, const GuestMemory& memory);

  // Words of input not yet handed out.
  size_t InputLeft() const { return input_.size() - input_at_; }
  // The next `count` of them. REQUIRES: count <= InputLeft().
  std::span<const uint32_t> TakeInput(size_t count);

  void AppendJournal(uint32_t word) { journal_.push_back(word); }

  // Kinds that do not exist, addresses outside memory and markers that were never begun are
  // ignored or reported in the text: a note cannot stop a program that a proof would accept.
  void TakeNote(uint32_t kind, uint32_t a1, uint32_t a2, uint64_t cycles);

  // Moves journal, panic and markers into `result`. REQUIRES: result.cycles is set.
  void Finish(ExecutionResult& result);

 private:
  struct OpenMarker {
    uint64_t depth = 0;
    uint64_t since = 0;
  };

  std::string Text(uint32_t address, uint32_t size) const;
  std::string Name(uint32_t address) const;
  void BeginMarker(const std::string& name, uint64_t cycles);
  void EndMarker(const std::string& name, uint64_t cycles);

  const GuestMemory& memory_;
  std::function<void(std::string_view)> on_stderr_;
  std::vector<uint32_t> input_;
  size_t input_at_ = 0;
  std::vector<uint32_t> journal_;
  std::string panic_;
  std::vector<Marker> markers_;
  std::vector<OpenMarker> open_;  // parallel to markers_
  std::map<std::string, size_t> marker_index_;
};

}  // namespace zkvm

#endif  // ZKVM_VM_HOST_H_
