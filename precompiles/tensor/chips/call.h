// A call of the tensor space: one row (docs/protocol.md, section 12.3). It hands the call to its
// workers and moves the bump pointer, register 34; all else it knows is in the key.
//
//   bus        multiplicity   message
//   PROG       real           ECALL at pc
//   MICRO      real           CallProgram(descriptor), step 0 and step 1 (call_plan.h)
//   START      has_a, has_b   worker, ts, program, left, dst, src0, src1, src2
//   RESULT     receives       ts, value, where the call returns one
//   GARBAGE    provides m     ts, garbage program; m = 0 where the call has none
//   product    -              state; a7, a1, a2, a3 read at +0; a0 at +1, descriptor -> result;
//                             the bump pointer at +1, pointer -> pointer + size
//   RANGE(16)  1              6 time gaps, low limbs of the new pointer and of the result
//   RANGE(10)  1              high limbs of the new pointer and of the result
//   RANGE(14)  real           high limb of a1
//   RANGE(14)  tensor k       high limb of source k, k = 1, 2
//   RANGE      tensor k       (16), (10): pointer - (src + extent) >= 0
//
// A source in use is below 2^30, so it is no other register value + p. What it spans lies below the
// pointer: only what earlier calls wrote is ever read. Descriptors are below 2^16: the high limb of
// a0 is 0.
#ifndef ZKVM_PRECOMPILES_TENSOR_CHIPS_CALL_H_
#define ZKVM_PRECOMPILES_TENSOR_CHIPS_CALL_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "isa/air/call.h"
#include "precompiles/tensor/buses.h"
#include "precompiles/tensor/call_plan.h"
#include "precompiles/tensor/record.h"
#include "stark/air/chip.h"

namespace zkvm::tensor {

struct Call {
  static constexpr std::string_view kName = "tensor_call";

  template <class T>
  using Fixed = NoColumns<T>;

  template <class T>
  struct Job {
    T worker, program, left;
    std::array<T, kMaxSources> src;  // what START carries
  };

  template <class T>
  struct Main {
    T pc, ts, real;
    T descriptor;
    std::array<Word<T>, kMaxSources> a;  // a1, a2, a3
    Word<T> result;
    T pointer, pointer_hi;  // before the call; high limb of the pointer after it
    T prev_a7, prev_a0, prev_pointer;
    std::array<T, kMaxSources> prev_a;

    Job<T> job_a, job_b;
    T size;
    std::array<T, kMaxSources> extent;
    T garbage, garbage_uses;
    std::array<T, kNumCallFlags> flags;

    T dst, value;
    std::array<T, kMaxSources> room_hi;  // high limb of pointer - (src + extent)
  };

  template <class B>
  static constexpr void Constrain(B& b, const Window<Call, typename B::Expr>& w) {
    using E = typename B::Expr;
    using G = Geometry<B>;
    const auto& r = w.row;
    AssertBool(b, r.real);
    zkvm::Call<Ecall::kTensor>(b, r.real, r.pc, r.prev_a7, r.ts);
    State(b, r.real, r.pc, r.pc + r.real * 4, r.ts);
    ReadArgument<kRegA1>(b, r.real, r.a[0], r.prev_a[0], r.ts);
    ReadArgument<kRegA2>(b, r.real, r.a[1], r.prev_a[1], r.ts);
    ReadArgument<kRegA3>(b, r.real, r.a[2], r.prev_a[2], r.ts);
    Write<1>(b, r.real, static_cast<int>(kRegA0), Word<E>{r.descriptor, E(0)}, r.result, r.prev_a0,
             r.ts);

    const E now = AccessTime<1>(r.real, r.ts);
    const int pointer = kTensorPointer;
    const E after = r.pointer + r.size;
    b.Exchange(Tuple{kSpaceRegister, pointer, r.pointer, kZero, r.prev_pointer},
               Tuple{kSpaceRegister, pointer, after, kZero, now});
    b.Lookup(kRange, kOnce, G::kLimbBits, now - r.prev_pointer - r.real);
    b.AssertZero((E(1) - r.real) * (r.ts - r.prev_pointer));
    b.AssertZero((E(1) - r.real) * r.size);
    b.Lookup(kRange, kOnce, G::kLimbBits, after - r.pointer_hi * G::kLimb);
    b.Lookup(kRange, kOnce, kHandleHighBits, r.pointer_hi);

    E flags(0);
    for (size_t i = 0; i < kNumCallFlags; ++i) {
      AssertBool(b, r.flags[i]);
      flags += r.flags[i] * (1 << i);
    }
    b.AssertZero((E(1) - r.real) * flags);
    const E program = r.descriptor + 1;
    b.Lookup(kMicro, r.real, program, kZero, r.job_a.worker, r.job_a.program, r.job_a.left,
             r.job_b.worker, r.job_b.program, r.job_b.left);
    b.Lookup(kMicro, r.real, program, 1, r.size, r.extent[0], r.extent[1], r.extent[2], r.garbage,
             flags);

    const std::array<E, kMaxSources> tensor = {Flag(r, kTensor0), Flag(r, kTensor1),
                                               Flag(r, kTensor2)};
    std::array<E, kMaxSources> source;
    for (size_t k = 0; k < kMaxSources; ++k) {
      source[k] = r.a[k].lo + r.a[k].hi * G::kLimb;
      const E room = r.pointer - source[k] - r.extent[k];
      b.Lookup(kRange, k == 0 ? r.real : tensor[k], G::kHighAddressBits, r.a[k].hi);
      b.Lookup(kRange, tensor[k], G::kLimbBits, room - r.room_hi[k] * G::kLimb);
      b.Lookup(kRange, tensor[k], kHandleHighBits, r.room_hi[k]);

      const E sent = k == 0 ? r.real : tensor[k];
      b.AssertZero(r.job_a.src[k] - Flag(r, kSourcesToA) * sent * source[k]);
      b.AssertZero(r.job_b.src[k] - Flag(r, kSourcesToB) * sent * source[k]);
    }
    b.AssertZero(r.dst - r.pointer - Flag(r, kInPlace) * (source[0] - r.pointer));
    Start(b, Flag(r, kHasA), r.ts, r.job_a, r.dst);
    Start(b, Flag(r, kHasB), r.ts, r.job_b, r.dst);

    const E returns = Flag(r, kReturnsValue);
    b.Receive(kResult, returns, r.ts, r.value);
    b.AssertZero(r.result.lo + r.result.hi * G::kLimb - r.dst - returns * (r.value - r.dst));
    b.Lookup(kRange, kOnce, G::kLimbBits, r.result.lo);
    b.Lookup(kRange, kOnce, kHandleHighBits, r.result.hi);

    b.AssertZero((E(1) - Flag(r, kHasGarbage)) * r.garbage_uses);
    b.Provide(kGarbage, r.garbage_uses, r.ts, r.garbage);
  }

