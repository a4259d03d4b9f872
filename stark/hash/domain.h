// H_D: BLAKE3 in keyed mode, one key for each use, so that no digest of one use is a digest of
// another (protocol.md, section 1).
#ifndef ZKVM_STARK_HASH_DOMAIN_H_
#define ZKVM_STARK_HASH_DOMAIN_H_

#include <cstdint>
#include <span>

#include "stark/hash/blake3.h"

namespace zkvm {

enum class Domain { kLeaf, kNode, kInject, kAbsorb, kSqueeze, kPow, kId };

// K_D = BLAKE3("zkvm-1/" || D), D in {leaf, node, inject, absorb, squeeze, pow, id}.
const Blake3Words& DomainKey(Domain domain);

// An incremental hasher for H_D.
inline Blake3 DomainHasher(Domain domain) { return Blake3(DomainKey(domain)); }

// H_D(bytes).
Digest DomainHash(Domain domain, std::span<const uint8_t> bytes);
// H_D(left || right).
Digest DomainHash(Domain domain, const Digest& left, const Digest& right);

}  // namespace zkvm

#endif  // ZKVM_STARK_HASH_DOMAIN_H_
