// SPDX-License-Identifier: Apache-2.0
#include "meter/recorder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "meter/channel_set.h"
#include "meter/system_load.h"
#include "meter/window_builder.h"

namespace permille {
namespace {

// /proc/stat counts in ticks of 10 ms on every core.
constexpr double kLoadTick = 0.01;

// A wake-up costs more than most readings: what is due within this share of its period is read
// along with what is due now.
constexpr double kEarly = 0.1;

// The times of a grid. All grids are laid from the recorder's start, so that periods which are
// multiples of each other meet in one wake-up, however late each single one comes.
class Schedule {
 public:
  Schedule() = default;
  Schedule(Instant first, Seconds period, bool exact)
      : period_(period), next_(first), early_(exact ? Seconds(0) : period * kEarly) {}

  Instant next() const { return next_; }
  /// Whether it is time; if so, go on to the next time after `now`. Times missed while something
  /// else held the machine are skipped: never catch up in a burst.
  bool Due(Instant now) {
    const Instant reached = now + early_;
    if (next_ > reached) return false;
    next_ = next_ + period_;
    if (next_ <= reached) {
      next_ = next_ + period_ * (std::floor((reached - next_) / period_) + 1);
    }
    return true;
  }

 private:
  Seconds period_;
  Instant next_;
  Seconds early_;
};

// One meter with what the recorder keeps about each of its channels.
struct Source {
  std::unique_ptr<Meter> meter;
  std::size_t first_channel = 0;  // index of its channel 0 in the flat list
  std::vector<Quantity> quantities;
  std::vector<CounterUnwrapper> counters;
  std::vector<Reading> readings;  // reused by every Read
  Schedule schedule;
};

// Time that a meter is worth reading at: its own, but for counters that count whether we look or
// not.
Seconds SamplingPeriod(const Meter& meter, const RecorderOptions& options, const Clock& clock) {
  const bool counters_only = std::ranges::all_of(meter.channels(), [](const Channel& channel) {
    return channel.quantity == Quantity::kEnergy;
  });
  if (!counters_only || clock.is_virtual()) return meter.period();
  return std::max(meter.period(), options.counter_period);
}

struct OpenWindow {
  Window window;
  Instant begin;
  SystemReading system;
  std::vector<ChannelWindowBuilder> builders;
};

class RecorderImpl : public Recorder {
 public:
  RecorderImpl(std::vector<Source> sources, std::vector<Channel> channels,
               const RecorderOptions& options)
      : sources_(std::move(sources)),
        channels_(std::move(channels)),
        options_(options),
        clock_(options.clock != nullptr ? *options.clock : SteadyClock()),
        start_(clock_.Now()),
        state_schedule_(start_, options.state_period, clock_.is_virtual()),
        system_(options.sysfs_root) {
    for (Source& source : sources_) {
      const Seconds period = SamplingPeriod(*source.meter, options_, clock_);
      source.schedule = Schedule(start_ + period, period, clock_.is_virtual());
    }
    ticker_ = clock_.StartTicker(start_, [this](Instant now) { return Sample(now); });
  }
  ~RecorderImpl() override { ticker_.reset(); }

  const std::vector<Channel>& channels() const override { return channels_; }
  Clock& clock() const override { return clock_; }
  WindowId Open(Phase phase, std::string name) override;
  Window Close(WindowId id) override;
  Joules SoFar(WindowId id) override;
  void AddProcess(pid_t pid) override;
  Seconds MinimumWindow(int updates) const override;
  std::optional<Celsius> Temperature() override;

 private:
  Instant Sample(Instant now);
  void ReadSource(Source& source);  // needs mutex_
  void ReadState();                 // needs mutex_
  SystemReading ReadSystem();       // needs mutex_
  void CloseSystem(OpenWindow& open, Seconds duration);
  void FlagGaps(Window& window) const;
  void AddFlags(const std::set<std::string>& flags);

