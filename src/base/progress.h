// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/units.h"

namespace permille {

/// One line on stderr that shows how far a piece of work is: rewritten in place on a terminal (at
/// most ten times a second), a plain line every ten seconds elsewhere. Costs one clock read per
/// Update otherwise.
class Progress {
 public:
  Progress(Clock& clock, std::string title, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Show `done` of total, rate and time left; `note` is appended (joules so far).
  void Update(std::size_t done, std::string_view note = {});
  /// Whether Update would print now: ask before composing an expensive note.
  bool Due() const;
  /// End the line. Called by the destructor.
  void Finish();

 private:
  Clock& clock_;
  std::string title_;
  std::size_t total_;
  Instant start_;
  Instant last_;
  bool terminal_;
  bool finished_ = false;
  bool shown_ = false;
};

}  // namespace permille
