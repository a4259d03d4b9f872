// The one interpreter: the executor runs it bare, the recorder with a tracer that sees every
// access.
#ifndef ZKVM_VM_INTERPRETER_H_
#define ZKVM_VM_INTERPRETER_H_

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "isa/alu.h"
#include "isa/disassemble.h"
#include "isa/ecall.h"
#include "isa/instruction.h"
#include "isa/program.h"
#include "precompiles/blake3/compress.h"
#include "precompiles/sha256/compress.h"
#include "vm/executor.h"
#include "vm/fault.h"
#include "vm/host.h"
#include "vm/memory.h"
#include "vm/record.h"
#include "vm/tensor_host.h"

namespace zkvm {

using Registers = std::array<uint32_t, kNumRegisters>;

// An instruction as the interpreter runs it.
struct alignas(16) Slot {
  uint8_t code = 0;  // the wire op: Op, plus kImmediateFlag where the second operand is `value`
  uint8_t rd = 0, rs1 = 0, rs2 = 0;
  uint32_t value = 0;   // immediate; for kUpper the result
  uint32_t target = 0;  // kUpper, branches: slot to go to, kOutside if none; kJalr: the link
  uint32_t pc = 0;
};

inline constexpr uint32_t kOutside = 0xFFFFFFFF;

// The slots of a program, and one more that holds kTrap: a program that runs past its end stops
// there.
std::vector<Slot> MakeSlots(const Program& program);

// A tracer that sees nothing, and what every tracer must have. Events come before their effect; a
// faulting instruction has none but OnInstruction. a, b and old are the values of Step (vm/step.h),
// `index` is a word address.
struct NoTracer {
  // At most so many instructions lie between two calls of OnPause, the first of which comes before
  // the first instruction.
  static constexpr uint64_t kPeriod = uint64_t{1} << 62;

  void OnPause(uint32_t /*pc*/, const Registers&) {}

  void OnInstruction(const Slot&) {}
  template <Family>
  void OnAlu(const Slot&, uint32_t /*a*/, uint32_t /*b*/, uint32_t /*old*/) {}
  template <Family>
  void OnAluImmediate(const Slot&, uint32_t /*a*/, uint32_t /*old*/) {}
  void OnUpper(const Slot&, uint32_t /*old*/) {}
  template <Family>
  void OnBranch(const Slot&, uint32_t /*a*/, uint32_t /*b*/) {}
  template <Family>
  void OnLoad(const Slot&, uint32_t /*a*/, uint32_t /*index*/, uint32_t /*word*/,
              uint32_t /*old*/) {}
  template <Family>
  void OnStore(const Slot&, uint32_t /*a*/, uint32_t /*b*/, uint32_t /*index*/, uint32_t /*old*/) {}
  void OnHalt(const Slot&, uint32_t /*exit_code*/) {}
  void OnJournal(const Slot&, uint32_t /*word*/, uint32_t /*journal_index*/) {}
  // `memory` is the block before it is overwritten.
  void OnHint(const Slot&, uint32_t /*address*/, const uint32_t* /*memory*/,
              std::span<const uint32_t> /*words*/) {}
  void OnNote(const Slot&) {}
  // Where tensor calls are recorded: null for nowhere. OnTensor comes after the call was.
  tensor::TensorRecord* tensor_record() { return nullptr; }
  void OnTensor(const Slot&) {}
  // A compression that takes the state at one address from `before` to `after`.
  template <class State>
  void OnHash(const Slot&, uint32_t /*state_pointer*/, uint32_t /*block_pointer*/,
              const State& /*before*/, const std::array<uint32_t, 16>& /*block*/,
              const State& /*after*/) {}
};

template <class Tracer>
class Interpreter {
 public:
  Interpreter(const Program& program, const ExecutorOptions& options, Tracer& tracer)
      : program_(program),
        options_(options),
        tracer_(tracer),
        slots_(MakeSlots(program)),
        memory_(program),
        host_(options, memory_),
        tensors_(
            program, options.model,
            tracer.tensor_record() != nullptr ? tracer.tensor_record() : options.record_tensors,
            options.known_tensors) {}

  ExecutionResult Run();

  const Registers& registers() const { return registers_; }
  const uint32_t* memory_words() { return memory_.words(); }
  TensorHost& tensors() { return tensors_; }

 private:
  static constexpr uint8_t Code(Op op) { return static_cast<uint8_t>(op); }
  static constexpr uint8_t ImmediateCode(Op op) {
    return static_cast<uint8_t>(static_cast<int>(op) + kImmediateFlag);
  }

