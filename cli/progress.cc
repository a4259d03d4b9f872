#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/numbers.h"

namespace zkvm {
namespace {

constexpr auto kQuietTime = std::chrono::seconds(2);
constexpr auto kPeriod = std::chrono::milliseconds(200);
constexpr double kEnoughDone = 0.25;

}  // namespace

Progress::Progress(double predicted_seconds) : predicted_seconds_(predicted_seconds) {
  if (isatty(STDERR_FILENO) == 0) return;
  drawer_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kQuietTime, [this] { return finished_; });
    while (!finished_) {
      Draw();
      wake_.wait_for(lock, kPeriod, [this] { return finished_; });
    }
  });
}

Progress::~Progress() {
  if (!drawer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  wake_.notify_one();
  drawer_.join();
  if (drawn_) fmt::print(stderr, "\r\033[K");
}

void Progress::Update(std::string_view phase, double done) {
  const std::lock_guard lock(mutex_);
  phase_ = phase;
  done_ = done;
  seconds_at_done_ = std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::Draw() {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  const double total =
      done_ < kEnoughDone ? predicted_seconds_ : std::max(seconds_at_done_ / done_, elapsed);
  const double share = std::clamp(std::max(done_, elapsed / total), 0.0, 0.99);
  fmt::print(stderr, "\r\033[K{:3.0f} %  {}  {} left", 100 * share, phase_,
             FormatSeconds(std::max(total - elapsed, 0.0)));
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace zkvm
