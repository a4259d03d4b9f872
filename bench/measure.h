// What the benchmarks of whole proofs share: clocks, peaks of memory, and cases in processes of
// their own, so that nothing is warm and every peak is a case's own.
#ifndef ZKVM_BENCH_MEASURE_H_
#define ZKVM_BENCH_MEASURE_H_

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "isa/program.h"

namespace zkvm {

using Json = nlohmann::ordered_json;

class Stopwatch {
 public:
  // Seconds since the last call, or since construction.
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> elapsed = now - start_;
    start_ = now;
    return elapsed.count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Prints the message and exits with 1.
[[noreturn]] void Fail(const std::string& message);

// A guest's ELF file; fails if it is none.
Program LoadGuest(const std::string& path);

// The most memory that this process has held so far.
double PeakMiB();

// Runs `measure` in a child process; nothing if it fails.
std::optional<Json> MeasureInChild(const std::function<Json()>& measure);

// The sum of the named entries of json["phases"], 0 for those that it lacks.
double PhaseSeconds(const Json& json, std::initializer_list<const char*> names);

}  // namespace zkvm

#endif  // ZKVM_BENCH_MEASURE_H_
