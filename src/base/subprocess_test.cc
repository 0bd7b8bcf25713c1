// SPDX-License-Identifier: Apache-2.0
#include "base/subprocess.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <vector>

namespace permille {
namespace {

using testing::HasSubstr;

/// Start a shell command; the test fails if it cannot be started.
std::unique_ptr<Subprocess> Shell(const std::string& script, SubprocessOptions options = {}) {
  auto child = Subprocess::Start({"/bin/sh", "-c", script}, std::move(options));
  EXPECT_TRUE(child) << child.error().message;
  return std::move(child).value();
}

SubprocessOptions Piped(bool feed = false) {
  SubprocessOptions options;
  options.out = Stream::kPipe;
  options.err = Stream::kPipe;
  options.feed_stdin = feed;
  return options;
}

/// A zombie that nobody has reaped counts as alive for kill(), so look at its state too.
bool Alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return false;
  const auto state = text.find(") ");
  return state != text.npos && text[state + 2] != 'Z' && text[state + 2] != 'X';
}

/// Wait up to ten seconds for a process that is not our child to end.
bool Ends(pid_t pid) {
  for (int i = 0; i < 2000 && Alive(pid); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return !Alive(pid);
}

bool IsOurZombieOrChild(pid_t pid) {
  return ::waitpid(pid, nullptr, WNOHANG) >= 0;
}

TEST(Subprocess, ReportsTheExitCode) {
  EXPECT_EQ(Shell("exit 0")->Wait()->code, 0);
  const auto status = Shell("exit 41")->Wait();
  EXPECT_EQ(status->code, 41);
  EXPECT_FALSE(status->signal);
}

TEST(Subprocess, ReportsTheSignalThatEndedIt) {
  const auto status = Shell("kill -USR1 $$")->Wait();
  EXPECT_EQ(status->signal, SIGUSR1);
  EXPECT_FALSE(status->code);
}

TEST(Subprocess, WaitingTwiceGivesTheSameAnswer) {
  const auto child = Shell("exit 3");
  EXPECT_EQ(child->Wait()->code, 3);
  EXPECT_EQ(child->Wait()->code, 3);
  EXPECT_EQ(child->Poll()->code, 3);
}

TEST(Subprocess, PollIsAbsentWhileItRuns) {
  const auto child = Shell("read line; exit 5", Piped(true));
  EXPECT_FALSE(child->Poll());
  child->CloseStdin();
  std::optional<ExitStatus> status;
  while (!(status = child->Poll())) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(status->code, 5);
}

TEST(Subprocess, SearchesThePath) {
  EXPECT_EQ(Subprocess::Start({"true"}).value()->Wait()->code, 0);
}

TEST(Subprocess, UnknownProgramIsKnownAtStart) {
  const auto bare = Subprocess::Start({"no-such-program-permille"});
  ASSERT_FALSE(bare);
  EXPECT_EQ(bare.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(bare.error().message, "no-such-program-permille: no such program in PATH");
  const auto path = Subprocess::Start({"/nonexistent/program"});
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Subprocess::Start({}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(Subprocess::Start({""}).error().code, ErrorCode::kInvalid);
}

TEST(Subprocess, UnusableProgramIsKnownAtStart) {
  const std::string path = testing::TempDir() + "/permille_not_a_program";
  std::ofstream(path) << "neither a script nor a binary";
  ::chmod(path.c_str(), 0644);
  EXPECT_EQ(Subprocess::Start({path}).error().code, ErrorCode::kUnavailable) << "not executable";
  ::chmod(path.c_str(), 0755);
  EXPECT_EQ(Subprocess::Start({path}).error().code, ErrorCode::kUnavailable) << "no known format";
  std::ofstream(path) << "#!/nonexistent/interpreter\n";
  const auto orphan = Subprocess::Start({path});
  EXPECT_EQ(orphan.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(orphan.error().message, HasSubstr("interpreter"));
  EXPECT_EQ(Subprocess::Start({"/"}).error().code, ErrorCode::kUnavailable) << "a folder";
  std::remove(path.c_str());
}

TEST(Subprocess, AFailedStartLeavesNoChildAndNoDescriptor) {
  const int before = ::dup(0);
  ::close(before);
  for (int i = 0; i < 50; ++i)
    EXPECT_FALSE(Subprocess::Start({"/nonexistent/program"}, Piped(true)));
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(after, before);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Subprocess, AFinishedChildLeavesNoDescriptor) {
  Shell("echo hello; echo oops >&2", Piped(true))->Wait();
  const int before = ::dup(0);
  ::close(before);
  for (int i = 0; i < 20; ++i) Shell("echo hello; echo oops >&2", Piped(true))->Wait();
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(after, before);
}

TEST(Subprocess, ArgumentsArriveUnchanged) {
  auto child = Subprocess::Start(
      {"/bin/sh", "-c", "printf '%s|' \"$@\"", "sh", "a b", "", "$HOME", "\"'\\"}, Piped());
  EXPECT_EQ((*child)->ReadAll().value(), "a b||$HOME|\"'\\|");
}

TEST(Subprocess, ExtraEnvironmentIsAddedAndReplaces) {
  ::setenv("PERMILLE_TEST_OLD", "old", 1);
  ::setenv("PERMILLE_TEST_KEPT", "kept", 1);
  SubprocessOptions options = Piped();
  options.extra_environment = {"PERMILLE_TEST_OLD=new", "PERMILLE_TEST_ADDED=a=b"};
  const auto child =
      Shell("echo $PERMILLE_TEST_OLD $PERMILLE_TEST_KEPT $PERMILLE_TEST_ADDED", options);
  EXPECT_EQ(child->ReadAll().value(), "new kept a=b\n");
}

TEST(Subprocess, LinesComeOneByOneAndThenTheEnd) {
  const auto child = Shell("printf 'one\\n\\nthree\\nlast without newline'", Piped());
  EXPECT_EQ(child->ReadLine(Seconds(60)).value(), "one");
  EXPECT_EQ(child->ReadLine(Seconds(60)).value(), "");
  EXPECT_EQ(child->ReadLine(Seconds(60)).value(), "three");
  EXPECT_EQ(child->ReadLine(Seconds(60)).value(), "last without newline");
  EXPECT_EQ(child->ReadLine(Seconds(60)).value(), std::nullopt);
  EXPECT_EQ(child->ReadLine(Seconds(60)).value(), std::nullopt);
}

TEST(Subprocess, ReadLineTimesOutAndLosesNothing) {
  const auto child = Shell("printf half; read go; echo ' whole'", Piped(true));
  const auto early = child->ReadLine(Seconds(0.05));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kTimeout);
  ASSERT_TRUE(child->Write("go\n"));
  EXPECT_EQ(child->ReadLine(Seconds(60)).value(), "half whole");
}

TEST(Subprocess, TalksInTurns) {
  const auto child = Shell("while read line; do echo \"<$line>\"; done", Piped(true));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(child->Write(std::to_string(i) + "\n"));
    ASSERT_EQ(child->ReadLine(Seconds(60)).value(), "<" + std::to_string(i) + ">");
  }
  child->CloseStdin();
  EXPECT_EQ(child->Wait()->code, 0);
}

TEST(Subprocess, ALotOnBothPipesDoesNotDeadlock) {
  const auto child =
      Shell("head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; echo end >&2", Piped());
  EXPECT_EQ(child->Wait()->code, 0);  // without reading first
  EXPECT_EQ(child->ReadAll()->size(), 3000000u);
  EXPECT_EQ(child->ErrorText().size(), 65536u);
  EXPECT_THAT(child->ErrorText(), testing::EndsWith("end\n"));
}

TEST(Subprocess, FeedingAndReadingALotAtOnceDoesNotDeadlock) {
  const auto child = Subprocess::Start({"cat"}, Piped(true)).value();
  const std::string text(4'000'000, 'x');
  ASSERT_TRUE(child->Write(text));
  child->CloseStdin();
  EXPECT_EQ(child->ReadAll().value(), text);
  EXPECT_EQ(child->Wait()->code, 0);
}

TEST(Subprocess, AllThatTheChildWroteIsThereAfterWait) {
  for (int i = 0; i < 50; ++i) {
    const auto child = Shell("echo the reason >&2; exit 1", Piped());
    ASSERT_EQ(child->Wait()->code, 1);
    ASSERT_EQ(child->ErrorText(), "the reason\n");
  }
}

TEST(Subprocess, WaitEndsAChildThatReadsToTheEndOfItsInput) {
  EXPECT_EQ(Subprocess::Start({"cat"}, Piped(true)).value()->Wait()->code, 0);
}

TEST(Subprocess, WritingToAChildThatIsGoneIsAnErrorNotASignal) {
  const auto child = Shell("exec 0<&-; echo closed; sleep 100", Piped(true));
  ASSERT_EQ(child->ReadLine(Seconds(60)).value(), "closed");
  const auto written = child->Write("anybody there?\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  EXPECT_EQ(child->Write("again\n").error().code, ErrorCode::kIo);
}

TEST(Subprocess, WritingWithoutAPipeIsAnError) {
  EXPECT_FALSE(Shell("exit 0")->Write("x"));
}

TEST(Subprocess, StdoutCanGoToStderr) {
  testing::internal::CaptureStderr();
  SubprocessOptions options;
  options.out = Stream::kToStderr;
  Shell("echo from stdout", options)->Wait();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "from stdout\n");
}

TEST(Subprocess, StdoutToStderrMeansOursEvenWhereTheChildsIsPiped) {
  testing::internal::CaptureStderr();
  SubprocessOptions options;
  options.out = Stream::kToStderr;
  options.err = Stream::kPipe;
  const auto child = Shell("echo out; echo err >&2", options);
  child->Wait();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "out\n");
  EXPECT_EQ(child->ErrorText(), "err\n");
}

TEST(Subprocess, NullStreamsSwallow) {
  testing::internal::CaptureStderr();
  SubprocessOptions options;
  options.out = Stream::kNull;
  options.err = Stream::kNull;
  Shell("echo out; echo err >&2", options)->Wait();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Subprocess, CountsTheTimeOfItsDescendants) {
  const auto status =
      Shell("sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; exit 0")->Wait();
  EXPECT_GT((status->user + status->system).value(), 0.005);
}

TEST(Subprocess, DroppingItKillsTheWholeGroupAndReaps) {
  auto child = Shell("sleep 1000 & echo $!; wait", Piped());
  const pid_t leader = child->pid();
  const pid_t grandchild = std::stoi(child->ReadLine(Seconds(60)).value().value());
  ASSERT_TRUE(Alive(grandchild));
  child.reset();
  EXPECT_TRUE(Ends(grandchild));
  EXPECT_FALSE(IsOurZombieOrChild(leader)) << "not reaped";
}

TEST(Subprocess, DroppingItKillsWhatAnExitedChildLeftBehind) {
  auto child = Shell("sleep 1000 & echo $!", Piped());
  const pid_t leader = child->pid();
  const pid_t grandchild = std::stoi(child->ReadLine(Seconds(60)).value().value());
  while (Alive(leader)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  child.reset();
  EXPECT_TRUE(Ends(grandchild));
  EXPECT_FALSE(IsOurZombieOrChild(leader)) << "not reaped";
}

TEST(Subprocess, DroppingItKillsAGroupThatIgnoresTerm) {
  auto child = Shell("trap '' TERM; echo ready; while :; do sleep 0.05; done", Piped());
  const pid_t leader = child->pid();
  ASSERT_EQ(child->ReadLine(Seconds(60)).value(), "ready");
  child.reset();
  EXPECT_FALSE(Alive(leader));
  EXPECT_FALSE(IsOurZombieOrChild(leader)) << "not reaped";
}

TEST(Subprocess, DroppingItEndsAStoppedChild) {
  auto child = Shell("echo ready; kill -STOP $$", Piped());
  const pid_t leader = child->pid();
  ASSERT_EQ(child->ReadLine(Seconds(60)).value(), "ready");
  child.reset();
  EXPECT_FALSE(Alive(leader));
}

TEST(Subprocess, WaitLeavesWhatACommandLeftRunningOnPurpose) {
  auto child = Shell("sleep 1000 >/dev/null 2>&1 & echo $!", Piped());
  const pid_t daemon = std::stoi(child->ReadLine(Seconds(60)).value().value());
  EXPECT_EQ(child->Wait()->code, 0);
  child.reset();
  EXPECT_TRUE(Alive(daemon));
  ::kill(daemon, SIGKILL);
}

TEST(Subprocess, SignalReachesTheGroupAndIsHarmlessAfterTheEnd) {
  const auto child = Shell("sleep 1000 & echo $!; wait", Piped());
  const pid_t grandchild = std::stoi(child->ReadLine(Seconds(60)).value().value());
  child->Signal(SIGTERM);
  EXPECT_EQ(child->Wait()->signal, SIGTERM);
  EXPECT_TRUE(Ends(grandchild));
  child->Signal(SIGTERM);
}

/// The exit status that a child of ours has when we get `signal` while waiting for it.
ExitStatus Forwarded(int signal) {
  const auto child =
      Shell("trap 'exit 43' INT TERM HUP; echo ready; while :; do sleep 0.02; done", Piped());
  EXPECT_EQ(child->ReadLine(Seconds(60)).value(), "ready");
  struct sigaction before {};
  ::sigaction(signal, nullptr, &before);
  std::jthread sender([signal, before](const std::stop_token& stop) {
    while (!stop.stop_requested()) {  // not before Wait has its handler in place: the default would
                                      // end us
      struct sigaction now {};
      ::sigaction(signal, nullptr, &now);
      if (now.sa_handler != before.sa_handler) return void(::kill(::getpid(), signal));
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto status = child->Wait(true);
  struct sigaction after {};
  ::sigaction(signal, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler) << "handler not restored";
  return *status;
}

TEST(Subprocess, WaitForwardsInterruptTerminateAndHangup) {
  EXPECT_EQ(Forwarded(SIGINT).code, 43);
  EXPECT_EQ(Forwarded(SIGTERM).code, 43);
  EXPECT_EQ(Forwarded(SIGHUP).code, 43);
}

TEST(Subprocess, ALostExitStatusIsAnErrorNotAHang) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  const auto status = Shell("exit 1")->Wait();
  ::signal(SIGCHLD, before);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("SIGCHLD"));
}

// A child in a group of its own that reads the terminal would be stopped by the kernel were the
// terminal not handed to it. Runs in a session of its own on a pseudo-terminal.
TEST(Subprocess, AnInteractiveChildCanReadTheTerminal) {
  int terminal = -1;
  const pid_t session = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(session, 0);
  if (session == 0) {
    auto child = Subprocess::Start({"/bin/sh", "-c", "read line; [ \"$line\" = hello ]"});
    const bool passed = child && (*child)->Wait(true)->code == 0 && ::tcgetpgrp(0) == ::getpgrp();
    ::_exit(passed ? 0 : 1);
  }
  ASSERT_EQ(::write(terminal, "hello\n", 6), 6);
  int status = 0;
  for (int i = 0; i < 2000 && ::waitpid(session, &status, WNOHANG) == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  ::kill(session, SIGKILL);
  ::close(terminal);
}

}  // namespace
}  // namespace permille
