#include "vm/host.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "isa/ecall.h"
#include "isa/framing.h"

namespace zkvm {
namespace {

constexpr uint32_t kMaxPanic = 4096;
constexpr uint32_t kMaxMarkerName = 128;
constexpr size_t kMaxMarkers = 1024;

}  // namespace

Host::Host(const ExecutorOptions& options, const GuestMemory& memory)
    : memory_(memory), on_stderr_(options.on_stderr), input_(FrameBytes(options.input)) {}

std::span<const uint32_t> Host::TakeInput(size_t count) {
  const std::span<const uint32_t> words(input_.data() + input_at_, count);
  input_at_ += count;
  return words;
}

void Host::TakeNote(uint32_t kind, uint32_t a1, uint32_t a2, uint64_t cycles) {
  switch (static_cast<Note>(kind)) {
    case Note::kPrint:
      if (!on_stderr_) return;
      if (memory_.Contains(a1, a2)) {
        on_stderr_({memory_.bytes() + a1, a2});
      } else {
        on_stderr_(Text(a1, a2));
      }
      return;
    case Note::kMarkerBegin:
      BeginMarker(Name(a1), cycles);
      return;
    case Note::kMarkerEnd:
      EndMarker(Name(a1), cycles);
      return;
    case Note::kPanic:
      panic_ = Text(a1, std::min(a2, kMaxPanic));
      return;
  }
}

void Host::Finish(ExecutionResult& result) {
  for (size_t i = 0; i < markers_.size(); ++i) {
    if (open_[i].depth != 0) markers_[i].cycles += result.cycles - open_[i].since;
  }
  result.journal = std::move(journal_);
  result.panic = std::move(panic_);
  result.markers = std::move(markers_);
}

std::string Host::Text(uint32_t address, uint32_t size) const {
  if (memory_.Contains(address, size)) return {memory_.bytes() + address, size};
  return fmt::format("({} bytes at {:#x}, outside memory)\n", size, address);
}

std::string Host::Name(uint32_t address) const {
  if (!memory_.Contains(address, 1)) return "?";
  const char* name = memory_.bytes() + address;
  return {name, strnlen(name, std::min(kMaxMarkerName, kMemoryEnd - address))};
}

void Host::BeginMarker(const std::string& name, uint64_t cycles) {
  auto at = marker_index_.find(name);
  if (at == marker_index_.end()) {
    if (markers_.size() == kMaxMarkers) return;
    at = marker_index_.emplace(name, markers_.size()).first;
    markers_.push_back({name});
    open_.push_back({});
  }
  ++markers_[at->second].entries;
  OpenMarker& open = open_[at->second];
  if (open.depth++ == 0) open.since = cycles;
}

void Host::EndMarker(const std::string& name, uint64_t cycles) {
  const auto at = marker_index_.find(name);
  if (at == marker_index_.end() || open_[at->second].depth == 0) return;
  OpenMarker& open = open_[at->second];
  if (--open.depth == 0) markers_[at->second].cycles += cycles - open.since;
}

}  // namespace zkvm
