#include "cli/memory_model.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stark/field/fp.h"
#include "stark/hash/blake3.h"
#include "stark/layout.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

// Code, thread stacks, the guest's memory, lookup counters.
constexpr size_t kOutsideArena = size_t{24} << 20;

size_t RoundUp(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// The allocator of stark/arena.h, without the memory: blocks are capacities.
class ArenaModel {
 public:
  size_t Allocate(size_t bytes) {
    size_t capacity = RoundUp(bytes, bytes < kHugePage ? kCacheLine : kHugePage);
    if (const auto pooled = pool_.lower_bound(capacity);
        bytes >= kHugePage && pooled != pool_.end() && *pooled / 2 <= capacity) {
      capacity = *pooled;
      pooled_ -= capacity;
      pool_.erase(pooled);
    }
    in_use_ += capacity;
    peak_in_use_ = std::max(peak_in_use_, in_use_);
    peak_mapped_ = std::max(peak_mapped_, in_use_ + pooled_);
    return capacity;
  }

  void Free(size_t capacity) {
    in_use_ -= capacity;
    if (capacity < kHugePage) return;
    pooled_ += capacity;
    pool_.insert(capacity);
  }

  size_t peak_in_use() const { return peak_in_use_; }
  size_t peak_mapped() const { return peak_mapped_; }

 private:
  std::multiset<size_t> pool_;
  size_t in_use_ = 0, pooled_ = 0, peak_in_use_ = 0, peak_mapped_ = 0;
};

size_t MatrixBytes(size_t rows, size_t columns) {
  return columns * (RoundUp(rows * sizeof(Fp), kCacheLine) + kCacheLine);
}

// The digests of a Merkle tree, level by level (stark/merkle/tree.cc).
size_t DigestBytes(int log_size) {
  size_t bytes = 0;
  for (int level = log_size; level >= 0; --level) {
    bytes += sizeof(Digest) * (RoundUp(size_t{1} << level, 16) + 80);
  }
  return bytes;
}

class ProverModel {
 public:
  ProverModel(const Preset& preset, const Heights& heights)
      : layout_(Rv32Machine(), preset, heights),
        log_blowup_(preset.log_blowup),
        log_k_(heights.log_k) {
    for (const int log_n : heights.log_heights) {
      if (log_n >= 0) distinct_.insert(log_n);
    }
  }

  const ArenaModel& arena() const { return arena_; }

  void Run() {
    AllocateTransformTables();
    for (const TreeId tree : {kFixedTree, kModelTree}) {
      AllocateColumns(tree);
      Commit(tree);
    }
    std::map<TreeId, std::map<size_t, size_t>> columns;
    for (const TreeId tree : {kMainTree, kGarbageTree, kFoldTree}) {
      columns[tree] = AllocateColumns(tree);
      Commit(tree);
    }
    std::vector<size_t> bus;
    for (const ColumnGroup& group : layout_.trees[kBusTree].groups) {
      bus.push_back(AllocateColumns(group));
      for (const auto& [tree, blocks] : columns) {
        if (const auto block = blocks.find(group.table); block != blocks.end()) {
          arena_.Free(block->second);
        }
      }
    }
    Commit(kBusTree);
    for (const size_t block : bus) arena_.Free(block);
    CommitQuotient();
    OpenAndBatch();
    CommitFri();
  }

 private:
  size_t Allocate(size_t rows, size_t columns) {
    return arena_.Allocate(MatrixBytes(rows, columns));
  }
  size_t AllocateColumns(const ColumnGroup& group) {
    return Allocate(size_t{1} << group.log_n, group.words());
  }
  // By table.
  std::map<size_t, size_t> AllocateColumns(TreeId tree) {
    std::map<size_t, size_t> blocks;
    for (const ColumnGroup& group : layout_.trees[tree].groups) {
      blocks[group.table] = AllocateColumns(group);
    }
    return blocks;
  }

  // Powers of roots, of their inverses, and of the shift of every coset (stark/ntt/tables.cc).
  void AllocateTransformTables() {
    const size_t cosets = size_t{1} << log_blowup_;
    for (const int log_n : distinct_) {
      const size_t bytes = sizeof(Fp) << log_n;
      for (size_t table = 0; table < 4; ++table) arena_.Allocate(bytes / 2);
      for (size_t shift = 0; shift < cosets + 1; ++shift) arena_.Allocate(bytes);
    }
    for (size_t coset = 0; coset < cosets; ++coset) arena_.Allocate(sizeof(Fp) << log_k_);
  }

  void Commit(TreeId tree) {
    if (!layout_.trees[tree].exists()) return;
    for (const ColumnGroup& group : layout_.trees[tree].groups) {
      Allocate(size_t{1} << (group.log_n + log_blowup_), group.words());
    }
    arena_.Allocate(DigestBytes(layout_.trees[tree].shape.log_size()));
  }

  // The coefficients of the quotient; the values of every height on two cosets, with the inverse
  // differences of the coset at work.
  void CommitQuotient() {
    const size_t chunks = Allocate(size_t{1} << log_k_, 5 * kQuotientChunks);
    for (const int log_n : distinct_) {
      const size_t n = size_t{1} << log_n;
      const size_t blocks[] = {Allocate(n, 5), Allocate(n, 5), Allocate(n, 1)};
      for (const size_t block : blocks) arena_.Free(block);
    }
    Allocate(size_t{1} << (log_k_ + log_blowup_), 5 * kQuotientChunks);
    arena_.Free(chunks);
    arena_.Allocate(DigestBytes(log_k_ + log_blowup_));
  }

  // The inverse differences of every place, and the sums of every height. Leaves f_0.
  void OpenAndBatch() {
    std::vector<size_t> blocks;
    for (const Place& place : layout_.places) {
      blocks.push_back(Allocate(size_t{1} << place.log_n, 5));
    }
    for (const int log_n : distinct_) {
      if (log_n < log_k_) blocks.push_back(Allocate(size_t{1} << log_n, 5));
    }
    f0_ = Allocate(size_t{1} << log_k_, 5);
    for (const size_t block : blocks) arena_.Free(block);
  }

  void CommitFri() {
    int log_size = log_k_ + log_blowup_;
    size_t word = Allocate(size_t{1} << log_size, 5);
    arena_.Free(f0_);
    for (const int log_arity : FoldArities(log_k_)) {
      const size_t parts = size_t{1} << log_arity;
      log_size -= log_arity;
      Allocate(size_t{1} << log_size, 5 * parts);
      arena_.Allocate(DigestBytes(log_size));
      const size_t folded = Allocate(size_t{1} << log_size, 5);
      arena_.Free(Allocate(size_t{1} << (log_size - log_blowup_), 5 * parts / 2));
      arena_.Free(std::exchange(word, folded));
    }
  }

  const Layout layout_;
  const int log_blowup_;
  const int log_k_;
  std::set<int> distinct_;  // the heights
  size_t f0_ = 0;
  ArenaModel arena_;
};

// The value of a line "name:  123 kB" of a file of /proc, in bytes.
size_t ProcValue(const char* file, const std::string& name) {
  std::ifstream lines(file);
  std::string word;
  while (lines >> word) {
    size_t kilobytes;
    if (word == name + ":" && lines >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

// What is left below a resource limit, given what is in use.
size_t BelowLimit(__rlimit_resource resource, size_t used) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<size_t>::max();
  }
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

// What is left below the limit of the control group, if it has one. Pages of files count as used
// there and would be given up; so they are added.
size_t BelowGroupLimit() {
  std::ifstream limit_file("/sys/fs/cgroup/memory.max");
  std::ifstream used_file("/sys/fs/cgroup/memory.current");
  std::ifstream details("/sys/fs/cgroup/memory.stat");
  size_t limit;
  size_t used;
  if (!(limit_file >> limit) || !(used_file >> used)) return std::numeric_limits<size_t>::max();
  std::string name;
  for (size_t value; details >> name >> value;) {
    if (name == "inactive_file" || name == "active_file") used -= std::min(used, value);
  }
  return limit > used ? limit - used : 0;
}

}  // namespace

MemoryPrediction PredictMemory(const Preset& preset, const Heights& heights) {
  ProverModel model(preset, heights);
  model.Run();
  return {model.arena().peak_in_use(), model.arena().peak_mapped() + kOutsideArena};
}

size_t AvailableMemory() {
  const size_t mapped = ProcValue("/proc/self/status", "VmSize");
  const size_t data = ProcValue("/proc/self/status", "VmData");
  return std::min({ProcValue("/proc/meminfo", "MemAvailable"), BelowGroupLimit(),
                   BelowLimit(RLIMIT_AS, mapped), BelowLimit(RLIMIT_DATA, data)});
}

size_t PeakMemory() {
  rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace zkvm
