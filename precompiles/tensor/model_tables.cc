#include "precompiles/tensor/model_tables.h"

#include <cstdint>
#include <span>
#include <vector>

#include "stark/air/columns.h"

namespace zkvm::tensor {
namespace {

struct MicroAddress {
  uint32_t program, step;
};

// Program and step of every row of Lowered::micro.
std::vector<MicroAddress> MicroAddresses(const Lowered& lowered) {
  std::vector<MicroAddress> addresses;
  addresses.reserve(lowered.micro.size());
  for (uint32_t d = 0; d < lowered.calls.size(); ++d) {
    addresses.push_back({CallProgram(d), 0});
    addresses.push_back({CallProgram(d), 1});
  }
  uint32_t program = kFirstWorkerProgram;
  for (const Program& worker : lowered.workers) {
    for (uint32_t step = 0; step < worker.steps; ++step) addresses.push_back({program, step});
    ++program;
  }
  return addresses;
}

template <size_t kWidth>
zkvm::Matrix FillWeights(const WeightTable& table) {
  using Chip = Weight<kWidth>;
  return FillColumns<Chip::template Fixed>(
      table.rows.size(), [&](size_t i, typename Chip::template Fixed<Fp>& row) {
        Chip::Fill(table.rows[i], std::span(table.weights).subspan(kWidth * i, kWidth), row);
      });
}

}  // namespace

std::array<size_t, ModelTables::kSize> ModelTableRows(const Lowered& lowered) {
  return {lowered.micro.size(), lowered.lut.size(), lowered.power.size(),
          lowered.weight64.rows.size(), lowered.weight256.rows.size()};
}

ModelColumns FillModelTables(const Lowered& lowered) {
  ModelColumns columns;
  const auto fill = [&]<class Chip>(auto fill_table) {
    constexpr size_t kTable = PositionIn<Chip>(ModelTables());
    if (ModelTableRows(lowered)[kTable] > 0) columns[kTable] = fill_table();
  };
  fill.template operator()<MicroTable>([&] {
    const std::vector<MicroAddress> addresses = MicroAddresses(lowered);
    return FillColumns<MicroTable::Fixed>(
        lowered.micro.size(), [&](size_t i, MicroTable::Fixed<Fp>& row) {
          MicroTable::Fill(addresses[i].program, addresses[i].step, lowered.micro[i], row);
        });
  });
  fill.template operator()<LutTable>([&] {
    return FillColumns<LutTable::Fixed>(
        lowered.lut.size(), [&](size_t i, LutTable::Fixed<Fp>& row) {
          LutTable::Fill(lowered.lut[i].table, lowered.lut[i].y, lowered.lut[i].out, row);
        });
  });
  fill.template operator()<Pow>([&] {
    return FillColumns<Pow::Fixed>(lowered.power.size(), [&](size_t i, Pow::Fixed<Fp>& row) {
      Pow::Fill(lowered.power[i], row);
    });
  });
  fill.template operator()<Weight<64>>([&] { return FillWeights<64>(lowered.weight64); });
  fill.template operator()<Weight<256>>([&] { return FillWeights<256>(lowered.weight256); });
  return columns;
}

}  // namespace zkvm::tensor
