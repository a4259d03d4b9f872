// A line on a terminal that says how far a command is and how long it will take.
#ifndef ZKVM_CLI_PROGRESS_H_
#define ZKVM_CLI_PROGRESS_H_

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace zkvm {

// Drawn on standard error several times a second, from two seconds on and only on a terminal; wiped
// at the end.
class Progress {
 public:
  // `predicted_seconds` is trusted until enough is done to extrapolate from.
  explicit Progress(double predicted_seconds);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // The fraction `done` of all work, in [0, 1], is behind; `phase` is what comes next.
  void Update(std::string_view phase, double done);

 private:
  using Clock = std::chrono::steady_clock;

  void Draw();

  const double predicted_seconds_;
  const Clock::time_point start_ = Clock::now();
  std::mutex mutex_;
  std::condition_variable wake_;
  bool finished_ = false;
  bool drawn_ = false;
  std::string phase_ = "starting";
  double done_ = 0;
  double seconds_at_done_ = 0;  // when done_ was reached
  std::thread drawer_;          // last: it uses all of the above
};

}  // namespace zkvm

#endif  // ZKVM_CLI_PROGRESS_H_
