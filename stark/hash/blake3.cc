#include "stark/hash/blake3.h"

#include <algorithm>

namespace zkvm {
namespace {

uint32_t LoadWord(const uint8_t* bytes) {
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 |
         uint32_t{bytes[3]} << 24;
}

void StoreWord(uint32_t word, uint8_t* bytes) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(word >> (8 * i));
}

}  // namespace

Blake3Words DigestToWords(const Digest& digest) {
  Blake3Words words;
  for (size_t i = 0; i < words.size(); ++i) words[i] = LoadWord(&digest[4 * i]);
  return words;
}

Digest WordsToDigest(const Blake3Words& words) {
  Digest digest;
  for (size_t i = 0; i < words.size(); ++i) StoreWord(words[i], &digest[4 * i]);
  return digest;
}

std::array<uint32_t, 16> Blake3Stream::Node::Compress() const {
  uint32_t v[16];
  uint32_t m[16];
  std::copy_n(chaining_value.begin(), 8, v);
  std::copy_n(kBlake3Iv.begin(), 4, v + 8);
  v[12] = static_cast<uint32_t>(counter);
  v[13] = static_cast<uint32_t>(counter >> 32);
  v[14] = block_bytes;
  v[15] = flags;
  std::copy_n(block.begin(), 16, m);
  Blake3Rounds(v, m);
  std::array<uint32_t, 16> output;
  for (size_t i = 0; i < 8; ++i) {
    output[i] = v[i] ^ v[i + 8];
    output[i + 8] = v[i + 8] ^ chaining_value[i];
  }
  return output;
}

Blake3Words Blake3Stream::Node::ChainingValue() const {
  const std::array<uint32_t, 16> output = Compress();
  Blake3Words value;
  std::copy_n(output.begin(), value.size(), value.begin());
  return value;
}

Blake3Stream::Blake3Stream(const Node& root) : root_(root) {
  root_.counter = 0;
  root_.flags |= kBlake3Root;
}

void Blake3Stream::Read(std::span<uint8_t> out) {
  while (!out.empty()) {
    if (buffer_used_ == buffer_.size()) {
      const std::array<uint32_t, 16> words = root_.Compress();
      for (size_t i = 0; i < words.size(); ++i) StoreWord(words[i], &buffer_[4 * i]);
      ++root_.counter;
      buffer_used_ = 0;
    }
    const size_t size = std::min(out.size(), buffer_.size() - buffer_used_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(buffer_used_), size, out.begin());
    buffer_used_ += size;
    out = out.subspan(size);
  }
}

Blake3::Blake3(const Blake3Words& key, uint32_t flags)
    : key_(key), flags_(flags), chunk_value_(key) {}

Blake3::Node Blake3::LastBlock() const {
  Node node = {.chaining_value = chunk_value_,
               .block = {},
               .counter = chunk_counter_,
               .block_bytes = static_cast<uint32_t>(block_bytes_),
               .flags = flags_ | kBlake3ChunkEnd};
  if (blocks_compressed_ == 0) node.flags |= kBlake3ChunkStart;
  std::array<uint8_t, kBlake3BlockBytes> padded{};
  std::copy_n(block_.begin(), block_bytes_, padded.begin());
  for (size_t i = 0; i < node.block.size(); ++i) node.block[i] = LoadWord(&padded[4 * i]);
  return node;
}

Blake3::Node Blake3::Parent(const Blake3Words& left, const Blake3Words& right) const {
  Node node = {.chaining_value = key_,
               .block = {},
               .counter = 0,
               .block_bytes = kBlake3BlockBytes,
               .flags = flags_ | kBlake3Parent};
  std::copy_n(left.begin(), left.size(), node.block.begin());
  std::copy_n(right.begin(), right.size(), node.block.begin() + left.size());
  return node;
}

void Blake3::CloseChunk() {
  Blake3Words value = LastBlock().ChainingValue();
  ++chunk_counter_;
  for (uint64_t chunks = chunk_counter_; chunks % 2 == 0; chunks /= 2) {
    value = Parent(stack_[--stack_size_], value).ChainingValue();
  }
  stack_[stack_size_++] = value;
  chunk_value_ = key_;
  blocks_compressed_ = 0;
  block_bytes_ = 0;
}

Blake3& Blake3::Update(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    if (block_bytes_ == kBlake3BlockBytes) {
      if (blocks_compressed_ + 1 == kBlake3ChunkBytes / kBlake3BlockBytes) {
        CloseChunk();
      } else {
        Node block = LastBlock();
        block.flags &= ~uint32_t{kBlake3ChunkEnd};
        chunk_value_ = block.ChainingValue();
        ++blocks_compressed_;
        block_bytes_ = 0;
      }
    }
    const size_t size = std::min(bytes.size(), kBlake3BlockBytes - block_bytes_);
    std::copy_n(bytes.begin(), size, block_.begin() + static_cast<std::ptrdiff_t>(block_bytes_));
    block_bytes_ += size;
    bytes = bytes.subspan(size);
  }
  return *this;
}

Blake3Stream Blake3::FinishStream() const {
  Node node = LastBlock();
  for (size_t i = stack_size_; i-- > 0;) node = Parent(stack_[i], node.ChainingValue());
  return Blake3Stream(node);
}

Digest Blake3::Finish() const {
  Digest digest;
  FinishStream().Read(digest);
  return digest;
}

Digest Blake3Hash(std::span<const uint8_t> bytes) { return Blake3().Update(bytes).Finish(); }

}  // namespace zkvm
