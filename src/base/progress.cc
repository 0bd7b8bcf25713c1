// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/stderr_line.h"

namespace permille {
namespace {

constexpr Seconds kTerminalPeriod(0.1);
constexpr Seconds kPlainPeriod(10);

bool StderrIsTerminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 &&
         std::string_view(kind == nullptr ? "dumb" : kind) != "dumb";
}

/// Cut to the terminal's width, as a wrapped line cannot be rewritten in place; never inside a
/// UTF-8 sequence.
std::string Fit(std::string line) {
  winsize size{};
  std::size_t width = 80;
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1) width = size.ws_col;
  if (line.size() < width) return line;
  std::size_t end = width - 1;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  line.resize(end);
  return line;
}

std::string Duration(Seconds left) {
  const double seconds = left.value();
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::string Compose(std::string_view title, std::size_t done, std::size_t total, Seconds elapsed,
                    std::string_view note) {
  std::string line = fmt::format("{} {}", title, done);
  if (total > 0) line += fmt::format("/{} ({} %)", total, done * 100 / total);
  if (done > 0 && elapsed > Seconds(0)) {
    const double rate = static_cast<double>(done) / elapsed.value();
    line += fmt::format("  {:.3g}/s", rate);
    if (total > done)
      line += fmt::format("  {} left", Duration(Seconds(static_cast<double>(total - done) / rate)));
  }
  if (!note.empty()) line += fmt::format("  {}", note);
  return line;
}

}  // namespace

Progress::Progress(Clock& clock, std::string title, std::size_t total)
    : clock_(clock),
      title_(std::move(title)),
      total_(total),
      start_(clock.Now()),
      last_(start_),
      terminal_(StderrIsTerminal()) {}

Progress::~Progress() {
  Finish();
}

bool Progress::Due() const {
  if (finished_) return false;
  const Seconds since = clock_.Now() - last_;
  return terminal_ ? !shown_ || since >= kTerminalPeriod : since >= kPlainPeriod;
}

void Progress::Update(std::size_t done, std::string_view note) {
  const bool complete = terminal_ && !finished_ && total_ > 0 && done == total_;
  if (!complete && !Due()) return;
  last_ = clock_.Now();
  shown_ = true;
  const std::string line = Compose(title_, done, total_, last_ - start_, note);
  if (terminal_) {
    ShowProgressLine(Fit(line));
  } else {
    WriteStderrLine(line);
  }
}

void Progress::Finish() {
  if (!finished_ && terminal_) KeepProgressLine();
  finished_ = true;
}

}  // namespace permille
