// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "support/temp_tree.h"

namespace permille {

/// How a call of the real binary ended and what it printed.
struct Ran {
  int code = -1;  ///< exit code; 128 + signal
  std::string out;
  std::string err;
  /// stdout as JSON; null, with a test failure, when it is none.
  Json json() const;
};

/// Call build/<...>/permille with `arguments` in `folder`, with `environment` (NAME=value) added.
Ran Permille(const std::vector<std::string>& arguments, const std::string& folder,
             const std::vector<std::string>& environment = {});

/// The path of ../shared/<relative>, or empty where this checkout has none.
std::string Shared(const std::string& relative);

/// A trace of constant-power stretches for --meter replay, written as docs/formats/replay.md says.
class TraceBuilder {
 public:
  explicit TraceBuilder(double period_s = 0.001, int cores = 4);
  /// Declare an energy counter in microjoules; `more` holds further keys of the channel line.
  TraceBuilder& Counter(const std::string& id, const std::string& component, double start_uj = 0,
                        Json more = Json::object());
  /// `seconds` during which each named channel draws its watts (others draw nothing).
  TraceBuilder& Draw(double seconds, const std::vector<std::pair<std::string, double>>& watts);
  /// The same with the machine's and our own CPU time running at so many cores.
  TraceBuilder& Draw(double seconds, const std::vector<std::pair<std::string, double>>& watts,
                     double machine_cores, double own_cores);
  /// Reads of `id` fail for `seconds`, while it goes on drawing.
  TraceBuilder& Fail(const std::string& id, double seconds, double watts);
  std::string Text() const;

 private:
  struct Track {
    double raw = 0;
    double range = 0;
  };
  void Row(bool with_system);

  std::string text_;
  std::vector<std::pair<std::string, Track>> tracks_;
  double now_ = 0;
  double machine_busy_ = 0;
  double own_busy_ = 0;
  bool begun_ = false;
};

}  // namespace permille
