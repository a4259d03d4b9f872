// A program and its record, written one executed instruction after the other: a recorder of its
// own, so that tables and traces are tested without executor and recorder, and with pseudo-
// instructions wherever a test wants them.
//
//   Script s({7, 8, 9});                 // words of the image
//   s.Set(reg::a0, 5);                   // a LUI
//   s.Run({.op = Op::kAddi, .rd = 1, .rs1 = 10, .k0 = -1});
//   s.Refresh(1);
//   s.Journal(42);
//   s.Halt(0);
//   s.program(), s.record()
#ifndef ZKVM_TESTS_SUPPORT_SCRIPT_H_
#define ZKVM_TESTS_SUPPORT_SCRIPT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "isa/alu.h"
#include "isa/ecall.h"
#include "isa/instruction.h"
#include "isa/program.h"
#include "precompiles/blake3/compress.h"
#include "precompiles/hash_call.h"
#include "precompiles/sha256/compress.h"
#include "vm/record.h"

namespace zkvm {

class Script {
 public:
  static constexpr uint32_t kTextBase = 0x1000;
  static constexpr uint32_t kImageBase = 0x20000;

  // `before` are instructions below the entry, which the script does not execute.
  explicit Script(std::vector<uint32_t> image = {0}, uint32_t text_base = kTextBase,
                  std::vector<Instruction> before = {}) {
    program_.text_base = text_base;
    program_.text = std::move(before);
    program_.entry = pc();
    program_.image_base = kImageBase;
    program_.image = std::move(image);
    for (size_t i = 0; i < program_.image.size(); ++i) {
      memory_[kImageBase / 4 + static_cast<uint32_t>(i)] = {program_.image[i], 0};
    }
  }

  // The pc of the next instruction, and its time.
  uint32_t pc() const {
    return program_.text_base + 4 * static_cast<uint32_t>(program_.text.size());
  }
  uint32_t ts() const { return ts_; }
  uint32_t value(int reg) const { return registers_[static_cast<size_t>(reg)].value; }
  uint32_t zero_base() const { return program_.zero_base(); }

  // Loads a constant.
  void Set(int rd, uint32_t value) {
    Run({.op = Op::kUpper,
         .rd = Register(rd),
         .k0 = static_cast<int32_t>(value & 0xFFFF),
         .k1 = static_cast<int32_t>(value >> 16),
         .k2 = static_cast<int32_t>(pc() + 4)});
  }

  // Executes an instruction other than ECALL. A branch has its target two instructions on, with a
  // TRAP between; kJalr must go to the next instruction.
  void Run(Instruction i) {
    const Op op = i.op;
    const Family family = FamilyOf(op);
    Step step{};
    step.pc = pc();
    step.ts = ts_;
    if (IsBranch(op)) i.k0 = static_cast<int32_t>(pc() + 8);
    if (op == Op::kJalr) {
      i.k1 = static_cast<int32_t>((pc() + 4) & 0xFFFF);
      i.k2 = static_cast<int32_t>((pc() + 4) >> 16);
    }
    program_.text.push_back(i);

    const bool store = family == Family::kStoreWord || family == Family::kStorePart;
    const bool load = family == Family::kLoadWord || family == Family::kLoadPart;
    if (op != Op::kUpper) std::tie(step.a, step.prev[0]) = Access(registers_[i.rs1], ts_);
    const uint32_t address = step.a + static_cast<uint32_t>(i.k0);
    const bool reads_rs2 =
        !load && !i.immediate && op != Op::kAddi && op != Op::kUpper && op != Op::kJalr;
    uint32_t operand =
        op == Op::kAddi ? static_cast<uint32_t>(i.k0) : static_cast<uint32_t>(i.k0 | i.k1 << 16);
    if (load) std::tie(step.b, step.prev[1]) = Access(memory_[address / 4], ts_ + 1);
    if (reads_rs2) {
      std::tie(step.b, step.prev[1]) = Access(registers_[i.rs2], ts_ + 1);
      operand = step.b;
    }
    if (store) {
      const uint32_t old = memory_[address / 4].value;
      std::tie(step.old, step.prev[2]) =
          Access(memory_[address / 4], ts_ + 2, StoredWord(op, old, address, step.b));
    } else if (!IsBranch(op)) {
      uint32_t result = Alu(op, step.a, operand);
      if (op == Op::kUpper) result = operand;
      if (op == Op::kJalr) result = pc();
      if (load) result = LoadedValue(op, step.b, address);
      std::tie(step.old, step.prev[2]) = Access(registers_[i.rd], ts_ + 2, result);
    } else if (BranchTaken(op, step.a, step.b)) {
      program_.text.push_back({});
    }
    record_.steps[static_cast<size_t>(family)].push_back(step);
    Advance();
  }

  void Refresh(int reg) {
    const uint32_t pc_now = pc();
    const auto [value, prev] = Access(registers_[static_cast<size_t>(reg)], ts_);
    record_.refreshes.push_back({pc_now, ts_, static_cast<uint32_t>(reg), value, prev});
    ts_ += 4;
  }

  void Journal(uint32_t word) {
    Set(kRegA0, word);
    const uint32_t prev_a7 = BeginCall(Ecall::kJournal);
    const uint32_t prev_a0 = Access(registers_[kRegA0], ts_).second;
    FinalWord& counter = registers_[kJournalRegister];
    const auto [index, prev] = Access(counter, ts_ + 1, counter.value + 1);
    record_.journal.push_back({pc(), ts_, word, index, prev_a7, prev_a0, prev});
    EndCall();
  }

  void Note() {
    Set(kRegA7, static_cast<uint32_t>(Ecall::kNote));
    NoteAgain();
  }
  // An ECALL with kNote still in a7.
  void NoteAgain() {
    const uint32_t prev_a7 = Access(registers_[kRegA7], ts_).second;
    record_.notes.push_back({pc(), ts_, prev_a7});
    EndCall();
  }

