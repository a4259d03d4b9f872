#include "stark/air/check.h"

namespace zkvm {
namespace {

std::string Text(Fp x) {
  const uint32_t value = x.Value();
  if (value <= Fp::kModulus / 2) return std::to_string(value);
  return std::string("-").append(std::to_string(Fp::kModulus - value));
}

std::string Text(const Fp5& x) {
  std::string text = Text(x.c[0]);
  for (size_t i = 1; i < x.c.size() && !x.IsBase(); ++i)
    text += " + " + Text(x.c[i]) + " x^" + std::to_string(i);
  return text;
}

template <class Words>
std::string Join(const Words& words) {
  std::string text;
  for (const uint32_t word : words) {
    if (!text.empty()) text += ", ";
    text += Text(Fp::FromWord(word));
  }
  return "(" + text + ")";
}

template <class Places>
std::string Where(const Places& places) {
  std::string text;
  for (const auto& place : places) {
    text += text.empty() ? ", first seen in " : " and ";
    text += std::string(place.chip) + " row " + std::to_string(place.row);
  }
  return text;
}

std::array<uint32_t, 5> Key(const RowBuilder::TupleValue& tuple) {
  std::array<uint32_t, 5> key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = tuple[i].word();
  return key;
}

std::vector<uint32_t> Words(const std::vector<Fp>& fields) {
  std::vector<uint32_t> words;
  words.reserve(fields.size());
  for (const Fp field : fields) words.push_back(field.word());
  return words;
}

}  // namespace

void ReportConstraint(std::string_view chip, size_t row, size_t index,
                      const RowBuilder::Constraint& constraint, CheckReport& report) {
  std::string_view file = constraint.location.file_name();
  if (const size_t slash = file.rfind('/'); slash != std::string_view::npos) {
    file.remove_prefix(slash + 1);
  }
  report.Add("chip " + std::string(chip) + ", row " + std::to_string(row) + ": constraint " +
             std::to_string(index) + " (" + std::string(file) + ":" +
             std::to_string(constraint.location.line()) + ") is " + Text(constraint.value) +
             ", not 0");
}

void Ledger::AddMessage(std::string_view chip, size_t row, const RowBuilder::Message& message) {
  if (message.multiplicity.IsZero()) return;
  Entry& entry = messages_[{message.bus->name, Words(message.fields)}];
  entry.sum += message.bus->kind == BusKind::kAdditive ? message.share : Fp5(message.multiplicity);
  if (entry.places.size() < kMaxPlaces) entry.places.push_back({chip, row});
}

void Ledger::AddExchange(std::string_view chip, size_t row, const RowBuilder::TuplePair& pair) {
  if (pair.consumed == pair.produced) return;
  TupleEntry& consumed = tuples_[Key(pair.consumed)];
  --consumed.sum;
  if (consumed.places.size() < kMaxPlaces) consumed.places.push_back({chip, row});
  TupleEntry& produced = tuples_[Key(pair.produced)];
  ++produced.sum;
  if (produced.places.size() < kMaxPlaces) produced.places.push_back({chip, row});
}

void Ledger::AddPublicMessage(const Bus& bus, int sign, std::vector<Fp> fields) {
  messages_[{bus.name, Words(fields)}].sum += Fp(sign);
}

void Ledger::AddPublicTuple(int sign, const RowBuilder::TupleValue& tuple) {
  tuples_[Key(tuple)].sum += sign;
}

void Ledger::Settle(CheckReport& report) const {
  for (const auto& [key, entry] : messages_) {
    if (entry.sum.IsZero()) continue;
    report.Add("bus " + std::string(key.first) + ": " + Join(key.second) + " is off by " +
               Text(entry.sum) + Where(entry.places));
  }
  for (const auto& [key, entry] : tuples_) {
    if (entry.sum == 0) continue;
    report.Add("tuple (space, addr, lo, hi, ts) = " + Join(key) +
               (entry.sum > 0 ? " is produced but not consumed" : " is consumed but not produced") +
               Where(entry.places));
  }
}

}  // namespace zkvm
