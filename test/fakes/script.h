// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace permille::fakes {

/// One value of a fake device over time. Written in a script as words:
///   constant V             always V
///   list V fail V fail:15  one per read; the last is repeated; `fail` alone is the library's
///   unknown error rate BASE W MS         BASE, growing by W watts (in `per_second` units a watt)
///   and seen only every MS
///                          milliseconds of CLOCK_MONOTONIC; MS 0: at every read
///   error CODE             never readable
class Series {
 public:
  struct Answer {
    int status = 0;
    double value = 0;
  };
  Series() = default;
  /// Throws std::invalid_argument on words that are none of the above.
  Series(const std::vector<std::string>& words, int unknown_error, double per_second);
  Answer Next();

 private:
  std::vector<Answer> answers_;
  std::size_t next_ = 0;
  bool grows_ = false;
  double base_ = 0;
  double rate_ = 0;
  std::int64_t update_ns_ = 0;
  std::int64_t start_ns_ = 0;
};

using Words = std::vector<std::string>;

/// The lines of one part of a script: everything before the first `device`, or one device's.
class Section {
 public:
  void Add(const std::string& key, Words words) { lines_[key].push_back(std::move(words)); }
  bool Has(const std::string& key) const { return lines_.contains(key); }
  /// The words of the last line that begins with `key`, joined by spaces; `otherwise` without one.
  std::string Text(const std::string& key, const std::string& otherwise = "") const;
  /// The first word of it as a number (0x... too).
  std::optional<long long> Number(const std::string& key) const;
  /// Every line that begins with `key`.
  std::vector<Words> All(const std::string& key) const;

 private:
  std::map<std::string, std::vector<Words>> lines_;
};

struct Script {
  Section library;
  std::vector<Section> devices;
};

/// Read the script named by the environment variable; empty without one. Aborts, naming the line,
/// when the file cannot be read: a fake that guesses would make tests pass for the wrong reason.
Script ReadScript(const char* variable);

}  // namespace permille::fakes
