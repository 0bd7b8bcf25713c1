// SPDX-License-Identifier: Apache-2.0
#include "meter/amdsmi.h"

#include <algorithm>
#include <utility>

#include "meter/amdsmi_gpu.h"

namespace permille {
namespace {

// AMD documents no update period; the accumulator moves faster than either of these on every board
// reported. Integrated power is read more often, because a sample that is missed is lost.
constexpr Seconds kCounterPeriod{0.1};
constexpr Seconds kPowerPeriod{0.05};

// A counter that has not moved for this long on a GPU that draws more than this is frozen.
constexpr Seconds kFrozenAfter{2};
constexpr double kFrozenAboveWatts = 1;

constexpr std::string_view kCitation =
    "AMD states no accuracy (rocm.docs.amd.com/projects/amdsmi, amdsmi_get_energy_count)";

struct AmdsmiSource {
  AmdsmiLibrary library;
  std::vector<AmdsmiGpu> gpus;
};

// What a channel reads.
struct Slot {
  std::size_t gpu = 0;
  Quantity quantity = Quantity::kEnergy;
  std::string gap;  // why it can never be read; empty: it can
  std::optional<double> last;
  Instant changed;
};

bool HasPower(const AmdsmiGpu& gpu) {
  return gpu.power != AmdsmiPowerField::kNone;
}
bool Readable(const AmdsmiGpu& gpu) {
  return gpu.problem.empty();
}

SourceResult<AmdsmiSource> OpenSource(const MeterOptions& options) {
  auto library = AmdsmiLibrary::Open(options);
  if (!library) return tl::unexpected(library.error());
  auto gpus = FindAmdsmiGpus(*library, options.clock != nullptr ? *options.clock : SteadyClock());
  if (!gpus) return tl::unexpected(gpus.error());
  if (std::ranges::none_of(*gpus, Readable)) {
    const AmdsmiGpu& first = gpus->front();
    return tl::unexpected(SourceFailure{
        SourceStatus::kUnsupported,
        fmt::format("{}: {}", first.name.empty() ? "GPU 0" : first.name, first.problem),
        "a virtual machine's guest has neither counter nor power (amdsmi reference): measure on "
        "the "
        "host; on bare metal reboot, which revives stuck counters (ROCm/amdsmi issue 38), or "
        "update "
        "ROCm to 6.0 or newer"});
  }
  return AmdsmiSource{std::move(*library), std::move(*gpus)};
}

Result<GpuSelection> Select(const MeterOptions& options, const std::vector<AmdsmiGpu>& gpus) {
  std::vector<GpuIdentity> identities;
  for (const AmdsmiGpu& gpu : gpus) identities.push_back(gpu.identity);
  return SelectGpus(options.gpu, options.visible_devices, identities);
}

std::string Id(std::size_t index) {
  return fmt::format("gpu-{}", index);
}

class ChannelMaker {
 public:
  ChannelMaker(const AmdsmiSource& source, const GpuSelection& selection)
      : source_(source), selection_(selection) {}

  Channel Main(std::size_t index) const {
    const AmdsmiGpu& gpu = source_.gpus[index];
    if (gpu.contained_in) return Contained(index, *gpu.contained_in);
    Channel channel = Common(index);
    channel.id = Id(index);
    if (!gpu.counter) {
      MakePower(gpu, channel);
      channel.facts["counter"] = gpu.counter_problem;
      if (!Readable(gpu)) channel.facts["unreadable"] = gpu.problem;
      return channel;
    }
    channel.resolution = Joules(gpu.joules_per_count);
    channel.period = kCounterPeriod;
    channel.facts["counter"] = "amdsmi_get_energy_count";
    return channel;
  }

  Channel CrossCheck(std::size_t index) const {
    Channel channel = Common(index);
    channel.id = Id(index) + "-power";
    channel.cross_check_of = Id(index);
    MakePower(source_.gpus[index], channel);
    return channel;
  }

 private:
  // Listed, so that a reader finds every GPU, but without joules of its own.
  Channel Contained(std::size_t index, std::size_t speaker) const {
    Channel channel = Common(index);
    channel.id = Id(index);
    channel.part_of = Id(speaker);
    const AmdsmiGpu& from = source_.gpus[speaker];
    if (!from.counter) MakePower(from, channel);
    channel.period.reset();
    channel.facts["contained_in"] =
        fmt::format("this die reports no power; {} reports both", Id(speaker));
    return channel;
  }

  static void MakePower(const AmdsmiGpu& gpu, Channel& channel) {
    channel.quantity = Quantity::kPower;
    channel.provenance = Provenance::kDerived;
    channel.period = kPowerPeriod;
    channel.facts["power_field"] = Name(gpu.power);
  }

