// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace permille {

/// Say on stderr that a step which cannot tell how far it is takes its time: after `patience`, and
/// every ten times that again, "TITLE: 20 s". Silent for a step that is over sooner.
class LongStep {
 public:
  explicit LongStep(std::string title,
                    std::chrono::milliseconds patience = std::chrono::milliseconds(2000));
  ~LongStep();
  LongStep(const LongStep&) = delete;
  LongStep& operator=(const LongStep&) = delete;

 private:
  void Tell(std::chrono::milliseconds patience);

  std::string title_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace permille
