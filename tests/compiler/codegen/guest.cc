#include "tests/compiler/codegen/guest.h"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <variant>

#include "compiler/data/journal.h"
#include "compiler/link/temporary.h"
#include "compiler/link/write_model.h"
#include "isa/elf.h"
#include "isa/framing.h"
#include "vm/executor.h"

namespace zkvm::compiler {

zkvm::Program LoadProgram(const std::filesystem::path& elf) {
  std::ifstream file(elf, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  auto loaded = LoadElf({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  if (const auto* const error = std::get_if<ElfError>(&loaded)) {
    throw std::runtime_error(error->message);
  }
  return std::get<zkvm::Program>(std::move(loaded));
}

zkvm::Program BuildProgram(const Program& program) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "model.elf";
  ModelInfo info = DescribeProgram(program);
  WriteModel(program, info, {}, path);
  return LoadProgram(path);
}

GuestRun RunProgram(const zkvm::Program& guest, const Graph& graph,
                    std::span<const Literal> inputs) {
  std::vector<uint8_t> bytes;
  for (const Literal& input : inputs) {
    bytes.insert(bytes.end(), input.bytes().begin(), input.bytes().end());
  }
  ExecutorOptions options;
  options.input = bytes;
  const ExecutionResult result = Execute(guest, options);
  if (result.fault) throw std::runtime_error(result.fault->Message());
  if (result.exit_code != 0) throw std::runtime_error(result.panic);
  const auto journal = JournalBytes(result.journal);
  const auto blocks = journal ? ParseJournal(*journal) : std::nullopt;
  if (!blocks || blocks->size() != 1 || (*blocks)[0].size() != graph.outputs.size()) {
    throw std::runtime_error("the journal is not that of a model");
  }
  GuestRun run;
  run.cycles = result.cycles;
  for (const JournalRecord& record : (*blocks)[0]) run.outputs.push_back(record.elements.value());
  return run;
}

GuestRun RunExact(const Graph& graph, std::span<const Literal> inputs) {
  return RunProgram(BuildProgram(ExactProgram(graph)), graph, inputs);
}

}  // namespace zkvm::compiler
