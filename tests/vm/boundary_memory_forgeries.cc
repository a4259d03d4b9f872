// Forgeries of initial and final memory.
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/vm/boundary_forgeries.h"
#include "tests/vm/boundary_forging.h"

namespace zkvm {
namespace {

using ZeroRow = ZeroMemory::Main<Fp>;

}  // namespace

const std::vector<Forgery>& MemoryForgeries() {
  static const std::vector<Forgery> kForgeries = {
      // ---- Memory
      {"UntouchedWordReadAsNonzero",
       [](const World&, Audit& a) {
         a.Edit<LoadWord>(0, [](auto& row) { row.value.lo = 9; });
         a.Edit<Image>(reg::a3, [](auto& end) { end.last.lo = 9; });
         a.Edit<ZeroMemory>(kZeroLoaded, [](ZeroRow& word) { word.last.lo = 9; });
       }},
      {"FinalTupleDropped", [](const World&, Audit& a) { a.Set<ZeroMemory>(kZeroBuffer + 2, {}); }},
      {"ImageWordEndsAsItWasNot",
       [](const World&, Audit& a) {
         a.Edit<Image>(kNumRegisters, [](auto& word) { word.last.lo = 2; });
       }},

      // ---- Zero-initialised memory. Rows 0..3 are honest; row 4 is the first padding row.
      {"ZeroRowWithFlagTwo",
       [](const World&, Audit& a) {
         ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 2);
         row.real = 2;
         row.offset.lo = row.offset.lo + 1;
         row.last = {0, 0};
         row.last_ts = 0;
         a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& last) { last.same_high = 1; });
         a.Append<ZeroMemory>(row);
       }},
      {"ZeroRowAfterPaddingRepeatsAnAddress",
       [](const World&, Audit& a) {
         ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
         row.same_high = row.gap = 0;
         row.last_ts = 0;
         a.Set<ZeroMemory>(kZeroBuffer + 4, row);
         a.Edit<ZeroMemory>(kZeroBuffer + 3, [&](ZeroRow& padding) {
           padding.same_high = 1;
           padding.gap = row.offset.lo - 1;
         });
       }},
      {"ZeroPaddingErasesTheImageLow",
       [](const World&, Audit& a) {
         ZeroRow row{};
         row.zero_base = Fp::FromU32(Script::kImageBase / 4);
         row.last = {1, 0};
         a.Append<ZeroMemory>(row);
         a.Set<Image>(kNumRegisters, {{0, 0}, 0});
       }},
      {"ZeroPaddingErasesTheImageHigh",
       [](const World&, Audit& a) {
         ZeroRow row{};
         row.zero_base = Fp::FromU32(Script::kImageBase / 4 + 1);
         row.last = {0, 1};
         a.Append<ZeroMemory>(row);
         a.Set<Image>(kNumRegisters + 1, {{0, 0}, 0});
       }},
      {"ZeroPaddingTurnsTimeBack",
       [](const World&, Audit& a) {
         ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
         row.real = 0;
         row.same_high = row.gap = 0;
         a.Append<ZeroMemory>(row);
         a.Edit<ZeroMemory>(kZeroLoaded, [](ZeroRow& word) { word.last_ts = 0; });
       }},
      {"ZeroRowsStandStillByASharedHighOfMinusOne",
       [](const World&, Audit& a) {
         ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 2);
         row.offset.lo = row.offset.lo + 1;
         row.last = {0, 0};
         row.last_ts = 0;
         row.same_high = -1;
         ZeroRow below = row;
         below.offset.lo = row.offset.lo - 1;
         below.same_high = 0;
         a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& last) { last.same_high = 1; });
         a.Append<ZeroMemory>(row);
         a.Append<ZeroMemory>(below);
       }},
      {"ZeroRowsFallInTheHighHalf",
       [](const World&, Audit& a) {
         // From (1, 0) to (0, 0x40), claiming that the high half stays.
         ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
         row.same_high = row.gap = 0;
         row.last_ts = 0;
         a.Edit<ZeroMemory>(kZeroBuffer + 2, [&](ZeroRow& last) {
           last.same_high = 1;
           last.gap = row.offset.lo - 1;
         });
         a.Append<ZeroMemory>(row);
       }},
      {"ZeroRowsDescend",
       [](const World&, Audit& a) {
         ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
         row.same_high = row.gap = 0;
         row.last_ts = 0;
         a.Append<ZeroMemory>(row);
       }},
      {"ZeroRowsDescendByAGapOfMinusTwo",
       [](const World&, Audit& a) {
         ZeroRow row = a.Get<ZeroMemory>(kZeroLoaded);
         row.same_high = row.gap = 0;
         row.last_ts = 0;
         a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& last) { last.gap = -2; });
         a.Append<ZeroMemory>(row);
       }},
      {"ZeroRowInsideTheImageByAnotherBase",
       [](const World&, Audit& a) {
         ZeroRow row{};
         row.real = 1;
         row.zero_base = Fp::FromU32(Script::kImageBase / 4) - 2 * Fp(1 << 16);
         row.offset = {0, 2};
         a.Append<ZeroMemory>(row);
       }},
      {"ZeroRowInsideTheImageByANegativeOffset",
       [](const World&, Audit& a) {
         ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 2);
         row.offset = {-2 * Fp(1 << 16) - 4, 2};
         row.last = {0, 0};
         row.last_ts = 0;
         a.Append<ZeroMemory>(row);
       }},
      {"ZeroRowWithALowHalfOf2To16",
       [](const World&, Audit& a) {
         // (0, 2^16) is the address of (1, 0).
         ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 1);
         const ZeroRow last = a.Get<ZeroMemory>(kZeroBuffer + 2);
         row.offset.lo = 0x10000;
         row.last = {0, 0};
         row.last_ts = 0;
         row.same_high = row.gap = 0;
         a.Edit<ZeroMemory>(kZeroBuffer + 1, [](ZeroRow& before) { before.same_high = 1; });
         a.Set<ZeroMemory>(kZeroBuffer + 2, row);
         a.Append<ZeroMemory>(last);
       }},
      {"ZeroRowInsideTheImageByAnOffsetAboveTheField",
       [](const World&, Audit& a) {
         // 2^16 * 30720 = p - 1: the word before zero_base.
         ZeroRow row = a.Get<ZeroMemory>(kZeroBuffer + 2);
         row.offset = {0, 30720};
         row.last = {0, 0};
         row.last_ts = 0;
         a.Edit<ZeroMemory>(kZeroBuffer + 2, [](ZeroRow& last) { last.gap = 30720 - 2; });
         a.Append<ZeroMemory>(row);
       }},
  };
  return kForgeries;
}

}  // namespace zkvm