  // A speaker's joules hold those of the silent ones: it is used when any of them is.
  Use UseOf(std::size_t index) const {
    const auto used = [&](std::size_t i) { return selection_.gpus[i].use != Use::kPresentNotUsed; };
    for (std::size_t i = 0; i < source_.gpus.size(); ++i) {
      if ((i == index || source_.gpus[i].contained_in == index) && used(i)) return Use::kUsed;
    }
    return Use::kPresentNotUsed;
  }

  Channel Common(std::size_t index) const {
    const AmdsmiGpu& gpu = source_.gpus[index];
    Channel channel;
    channel.component = Component::kGpu;
    channel.quantity = Quantity::kEnergy;
    channel.source = "amdsmi";
    channel.provenance = Provenance::kMeasured;
    channel.kind = SourceKind::kUnknown;
    channel.scope = "GPU package (socket power)";
    channel.citation = kCitation;
    channel.use = UseOf(index);
    auto& facts = channel.facts;
    facts["index"] = fmt::format("{}", index);
    facts["name"] = gpu.name;
    facts["uuid"] = gpu.identity.uuid;
    facts["amdsmi"] = source_.library.VersionText();
    facts["selected_by"] = selection_.origin;
    facts["selection_note"] = selection_.note;
    if (const auto limit = AmdsmiPowerLimit(source_.library, gpu)) {
      facts["power_cap_watts"] = fmt::format("{:g}", limit->value());
    }
    std::string also;
    for (std::size_t i = 0; i < source_.gpus.size(); ++i) {
      if (source_.gpus[i].contained_in == index) also += (also.empty() ? "" : ", ") + Id(i);
    }
    if (!also.empty()) {
      facts["contains"] = also;
      channel.scope = fmt::format("GPU package of {} and {} (socket power)", Id(index), also);
    }
    std::erase_if(facts, [](const auto& fact) { return fact.second.empty(); });
    return channel;
  }

  const AmdsmiSource& source_;
  const GpuSelection& selection_;
};

class AmdsmiMeter : public Meter {
 public:
  AmdsmiMeter(AmdsmiSource source, const GpuSelection& selection, Clock& clock)
      : source_(std::move(source)), clock_(clock) {
    const ChannelMaker maker(source_, selection);
    for (std::size_t i = 0; i < source_.gpus.size(); ++i) {
      const AmdsmiGpu& gpu = source_.gpus[i];
      Add(maker.Main(i), i);
      if (gpu.counter && HasPower(gpu)) Add(maker.CrossCheck(i), i);
      if (!gpu.counter && HasPower(gpu)) period_ = kPowerPeriod;
    }
  }

  std::string_view name() const override { return "amdsmi"; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return period_; }

  void Read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      out[i].value.reset();
      out[i].error = slots_[i].gap;
      if (!slots_[i].gap.empty()) continue;
      slots_[i].quantity == Quantity::kEnergy ? ReadEnergy(i, out[i]) : ReadPower(i, out[i]);
    }
  }

  std::vector<DeviceState> State() override {
    std::vector<DeviceState> states;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const Channel& channel = channels_[i];
      if (!channel.cross_check_of.empty() || channel.use == Use::kPresentNotUsed) continue;
      states.push_back(ReadAmdsmiState(source_.library, source_.gpus[slots_[i].gpu], channel.id));
    }
    return states;
  }

 private:
  void Add(Channel channel, std::size_t index) {
    const AmdsmiGpu& gpu = source_.gpus[index];
    Slot slot;
    slot.gpu = index;
    slot.quantity = channel.quantity;
    slot.changed = clock_.Now();
    if (gpu.contained_in) {
      slot.gap = fmt::format("amdsmi: {}: counted in {}", channel.id, channel.part_of);
    } else if (!Readable(gpu)) {
      slot.gap = fmt::format("amdsmi: {}: {}", channel.id, gpu.problem);
    }
    slots_.push_back(std::move(slot));
    channels_.push_back(std::move(channel));
  }

  void ReadEnergy(std::size_t i, Reading& out) {
    Slot& slot = slots_[i];
    const AmdsmiReading reading = ReadAmdsmiEnergy(source_.library, source_.gpus[slot.gpu]);
    if (!reading.value) return Fault(i, "energy counter", reading, out);
    const Instant now = clock_.Now();
    if (slot.last != reading.value) {
      slot.last = reading.value;
      slot.changed = now;
    } else if (now - slot.changed >= kFrozenAfter && DrawsPower(slot.gpu)) {
      out.error = fmt::format("amdsmi: {}: energy counter frozen for {:.0f} s", channels_[i].id,
                              (now - slot.changed).value());
      return;
    }
    out.value = reading.value;
  }

  bool DrawsPower(std::size_t index) const {
    const AmdsmiGpu& gpu = source_.gpus[index];
    const AmdsmiReading power = ReadAmdsmiPower(source_.library, gpu, gpu.power);
    return power.value && *power.value > kFrozenAboveWatts;
  }

  void ReadPower(std::size_t i, Reading& out) {
    const AmdsmiGpu& gpu = source_.gpus[slots_[i].gpu];
    const AmdsmiReading reading = ReadAmdsmiPower(source_.library, gpu, gpu.power);
    if (!reading.value) return Fault(i, Name(gpu.power), reading, out);
    out.value = reading.value;
  }

  void Fault(std::size_t i, std::string_view what, const AmdsmiReading& reading, Reading& out) {
    const std::string why = reading.status == amdsmi::kSuccess
                                ? std::string("not available")
                                : source_.library.Text(reading.status);
    out.error = fmt::format("amdsmi: {}: {} unreadable: {}", channels_[i].id, what, why);
  }

  AmdsmiSource source_;
  Clock& clock_;
  std::vector<Channel> channels_;
  std::vector<Slot> slots_;
  Seconds period_ = kCounterPeriod;
};

