// Success, or one line that says what is wrong.
#ifndef ZKVM_STARK_STATUS_H_
#define ZKVM_STARK_STATUS_H_

#include <string>
#include <utility>

namespace zkvm {

class [[nodiscard]] Status {
 public:
  static Status Ok() { return Status(); }
  static Status Error(std::string message) {
    Status status;
    status.ok_ = false;
    status.message_ = std::move(message);
    return status;
  }

  bool ok() const { return ok_; }
  const std::string& message() const { return message_; }

 private:
  bool ok_ = true;
  std::string message_;
};

}  // namespace zkvm

#endif  // ZKVM_STARK_STATUS_H_
