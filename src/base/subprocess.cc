// SPDX-License-Identifier: Apache-2.0
#include "base/subprocess.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/drain.h"

namespace permille {
namespace {

constexpr auto kGrace = std::chrono::seconds(2);

std::string Reason(int error) {
  return std::generic_category().message(error);
}

void CloseFd(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

/// A pipe whose ends lie above the standard streams, so that redirecting those cannot overwrite it.
struct Pipe {
  int read = -1;
  int write = -1;

  ~Pipe() {
    CloseFd(read);
    CloseFd(write);
  }
  bool Open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    for (int& end : ends) {
      if (end > STDERR_FILENO) continue;
      const int moved = ::fcntl(end, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
      ::close(std::exchange(end, moved));
    }
    read = ends[0];
    write = ends[1];
    return read >= 0 && write >= 0;
  }
};

/// The parent's environment with `extra` in place of variables of the same names.
std::vector<std::string> Environment(const std::vector<std::string>& extra) {
  std::vector<std::string> all;
  const auto name = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const bool replaced =
        std::any_of(extra.begin(), extra.end(), [&](auto& e) { return name(e) == name(*entry); });
    if (!replaced) all.emplace_back(*entry);
  }
  all.insert(all.end(), extra.begin(), extra.end());
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Whether the child should be given the terminal: a program that reads a terminal from a group in
/// its background is stopped by the kernel for ever.
bool OwnsTerminal(const SubprocessOptions& options) {
  return !options.feed_stdin && ::isatty(STDIN_FILENO) == 1 &&
         ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

/// Make `group` the terminal's foreground group, from whichever group we are in.
void GiveTerminal(pid_t group) {
  sigset_t blocked, old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTTOU);
  pthread_sigmask(SIG_BLOCK, &blocked, &old);
  ::tcsetpgrp(STDIN_FILENO, group);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

// A signal handler has no argument for its object: the group that signals are passed on to while a
// Wait forwards them, 0 otherwise. One Wait forwards at a time.
std::atomic<pid_t> forward_to{0};
static_assert(std::atomic<pid_t>::is_always_lock_free);

extern "C" void ForwardSignal(int signal) {
  const int saved = errno;
  if (const pid_t group = forward_to.load(); group > 0) ::kill(-group, signal);
  errno = saved;
}

/// Pass SIGINT, SIGTERM and SIGHUP on to a group while in scope. An ignored one (nohup) stays
/// ignored.
class Forwarding {
 public:
  explicit Forwarding(pid_t group) {
    forward_to = group;
    struct sigaction action {};
    action.sa_handler = &ForwardSignal;
    sigfillset(&action.sa_mask);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &old_[i]);
      if (old_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
    }
  }
  ~Forwarding() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_[i], nullptr);
    forward_to = 0;
  }
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> old_{};
};

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

class Child final : public Subprocess {
 public:
  Child(pid_t pid, int in, int out, int err, bool has_terminal)
      : pid_(pid), in_(in), drain_(out, err), has_terminal_(has_terminal) {}

  // What is left of the group is killed before its leader is reaped: until then nobody else can get
  // its id. After Wait nothing is killed: what a command leaves running on purpose stays.
  ~Child() override {
    CloseFd(in_);
    if (status_) return;
    ::kill(-pid_, SIGTERM);
    ::kill(-pid_, SIGCONT);
    const auto until = std::chrono::steady_clock::now() + kGrace;
    auto pause = std::chrono::microseconds(200);
    while (!Ended(WEXITED | WNOHANG) && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, std::chrono::microseconds(20000));
    }
    ::kill(-pid_, SIGKILL);
    while (!Ended(WEXITED)) {
    }
    Reap();
  }

  pid_t pid() const override { return pid_; }

  void Signal(int signal) override {
    const std::lock_guard lock(mutex_);
    if (!reaped_) ::kill(-pid_, signal);
  }

  Result<void> Write(std::string_view bytes) override {
    if (in_ < 0) return Fail(ErrorCode::kInternal, "process {}: its stdin is not open to us", pid_);
    const PipeSignalBlock block;
    while (!bytes.empty()) {
      const ssize_t written = ::write(in_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        return Fail(ErrorCode::kIo, "process {}: cannot be written to ({})", pid_,
                    errno == EPIPE ? "it has closed its stdin" : Reason(errno));
      }
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  void CloseStdin() override { CloseFd(in_); }
  Result<std::optional<std::string>> ReadLine(Seconds timeout) override {
    auto line = drain_.ReadLine(timeout);
    if (!line) return Fail(line.error().code, "process {}: {}", pid_, line.error().message);
    return line;
  }
  Result<std::string> ReadAll() override { return drain_.ReadAll(); }
  std::string ErrorText() const override { return drain_.ErrorText(); }

  Result<ExitStatus> Wait(bool forward_signals) override {
    if (status_) return *status_;
    CloseFd(in_);  // a child that reads to the end of its stdin would never end
    {
      std::optional<Forwarding> forwarding;
      if (forward_signals) forwarding.emplace(pid_);
      while (!Ended(WEXITED | Stops())) {
      }
    }
    Reap();
    if (!status_->code && !status_->signal) {
      return Fail(ErrorCode::kIo,
                  "process {}: its exit status is lost (SIGCHLD is ignored in this program)", pid_);
    }
    return *status_;
  }

  std::optional<ExitStatus> Poll() override {
    if (!status_ && Ended(WEXITED | Stops() | WNOHANG)) Reap();
    return status_;
  }

 private:
  /// SIGPIPE of this thread's own writes becomes EPIPE; the rest of the program keeps its handling.
  class PipeSignalBlock {
   public:
    PipeSignalBlock() {
      sigset_t pending;
      sigpending(&pending);
      was_pending_ = sigismember(&pending, SIGPIPE) == 1;
      sigemptyset(&set_);
      sigaddset(&set_, SIGPIPE);
      pthread_sigmask(SIG_BLOCK, &set_, &old_);
    }
    ~PipeSignalBlock() {
      const timespec none{};
      if (!was_pending_) sigtimedwait(&set_, nullptr, &none);
      pthread_sigmask(SIG_SETMASK, &old_, nullptr);
    }
    PipeSignalBlock(const PipeSignalBlock&) = delete;
    PipeSignalBlock& operator=(const PipeSignalBlock&) = delete;

   private:
    sigset_t set_{}, old_{};
    bool was_pending_ = false;
  };

  int Stops() const { return has_terminal_ ? WSTOPPED : 0; }

  /// Whether the child has ended; waits for it unless WNOHANG is given. Does not reap. False may
  /// also mean an interruption or a stop.
  bool Ended(int options) {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WNOWAIT | options) != 0)
      return errno == ECHILD;
    if (info.si_code == CLD_STOPPED) {
      StopWithChild();
      return false;
    }
    return info.si_pid == pid_;
  }