  void Hint(uint32_t address, const std::vector<uint32_t>& words) {
    HintWith(address, static_cast<uint32_t>(words.size()), address, words);
  }
  // A call that does not do what its arguments say.
  void HintWith(uint32_t a0, uint32_t a1, uint32_t address, const std::vector<uint32_t>& words) {
    const uint32_t count = static_cast<uint32_t>(words.size());
    Set(kRegA0, a0);
    Set(kRegA1, a1);
    HintBlock block{};
    block.prev_a7 = BeginCall(Ecall::kHint);
    block.pc = pc();
    block.ts = ts_;
    block.address = address;
    block.count = count;
    block.prev_a0 = Access(registers_[kRegA0], ts_).second;
    block.prev_a1 = Access(registers_[kRegA1], ts_).second;
    block.first_word = record_.hint_words.size();
    for (uint32_t i = 0; i < count; ++i) {
      const auto [old, prev] = Access(memory_[address / 4 + i], ts_ + 1, words[i]);
      record_.hint_words.push_back({words[i], old, prev});
    }
    record_.hints.push_back(block);
    EndCall();
  }

  // A compression of the state at a0 and the block at a1: State is sha256::State or blake3::State.
  template <class State>
  void Hash(uint32_t state, uint32_t block) {
    HashWith<State>(state, block, state, block);
  }
  // A call that does not do it where its arguments say.
  template <class State>
  void HashWith(uint32_t a0, uint32_t a1, uint32_t state_address, uint32_t block_address) {
    constexpr bool kIsSha256 = std::is_same_v<State, sha256::State>;
    Set(kRegA0, a0);
    Set(kRegA1, a1);
    HashCallStep call{};
    call.prev_a7 = BeginCall(kIsSha256 ? Ecall::kSha256 : Ecall::kBlake3);
    call.pc = pc();
    call.ts = ts_;
    call.state_pointer = state_address;
    call.block_pointer = block_address;
    call.prev_a0 = Access(registers_[kRegA0], ts_).second;
    call.prev_a1 = Access(registers_[kRegA1], ts_).second;
    State before;
    std::array<uint32_t, 16> block;
    for (uint32_t i = 0; i < before.size(); ++i) before[i] = memory_[state_address / 4 + i].value;
    for (uint32_t i = 0; i < block.size(); ++i) block[i] = memory_[block_address / 4 + i].value;
    State after = before;
    for (uint32_t i = 0; i < 16; i += 4) AccessQuad(block_address / 4 + i, 1, &block[i]);
    if constexpr (kIsSha256) {
      sha256::Compress(after, block);
      record_.sha256.push_back({call, before, block});
    } else {
      blake3::Compress(after, block);
      record_.blake3.push_back({call, before, block});
    }
    for (uint32_t i = 0; i < 8; i += 4) AccessQuad(state_address / 4 + i, 2, &after[i]);
    if constexpr (!kIsSha256) AccessQuad(state_address / 4 + 8, 3, &after[8]);
    EndCall();
  }

  // The last instruction.
  void Halt(uint32_t exit_code) {
    Set(kRegA0, exit_code);
    record_.halt.prev_a7 = BeginCall(Ecall::kHalt);
    record_.halt.prev_a0 = Access(registers_[kRegA0], ts_).second;
    record_.halt.pc = pc();
    record_.halt.ts = ts_;
    record_.halt.exit_code = exit_code;
    EndCall();

    record_.final_registers = registers_;
    record_.final_image.clear();
    record_.zero_words.clear();
    for (const auto& [word_address, last] : memory_) {
      const uint32_t zero_word = program_.zero_base() / 4;
      if (word_address < zero_word) {
        record_.final_image.push_back(last);
      } else {
        record_.zero_words.push_back({word_address - zero_word, last.value, last.ts});
      }
    }
  }

  const Program& program() const { return program_; }
  const Record& record() const { return record_; }

 private:
  static uint8_t Register(int rd) { return rd == 0 ? kSinkRegister : static_cast<uint8_t>(rd); }

  // Value and time before an access, which leaves `value`.
  static std::pair<uint32_t, uint32_t> Access(FinalWord& cell, uint32_t now, uint32_t value) {
    const std::pair<uint32_t, uint32_t> before(cell.value, cell.ts);
    cell = {value, now};
    return before;
  }
  static std::pair<uint32_t, uint32_t> Access(FinalWord& cell, uint32_t now) {
    return Access(cell, now, cell.value);
  }

  void AccessQuad(uint32_t word_address, uint32_t slot, const uint32_t* values) {
    QuadStep quad{ts_ + slot, word_address, {}, {}, {}};
    for (uint32_t i = 0; i < 4; ++i) {
      quad.value[i] = values[i];
      std::tie(quad.old[i], quad.prev[i]) =
          Access(memory_[word_address + i], ts_ + slot, values[i]);
    }
    record_.quads.push_back(quad);
  }

  uint32_t BeginCall(Ecall number) {
    Set(kRegA7, static_cast<uint32_t>(number));
    return Access(registers_[kRegA7], ts_).second;
  }
  void EndCall() {
    program_.text.push_back({.op = Op::kEcall});
    Advance();
  }
  void Advance() {
    ts_ += 4;
    ++record_.cycles;
  }

  Program program_;
  Record record_;
  std::array<FinalWord, kNumRegisters> registers_{};
  std::map<uint32_t, FinalWord> memory_;  // by word address
  uint32_t ts_ = 4;
};

}  // namespace zkvm

#endif  // ZKVM_TESTS_SUPPORT_SCRIPT_H_
