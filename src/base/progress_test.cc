// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/log.h"

namespace permille {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

/// Stand in for stderr with a pseudo-terminal of 60 columns while in scope.
class TerminalOnStderr {
 public:
  TerminalOnStderr() : saved_(::dup(STDERR_FILENO)) {
    ::setenv("TERM", "xterm", 1);
    winsize size{24, 60, 0, 0};
    int end = -1;
    if (::openpty(&terminal_, &end, nullptr, nullptr, &size) != 0) return;
    ::dup2(end, STDERR_FILENO);
    ::close(end);
  }
  ~TerminalOnStderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    ::close(terminal_);
  }
  /// What appeared since the last call. The kernel hands it over in its own time: read up to a mark
  /// of ours.
  std::string Shown() const {
    constexpr char kMark = '\x02';
    if (::write(STDERR_FILENO, &kMark, 1) != 1) return "no terminal";
    std::string text;
    for (char byte = 0; ::read(terminal_, &byte, 1) == 1 && byte != kMark;) text.push_back(byte);
    return text;
  }

 private:
  int saved_;
  int terminal_ = -1;
};

TEST(ProgressOnATerminal, IsRewrittenAtMostTenTimesASecond) {
  const TerminalOnStderr terminal;
  const auto clock = MakeVirtualClock();
  Progress progress(*clock, "query", 1000);
  progress.Update(1);
  EXPECT_EQ(terminal.Shown(), "\r\x1b[Kquery 1/1000 (0 %)");
  clock->SleepFor(Seconds(0.0625));
  progress.Update(2);
  EXPECT_EQ(terminal.Shown(), "");
  clock->SleepFor(Seconds(0.0625));
  progress.Update(3, "1 J");
  EXPECT_EQ(terminal.Shown(), "\r\x1b[Kquery 3/1000 (0 %)  24/s  42 s left  1 J");
  progress.Finish();
  EXPECT_EQ(terminal.Shown(), "\r\n");
}

TEST(ProgressOnATerminal, AlwaysShowsTheEnd) {
  const TerminalOnStderr terminal;
  const auto clock = MakeVirtualClock();
  Progress progress(*clock, "query", 2);
  progress.Update(1);
  progress.Update(2);
  EXPECT_THAT(terminal.Shown(), HasSubstr("query 2/2 (100 %)"));
}

TEST(ProgressOnATerminal, IsCutToTheWidthButNotInsideACharacter) {
  const TerminalOnStderr terminal;
  const auto clock = MakeVirtualClock();
  Progress progress(*clock, "query", 10);
  std::string note;
  for (int i = 0; i < 50; ++i) note += "µ";
  progress.Update(1, note);
  const std::string shown = terminal.Shown();
  EXPECT_LT(shown.size(), 60 + 4u);
  EXPECT_THAT(shown, EndsWith("µ"));
}

TEST(ProgressOnATerminal, GivesWayToLogLines) {
  const TerminalOnStderr terminal;
  const auto clock = MakeVirtualClock();
  Progress progress(*clock, "query", 10);
  progress.Update(1);
  terminal.Shown();
  LogWarning("throttled");
  EXPECT_EQ(terminal.Shown(), "\r\x1b[Kpermille: warning: throttled\r\n");
  LogWarning("again");
  EXPECT_EQ(terminal.Shown(), "permille: warning: again\r\n");
  clock->SleepFor(Seconds(1));
  progress.Update(2);
  EXPECT_THAT(terminal.Shown(), StartsWith("\r\x1b[Kquery 2/10"));
}

// stderr is a file here, not a terminal.
TEST(Progress, ElsewhereThanOnATerminalItIsAPlainLineEveryTenSeconds) {
  const auto clock = MakeVirtualClock();
  CaptureStderr();
  {
    Progress progress(*clock, "query", 1000);
    for (int i = 1; i <= 200; ++i) {
      clock->SleepFor(Seconds(0.125));
      EXPECT_EQ(progress.Due(), i == 80 || i == 160);
      progress.Update(static_cast<std::size_t>(i), "3.5 J");
    }
  }
  EXPECT_EQ(GetCapturedStderr(),
            "query 80/1000 (8 %)  8/s  2 min left  3.5 J\nquery 160/1000 (16 %)  8/s  2 min left  "
            "3.5 J\n");
}

TEST(Progress, AShortPieceOfWorkPrintsNothing) {
  const auto clock = MakeVirtualClock();
  CaptureStderr();
  {
    Progress progress(*clock, "load", 1);
    clock->SleepFor(Seconds(9.9));
    progress.Update(1);
    progress.Finish();
    clock->SleepFor(Seconds(60));
    progress.Update(1);
  }
  EXPECT_EQ(GetCapturedStderr(), "");
}

TEST(Progress, WithoutATotalItShowsTheCount) {
  const auto clock = MakeVirtualClock();
  CaptureStderr();
  Progress progress(*clock, "reading", 0);
  clock->SleepFor(Seconds(10));
  progress.Update(50);
  EXPECT_EQ(GetCapturedStderr(), "reading 50  5/s\n");
}

}  // namespace
}  // namespace permille
