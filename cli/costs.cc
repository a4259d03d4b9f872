#include "cli/costs.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>

#include "stark/arena.h"
#include "stark/commitment.h"
#include "stark/layout.h"
#include "stark/prover.h"
#include "vm/columns.h"
#include "vm/lookup_counter.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

// Seconds of a proof over seconds of the extensions and hashes of its cells.
constexpr double kWorkPerCommitment = 2.2;

// Rows in use, by table.
std::array<size_t, kNumTables> RowsInUse(const Program& program, const Record& record) {
  std::array<size_t, kNumTables> rows{};
  rows[kTableOf<ProgramTable>] = MakeProgramRows(program).size();
  rows[kTableOf<Image>] = kNumRegisters + program.image.size();
  rows[kTableOf<RangeTable>] = RangeTable::kEntries;
  rows[kTableOf<ByteTable>] = ByteTable::kEntries;
  rows[kTableOf<MiscTable>] = MiscTable::kShifts;
  for (size_t f = 0; f < kNumFamilies; ++f) {
    rows[kTableOf<AddSub> + f] = record.steps[f].size();
  }
  // Every division looks up one product.
  rows[kTableOf<MulHigh>] += record.steps[static_cast<size_t>(Family::kDivRem)].size();
  rows[kTableOf<Refresh>] = record.refreshes.size();
  rows[kTableOf<HaltCall>] = 1;
  rows[kTableOf<JournalCall>] = record.journal.size();
  rows[kTableOf<NoteCall>] = record.notes.size();
  rows[kTableOf<HintCall>] = record.hint_words.size();
  rows[kTableOf<ZeroMemory>] = record.zero_words.size();
  return rows;
}

size_t MatrixBytes(size_t rows, size_t columns) {
  constexpr size_t kColumnGap = 64;
  return columns * (rows * sizeof(Fp) + kColumnGap);
}

// Digests of all levels of a Merkle tree.
size_t DigestBytes(int log_size) { return 2 * sizeof(Digest) << log_size; }

// What the columns of one tree take on the trace domain, extended, and as digests.
struct TreeBytes {
  size_t traces = 0;
  size_t committed = 0;
};

TreeBytes BytesOf(const Tree& tree) {
  TreeBytes bytes;
  const int log_blowup = tree.shape.log_blowup;
  for (const ColumnGroup& group : tree.groups) {
    const size_t rows = size_t{1} << group.log_n;
    bytes.traces += MatrixBytes(rows, group.words());
    bytes.committed += MatrixBytes(rows << log_blowup, group.words());
  }
  bytes.committed += DigestBytes(tree.shape.log_size());
  return bytes;
}

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
size_t BelowLimit(int resource, size_t used) {
  rlimit limit;
  if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<size_t>::max();
  }
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

// What is left below the limit of the control group, if it has one.
size_t BelowGroupLimit() {
  std::ifstream limit_file("/sys/fs/cgroup/memory.max");
  std::ifstream used_file("/sys/fs/cgroup/memory.current");
  size_t limit;
  size_t used;
  if (!(limit_file >> limit) || !(used_file >> used)) return std::numeric_limits<size_t>::max();
  return limit > used ? limit - used : 0;
}

// Seconds to extend and hash one cell of the trace domain.
double SecondsPerCell(const Preset& preset) {
  constexpr int kLogRows = 14;
  constexpr size_t kColumns = 32;
  Matrix values(size_t{1} << kLogRows, kColumns);
  for (size_t j = 0; j < kColumns; ++j) std::fill_n(values.column(j), values.rows(), Fp(1));
  Tree tree;
  tree.groups.push_back({0, kLogRows, false, kColumns, {}, 0, 0, 0});
  tree.shape = {preset.log_blowup, {{kLogRows + preset.log_blowup, kColumns}}};
  // The first pass touches fresh pages and builds the tables of the transform.
  double seconds = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    (void)Commitment::OfTraces(tree, {&values});
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return seconds / static_cast<double>(values.rows() * kColumns);
}

}  // namespace

std::vector<TableCost> TableCosts(const Program& program, const Record& record) {
  const auto& tables = Rv32Machine().tables;
  const std::array<size_t, kNumTables> rows = RowsInUse(program, record);
  std::vector<TableCost> costs;
  for (size_t t = 0; t < kNumTables; ++t) {
    const AirShape& shape = tables[t].air->shape();
    costs.push_back({shape.name, rows[t], rows[t] == 0 ? 0 : TableHeight(rows[t]),
                     shape.main_columns + 5 * shape.bus_columns()});
  }
  return costs;
}

Heights HeightsOf(const std::vector<TableCost>& costs) {
  Heights heights;
  for (const TableCost& cost : costs) {
    const int log_n = cost.height == 0 ? -1 : std::countr_zero(cost.height);
    heights.log_heights.push_back(log_n);
    heights.log_k = std::max(heights.log_k, log_n);
  }
  return heights;
}

// The prover holds (stark/prover.cc), besides the fixed tree and its columns:
//   while it commits to the bus columns   main tree, bus columns, bus tree
//   in the quotient                       main and bus tree; the quotient's coefficients, its
//   values
//                                         on two cosets of the height at work, and its tree
//   in the openings                       all trees; five columns for every place
// Later phases hold less.
size_t PredictMemory(const Preset& preset, const Heights& heights) {
  const Layout layout(Rv32Machine(), preset, heights);
  const size_t k = size_t{1} << heights.log_k;
  const TreeBytes fixed = BytesOf(layout.trees[kFixedTree]);
  const TreeBytes main = BytesOf(layout.trees[kMainTree]);
  const TreeBytes bus = BytesOf(layout.trees[kBusTree]);
  const TreeBytes quotient = BytesOf(layout.trees[kQuotientTree]);

  const size_t trees = fixed.traces + fixed.committed + main.committed;
  const size_t bus_commitment = trees + bus.traces + bus.committed;
  const size_t coset_values = MatrixBytes(k, 3 * 5);
  const size_t extended = quotient.committed - DigestBytes(heights.log_k + preset.log_blowup);
  const size_t quotients =
      trees + bus.committed + quotient.traces + std::max(coset_values, extended);
  size_t openings = trees + bus.committed + quotient.committed;
  for (const Place& place : layout.places) openings += MatrixBytes(size_t{1} << place.log_n, 5);
  return std::max({bus_commitment, quotients, openings});
}

double PredictSeconds(const Preset& preset, const Heights& heights) {
  const double cells = static_cast<double>(CommittedCells(Rv32Machine(), heights));
  return kWorkPerCommitment * cells * SecondsPerCell(preset);
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