  std::mutex mutex_;  // guards everything below but channels_, options_, clock_, start_
  std::vector<Source> sources_;
  const std::vector<Channel> channels_;
  const RecorderOptions options_;
  Clock& clock_;
  const Instant start_;
  Schedule state_schedule_;
  SystemLoadReader system_;
  std::map<WindowId, OpenWindow> open_;
  WindowId next_id_ = 1;
  std::optional<Celsius> temperature_;
  std::unique_ptr<Clock::Ticker> ticker_;  // last: its thread uses the rest
};

Instant RecorderImpl::Sample(Instant now) {
  const std::lock_guard lock(mutex_);
  Instant next = now + Seconds(3600);
  for (Source& source : sources_) {
    if (source.schedule.Due(now) && !open_.empty()) ReadSource(source);
    next = std::min(next, source.schedule.next());
  }
  if (state_schedule_.Due(now)) ReadState();
  return std::min(next, state_schedule_.next());
}

void RecorderImpl::ReadSource(Source& source) {
  source.meter->Read(source.readings);
  const Instant at = clock_.Now();
  for (std::size_t i = 0; i < source.readings.size(); ++i) {
    const std::size_t index = source.first_channel + i;
    ChannelReading reading{at, source.readings[i].value, CounterUnwrapper::Step::kAdvance};
    if (source.quantities[i] == Quantity::kEnergy) {
      CounterUnwrapper& counter = source.counters[i];
      const auto raw = reading.value ? std::optional<Joules>(*reading.value) : std::nullopt;
      reading.step = counter.Add(at, raw);
      if (reading.value) reading.value = counter.total().value();
    }
    for (auto& [id, open] : open_) open.builders[index].Add(reading);
  }
}

void RecorderImpl::AddFlags(const std::set<std::string>& flags) {
  for (auto& [id, open] : open_) {
    for (const std::string& flag : flags) {
      if (std::ranges::find(open.window.flags, flag) == open.window.flags.end()) {
        open.window.flags.push_back(flag);
      }
    }
  }
}

void RecorderImpl::ReadState() {
  std::set<std::string> flags;
  std::optional<Celsius> hottest;
  for (Source& source : sources_) {
    for (const DeviceState& state : source.meter->State()) {
      const auto channel = std::ranges::find(channels_, state.channel, &Channel::id);
      if (channel == channels_.end() || channel->use == Use::kPresentNotUsed) continue;
      if (!state.throttle.empty()) flags.insert("throttled:" + state.throttle);
      if (state.temperature)
        hottest = std::max(hottest.value_or(*state.temperature), *state.temperature);
      for (const pid_t pid : state.processes) {
        if (!system_.IsOurs(pid)) flags.insert("foreign_gpu_process");
      }
    }
  }
  if (hottest) temperature_ = hottest;
  AddFlags(flags);
}

SystemReading RecorderImpl::ReadSystem() {
  for (Source& source : sources_) {
    if (auto system = source.meter->System()) return *system;
  }
  return clock_.is_virtual() ? SystemReading{} : system_.Read();
}

Recorder::WindowId RecorderImpl::Open(Phase phase, std::string name) {
  const std::lock_guard lock(mutex_);
  const WindowId id = next_id_++;
  OpenWindow& open = open_[id];
  open.window.phase = phase;
  open.window.name = std::move(name);
  open.system = ReadSystem();
  const Instant now = clock_.Now();
  open.builders.reserve(channels_.size());
  for (const Channel& channel : channels_) open.builders.emplace_back(channel, now);
  for (Source& source : sources_) ReadSource(source);
  open.begin = clock_.Now();
  return id;
}

namespace {

std::optional<CoreSeconds> Difference(std::optional<CoreSeconds> end,
                                      std::optional<CoreSeconds> begin) {
  if (!end || !begin) return std::nullopt;
  return std::max(*end - *begin, CoreSeconds(0));
}

}  // namespace

void RecorderImpl::CloseSystem(OpenWindow& open, Seconds duration) {
  const SystemReading end = ReadSystem();
  SystemLoad& load = open.window.load;
  load.cores = end.cores;
  load.machine_busy = Difference(end.machine_busy, open.system.machine_busy);
  load.own_busy = Difference(end.own_busy, open.system.own_busy);
  load.steal = Difference(end.steal, open.system.steal);
  if (!clock_.is_virtual()) {
    load.own_rss = system_.OwnRss();
    load.machine_used = system_.MachineUsed();
  }
  const double capacity = load.cores * duration.value();
  if (capacity <= 0) return;
  // Windows of a few ticks cannot tell.
  if (load.machine_busy && load.own_busy) {
    const double other =
        load.machine_busy->value() - load.own_busy->value() - kLoadTick * load.cores;
    if (other > options_.other_load_limit * capacity) open.window.flags.push_back("other_load");
  }
  if (load.steal &&
      load.steal->value() - kLoadTick * load.cores > options_.other_load_limit * capacity) {
    open.window.flags.push_back("steal");
  }
}

void RecorderImpl::FlagGaps(Window& window) const {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    // Inside another channel, or known from the start to be unreadable: no joule is missing for it.
    const bool expected =
        !channels_[i].part_of.empty() || channels_[i].facts.contains("unreadable");
    if (window.channels[i].gaps > 0 && !expected) window.flags.push_back("gap:" + channels_[i].id);
  }
}

Window RecorderImpl::Close(WindowId id) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(id);
  if (found == open_.end()) return {};
  OpenWindow& open = found->second;
  const Instant end = clock_.Now();
  for (Source& source : sources_) ReadSource(source);
  ReadState();
  open.window.begin = open.begin - start_;
  open.window.duration = end - open.begin;
  CloseSystem(open, open.window.duration);
  for (ChannelWindowBuilder& builder : open.builders) {
    open.window.channels.push_back(builder.Finish(open.begin, end));
  }
  FlagGaps(open.window);
  Window window = std::move(open.window);
  open_.erase(found);
  return window;
}