  // Runs at most `count` instructions, from `next_` on. Returns how many were completed.
  uint64_t RunSome(uint64_t count);

  // `cycles` instructions were completed before this one.
  const Slot* Step(const Slot* s, uint64_t cycles);

  // Each executes one instruction and returns the next one, or null after setting fault_ or
  // exit_code_.
  template <Op kOp>
  const Slot* AluOp(const Slot* s);
  template <Op kOp>
  const Slot* AluImmediate(const Slot* s);
  const Slot* Upper(const Slot* s);
  const Slot* Jalr(const Slot* s);
  template <Op kOp>
  const Slot* Branch(const Slot* s);
  template <Op kOp>
  const Slot* Load(const Slot* s);
  template <Op kOp>
  const Slot* Store(const Slot* s);
  const Slot* Call(const Slot* s, uint64_t cycles);
  const Slot* Hint(const Slot* s);
  const Slot* Tensor(const Slot* s);
  template <class State>
  const Slot* Hash(const Slot* s, void (*compress)(State&, const std::array<uint32_t, 16>&));

  // The pc that a branch or kUpper goes to.
  uint32_t TargetOf(const Slot* s) const {
    const Instruction& i = program_.text[(s->pc - program_.text_base) / 4];
    return static_cast<uint32_t>(i.op == Op::kUpper ? i.k2 : i.k0);
  }

  // Whether an access is aligned and in range. Rotation moves the bits that must be zero to the
  // top, where they exceed every bound.
  template <uint32_t kSize>
  bool Accessible(uint32_t address) const {
    constexpr int kLog = std::countr_zero(kSize);
    return std::rotr(address - memory_.begin(), kLog) < (kMemoryEnd - memory_.begin()) >> kLog;
  }

  const Slot* Fail(FaultKind kind, uint32_t pc, std::string reason) {
    fault_ = MakeFault(program_, kind, pc, std::move(reason));
    return nullptr;
  }
  [[gnu::noinline]] const Slot* FailAccess(const Slot* s, uint32_t address, uint32_t size,
                                           const char* verb);
  [[gnu::noinline]] const Slot* FailJump(const Slot* s, uint32_t target);
  [[gnu::noinline]] const Slot* FailFetch(const Slot* s);

