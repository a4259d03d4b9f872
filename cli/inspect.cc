#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/files.h"
#include "cli/inputs.h"
#include "cli/layer_report.h"
#include "cli/numbers.h"
#include "cli/proof_contents.h"
#include "cli/security_report.h"
#include "cli/table.h"
#include "compiler/data/info.h"
#include "isa/elf.h"
#include "precompiles/tensor/descriptor.h"
#include "stark/prover.h"
#include "vm/machine.h"
#include "vm/program_fixed.h"

namespace zkvm {
namespace {

struct InspectOptions {
  std::string file;
  bool json = false;
};

using Json = nlohmann::ordered_json;

void PrintJson(const Json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

size_t Descriptors(const Program& program) {
  return program.model_descriptors.size() / sizeof(tensor::Descriptor);
}

// What the compiler says of the model in it.
std::optional<compiler::ModelInfo> ReadModelInfo(const std::string& path,
                                                 const std::vector<uint8_t>& bytes) {
  try {
    return compiler::ReadInfo(bytes);
  } catch (const compiler::CompileError& error) {
    throw Failure(ExitCode::kCannot, "{}: {}", path, error.what());
  }
}

void InspectProgram(const InspectOptions& options, const std::vector<uint8_t>& bytes) {
  auto loaded = LoadElf(bytes);
  if (const auto* error = std::get_if<ElfError>(&loaded)) {
    throw Failure(ExitCode::kCannot, "{}: {}", options.file, error->message);
  }
  const Program& program = std::get<Program>(loaded);
  const Status status = CheckProgram(program);
  const std::optional<compiler::ModelInfo> info = ReadModelInfo(options.file, bytes);
  const auto illegal =
      static_cast<size_t>(std::ranges::count(program.text, Op::kTrap, &Instruction::op));
  const size_t text_end = program.text_base + 4 * program.text.size();

  if (options.json) {
    Json json = {{"kind", "program"},
                 {"entry", program.entry},
                 {"text_base", program.text_base},
                 {"instructions", program.text.size()},
                 {"illegal_words", illegal},
                 {"image_base", program.image_base},
                 {"image_words", program.image.size()},
                 {"functions", program.symbols.size()},
                 {"descriptors", Descriptors(program)},
                 {"model_bytes", program.model_data.size()},
                 {"provable", status.ok()}};
    if (!status.ok()) json["reason"] = status.message();
    if (info) json["compiled"] = Json::parse(compiler::ToJson(*info));
    PrintJson(json);
    return;
  }
  Facts facts;
  facts.Add(options.file, "a program for RV32IM (ELF)");
  facts.Add("entry", fmt::format("{:#010x} ({})", program.entry, program.Describe(program.entry)));
  facts.Add("text", fmt::format("{:#010x} to {:#010x}, {} words, {} of them not instructions",
                                program.text_base, text_end, FormatCount(program.text.size()),
                                FormatCount(illegal)));
  facts.Add("image", fmt::format("{:#010x} to {:#010x}, {}", program.image_base,
                                 program.zero_base(), FormatBytes(4 * program.image.size())));
  facts.Add("zero memory", fmt::format("{:#010x} to {:#010x}", program.zero_base(), kMemoryEnd));
  facts.Add("functions", program.symbols.empty() ? "unknown: the file has no symbols"
                                                 : FormatCount(program.symbols.size()));
  if (Descriptors(program) > 0) {
    facts.Add("model", fmt::format("{} operations, {}", FormatCount(Descriptors(program)),
                                   FormatBytes(program.model_data.size())));
  }
  facts.Add("provable", status.ok() ? "yes" : "no: " + status.message());
  facts.Print(stdout);
  if (info) {
    fmt::print("\n");
    PrintModel(*info, stdout);
    fmt::print("\n");
    LayerReport(*info, {}).Print(stdout);
  }
}

// Name and log2 height of the tables with fixed columns.
std::vector<std::pair<std::string_view, int>> FixedTableHeights(const VerifyingKey& key) {
  std::vector<std::pair<std::string_view, int>> heights;
  const std::vector<int> log_heights = FixedLogHeights(key);
  for (size_t t = 0; t < kNumTables; ++t) {
    if (log_heights[t] < 0) continue;
    heights.emplace_back(Rv32Machine().tables[t].air->shape().name, log_heights[t]);
  }
  return heights;
}

void InspectKey(const InspectOptions& options) {
  const VerifyingKey key = LoadKey(options.file);
  const Preset& preset = *FindPreset(key.preset);
  if (options.json) {
    Json json = {{"kind", "key"},
                 {"program_id", Hex(ProgramId(key))},
                 {"preset", preset.name},
                 {"machine_id", Hex(kMachineId)},
                 {"fixed_root", Hex(key.fixed_root)},
                 {"entry", key.entry},
                 {"image_base", 4 * uint64_t{key.image_base}},
                 {"zero_base", 4 * uint64_t{key.zero_base}}};
    if (HasModel(key)) {
      json["model_id"] = Hex(ModelId(key));
      json["model_root"] = Hex(key.model_root);
    }
    for (const auto& [name, log_n] : FixedTableHeights(key)) {
      json["heights"][std::string(name)] = size_t{1} << log_n;
    }
    PrintJson(json);
    return;
  }
  Facts facts;
  facts.Add(options.file, "a verifying key");
  facts.Add("program id", Hex(ProgramId(key)));
  facts.Add("preset", std::string(preset.name));
  facts.Add("machine id", Hex(kMachineId));
  facts.Add("root", Hex(key.fixed_root));
  if (HasModel(key)) {
    facts.Add("model id", Hex(ModelId(key)));
    facts.Add("model root", Hex(key.model_root));
  }
  facts.Add("entry", fmt::format("{:#010x}", key.entry));
  facts.Add("image", fmt::format("{:#010x} to {:#010x}", 4 * uint64_t{key.image_base},
                                 4 * uint64_t{key.zero_base}));
  facts.Print(stdout);
  Table table({{"table", Table::Align::kLeft}, {"rows"}});
  for (const auto& [name, log_n] : FixedTableHeights(key)) {
    table.Add({std::string(name), fmt::format("2^{}", log_n)});
  }
  fmt::print("\n");
  table.Print(stdout);
}

void InspectProof(const InspectOptions& options, const std::vector<uint8_t>& bytes) {
  ProofContents proof;
  if (const Status status = ReadProofContents(bytes, &proof); !status.ok()) {
    throw Failure(ExitCode::kCannot, "{}: {}", options.file, status.message());
  }
  const size_t cells = CommittedCells(Rv32Machine(), proof.heights);
  const SecurityReport security =
      MakeSecurityReport(*proof.preset, MakeStatement({}, proof.header.outcome), proof.heights);
  const std::vector<uint8_t> journal = BytesOfJournal(proof.header.outcome.journal);
  const auto& tables = Rv32Machine().tables;

  if (options.json) {
    Json json = {{"kind", "proof"},
                 {"preset", proof.preset->name},
                 {"key_id", Hex(proof.header.vk_id)},
                 {"exit_code", proof.header.outcome.exit_code},
                 {"journal_hex", Hex(journal)},
                 {"cells", cells}};
    for (size_t t = 0; t < tables.size(); ++t) {
      if (!proof.heights.present(t)) continue;
      json["heights"][std::string(tables[t].air->shape().name)] = proof.heights.rows(t);
    }
    for (const ProofSection& section : proof.sections) {
      json["sections"][std::string(section.name)] = section.bytes;
    }
    json["security"] = ToJson(security);
    json["verified"] = false;
    PrintJson(json);
    return;
  }
  Facts facts;
  facts.Add(options.file, "a proof, not verified here");
  facts.Add("preset", std::string(proof.preset->name));
  facts.Add("key id", Hex(proof.header.vk_id));
  facts.Add("claims", fmt::format("exit code {}, a journal of {}", proof.header.outcome.exit_code,
                                  FormatBytes(journal.size())));
  facts.Add("cells", FormatCount(cells));
  facts.Print(stdout);

  Table heights({{"table", Table::Align::kLeft}, {"rows"}, {"columns"}, {"cells"}});
  for (size_t t = 0; t < tables.size(); ++t) {
    if (!proof.heights.present(t)) continue;
    const AirShape& shape = tables[t].air->shape();
    const size_t columns = shape.committed_columns();
    heights.Add({std::string(shape.name), fmt::format("2^{}", proof.heights.log_heights[t]),
                 std::to_string(columns), FormatCount(columns * proof.heights.rows(t))});
  }
  fmt::print("\n");
  heights.Print(stdout);

  Table sections({{"section", Table::Align::kLeft}, {"bytes"}, {"share"}});
  for (const ProofSection& section : proof.sections) {
    sections.Add(
        {std::string(section.name), FormatCount(section.bytes),
         FormatShare(static_cast<double>(section.bytes) / static_cast<double>(bytes.size()))});
  }
  fmt::print("\n");
  sections.Print(stdout);
  fmt::print("\n");
  PrintRounds(security, stdout);
}

void Inspect(const InspectOptions& options) {
  const std::vector<uint8_t> bytes = ReadFile(options.file, kMaxElfBytes);
  const auto starts_with = [&](std::string_view magic) {
    return std::ranges::equal(std::span(bytes).first(std::min(bytes.size(), magic.size())), magic);
  };
  if (starts_with("\x7f"
                  "ELF")) {
    InspectProgram(options, bytes);
  } else if (starts_with("ZKVK")) {
    InspectKey(options);
  } else if (starts_with("ZKVP")) {
    InspectProof(options, bytes);
  } else {
    throw Failure(ExitCode::kCannot, "{} is neither a program (ELF) nor a key nor a proof of zkvm",
                  options.file);
  }
}

}  // namespace

void AddInspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command =
      app.add_subcommand("inspect", "Describe a program, a key or a proof; verifies nothing");
  command->add_option("file", options->file, "Program, key or proof")
      ->type_name("FILE")
      ->required();
  command->add_flag("--json", options->json, "Describe as JSON");
  command->footer("Example:\n  zkvm inspect guest.proof");
  command->callback([options] { Inspect(*options); });
}

}  // namespace zkvm
