#include "bench/measure.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "isa/elf.h"

namespace zkvm {

void Fail(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  std::exit(1);
}

Program LoadGuest(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  auto loaded = LoadElf(bytes);
  if (const ElfError* error = std::get_if<ElfError>(&loaded)) Fail(path + ": " + error->message);
  return std::get<Program>(std::move(loaded));
}

double PeakMiB() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

std::optional<Json> MeasureInChild(const std::function<Json()>& measure) {
  int ends[2];
  std::fflush(stdout);
  if (pipe(ends) != 0) return std::nullopt;
  const pid_t child = fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    close(ends[0]);
    const std::string text = measure().dump();
    const ssize_t written = write(ends[1], text.data(), text.size());
    _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  return Json::parse(text);
}

double PhaseSeconds(const Json& json, std::initializer_list<const char*> names) {
  double seconds = 0;
  for (const char* name : names) seconds += json["phases"].value(name, 0.0);
  return seconds;
}

}  // namespace zkvm