  const Program& program_;
  const ExecutorOptions& options_;
  Tracer& tracer_;
  const std::vector<Slot> slots_;
  GuestMemory memory_;
  Host host_;
  TensorHost tensors_;
  Registers registers_{};
  const Slot* next_ = nullptr;
  uint64_t cycles_ = 0;
  std::optional<uint32_t> exit_code_;
  std::optional<Fault> fault_;
};

template <class Tracer>
ExecutionResult Interpreter<Tracer>::Run() {
  next_ = &slots_[(program_.entry - program_.text_base) / 4];
  while (!exit_code_ && !fault_) {
    if (cycles_ == options_.max_cycles) {
      Fail(FaultKind::kCycleLimit, next_->pc,
           fmt::format("the program did not halt within {} cycles (--max-cycles)", cycles_));
    } else {
      tracer_.OnPause(next_->pc, registers_);
      cycles_ += RunSome(std::min(Tracer::kPeriod, options_.max_cycles - cycles_));
    }
  }
  ExecutionResult result;
  result.exit_code = exit_code_.value_or(0);
  result.cycles = cycles_;
  result.fault = std::move(fault_);
  host_.Finish(result);
  return result;
}

template <class Tracer>
uint64_t Interpreter<Tracer>::RunSome(uint64_t count) {
  const Slot* s = next_;
  for (uint64_t done = 0; done != count; ++done) {
    const Slot* next = Step(s, cycles_ + done);
    if (next == nullptr) [[unlikely]] {
      return done + (exit_code_ ? 1 : 0);
    }
    s = next;
  }
  next_ = s;
  return count;
}

template <class Tracer>
[[gnu::always_inline]] inline const Slot* Interpreter<Tracer>::Step(const Slot* s,
                                                                    uint64_t cycles) {
  tracer_.OnInstruction(*s);
  switch (s->code) {
    case Code(Op::kAdd):
      return AluOp<Op::kAdd>(s);
    case Code(Op::kSub):
      return AluOp<Op::kSub>(s);
    case Code(Op::kSlt):
      return AluOp<Op::kSlt>(s);
    case Code(Op::kSltu):
      return AluOp<Op::kSltu>(s);
    case Code(Op::kAnd):
      return AluOp<Op::kAnd>(s);
    case Code(Op::kOr):
      return AluOp<Op::kOr>(s);
    case Code(Op::kXor):
      return AluOp<Op::kXor>(s);
    case Code(Op::kSll):
      return AluOp<Op::kSll>(s);
    case Code(Op::kSrl):
      return AluOp<Op::kSrl>(s);
    case Code(Op::kSra):
      return AluOp<Op::kSra>(s);
    case Code(Op::kMul):
      return AluOp<Op::kMul>(s);
    case Code(Op::kMulh):
      return AluOp<Op::kMulh>(s);
    case Code(Op::kMulhsu):
      return AluOp<Op::kMulhsu>(s);
    case Code(Op::kMulhu):
      return AluOp<Op::kMulhu>(s);
    case Code(Op::kDiv):
      return AluOp<Op::kDiv>(s);
    case Code(Op::kDivu):
      return AluOp<Op::kDivu>(s);
    case Code(Op::kRem):
      return AluOp<Op::kRem>(s);
    case Code(Op::kRemu):
      return AluOp<Op::kRemu>(s);
    case Code(Op::kAddi):
      return AluImmediate<Op::kAddi>(s);
    case ImmediateCode(Op::kSlt):
      return AluImmediate<Op::kSlt>(s);
    case ImmediateCode(Op::kSltu):
      return AluImmediate<Op::kSltu>(s);
    case ImmediateCode(Op::kAnd):
      return AluImmediate<Op::kAnd>(s);
    case ImmediateCode(Op::kOr):
      return AluImmediate<Op::kOr>(s);
    case ImmediateCode(Op::kXor):
      return AluImmediate<Op::kXor>(s);
    case ImmediateCode(Op::kSll):
      return AluImmediate<Op::kSll>(s);
    case ImmediateCode(Op::kSrl):
      return AluImmediate<Op::kSrl>(s);
    case ImmediateCode(Op::kSra):
      return AluImmediate<Op::kSra>(s);
    case Code(Op::kUpper):
      return Upper(s);
    case Code(Op::kJalr):
      return Jalr(s);
    case Code(Op::kBeq):
      return Branch<Op::kBeq>(s);
    case Code(Op::kBne):
      return Branch<Op::kBne>(s);
    case Code(Op::kBlt):
      return Branch<Op::kBlt>(s);
    case Code(Op::kBge):
      return Branch<Op::kBge>(s);
    case Code(Op::kBltu):
      return Branch<Op::kBltu>(s);
    case Code(Op::kBgeu):
      return Branch<Op::kBgeu>(s);
    case Code(Op::kLw):
      return Load<Op::kLw>(s);
    case Code(Op::kLb):
      return Load<Op::kLb>(s);
    case Code(Op::kLbu):
      return Load<Op::kLbu>(s);
    case Code(Op::kLh):
      return Load<Op::kLh>(s);
    case Code(Op::kLhu):
      return Load<Op::kLhu>(s);
    case Code(Op::kSw):
      return Store<Op::kSw>(s);
    case Code(Op::kSb):
      return Store<Op::kSb>(s);
    case Code(Op::kSh):
      return Store<Op::kSh>(s);
    case Code(Op::kEcall):
      return Call(s, cycles);
    default:
      return FailFetch(s);
  }
}

template <class Tracer>
template <Op kOp>
inline const Slot* Interpreter<Tracer>::AluOp(const Slot* s) {
  const uint32_t a = registers_[s->rs1];
  const uint32_t b = registers_[s->rs2];
  tracer_.template OnAlu<FamilyOf(kOp)>(*s, a, b, registers_[s->rd]);
  registers_[s->rd] = Alu(kOp, a, b);
  return s + 1;
}

template <class Tracer>
template <Op kOp>
inline const Slot* Interpreter<Tracer>::AluImmediate(const Slot* s) {
  const uint32_t a = registers_[s->rs1];
  tracer_.template OnAluImmediate<FamilyOf(kOp)>(*s, a, registers_[s->rd]);
  registers_[s->rd] = Alu(kOp, a, s->value);
  return s + 1;
}

template <class Tracer>
inline const Slot* Interpreter<Tracer>::Upper(const Slot* s) {
  if (s->target == kOutside) [[unlikely]]
    return FailJump(s, TargetOf(s));
  tracer_.OnUpper(*s, registers_[s->rd]);
  registers_[s->rd] = s->value;
  return &slots_[s->target];
}

template <class Tracer>
inline const Slot* Interpreter<Tracer>::Jalr(const Slot* s) {
  const uint32_t a = registers_[s->rs1];
  const uint32_t target = (a + s->value) & ~1u;
  const uint32_t index = std::rotr(target - program_.text_base, 2);
  if (index >= program_.text.size()) [[unlikely]]
    return FailJump(s, target);
  tracer_.template OnAluImmediate<Family::kJalr>(*s, a, registers_[s->rd]);
  registers_[s->rd] = s->target;
  return &slots_[index];
}

template <class Tracer>
template <Op kOp>
inline const Slot* Interpreter<Tracer>::Branch(const Slot* s) {
  const uint32_t a = registers_[s->rs1];
  const uint32_t b = registers_[s->rs2];
  if (!BranchTaken(kOp, a, b)) {
    tracer_.template OnBranch<FamilyOf(kOp)>(*s, a, b);
    return s + 1;
  }
  if (s->target == kOutside) [[unlikely]]
    return FailJump(s, TargetOf(s));
  tracer_.template OnBranch<FamilyOf(kOp)>(*s, a, b);
  return &slots_[s->target];
}

template <class Tracer>
template <Op kOp>
inline const Slot* Interpreter<Tracer>::Load(const Slot* s) {
  const uint32_t a = registers_[s->rs1];
  const uint32_t address = a + s->value;
  if (!Accessible<AccessSize(kOp)>(address)) [[unlikely]] {
    return FailAccess(s, address, AccessSize(kOp), "reads");
  }
  const uint32_t word = memory_.words()[address / 4];
  tracer_.template OnLoad<FamilyOf(kOp)>(*s, a, address / 4, word, registers_[s->rd]);
  registers_[s->rd] = LoadedValue(kOp, word, address);
  return s + 1;
}

template <class Tracer>
template <Op kOp>
inline const Slot* Interpreter<Tracer>::Store(const Slot* s) {
  const uint32_t a = registers_[s->rs1];
  const uint32_t b = registers_[s->rs2];
  const uint32_t address = a + s->value;
  if (!Accessible<AccessSize(kOp)>(address)) [[unlikely]] {
    return FailAccess(s, address, AccessSize(kOp), "writes");
  }
  uint32_t& word = memory_.words()[address / 4];
  tracer_.template OnStore<FamilyOf(kOp)>(*s, a, b, address / 4, word);
  word = StoredWord(kOp, word, address, b);
  return s + 1;
}

template <class Tracer>
[[gnu::noinline]] const Slot* Interpreter<Tracer>::Call(const Slot* s, uint64_t cycles) {
  const uint32_t a0 = registers_[kRegA0];
  switch (const uint32_t number = registers_[kRegA7]; number) {
    case static_cast<uint32_t>(Ecall::kHalt):
      tracer_.OnHalt(*s, a0);
      exit_code_ = a0;
      return nullptr;
    case static_cast<uint32_t>(Ecall::kJournal):
      tracer_.OnJournal(*s, a0, registers_[kJournalRegister]);
      host_.AppendJournal(a0);
      ++registers_[kJournalRegister];
      return s + 1;
    case static_cast<uint32_t>(Ecall::kHint):
      return Hint(s);
    case static_cast<uint32_t>(Ecall::kNote):
      tracer_.OnNote(*s);
      host_.TakeNote(a0, registers_[kRegA1], registers_[kRegA2], cycles);
      return s + 1;
    case static_cast<uint32_t>(Ecall::kTensor):
      return Tensor(s);
    case static_cast<uint32_t>(Ecall::kBlake3):
      return Hash<blake3::State>(s, &blake3::Compress);
    case static_cast<uint32_t>(Ecall::kSha256):
      return Hash<sha256::State>(s, &sha256::Compress);
    default:
      return Fail(FaultKind::kBadEcall, s->pc,
                  fmt::format("a7 = {} is no environment call (1 halt, 2 journal, 3 hint, 4 note, "
                              "5 tensor, 6 blake3, 7 sha256)",
                              number));
  }
}

template <class Tracer>
const Slot* Interpreter<Tracer>::Hint(const Slot* s) {
  const uint32_t address = registers_[kRegA0];
  const uint32_t count = registers_[kRegA1];
  if (count == 0 || count > kMaxHintWords) {
    return Fail(FaultKind::kBadHint, s->pc,
                fmt::format("the program asked for {} words of input in one call (1 to {})", count,
                            kMaxHintWords));
  }
  if (address % 4 != 0) return FailAccess(s, address, 4, "asks for input at");
  if (!memory_.Contains(address, uint64_t{count} * 4)) {
    return FailAccess(s, address, count * 4, "asks for input at");
  }
  if (count > host_.InputLeft()) {
    return Fail(FaultKind::kBadHint, s->pc,
                fmt::format("the program asked for {} words of input, {} are left (--input)", count,
                            host_.InputLeft()));
  }
  const std::span<const uint32_t> words = host_.TakeInput(count);
  uint32_t* block = memory_.words() + address / 4;
  tracer_.OnHint(*s, address, block, words);
  std::ranges::copy(words, block);
  return s + 1;
}

template <class Tracer>
const Slot* Interpreter<Tracer>::Tensor(const Slot* s) {
  auto result = tensors_.Call(registers_[kRegA0],
                              {registers_[kRegA1], registers_[kRegA2], registers_[kRegA3]},
                              {memory_.words(), memory_.begin(), kMemoryEnd});
  if (auto* fault = std::get_if<tensor::TensorFault>(&result)) {
    return Fail(FaultKind::kBadTensor, s->pc, std::move(fault->message));
  }
  tracer_.OnTensor(*s);
  registers_[kRegA0] = std::get<uint32_t>(result);
  registers_[kTensorPointer] = tensors_.pointer();
  return s + 1;
}

template <class Tracer>
template <class State>
const Slot* Interpreter<Tracer>::Hash(const Slot* s,
                                      void (*compress)(State&, const std::array<uint32_t, 16>&)) {
  const uint32_t state_pointer = registers_[kRegA0];
  const uint32_t block_pointer = registers_[kRegA1];
  State before;
  std::array<uint32_t, 16> block;
  for (const auto& [address, bytes] : {std::pair(state_pointer, uint32_t{sizeof(before)}),
                                       std::pair(block_pointer, uint32_t{sizeof(block)})}) {
    if (address % 4 != 0) return FailAccess(s, address, 4, "hashes at");
    if (!memory_.Contains(address, bytes)) return FailAccess(s, address, bytes, "hashes");
  }
  uint32_t* state = memory_.words() + state_pointer / 4;
  std::copy_n(state, before.size(), before.begin());
  std::copy_n(memory_.words() + block_pointer / 4, block.size(), block.begin());
  State after = before;
  compress(after, block);
  tracer_.OnHash(*s, state_pointer, block_pointer, before, block, after);
  std::ranges::copy(after, state);
  return s + 1;
}

template <class Tracer>
const Slot* Interpreter<Tracer>::FailAccess(const Slot* s, uint32_t address, uint32_t size,
                                            const char* verb) {
  if (memory_.Contains(address, size)) {
    return Fail(FaultKind::kMisaligned, s->pc,
                fmt::format("{} {:#010x}, which is not a multiple of {}", verb, address, size));
  }
  const char* hint = address < kMinImageBase ? ": a null pointer?" : "";
  return Fail(FaultKind::kOutOfRange, s->pc,
              fmt::format("{} {} bytes at {:#010x}, outside memory ({:#x} to {:#x}){}", verb, size,
                          address, memory_.begin(), kMemoryEnd, hint));
}

template <class Tracer>
const Slot* Interpreter<Tracer>::FailJump(const Slot* s, uint32_t target) {
  const uint64_t end = program_.text_base + 4 * program_.text.size();
  const char* why = target % 4 != 0          ? ", which is not a multiple of 4"
                    : target < kMinImageBase ? ", outside the program: a null function pointer?"
                                             : ", outside the program";
  return Fail(
      FaultKind::kBadJump, s->pc,
      fmt::format("jumps to {:#010x}{} ({:#x} to {:#x})", target, why, program_.text_base, end));
}

template <class Tracer>
const Slot* Interpreter<Tracer>::FailFetch(const Slot* s) {
  if (s == &slots_.back()) {
    return Fail(FaultKind::kBadJump, s->pc, "ran past the last instruction of the program");
  }
  return Fail(FaultKind::kIllegalInstruction, s->pc,
              fmt::format("illegal instruction: {}",
                          WhyIllegal(program_.image[(s->pc - program_.image_base) / 4])));
}

}  // namespace zkvm

#endif  // ZKVM_VM_INTERPRETER_H_
