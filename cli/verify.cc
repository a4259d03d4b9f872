#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/failure.h"
#include "cli/files.h"
#include "cli/inputs.h"
#include "cli/journal_report.h"
#include "cli/numbers.h"
#include "cli/security_report.h"
#include "cli/table.h"
#include "stark/bytes.h"
#include "stark/status.h"
#include "vm/proof.h"

namespace zkvm {
namespace {

struct VerifyOptions {
  std::string proof, key, journal;
  bool allow_failure = false;
  bool json = false;
};

// A file that is no proof was not judged; one that is, and does not verify, was.
void RequireProofFile(const std::string& path, const std::vector<uint8_t>& bytes) {
  ByteReader reader(bytes);
  ProofHeader header;
  if (const Status status = ParseHeader(reader, &header); !status.ok()) {
    throw Failure(ExitCode::kCannot, "{}: {}", path, status.message());
  }
}

void Verify(const VerifyOptions& options) {
  std::optional<OutputFile> journal_file;
  if (!options.journal.empty()) {
    journal_file.emplace(options.journal, std::initializer_list{options.proof, options.key});
  }
  const VerifyingKey key = LoadKey(options.key);
  const std::vector<uint8_t> proof = ReadFile(options.proof, kMaxProofBytes);
  RequireProofFile(options.proof, proof);

  const auto start = std::chrono::steady_clock::now();
  VerifiedProof verified;
  if (const Status status = VerifyProof(key, proof, &verified); !status.ok()) {
    throw Failure(ExitCode::kFailed, "{} is rejected: {}", options.proof, status.message());
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  const std::vector<uint8_t> journal = BytesOfJournal(verified.outcome.journal);
  const auto blocks = compiler::ParseJournal(journal);
  if (journal_file) journal_file->Write(journal);
  const SecurityReport security =
      MakeSecurityReport(*verified.preset, MakeStatement(key, verified.outcome), verified.heights);
  const uint32_t exit_code = verified.outcome.exit_code;

  std::FILE* const report = journal_file && journal_file->is_standard_output() ? stderr : stdout;
  if (options.json) {
    nlohmann::ordered_json json = {
        {"verified", true},
        {"program_id", Hex(ProgramId(key))},
        {"preset", verified.preset->name},
        {"exit_code", exit_code},
        {"journal_hex", Hex(journal)},
        {"security", ToJson(security)},
        {"seconds", seconds.count()},
    };
    if (HasModel(key)) json["model_id"] = Hex(ModelId(key));
    if (blocks) json["journal"] = ToJson(*blocks);
    fmt::print(report, "{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    Facts facts;
    facts.Add("verified", fmt::format("{}, in {}", options.proof, FormatSeconds(seconds.count())));
    // Of the tables that tensor calls run on, and of all else: code, with what it does before and
    // after the model.
    facts.Add("program id", Hex(ProgramId(key)));
    if (HasModel(key)) facts.Add("model id", Hex(ModelId(key)));
    facts.Add("exit code", std::to_string(exit_code));
    facts.Add("journal", FormatBytes(journal.size()) +
                             (journal_file ? ", written to " + options.journal : ""));
    facts.Add("security", OneLine(security));
    facts.Print(report);
    if (blocks) {
      fmt::print(report, "\n");
      PrintJournal(*blocks, report);
    }
  }
  if (exit_code != 0 && !options.allow_failure) {
    throw Failure(ExitCode::kFailed,
                  "the proof holds, and what it proves is that the program ended with exit code {}",
                  exit_code);
  }
}

}  // namespace

void AddVerify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command =
      app.add_subcommand("verify", "Verify a proof; needs nothing but the proof and the key");
  command->add_option("proof", options->proof, "Proof")->type_name("FILE")->required();
  command->add_option("--key", options->key, "Key of the program")->type_name("FILE")->required();
  command->add_option("--journal", options->journal, "Write the proven output of the program here")
      ->type_name("FILE");
  command->add_flag("--allow-failure", options->allow_failure,
                    "Accept a proven exit code other than 0");
  command->add_flag("--json", options->json, "Report as JSON");
  command->footer("Example:\n  zkvm verify guest.proof --key guest.key --journal output.bin");
  command->callback([options] { Verify(*options); });
}

}  // namespace zkvm
