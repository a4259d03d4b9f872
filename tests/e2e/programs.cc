#include "tests/e2e/programs.h"

#include <algorithm>
#include <functional>

#include "isa/framing.h"
#include "precompiles/blake3/compress.h"
#include "precompiles/sha256/compress.h"
#include "tests/support/assembler.h"

namespace zkvm {
namespace {

using namespace reg;  // NOLINT(google-build-using-namespace): register names

// Publishes rd.
void Publish(Asm& a, Guest& guest, int rd, uint32_t expected) {
  a.mv(a0, rd);
  a.journal();
  guest.journal.push_back(expected);
}

constexpr uint32_t kX = 0x8765F0E1;
constexpr uint32_t kY = 0x00012345;

void RegisterInstructions(Asm& a, Guest& guest) {
  using Emitter = void (Asm::*)(int, int, int);
  const int64_t x = static_cast<int32_t>(kX);
  const int64_t y = static_cast<int32_t>(kY);
  const uint64_t ux = kX;
  const uint64_t uy = kY;
  const auto low = [](auto value) { return static_cast<uint32_t>(value); };
  const struct {
    Emitter emit;
    uint32_t result;
  } kCases[] = {
      {&Asm::add, kX + kY},
      {&Asm::sub, kX - kY},
      {&Asm::sll, kX << (kY & 31)},
      {&Asm::slt, 1},
      {&Asm::sltu, 0},
      {&Asm::xor_, kX ^ kY},
      {&Asm::srl, kX >> (kY & 31)},
      {&Asm::sra, low(x >> (kY & 31))},
      {&Asm::or_, kX | kY},
      {&Asm::and_, kX & kY},
      {&Asm::mul, kX * kY},
      {&Asm::mulh, low((x * y) >> 32)},
      {&Asm::mulhsu, low((x * static_cast<int64_t>(uy)) >> 32)},
      {&Asm::mulhu, low((ux * uy) >> 32)},
      {&Asm::div, low(x / y)},
      {&Asm::divu, kX / kY},
      {&Asm::rem, low(x % y)},
      {&Asm::remu, kX % kY},
  };
  for (const auto& test : kCases) {
    (a.*test.emit)(t2, t0, t1);
    Publish(a, guest, t2, test.result);
  }
}

void ImmediateInstructions(Asm& a, Guest& guest) {
  const int32_t x = static_cast<int32_t>(kX);
  a.addi(t2, t0, -7);
  Publish(a, guest, t2, kX - 7);
  a.slti(t2, t0, -7);
  Publish(a, guest, t2, 1);
  a.sltiu(t2, t0, -7);
  Publish(a, guest, t2, 1);
  a.xori(t2, t0, -2048);
  Publish(a, guest, t2, kX ^ 0xFFFFF800);
  a.ori(t2, t0, 0x70F);
  Publish(a, guest, t2, kX | 0x70F);
  a.andi(t2, t0, -16);
  Publish(a, guest, t2, kX & 0xFFFFFFF0);
  a.slli(t2, t0, 31);
  Publish(a, guest, t2, kX << 31);
  a.srli(t2, t0, 16);
  Publish(a, guest, t2, kX >> 16);
  a.srai(t2, t0, 15);
  Publish(a, guest, t2, static_cast<uint32_t>(x >> 15));
  a.lui(t2, 0xFFFFF);
  Publish(a, guest, t2, 0xFFFFF000);
  const uint32_t here = a.pc();
  a.auipc(t2, 0x80000);
  Publish(a, guest, t2, here + 0x80000000);
  a.fence();
  a.addi(zero, t0, 1);
  Publish(a, guest, zero, 0);
}

// Each branch taken and not taken; t2 counts the instructions that were skipped.
void Jumps(Asm& a, Guest& guest) {
  using Emitter = void (Asm::*)(int, int, int32_t);
  a.li(t2, 0);
  for (const Emitter emit : std::initializer_list<Emitter>{&Asm::beq, &Asm::bne, &Asm::blt,
                                                           &Asm::bge, &Asm::bltu, &Asm::bgeu}) {
    for (const auto& [rs1, rs2] : {std::pair{t0, t1}, {t1, t0}, {t0, t0}}) {
      (a.*emit)(rs1, rs2, 8);
      a.addi(t2, t2, 1);
    }
  }
  // Of (x, y), (y, x), (x, x) with x < y signed and x > y unsigned.
  Publish(a, guest, t2, 2 + 1 + 2 + 1 + 2 + 1);
  a.jal(ra, 8);
  a.ebreak();  // jumped over; a proof of it would not exist
  const uint32_t here = a.pc();
  a.auipc(t2, 0);
  a.jalr(ra, t2, 13);  // the odd bit is cleared
  a.ebreak();
  Publish(a, guest, ra, here + 8);
}

void Memory(Asm& a, Guest& guest, const std::function<void()>& point_s0_to_16_bytes) {
  point_s0_to_16_bytes();
  a.sw(t0, s0, 0);
  a.lw(t2, s0, 0);
  Publish(a, guest, t2, kX);
  a.lb(t2, s0, 1);
  Publish(a, guest, t2, 0xFFFFFFF0);
  a.lbu(t2, s0, 3);
  Publish(a, guest, t2, 0x87);
  a.lh(t2, s0, 2);
  Publish(a, guest, t2, 0xFFFF8765);
  a.lhu(t2, s0, 0);
  Publish(a, guest, t2, 0xF0E1);
  a.sb(t1, s0, 2);
  a.sh(t1, s0, 4);
  a.lw(t2, s0, 0);
  Publish(a, guest, t2, 0x8745F0E1);
  a.lw(t2, s0, 4);
  Publish(a, guest, t2, 0x2345);
}

}  // namespace

Guest EveryInstruction() {
  Guest guest;
  guest.exit_code = 3;
  guest.input = {1, 2, 3, 4, 5};
  const std::vector<uint32_t> words = FrameBytes(guest.input);
  Asm a;
  a.li(t0, kX);
  a.li(t1, kY);
  RegisterInstructions(a, guest);
  ImmediateInstructions(a, guest);
  Jumps(a, guest);
  Memory(a, guest, [&] { a.la(s0, "block"); });
  Memory(a, guest, [&] { a.li(s0, kMemoryEnd - 8); });
  a.li(a0, static_cast<uint32_t>(Note::kMarkerBegin));
  a.la(a1, "block");
  a.call_host(Ecall::kNote);
  a.li(a0, 0x100000);
  a.li(a1, static_cast<uint32_t>(words.size()));
  a.hint();
  a.li(s1, 0x100000);
  for (size_t i = 0; i < words.size(); ++i) {
    a.lw(t2, s1, static_cast<int32_t>(4 * i));
    Publish(a, guest, t2, words[i]);
  }
  a.li(s2, 9000);  // iterations of two cycles, eight units of time: longer than 2^16
  a.label("idle");
  a.addi(s2, s2, -1);
  a.bne(s2, zero, "idle");
  Publish(a, guest, t0, kX);
  a.halt(guest.exit_code);
  a.label("block");
  for (int i = 0; i < 4; ++i) a.word(0);
  guest.program = a.Build();
  return guest;
}

Guest Hashes() {
  Guest guest;
  constexpr uint32_t kHeap = 0x100000;
  sha256::Block block;
  for (uint32_t i = 0; i < block.size(); ++i) block[i] = kX + i * kY;
  sha256::State state = sha256::kInitialState;
  blake3::State extended{};
  std::copy(state.begin(), state.end(), extended.begin());
  extended[10] = 64;
  extended[11] = 11;
  Asm a;
  const auto call = [&](Ecall number, auto set_state, auto set_block) {
    set_state();
    set_block();
    a.call_host(number);
  };
  const auto at_state = [&] { a.la(a0, "state"); };
  const auto at_block = [&] { a.la(a1, "block"); };
  const auto at_heap = [&] { a.li(a1, kHeap); };
  call(Ecall::kSha256, at_state, at_block);
  sha256::Compress(state, block);
  call(Ecall::kSha256, at_state, at_heap);
  sha256::Compress(state, {});
  call(Ecall::kBlake3, [&] { a.la(a0, "extended"); }, at_block);
  blake3::Compress(extended, block);
  call(Ecall::kBlake3, [&] { a.la(a0, "extended"); }, at_heap);
  blake3::Compress(extended, {});
  for (size_t i = 0; i < 8 + 12; ++i) {
    a.la(s0, "state");
    a.lw(t2, s0, static_cast<int32_t>(4 * i));
    Publish(a, guest, t2, i < 8 ? state[i] : extended[i - 8]);
  }
  a.halt(0);
  a.label("state");
  for (const uint32_t word : sha256::kInitialState) a.word(word);
  a.label("extended");
  for (const uint32_t word : sha256::kInitialState) a.word(word);
  for (const uint32_t word : {0, 0, 64, 11}) a.word(word);
  a.label("block");
  for (const uint32_t word : block) a.word(word);
  guest.program = a.Build();
  return guest;
}

Guest DivisionCorners() {
  Guest guest;
  Asm a;
  constexpr uint32_t kMin = 0x80000000;
  constexpr uint32_t kAll = 0xFFFFFFFF;
  const struct {
    uint32_t x, y, div, divu, rem, remu;
  } kCases[] = {
      {7, 0, kAll, kAll, 7, 7},
      {0, 0, kAll, kAll, 0, 0},
      {kMin, 0, kAll, kAll, kMin, kMin},
      {kMin, kAll, kMin, 0, 0, kMin},
      {kMin, 1, kMin, kMin, 0, 0},
      {7, kAll - 1, kAll - 2, 0, 1, 7},              // 7 / -2 = -3, rest 1
      {kAll - 6, 2, kAll - 2, 0x7FFFFFFC, kAll, 1},  // -7 / 2 = -3, rest -1
      {kAll - 6, kAll - 1, 3, 0, kAll, kAll - 6},    // -7 / -2 = 3, rest -1
      {0, kAll, 0, 0, 0, 0},
      {5, 5, 1, 1, 0, 0},
  };
  for (const auto& test : kCases) {
    a.li(t0, test.x);
    a.li(t1, test.y);
    a.div(t2, t0, t1);
    Publish(a, guest, t2, test.div);
    a.divu(t2, t0, t1);
    Publish(a, guest, t2, test.divu);
    a.rem(t2, t0, t1);
    Publish(a, guest, t2, test.rem);
    a.remu(t2, t0, t1);
    Publish(a, guest, t2, test.remu);
  }
  a.halt(0);
  guest.program = a.Build();
  return guest;
}

Guest SelfModifyingData() {
  Guest guest;
  Asm a;
  a.la(s0, "victim");
  a.li(t0, 0x00200393);  // addi t2, zero, 2
  a.sw(t0, s0, 0);
  a.label("victim");
  a.addi(t2, zero, 1);
  Publish(a, guest, t2, 1);
  a.lw(t2, s0, 0);
  Publish(a, guest, t2, 0x00200393);
  a.halt(0);
  guest.program = a.Build();
  return guest;
}

Guest IdleRegisters() {
  Guest guest;
  Asm a;
  for (int r = 1; r < 32; ++r) a.li(r, 1000u + static_cast<uint32_t>(r));
  a.li(s0, kMemoryEnd - 4);
  a.sw(s1, s0, 0);
  a.li(t0, 20000);  // times two cycles of four units of time: 2.4 times 2^16
  a.label("loop");
  a.addi(t0, t0, -1);
  a.bne(t0, zero, "loop");
  a.lw(s1, s0, 0);
  uint32_t sum = 0;
  for (int r = 1; r < 32; ++r) {
    if (r == t0 || r == t1 || r == s0) continue;
    a.add(t0, t0, r);
    sum += 1000u + static_cast<uint32_t>(r);
  }
  Publish(a, guest, t0, sum);
  a.halt(0);
  guest.program = a.Build();
  return guest;
}

Guest Echo(const std::vector<uint8_t>& input) {
  Guest guest;
  guest.input = input;
  guest.journal = FrameBytes(input);
  Asm a;
  a.li(a0, 0x200000);
  a.li(a1, static_cast<uint32_t>(guest.journal.size()));
  a.hint();
  a.li(s0, 0x200000);
  a.li(s1, static_cast<uint32_t>(guest.journal.size()));
  a.label("loop");
  a.lw(a0, s0, 0);
  a.journal();
  a.addi(s0, s0, 4);
  a.addi(s1, s1, -1);
  a.bne(s1, zero, "loop");
  a.halt(0);
  guest.program = a.Build();
  return guest;
}

Guest ExitsWith(uint32_t exit_code) {
  Guest guest;
  guest.exit_code = exit_code;
  Asm a;
  a.halt(exit_code);
  guest.program = a.Build();
  return guest;
}

}  // namespace zkvm