Joules RecorderImpl::SoFar(WindowId id) {
  const std::lock_guard lock(mutex_);
  Joules sum;
  const auto found = open_.find(id);
  if (found == open_.end()) return sum;
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    const Channel& channel = channels_[i];
    const bool counts = channel.cross_check_of.empty() && channel.part_of.empty() &&
                        channel.use != Use::kPresentNotUsed;
    if (counts) sum += found->second.builders[i].SoFar().value_or(Joules(0));
  }
  return sum;
}

void RecorderImpl::AddProcess(pid_t pid) {
  const std::lock_guard lock(mutex_);
  system_.AddProcess(pid);
}

Seconds RecorderImpl::MinimumWindow(int updates) const {
  Seconds longest(0);
  for (const Channel& channel : channels_) {
    if (channel.use == Use::kPresentNotUsed || !channel.cross_check_of.empty()) continue;
    const bool hardware =
        channel.quantity == Quantity::kEnergy || channel.quantity == Quantity::kPower;
    if (hardware && channel.period) longest = std::max(longest, *channel.period);
    if (channel.quantity == Quantity::kLoad) longest = std::max(longest, Seconds(kLoadTick));
  }
  return longest * updates;
}

std::optional<Celsius> RecorderImpl::Temperature() {
  const std::lock_guard lock(mutex_);
  return temperature_;
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::Start(std::vector<std::unique_ptr<Meter>> meters,
                                                  RecorderOptions options) {
  std::vector<Source> sources;
  std::vector<Channel> channels;
  for (auto& meter : meters) {
    Source source;
    source.first_channel = channels.size();
    for (std::size_t i = 0; i < meter->channels().size(); ++i) {
      channels.push_back(meter->channels()[i]);
      source.quantities.push_back(meter->channels()[i].quantity);
      source.counters.emplace_back(meter->wrap_range(i));
    }
    source.readings.resize(meter->channels().size());
    source.meter = std::move(meter);
    sources.push_back(std::move(source));
  }
  PERMILLE_ASSIGN(channels, ResolveChannels(std::move(channels)));
  return std::make_unique<RecorderImpl>(std::move(sources), std::move(channels), options);
}

}  // namespace permille
