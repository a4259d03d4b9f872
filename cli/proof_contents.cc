#include "cli/proof_contents.h"

#include <algorithm>
#include <string>

#include "stark/bytes.h"
#include "stark/field/fp5.h"
#include "stark/layout.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

constexpr size_t kFp5Bytes = sizeof(uint32_t) * Fp5::kDegree;
constexpr size_t kNonceBytes = 8;

// The heights with those of the fixed tables taken at their word: the key is not at hand.
Status ReadHeights(const Preset& preset, const Outcome& outcome, ByteReader& reader,
                   Heights* heights) {
  const Machine& machine = Rv32Machine();
  FixedCommitment fixed;
  for (const TableRule& rule : machine.tables) {
    uint8_t log_n;
    if (!reader.ReadU8(&log_n)) return Status::Error("the proof is cut off in its table heights");
    heights->log_heights.push_back(log_n == 0 ? -1 : log_n);
    heights->log_k = std::max<int>(heights->log_k, log_n);
    const bool is_fixed = rule.air->shape().fixed_columns > 0;
    fixed.log_heights.push_back(is_fixed ? heights->log_heights.back() : -1);
  }
  return CheckHeights(machine, preset, fixed, MakeStatement({}, outcome), *heights);
}

size_t NumTotals(const Heights& heights) {
  size_t totals = 0;
  for (size_t t = 0; t < kNumTables; ++t) {
    if (!heights.present(t)) continue;
    const AirShape& shape = Rv32Machine().tables[t].air->shape();
    totals += (shape.fractions > 0 ? 1U : 0U) + (shape.exchanges > 0 ? 1U : 0U);
  }
  return totals;
}

}  // namespace

Status ReadProofContents(std::span<const uint8_t> bytes, ProofContents* contents) {
  if (bytes.size() > kMaxProofBytes) return Status::Error("the proof is longer than 64 MiB");
  ByteReader reader(bytes);
  if (const Status status = ParseHeader(reader, &contents->header); !status.ok()) return status;
  const size_t header_bytes = bytes.size() - reader.left();
  contents->preset = FindPreset(contents->header.preset);
  const Preset& preset = *contents->preset;
  Heights& heights = contents->heights;
  if (const Status status = ReadHeights(preset, contents->header.outcome, reader, &heights);
      !status.ok()) {
    return status;
  }

  // Roots of the trees after the key's, as far as they exist; nonces before the bus challenges, the
  // opening point, the batch and the queries; and one of each for every FRI layer
  // (docs/proof-format.md).
  const Layout layout(Rv32Machine(), preset, heights);
  const size_t layers = FoldArities(heights.log_k).size();
  const auto roots =
      static_cast<size_t>(std::count_if(layout.trees.begin() + kMainTree, layout.trees.end(),
                                        [](const Tree& tree) { return tree.exists(); }));
  const size_t commitments = roots * sizeof(Digest) + 4 * kNonceBytes;
  const size_t totals = kFp5Bytes * NumTotals(heights);
  const size_t openings = kFp5Bytes * layout.functions.size();
  const size_t fri = layers * (sizeof(Digest) + kNonceBytes) + (kFp5Bytes << kLogFinalDegree);
  const size_t before_queries = commitments + totals + openings + fri;
  if (reader.left() < before_queries) {
    return Status::Error("the proof is cut off before its queries");
  }
  contents->sections = {{"header and journal", header_bytes},
                        {"table heights", kNumTables},
                        {"roots and nonces", commitments},
                        {"bus totals", totals},
                        {"openings", openings},
                        {"FRI commitments", fri},
                        {"queries", reader.left() - before_queries}};
  return Status::Ok();
}

}  // namespace zkvm
