#include "stark/model_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "stark/bytes.h"
#include "stark/layout.h"

namespace zkvm {
namespace {

constexpr std::array<uint8_t, 4> kMagic{'Z', 'K', 'V', 'F'};
constexpr uint32_t kVersion = 1;

size_t Align(size_t at) {
  return (at + kModelFileAlignment - 1) / kModelFileAlignment * kModelFileAlignment;
}

// The layout of the tables with fixed columns alone.
Layout ModelLayout(const Machine& machine, const Preset& preset,
                   const std::vector<int>& log_heights) {
  Heights heights;
  heights.log_heights.assign(machine.tables.size(), -1);
  for (size_t t = 0; t < machine.tables.size(); ++t) {
    if (!machine.tables[t].air->shape().model) continue;
    heights.log_heights[t] = log_heights[t];
    heights.log_k = std::max(heights.log_k, log_heights[t]);
  }
  return Layout(machine, preset, heights);
}

class Mapping {
 public:
  static std::shared_ptr<const Mapping> Of(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return nullptr;
    struct stat status{};
    void* data = MAP_FAILED;
    if (fstat(file, &status) == 0 && status.st_size > 0) {
      data = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_SHARED, file, 0);
    }
    close(file);
    if (data == MAP_FAILED) return nullptr;
    return std::make_shared<const Mapping>(data, static_cast<size_t>(status.st_size));
  }
  Mapping(void* data, size_t size) : data_(data), size_(size) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { munmap(data_, size_); }

  std::span<const uint8_t> bytes() const { return {static_cast<const uint8_t*>(data_), size_}; }

 private:
  void* data_;
  size_t size_;
};

// The following blocks of a mapped file; null beyond its end.
class BlockReader {
 public:
  BlockReader(std::span<const uint8_t> bytes, size_t at) : bytes_(bytes), at_(at) {}

  const uint8_t* Next(size_t size) {
    at_ = Align(at_);
    if (at_ > bytes_.size() || size > bytes_.size() - at_) return nullptr;
    const uint8_t* const block = bytes_.data() + at_;
    at_ += size;
    return block;
  }
  bool AtEnd() const { return at_ == bytes_.size(); }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_;
};

}  // namespace

void SerializeModelFile(const Machine& machine, const Preset& preset, const Digest& tag,
                        const FixedTables& fixed,
                        const std::function<void(std::span<const uint8_t>)>& write) {
  const Layout layout = ModelLayout(machine, preset, fixed.log_heights);
  const std::vector<ColumnGroup>& groups = layout.trees[kModelTree].groups;
  ByteWriter header;
  header.WriteBytes(kMagic);
  header.WriteU32(kVersion);
  header.WriteU32(preset.id);
  header.WriteBytes(tag);
  header.WriteBytes(fixed.model_commitment->root());
  header.WriteU64(groups.size());
  for (const ColumnGroup& group : groups) {
    header.WriteU64(group.table);
    header.WriteU64(static_cast<uint64_t>(group.log_n));
    header.WriteU64(group.columns);
  }
  size_t at = header.bytes().size();
  write(header.bytes());
  const auto write_block = [&](const void* data, size_t size) {
    static constexpr std::array<uint8_t, kModelFileAlignment> kZeros{};
    write(std::span(kZeros).first(Align(at) - at));
    write({static_cast<const uint8_t*>(data), size});
    at = Align(at) + size;
  };
  for (size_t g = 0; g < groups.size(); ++g) {
    for (const Matrix* matrix :
         {&fixed.columns[groups[g].table], &fixed.model_commitment->extension(g)}) {
      write_block(matrix->data(), Matrix::BytesOf(matrix->rows(), matrix->cols()));
    }
  }
  const Buffer& digests = fixed.model_commitment->merkle().digests();
  write_block(digests.As<uint8_t>(), digests.size());
}

Status MapModelFile(const std::string& path, const Machine& machine, const Preset& preset,
                    const Digest& tag, std::optional<MappedModel>* model) {
  const std::shared_ptr<const Mapping> mapping = Mapping::Of(path);
  if (mapping == nullptr) return Status::Error(path + ": cannot be read");
  ByteReader reader(mapping->bytes());
  std::array<uint8_t, 4> magic;
  uint32_t version;
  uint32_t preset_id;
  Digest file_tag;
  Digest root;
  uint64_t tables;
  if (!reader.ReadBytes(magic) || magic != kMagic) {
    return Status::Error(path + ": not a prover's key (it does not start with ZKVF)");
  }
  if (!reader.ReadU32(&version) || version != kVersion) {
    return Status::Error(path + ": a prover's key of another version; make it again");
  }
  if (!reader.ReadU32(&preset_id) || !reader.ReadBytes(file_tag) || !reader.ReadBytes(root) ||
      !reader.ReadU64(&tables)) {
    return Status::Error(path + ": cut off");
  }
  if (preset_id != preset.id) return Status::Error(path + ": made for another preset");
  if (file_tag != tag) return Status::Error(path + ": made for another model; make it again");

  std::vector<int> log_heights(machine.tables.size(), -1);
  for (uint64_t i = 0; i < tables; ++i) {
    uint64_t table;
    uint64_t log_n;
    uint64_t columns;
    if (!reader.ReadU64(&table) || !reader.ReadU64(&log_n) || !reader.ReadU64(&columns)) {
      return Status::Error(path + ": cut off");
    }
    if (table >= machine.tables.size() || !machine.tables[table].air->shape().model ||
        machine.tables[table].air->shape().fixed_columns != columns || log_n < kMinLogHeight ||
        log_n > kMaxLogHeight) {
      return Status::Error(path + ": made for another version of the machine; make it again");
    }
    log_heights[table] = static_cast<int>(log_n);
  }
  const Layout layout = ModelLayout(machine, preset, log_heights);
  const Tree& tree = layout.trees[kModelTree];
  if (!tree.exists()) return Status::Error(path + ": without tables");

  BlockReader blocks(mapping->bytes(), mapping->bytes().size() - reader.left());
  std::vector<Matrix> columns(machine.tables.size());
  std::vector<Matrix> extensions;
  for (const ColumnGroup& group : tree.groups) {
    const size_t rows = size_t{1} << group.log_n;
    const size_t extended = rows << preset.log_blowup;
    const uint8_t* const trace = blocks.Next(Matrix::BytesOf(rows, group.columns));
    const uint8_t* const extension = blocks.Next(Matrix::BytesOf(extended, group.columns));
    if (trace == nullptr || extension == nullptr) return Status::Error(path + ": cut off");
    columns[group.table] = Matrix::Borrow(reinterpret_cast<const Fp*>(trace), rows, group.columns);
    extensions.push_back(
        Matrix::Borrow(reinterpret_cast<const Fp*>(extension), extended, group.columns));
  }
  const size_t digest_bytes = MerkleTree::DigestBytes(tree.shape);
  const uint8_t* const digests = blocks.Next(digest_bytes);
  if (digests == nullptr || !blocks.AtEnd()) return Status::Error(path + ": cut off");
  model->emplace(
      MappedModel{mapping, std::move(columns),
                  Commitment(tree, std::move(extensions), Buffer::Borrow(digests, digest_bytes))});
  if ((*model)->commitment.root() != root) return Status::Error(path + ": damaged");
  return Status::Ok();
}

}  // namespace zkvm