// One line per way of knowing: GPUs with a counter, with power alone, with neither.
void AddReport(const std::vector<Channel>& channels, SourceReport report,
               std::vector<SourceReport>& out) {
  if (channels.empty()) return;
  report.component = Component::kGpu;
  report.source = "amdsmi";
  report.kind = SourceKind::kUnknown;
  std::string not_used;
  for (const Channel& channel : channels) {
    report.channels.push_back(channel.id);
    if (channel.use == Use::kPresentNotUsed) not_used += " " + channel.id;
  }
  const auto model = channels[0].facts.find("name");
  report.reason = fmt::format(
      "{}: {}", model == channels[0].facts.end() ? "unknown GPU" : model->second, report.reason);
  if (!not_used.empty()) report.reason += "; present, not used:" + not_used;
  out.push_back(std::move(report));
}

}  // namespace

Result<std::unique_ptr<Meter>> MakeAmdsmiMeter(const MeterOptions& options,
                                               std::string_view argument) {
  if (!argument.empty()) {
    return Fail(ErrorCode::kInvalid,
                "amdsmi: '{}': this meter takes no argument; choose GPUs with --gpu", argument);
  }
  auto source = OpenSource(options);
  if (!source) return Fail(ToError("amdsmi", source.error()));
  PERMILLE_ASSIGN(const GpuSelection selection, Select(options, source->gpus));
  Clock& clock = options.clock != nullptr ? *options.clock : SteadyClock();
  return std::make_unique<AmdsmiMeter>(std::move(*source), selection, clock);
}

std::vector<SourceReport> ProbeAmdsmi(const MeterOptions& options) {
  auto source = OpenSource(options);
  if (!source) return {ToGpuReport("amdsmi", source.error())};
  auto selection = Select(options, source->gpus);
  if (!selection) {
    return {ToGpuReport("amdsmi", {SourceStatus::kUnsupported, selection.error().message,
                                   "amd-smi list shows the GPUs"})};
  }
  Clock& clock = options.clock != nullptr ? *options.clock : SteadyClock();
  const AmdsmiMeter meter(std::move(*source), *selection, clock);
  std::vector<Channel> counters, powers, unreadable;
  for (const Channel& channel : meter.channels()) {
    if (!channel.cross_check_of.empty()) continue;
    if (channel.facts.contains("unreadable")) {
      unreadable.push_back(channel);
    } else {
      (channel.quantity == Quantity::kEnergy ? counters : powers).push_back(channel);
    }
  }
  std::vector<SourceReport> reports;
  SourceReport report;
  report.status = SourceStatus::kOk;
  report.provenance = Provenance::kMeasured;
  report.period = kCounterPeriod;
  report.reason = "energy accumulator";
  AddReport(counters, report, reports);
  report.provenance = Provenance::kDerived;
  report.period = kPowerPeriod;
  for (const Channel& channel : powers) {
    const auto why = channel.facts.find("counter");
    if (why != channel.facts.end())
      report.reason = fmt::format("power integrated ({})", why->second);
  }
  AddReport(powers, report, reports);
  report.status = SourceStatus::kUnsupported;
  report.period.reset();
  if (!unreadable.empty()) report.reason = unreadable[0].facts.at("unreadable");
  AddReport(unreadable, report, reports);
  return reports;
}

}  // namespace permille
