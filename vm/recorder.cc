#include "vm/recorder.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "isa/ecall.h"
#include "precompiles/hash_chips.h"
#include "stark/air/columns.h"
#include "vm/guest_model.h"
#include "vm/interpreter.h"
#include "vm/memory.h"
#include "vm/proof.h"
#include "vm/stats.h"
#include "vm/table_rows.h"

namespace zkvm {
namespace {

constexpr size_t kPageWords = 1024;

// Keeps the time of the last access to every register and word, and writes a step for everything
// that happens.
class RecordTracer {
 public:
  // Instructions between two sweeps.
  static constexpr uint64_t kPeriod = 1024;

  explicit RecordTracer(Record& record)
      : record_(record), word_time_(kMemoryWords), touched_(kMemoryWords / kPageWords + 1) {}

  // Refreshes the registers that might see a gap above 2^16 before the next sweep gets to them.
  //
  // A gap cannot be mended afterwards, and which registers will be needed again is unknown, so
  // every register is refreshed before it is too old. The last access that the next sweep can still
  // prevent lies at most kPeriod instructions and the refreshes of two sweeps ahead. That costs a
  // register that is never used one row in 2^14 - kPeriod - 2 kNumRegisters = 15290 instructions:
  // all 35 together at most 0.23 % of the rows, against the unavoidable 0.21 %.
  void OnPause(uint32_t pc, const Registers& registers) {
    constexpr uint32_t kHorizon = 4 * (kPeriod + 2 * kNumRegisters);
    const uint32_t begin = ts_;
    for (uint8_t reg = 0; reg < kNumRegisters; ++reg) {
      if (begin + kHorizon - register_time_[reg] <= kMaxRegisterGap) continue;
      record_.refreshes.push_back({pc, ts_, reg, registers[reg], Touch(reg, 0)});
      ts_ += 4;
    }
  }

  void OnInstruction(const Slot&) {}

  template <Family kFamily>
  void OnAlu(const Slot& s, uint32_t a, uint32_t b, uint32_t old) {
    Append<kFamily>(s, a, b, old, {Touch(s.rs1, 0), Touch(s.rs2, 1), Touch(s.rd, 2)});
  }

  template <Family kFamily>
  void OnAluImmediate(const Slot& s, uint32_t a, uint32_t old) {
    Append<kFamily>(s, a, 0, old, {Touch(s.rs1, 0), 0, Touch(s.rd, 2)});
  }

  void OnUpper(const Slot& s, uint32_t old) {
    Append<Family::kUpper>(s, 0, 0, old, {0, 0, Touch(s.rd, 2)});
  }

  template <Family kFamily>
  void OnBranch(const Slot& s, uint32_t a, uint32_t b) {
    Append<kFamily>(s, a, b, 0, {Touch(s.rs1, 0), Touch(s.rs2, 1), 0});
  }

  template <Family kFamily>
  void OnLoad(const Slot& s, uint32_t a, uint32_t index, uint32_t word, uint32_t old) {
    Append<kFamily>(s, a, word, old, {Touch(s.rs1, 0), TouchWord(index, 1), Touch(s.rd, 2)});
  }

  template <Family kFamily>
  void OnStore(const Slot& s, uint32_t a, uint32_t b, uint32_t index, uint32_t old) {
    Append<kFamily>(s, a, b, old, {Touch(s.rs1, 0), Touch(s.rs2, 1), TouchWord(index, 2)});
  }

  void OnHalt(const Slot& s, uint32_t exit_code) {
    record_.halt = {s.pc, ts_, exit_code, Touch(kRegA7, 0), Touch(kRegA0, 0)};
    ts_ += 4;
  }

  void OnJournal(const Slot& s, uint32_t word, uint32_t journal_index) {
    record_.journal.push_back({s.pc, ts_, word, journal_index, Touch(kRegA7, 0), Touch(kRegA0, 0),
                               Touch(kJournalRegister, 1)});
    ts_ += 4;
  }

  void OnHint(const Slot& s, uint32_t address, const uint32_t* memory,
              std::span<const uint32_t> words) {
    record_.hints.push_back({s.pc, ts_, address, static_cast<uint32_t>(words.size()),
                             Touch(kRegA7, 0), Touch(kRegA0, 0), Touch(kRegA1, 0),
                             record_.hint_words.size()});
    for (size_t i = 0; i < words.size(); ++i) {
      const uint32_t index = address / 4 + static_cast<uint32_t>(i);
      record_.hint_words.push_back({words[i], memory[i], TouchWord(index, 1)});
    }
    ts_ += 4;
  }

