#include "compiler/link/link.h"

#include <lld/Common/Driver.h>
#include <llvm/Object/Archive.h>
#include <llvm/Object/Binary.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/raw_ostream.h>

#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <system_error>
#include <vector>

#include "compiler/graph/graph.h"
#include "compiler/link/build_guest.h"
#include "compiler/link/temporary.h"

LLD_HAS_DRIVER(elf)

namespace zkvm::compiler {
namespace {

namespace fs = std::filesystem;

// Options and libraries of guest.lld, one a line.
std::vector<std::string> SdkArguments(const fs::path& sdk) {
  std::ifstream file(sdk / "guest.lld");
  if (!file) throw CompileError("the guest SDK lacks " + (sdk / "guest.lld").string());
  std::vector<std::string> arguments;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    constexpr std::string_view kHere = "<SDK>";
    if (const size_t at = line.find(kHere); at != std::string::npos) {
      line.replace(at, kHere.size(), sdk.string());
    }
    arguments.push_back(std::move(line));
  }
  return arguments;
}

// The linker's errors on one line, without what they share.
std::string Shortened(const std::string& messages) {
  std::string line, result;
  for (std::istringstream stream(messages); std::getline(stream, line);) {
    constexpr std::string_view kPrefix = "error: ", kDetail = ">>> ";
    if (const size_t at = line.find(kPrefix); at != std::string::npos) {
      if (!result.empty()) result += "; ";
      result += line.substr(at + kPrefix.size());
    } else if (line.starts_with(kDetail) && !result.empty()) {
      result += " (" + line.substr(kDetail.size()) + ")";
    }
  }
  return result.empty() ? messages : result;
}

// Runs the linker in this process.
void Lld(const std::vector<std::string>& arguments) {
  // It keeps its state in global variables.
  static std::mutex mutex;
  static bool usable = true;
  const std::lock_guard lock(mutex);
  if (!usable) throw CompileError("the linker failed before and cannot run again");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::string out, messages;
  llvm::raw_string_ostream out_stream(out), error_stream(messages);
  const lld::Result result =
      lld::lldMain(argv, out_stream, error_stream, {{lld::Gnu, &lld::elf::link}});
  usable = result.canRunAgain;
  if (result.retCode != 0) throw CompileError("linking failed: " + Shortened(messages));
}

void AddSymbols(const llvm::object::Binary& binary, std::set<std::string>& names) {
  const auto* const object = llvm::dyn_cast<llvm::object::ObjectFile>(&binary);
  if (object == nullptr) return;
  for (const llvm::object::SymbolRef& symbol : object->symbols()) {
    llvm::Expected<uint32_t> flags = symbol.getFlags();
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (flags && name && (*flags & llvm::object::BasicSymbolRef::SF_Global) != 0 &&
        (*flags & llvm::object::BasicSymbolRef::SF_Undefined) == 0) {
      names.insert(name->str());
    }
    llvm::consumeError(flags.takeError());
    llvm::consumeError(name.takeError());
  }
}

}  // namespace

std::set<std::string> DefinedSymbols(const fs::path& file) {
  auto binary = llvm::object::createBinary(file.string());
  if (!binary) {
    throw CompileError(file.string() + ": " + llvm::toString(binary.takeError()));
  }
  std::set<std::string> names;
  const auto* const archive = llvm::dyn_cast<llvm::object::Archive>(binary->getBinary());
  if (archive == nullptr) {
    AddSymbols(*binary->getBinary(), names);
    return names;
  }
  llvm::Error error = llvm::Error::success();
  for (const llvm::object::Archive::Child& child : archive->children(error)) {
    auto member = child.getAsBinary();
    if (member) {
      AddSymbols(**member, names);
    } else {
      llvm::consumeError(member.takeError());
    }
  }
  if (error) throw CompileError(file.string() + ": " + llvm::toString(std::move(error)));
  return names;
}

void LinkModel(std::span<const fs::path> objects, const fs::path& output) {
  const std::optional<std::string> sdk = SdkDirectory();
  if (!sdk) {
    throw CompileError("the guest SDK was not found; set ZKVM_SDK to the folder with guest.cfg");
  }
  const PendingFile pending(output);
  std::vector<std::string> arguments = {"ld.lld", "-o", pending.path().string()};
  for (const fs::path& object : objects) arguments.push_back(object.string());
  for (std::string& argument : SdkArguments(*sdk)) arguments.push_back(std::move(argument));
  Lld(arguments);
  if (const std::error_code error = pending.Commit()) {
    throw CompileError("cannot write " + output.string() + ": " + error.message());
  }
}

}  // namespace zkvm::compiler
