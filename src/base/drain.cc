// SPDX-License-Identifier: Apache-2.0
#include "base/drain.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

namespace permille {
namespace {

constexpr std::size_t kErrorBytes = std::size_t{64} << 10;
constexpr std::size_t kAheadBytes = std::size_t{256} << 20;

}  // namespace

Drain::Drain(int out, int err)
    : fds_{out, err, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      out_open_(out >= 0),
      err_open_(err >= 0) {
  for (const int fd : {out, err}) {
    if (fd >= 0) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  if (!out_open_ && !err_open_) return;
  // Signals belong to the program's main thread; the new thread inherits this mask.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  thread_ = std::jthread([this] { Loop(); });
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

Drain::~Drain() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  Wake();
  if (thread_.joinable()) thread_.join();
  for (const int fd : fds_) {
    if (fd >= 0) ::close(fd);
  }
}

void Drain::Wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(fds_[kWake], &one, sizeof one);
}

void Drain::Loop() {
  std::string buffer(std::size_t{64} << 10, '\0');
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const std::size_t settle = settle_wanted_;
    lock.unlock();
    Empty(kOut, buffer);
    Empty(kErr, buffer);
    lock.lock();
    settle_done_ = settle;
    changed_.notify_all();
    if (!out_open_ && !err_open_) return;
    if (settle_wanted_ != settle_done_) continue;
    const bool room = out_.size() - taken_ < kAheadBytes;
    std::array<pollfd, 3> polled = {{{out_open_ && room ? fds_[kOut] : -1, POLLIN, 0},
                                     {err_open_ ? fds_[kErr] : -1, POLLIN, 0},
                                     {fds_[kWake], POLLIN, 0}}};
    lock.unlock();
    ::poll(polled.data(), polled.size(), -1);
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fds_[kWake], &count, sizeof count);
    lock.lock();
  }
}

void Drain::Empty(Slot slot, std::string& buffer) {
  if (fds_[slot] < 0) return;
  while (true) {
    const ssize_t got = ::read(fds_[slot], buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    const std::lock_guard lock(mutex_);
    if (got <= 0) {
      ::close(std::exchange(fds_[slot], -1));
      (slot == kOut ? out_open_ : err_open_) = false;
      return;
    }
    std::string& text = slot == kOut ? out_ : err_;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (slot == kErr && err_.size() > 2 * kErrorBytes) err_.erase(0, err_.size() - kErrorBytes);
    changed_.notify_all();
    if (stop_ || (slot == kOut && out_.size() - taken_ >= kAheadBytes)) return;
  }
}

std::optional<std::string> Drain::TakeLine() {
  std::size_t end = out_.find('\n', scanned_);
  const bool whole = end != out_.npos;
  if (!whole) {
    scanned_ = out_.size();
    if (out_open_ || out_.size() == taken_) return std::nullopt;
    end = out_.size();
  }
  std::string line = out_.substr(taken_, end - taken_);
  taken_ = scanned_ = end + (whole ? 1 : 0);
  if (taken_ == out_.size() || taken_ > (std::size_t{1} << 20)) {
    out_.erase(0, taken_);
    taken_ = scanned_ = 0;
  }
  return line;
}

Result<std::optional<std::string>> Drain::ReadLine(Seconds timeout) {
  const auto until =
      std::chrono::steady_clock::now() +
      std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::duration<double>(std::min(std::max(timeout.value(), 0.0), 1e9)));
  std::unique_lock lock(mutex_);
  while (true) {
    const bool was_full = out_.size() - taken_ >= kAheadBytes;
    if (auto line = TakeLine()) {
      if (was_full) Wake();
      return line;
    }
    if (!out_open_) return std::optional<std::string>();
    if (was_full)
      return Fail(ErrorCode::kIo, "a line of output longer than {} MiB", kAheadBytes >> 20);
    if (changed_.wait_until(lock, until) == std::cv_status::timeout &&
        out_.find('\n', scanned_) == out_.npos && out_open_) {
      return Fail(ErrorCode::kTimeout, "no line of output within {} s", timeout.value());
    }
  }
}

std::string Drain::ReadAll() {
  std::string all;
  std::unique_lock lock(mutex_);
  while (true) {
    all.append(out_, taken_);
    out_.clear();
    taken_ = scanned_ = 0;
    if (!out_open_) return all;
    Wake();  // there is room again
    changed_.wait(lock, [this] { return !out_.empty() || !out_open_; });
  }
}

std::string Drain::ErrorText() const {
  const std::lock_guard lock(mutex_);
  return err_.size() > kErrorBytes ? err_.substr(err_.size() - kErrorBytes) : err_;
}

void Drain::Settle() {
  std::unique_lock lock(mutex_);
  if (!out_open_ && !err_open_) return;
  const std::size_t mine = ++settle_wanted_;
  Wake();
  changed_.wait(lock, [&] { return settle_done_ >= mine || (!out_open_ && !err_open_); });
}

}  // namespace permille