  void OnNote(const Slot& s) {
    record_.notes.push_back({s.pc, ts_, Touch(kRegA7, 0)});
    ts_ += 4;
  }

  tensor::TensorRecord* tensor_record() { return &record_.tensors; }

  void OnTensor(const Slot& s) {
    tensor::TensorCall& call = record_.tensors.calls.back();
    call.pc = s.pc;
    call.ts = ts_;
    call.prev_a7 = Touch(kRegA7, 0);
    call.prev_a = {Touch(kRegA0, 1), Touch(kRegA1, 0), Touch(kRegA2, 0), Touch(kRegA3, 0)};
    call.prev_pointer = Touch(kTensorPointer, 1);
    const std::span words = std::span(record_.tensors.ram_words).subspan(call.first_ram_word);
    uint32_t index = call.source[0] / 4;
    for (tensor::RamWord& word : words) word.prev = TouchWord(index++, 1);
    ts_ += 4;
  }

  template <class State>
  void OnHash(const Slot& s, uint32_t state_pointer, uint32_t block_pointer, const State& before,
              const std::array<uint32_t, 16>& block, const State& after) {
    const HashCallStep call = {s.pc,
                               ts_,
                               state_pointer,
                               block_pointer,
                               Touch(kRegA7, 0),
                               Touch(kRegA0, 0),
                               Touch(kRegA1, 0)};
    for (uint32_t i = 0; i < 16; i += 4) {
      TouchQuad(block_pointer / 4 + i, 1, &block[i], &block[i]);
    }
    for (uint32_t i = 0; i < 8; i += 4) {
      TouchQuad(state_pointer / 4 + i, 2, &before[i], &after[i]);
    }
    if constexpr (std::is_same_v<State, blake3::State>) {
      TouchQuad(state_pointer / 4 + 8, 3, &before[8], &after[8]);
      record_.blake3.push_back({call, before, block});
    } else {
      record_.sha256.push_back({call, before, block});
    }
    ts_ += 4;
  }

  // The final values and times. `memory` is indexed by word address.
  void Finish(const Program& program, const Registers& registers, const uint32_t* memory) {
    for (size_t i = 0; i < kNumRegisters; ++i) {
      record_.final_registers[i] = {registers[i], register_time_[i]};
    }
    const uint32_t image = program.image_base / 4;
    const uint32_t zero = program.zero_base() / 4;
    record_.final_image.reserve(program.image.size());
    for (uint32_t w = image; w < zero; ++w) {
      record_.final_image.push_back({memory[w], word_time_[w]});
    }
    for (size_t page = zero / kPageWords; page < touched_.size(); ++page) {
      if (!touched_[page]) continue;
      const size_t end = std::min((page + 1) * kPageWords, kMemoryWords);
      for (size_t w = std::max<size_t>(page * kPageWords, zero); w < end; ++w) {
        if (word_time_[w] == 0) continue;
        record_.zero_words.push_back({static_cast<uint32_t>(w - zero), memory[w], word_time_[w]});
      }
    }
  }

 private:
  static constexpr uint32_t kMaxRegisterGap = 1 << 16;

  // An access in slot `slot` of the present step. Returns the time of the previous one.
  uint32_t Touch(uint8_t reg, uint32_t slot) {
    return std::exchange(register_time_[reg], ts_ + slot);
  }
  uint32_t TouchWord(uint32_t index, uint32_t slot) {
    const uint32_t prev = std::exchange(word_time_[index], ts_ + slot);
    if (prev == 0) touched_[index / kPageWords] = true;
    return prev;
  }

  // Four words from word address `index` on.
  void TouchQuad(uint32_t index, uint32_t slot, const uint32_t* old, const uint32_t* value) {
    QuadStep quad{ts_ + slot, index, {}, {}, {}};
    for (uint32_t i = 0; i < 4; ++i) {
      quad.old[i] = old[i];
      quad.value[i] = value[i];
      quad.prev[i] = TouchWord(index + i, slot);
    }
    record_.quads.push_back(quad);
  }

