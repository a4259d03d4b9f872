// The prover's part of a model's key as a file: columns, extensions and digests of the model tree,
// as they lie in memory. It is mapped, not read: a proof touches what it needs.
//
//   header    magic "ZKVF", version, preset (LE32 each); tag; root; number of tables (LE64)
//   table     index, log2 of the rows, columns (LE64 each), in the order of the machine
//   blocks    each begins at a multiple of kModelFileAlignment: per table its columns and then its
//             extension (Matrix::data), last the digests of the tree (MerkleTree::digests)
//
// The file is the prover's own: it is checked against the tag that the caller computes from the
// model and its size against its header, and no further. A damaged one makes proofs that do not
// verify.
#ifndef ZKVM_STARK_MODEL_FILE_H_
#define ZKVM_STARK_MODEL_FILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stark/arena.h"
#include "stark/commitment.h"
#include "stark/hash/blake3.h"
#include "stark/machine.h"
#include "stark/params.h"
#include "stark/prover.h"
#include "stark/status.h"

namespace zkvm {

inline constexpr size_t kModelFileAlignment = 4096;

// Calls write(bytes) for the consecutive pieces of the file.
// REQUIRES: fixed.model_commitment.
void SerializeModelFile(const Machine& machine, const Preset& preset, const Digest& tag,
                        const FixedTables& fixed,
                        const std::function<void(std::span<const uint8_t>)>& write);

// The model's tables of a mapped file.
struct MappedModel {
  std::shared_ptr<const void> mapping;  // outlives what follows
  std::vector<Matrix> columns;          // by table of the machine; empty where it has none
  Commitment commitment;
};

// Maps a file for a model with this tag. Errors are one line: no such file, another format, another
// preset, another model, a file that is cut off.
Status MapModelFile(const std::string& path, const Machine& machine, const Preset& preset,
                    const Digest& tag, std::optional<MappedModel>* model);

}  // namespace zkvm

#endif  // ZKVM_STARK_MODEL_FILE_H_