  /// Ctrl-Z reached the child, which has the terminal: stop ourselves too, so that the shell takes
  /// over, and go on together.
  void StopWithChild() {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG);  // consume the notice
    GiveTerminal(::getpgrp());
    ::kill(0, SIGSTOP);
    GiveTerminal(pid_);
    ::kill(-pid_, SIGCONT);
  }

  void Reap() {
    drain_.Settle();
    int status = 0;
    bool lost = false;
    rusage usage{};
    {
      const std::lock_guard lock(mutex_);
      pid_t got = -1;
      while ((got = ::wait4(pid_, &status, 0, &usage)) < 0 && errno == EINTR) {
      }
      reaped_ = true;
      lost = got != pid_;
    }
    if (has_terminal_) GiveTerminal(::getpgrp());
    ExitStatus result;
    if (!lost && WIFEXITED(status)) result.code = WEXITSTATUS(status);
    if (!lost && WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    result.user = CoreSeconds(SecondsOf(usage.ru_utime));
    result.system = CoreSeconds(SecondsOf(usage.ru_stime));
    status_ = result;
  }

  const pid_t pid_;
  int in_;
  Drain drain_;
  const bool has_terminal_;
  std::optional<ExitStatus> status_;
  std::mutex mutex_;
  bool reaped_ = false;  ///< guarded by mutex_: after it, the id may be another process's
};

/// What posix_spawn is told, freed with its owner.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void Redirect(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void RedirectOutput(Stream stream, int pipe_end, int to) {
    if (stream == Stream::kPipe) Redirect(pipe_end, to);
    if (stream == Stream::kToStderr && to != STDERR_FILENO) Redirect(STDERR_FILENO, to);
    if (stream == Stream::kNull)
      posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_WRONLY, 0);
  }
  void TakeTerminal() {
#if __GLIBC_PREREQ(2, 35)
    posix_spawn_file_actions_addtcsetpgrp_np(&actions_, STDIN_FILENO);
#endif
  }
  int Spawn(pid_t& pid, std::vector<std::string> argv, std::vector<std::string> environment) {
    return ::posix_spawnp(&pid, argv[0].c_str(), &actions_, &attributes_, Pointers(argv).data(),
                          Pointers(environment).data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

tl::unexpected<Error> CannotStart(const std::string& program, int error) {
  const bool path = program.find('/') != program.npos;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      if (path && ::access(program.c_str(), F_OK) == 0) {
        return Fail(ErrorCode::kUnavailable,
                    "{}: cannot be started (its interpreter does not exist)", program);
      }
      return Fail(ErrorCode::kNotFound, "{}: no such program{}", program, path ? "" : " in PATH");
    case EACCES:
    case EPERM:
      return Fail(ErrorCode::kUnavailable, "{}: may not be executed (permission denied)", program);
    case ENOEXEC:
      return Fail(ErrorCode::kUnavailable, "{}: is not a program this machine can run", program);
    default:
      return Fail(ErrorCode::kIo, "{}: cannot be started ({})", program, Reason(error));
  }
}

}  // namespace

Result<std::unique_ptr<Subprocess>> Subprocess::Start(const std::vector<std::string>& argv,
                                                      SubprocessOptions options) {
  if (argv.empty() || argv[0].empty())
    return Fail(ErrorCode::kInvalid, "no program to start was given");
  Pipe in, out, err;
  if ((options.feed_stdin && !in.Open()) || (options.out == Stream::kPipe && !out.Open()) ||
      (options.err == Stream::kPipe && !err.Open())) {
    return Fail(ErrorCode::kIo, "{}: cannot be started, no pipe ({})", argv[0], Reason(errno));
  }
  const bool terminal = OwnsTerminal(options);
  SpawnPlan plan;
  if (terminal) plan.TakeTerminal();
  if (options.feed_stdin) plan.Redirect(in.read, STDIN_FILENO);
  plan.RedirectOutput(options.out, out.write, STDOUT_FILENO);
  plan.RedirectOutput(options.err, err.write, STDERR_FILENO);
  pid_t pid = -1;
  const int error = plan.Spawn(pid, argv, Environment(options.extra_environment));
  if (error != 0) {
    if (terminal) GiveTerminal(::getpgrp());
    return CannotStart(argv[0], error);
  }
  return std::make_unique<Child>(pid, std::exchange(in.write, -1), std::exchange(out.read, -1),
                                 std::exchange(err.read, -1), terminal);
}

}  // namespace permille
