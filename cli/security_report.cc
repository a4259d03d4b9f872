#include "cli/security_report.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "cli/table.h"
#include "vm/machine.h"

namespace zkvm {
namespace {

constexpr std::pair<std::string_view, double SecurityBits::*> kRounds[] = {
    {"buses", &SecurityBits::buses}, {"constraints", &SecurityBits::constraints},
    {"point", &SecurityBits::point}, {"batch", &SecurityBits::batch},
    {"fold", &SecurityBits::fold},   {"queries", &SecurityBits::queries},
    {"hash", &SecurityBits::hash}};

nlohmann::ordered_json ToJson(const SecurityBits& bits) {
  nlohmann::ordered_json json;
  json["total"] = bits.Total();
  for (const auto& [name, member] : kRounds) json[std::string(name)] = bits.*member;
  json["multiplicity"] = bits.multiplicity;
  return json;
}

}  // namespace

SecurityReport MakeSecurityReport(const Preset& preset, const Statement& statement,
                                  const Heights& heights) {
  const ProofScale scale = ScaleOf(Rv32Machine(), statement, heights);
  return {ProvenSecurity(preset, scale, Regime::kUniqueDecoding),
          ProvenSecurity(preset, scale, Regime::kJohnson)};
}

std::string OneLine(const SecurityReport& report) {
  return fmt::format("{:.1f} bits proven (Johnson radius), {:.1f} within unique decoding",
                     report.johnson.Total(), report.unique.Total());
}

void PrintRounds(const SecurityReport& report, std::FILE* file) {
  Table table({{"round", Table::Align::kLeft}, {"Johnson"}, {"unique decoding"}});
  const auto add = [&](std::string name, double johnson, double unique) {
    table.Add({std::move(name), fmt::format("{:.1f}", johnson), fmt::format("{:.1f}", unique)});
  };
  for (const auto& [name, member] : kRounds) {
    add(std::string(name), report.johnson.*member, report.unique.*member);
  }
  add("weakest", report.johnson.Total(), report.unique.Total());
  table.Print(file);
}

nlohmann::ordered_json ToJson(const SecurityReport& report) {
  return {{"johnson", ToJson(report.johnson)}, {"unique_decoding", ToJson(report.unique)}};
}

}  // namespace zkvm