  // START's dst, and its sources for the worker with that flag.
  static uint32_t Destination(const TensorCall& call, const CallPlan& plan) {
    return (plan.flags & kInPlace) != 0 ? call.source[0] : call.pointer;
  }
  static std::array<uint32_t, kMaxSources> Sources(const TensorCall& call, const CallPlan& plan,
                                                   CallFlag flag) {
    std::array<uint32_t, kMaxSources> sources{};
    if ((plan.flags & flag) == 0) return sources;
    for (size_t k = 0; k < kMaxSources; ++k) {
      if (k == 0 || (plan.flags & kTensor0 << k) != 0) sources[k] = call.source[k];
    }
    return sources;
  }

  // But for garbage_uses, which is left 0.
  static void Fill(const TensorCall& call, const CallPlan& plan, Main<Fp>& row) {
    row.pc = Fp::FromU32(call.pc);
    row.ts = Fp::FromU32(call.ts);
    row.real = 1;
    row.descriptor = Fp::FromU32(call.descriptor);
    for (size_t k = 0; k < kMaxSources; ++k) {
      row.a[k] = WordOf(call.source[k]);
      row.prev_a[k] = Fp::FromU32(call.prev_a[k + 1]);
      row.extent[k] = Fp::FromU32(plan.extent[k]);
      if ((plan.flags & kTensor0 << k) != 0) {
        row.room_hi[k] = Fp::FromU32((call.pointer - call.source[k] - plan.extent[k]) >> 16);
      }
    }
    row.result = WordOf(call.result);
    row.pointer = Fp::FromU32(call.pointer);
    row.pointer_hi = Fp::FromU32((call.pointer + plan.size) >> 16);
    row.prev_a7 = Fp::FromU32(call.prev_a7);
    row.prev_a0 = Fp::FromU32(call.prev_a[0]);
    row.prev_pointer = Fp::FromU32(call.prev_pointer);
    FillJob(plan.a, Sources(call, plan, kSourcesToA), row.job_a);
    FillJob(plan.b, Sources(call, plan, kSourcesToB), row.job_b);
    row.size = Fp::FromU32(plan.size);
    row.garbage = Fp::FromU32(plan.garbage);
    for (size_t i = 0; i < kNumCallFlags; ++i) {
      row.flags[i] = static_cast<int>(plan.flags >> i & 1);
    }
    row.dst = Fp::FromU32(Destination(call, plan));
    if ((plan.flags & kReturnsValue) != 0) row.value = Fp::FromU32(call.result);
  }

 private:
  static constexpr int kHandleHighBits = 10;  // handles and the pointer are below kMaxCells

  // REQUIRES: `flag` is a power of two.
  template <class T>
  static constexpr T Flag(const Main<T>& r, CallFlag flag) {
    return r.flags[static_cast<size_t>(std::countr_zero(static_cast<uint32_t>(flag)))];
  }

  template <class B, class E>
  static constexpr void Start(B& b, const E& enable, const E& ts, const Job<E>& job, const E& dst) {
    b.Send(kStart, enable, job.worker, ts, job.program, job.left, dst, job.src[0], job.src[1],
           job.src[2]);
  }

  static void FillJob(const CallJob& from, const std::array<uint32_t, kMaxSources>& sources,
                      Job<Fp>& job) {
    job.worker = Fp::FromU32(from.worker);
    job.program = Fp::FromU32(from.program);
    job.left = Fp::FromU32(from.left);
    for (size_t k = 0; k < kMaxSources; ++k) job.src[k] = Fp::FromU32(sources[k]);
  }
};

}  // namespace zkvm::tensor

#endif  // ZKVM_PRECOMPILES_TENSOR_CHIPS_CALL_H_