  // `prev` in braces, so that the accesses happen in the order of their slots.
  template <Family kFamily>
  void Append(const Slot& s, uint32_t a, uint32_t b, uint32_t old,
              const std::array<uint32_t, 3>& prev) {
    record_.steps[static_cast<size_t>(kFamily)].push_back(
        {s.pc, ts_, a, b, old, {prev[0], prev[1], prev[2]}});
    ts_ += 4;
  }

  Record& record_;
  uint32_t ts_ = 4;  // of the next step
  std::array<uint32_t, kNumRegisters> register_time_{};
  LazyWords word_time_;
  std::vector<uint8_t> touched_;  // by page: whether some word of it has a time
};

// Why an execution does not fit one proof, if so.
std::optional<std::string> TooLong(uint64_t count, uint64_t limit, std::string_view what) {
  if (count <= limit) return std::nullopt;
  return fmt::format("{} {} are more than the {} that one proof can hold", count, what, limit);
}

std::optional<std::string> TooLong(const Stats& stats) {
  if (auto why = TooLong(stats.cycles, kMaxSteps, "cycles")) return why;
  for (size_t f = 0; f < kNumFamilies; ++f) {
    const std::string what = fmt::format("{} instructions", FamilyName(static_cast<Family>(f)));
    if (auto why = TooLong(stats.family_cycles[f], kMaxTableRows, what)) return why;
  }
  return std::nullopt;
}

std::optional<std::string> TooLong(const Program& program, const Record& record) {
  const std::pair<size_t, std::string_view> tables[] = {
      {record.refreshes.size(), "refreshed registers"},
      {record.notes.size(), "notes"},
      {record.hint_words.size(), "words of input"},
      {record.zero_words.size(), "touched words of heap and stack"},
      {record.quads.size(), "memory accesses of hash functions"},
      {Sha256Rounds::RowsOf(record.sha256.size()), "rows of SHA-256"},
      {Blake3HalfRounds::kRowsOfCall * record.blake3.size(), "rows of BLAKE3"}};
  for (const auto& [rows, what] : tables) {
    if (auto why = TooLong(rows, kMaxTableRows, what)) return why;
  }
  if (auto why = TooLong(record.journal.size(), kMaxJournalWords, "words of output")) return why;
  return TooLong(TimedRows(RowsOf(program, record)), kMaxTimedRows,
                 "padded rows of instruction tables");
}

}  // namespace

Recording RecordExecution(const Program& program, const ExecutorOptions& options) {
  Recording recording;
  ExecutorOptions with_model = options;
  if (!program.model_descriptors.empty()) {
    auto model = ModelOf(program);
    if (const auto* error = std::get_if<tensor::ModelError>(&model)) {
      recording.result.fault =
          MakeFault(program, FaultKind::kBadTensor, program.entry, "the model: " + error->message);
      return recording;
    }
    recording.record.model =
        std::make_shared<const GuestModel>(std::get<tensor::Model>(std::move(model)));
    with_model.model = &recording.record.model->model;
  }
  tensor::TensorRecord tensors;
  with_model.record_tensors = &tensors;
  CountedExecution counted = ExecuteCounting(program, with_model);
  const Stats stats = MakeStats(program, counted);
  recording.result = std::move(counted.result);
  recording.counts = std::move(counted.counts);
  if (recording.result.fault) {
    recording.record = {};
    return recording;
  }
  const auto too_long = [&](std::string why) {
    recording.result.fault = MakeFault(program, FaultKind::kTooLong, program.entry, std::move(why));
    recording.record = {};
  };
  if (auto why = TooLong(stats)) {
    too_long(std::move(*why));
    return recording;
  }

  Record& record = recording.record;
  for (size_t f = 0; f < kNumFamilies; ++f) {
    std::vector<Step>& steps = record.steps[f];
    steps.reserve(stats.family_cycles[f]);
    AdviseHugePages(steps.data(), steps.capacity() * sizeof(Step));
  }
  record.journal.reserve(recording.result.journal.size());
  record.cycles = stats.cycles;

  ExecutorOptions silent = with_model;
  silent.on_stderr = nullptr;
  silent.known_tensors = &tensors;
  RecordTracer tracer(record);
  Interpreter interpreter(program, silent, tracer);
  interpreter.Run();
  tracer.Finish(program, interpreter.registers(), interpreter.memory_words());
  record.tensors.cells = interpreter.tensors().TakeCells();
  if (auto why = TooLong(program, record)) too_long(std::move(*why));
  return recording;
}

}  // namespace zkvm
