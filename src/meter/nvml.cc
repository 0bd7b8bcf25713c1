// SPDX-License-Identifier: Apache-2.0
#include "meter/nvml.h"

#include <algorithm>
#include <utility>

#include "meter/nvml_gpu.h"

namespace permille {
namespace {

// Both the counter and the power sensor change every 20 to 100 ms, by board and driver (Yang,
// Adamek, Armour, arXiv 2312.02741; peers drop repeated values for the same reason). A channel
// states the slowest, so that a window said to hold 200 updates does. Reading a counter more often
// gains nothing; integrated power is read at the fast end, because a sample that is missed is lost.
constexpr Seconds kUpdatePeriod{0.1};
constexpr Seconds kPowerReadPeriod{0.025};

// Error of the board's sensor within +/-5 % of the reading, as found on over 70 GPUs; a rectangular
// bound, hence divided by the square root of 3.
constexpr double kSensorUncertainty = 0.05 / 1.7320508075688772;
constexpr std::string_view kPowerCitation =
    "+/-5 % of the reading: Yang, Adamek, Armour (SC24), arXiv 2312.02741; rectangular, so 5 "
    "%/sqrt(3)";
constexpr std::string_view kCounterCitation =
    "the board sensor's +/-5 %: Yang, Adamek, Armour (SC24), arXiv 2312.02741, rectangular; that "
    "the counter "
    "integrates this sensor is inferred";
constexpr std::string_view kSamplingNote =
    "on A100 and H100 the sensor looks at about 25 % of the time (arXiv 2312.02741)";
constexpr std::string_view kScope = "board: GPU, memory and their regulators";

// What a channel reads: all that a reading needs, so that ten readings a second touch little
// memory.
struct Slot {
  nvml::Device device = nullptr;
  bool readable = false;
  bool energy = false;
  NvmlPowerField power = NvmlPowerField::kNone;
  std::size_t gpu = 0;
};

struct NvmlSource {
  std::unique_ptr<NvmlLibrary> library;
  std::vector<NvmlGpu> gpus;
};

bool Readable(const NvmlGpu& gpu) {
  return gpu.counter || gpu.power != NvmlPowerField::kNone;
}

SourceResult<NvmlSource> OpenSource(const MeterOptions& options) {
  auto library = NvmlLibrary::Open(options);
  if (!library) return tl::unexpected(library.error());
  auto gpus = FindNvmlGpus(**library);
  if (!gpus) return tl::unexpected(gpus.error());
  if (std::ranges::none_of(*gpus, Readable)) {
    const NvmlGpu& first = gpus->front();
    return tl::unexpected(SourceFailure{
        SourceStatus::kUnsupported,
        fmt::format("{}: {}", first.name.empty() ? "GPU 0" : first.name, first.problem),
        "the energy counter needs a Volta or newer GPU on bare metal or passed through; a vGPU "
        "guest is measured on its host"});
  }
  return NvmlSource{std::move(*library), std::move(*gpus)};
}

Result<GpuSelection> Select(const MeterOptions& options, const std::vector<NvmlGpu>& gpus) {
  std::vector<GpuIdentity> identities;
  for (const NvmlGpu& gpu : gpus) identities.push_back(gpu.identity);
  return SelectGpus(options.gpu, options.visible_devices, identities);
}

bool SameModels(const std::vector<NvmlGpu>& gpus) {
  return std::ranges::all_of(gpus, [&](const NvmlGpu& gpu) { return gpu.name == gpus[0].name; });
}

class ChannelMaker {
 public:
  ChannelMaker(const NvmlSource& source, const GpuSelection& selection)
      : source_(source),
        selection_(selection),
        driver_(source.library->DriverVersion()),
        nvml_(source.library->LibraryVersion()) {}

  /// The channel that counts for GPU `index`.
  Channel Main(std::size_t index) const {
    const NvmlGpu& gpu = source_.gpus[index];
    Channel channel = Common(index);
    channel.id = fmt::format("gpu-{}", index);
    if (!gpu.counter) {
      MakePower(gpu, channel);
      channel.facts["counter"] = gpu.counter_problem.empty() ? gpu.problem : gpu.counter_problem;
      if (!Readable(gpu)) channel.facts["unreadable"] = gpu.problem;
      return channel;
    }
    channel.quantity = Quantity::kEnergy;
    channel.provenance = Provenance::kMeasured;
    channel.resolution = Joules(0.001);
    channel.citation = kCounterCitation;
    channel.facts["counter"] = "nvmlDeviceGetTotalEnergyConsumption";
    return channel;
  }

  /// Its power beside its counter.
  Channel CrossCheck(std::size_t index) const {
    Channel channel = Common(index);
    channel.id = fmt::format("gpu-{}-power", index);
    channel.cross_check_of = fmt::format("gpu-{}", index);
    MakePower(source_.gpus[index], channel);
    return channel;
  }

 private:
  static void MakePower(const NvmlGpu& gpu, Channel& channel) {
    channel.quantity = Quantity::kPower;
    channel.provenance = Provenance::kDerived;
    channel.citation = kPowerCitation;
    channel.facts["power_field"] = Name(gpu.power);
    channel.facts["sampling_note"] = kSamplingNote;
    const bool usage = gpu.power == NvmlPowerField::kUsage;
    if (gpu.power == NvmlPowerField::kAverage ||
        (usage && gpu.architecture >= nvml::kArchitectureAmpere)) {
      channel.facts["power_averaging"] = "mean of the last second, but for GA100 (NVML reference)";
    }
  }

  Channel Common(std::size_t index) const {
    const NvmlGpu& gpu = source_.gpus[index];
    const GpuChoice& choice = selection_.gpus[index];
    Channel channel;
    channel.component = Component::kGpu;
    channel.source = "nvml";
    channel.kind = SourceKind::kSensor;
    channel.period = kUpdatePeriod;
    channel.scope = kScope;
    channel.standard_uncertainty = kSensorUncertainty;
    channel.use = choice.use;
    auto& facts = channel.facts;
    facts["index"] = fmt::format("{}", index);
    facts["name"] = gpu.name;
    facts["uuid"] = gpu.identity.uuid;
    facts["driver"] = driver_;
    facts["nvml"] = nvml_;
    facts["selected_by"] = selection_.origin;
    if (!selection_.note.empty()) facts["selection_note"] = selection_.note;
    if (selection_.by_cuda_index && !SameModels(source_.gpus)) {
      facts["selection_note"] =
          "GPUs differ in model and CUDA numbers the fastest first unless "
          "CUDA_DEVICE_ORDER=PCI_BUS_ID: select by UUID to be sure";
    }
    AddHardwareFacts(gpu, facts);
    AddMigFacts(gpu, choice, facts);
    std::erase_if(facts, [](const auto& fact) { return fact.second.empty(); });
    return channel;
  }

  void AddHardwareFacts(const NvmlGpu& gpu, std::map<std::string, std::string>& facts) const {
    if (gpu.handle == nullptr) return;
    const NvmlFunctions& f = source_.library->functions();
    if (const auto limit = NvmlPowerLimit(f, gpu.handle)) {
      facts["power_cap_watts"] = fmt::format("{:g}", limit->value());
    }
    unsigned current = 0;
    unsigned pending = 0;
    if (f.ecc_mode != nullptr && f.ecc_mode(gpu.handle, &current, &pending) == nvml::kSuccess) {
      facts["ecc"] = current != 0 ? "on" : "off";
    }
    unsigned long long reasons = 0;
    if (f.clock_reasons != nullptr && f.clock_reasons(gpu.handle, &reasons) == nvml::kSuccess &&
        (reasons & nvml::kReasonApplicationClocks) != 0) {
      facts["clocks"] = "limited by the application clocks setting";
    }
  }

  static void AddMigFacts(const NvmlGpu& gpu, const GpuChoice& choice,
                          std::map<std::string, std::string>& facts) {
    if (gpu.identity.instances.empty()) return;
    facts["mig"] =
        fmt::format("{} instances; the joules are the whole GPU's", gpu.identity.instances.size());
    std::string& uuids = facts["mig_uuid"];
    for (const std::size_t i : choice.instances) {
      if (!uuids.empty()) uuids += ",";
      uuids += gpu.identity.instances[i].uuid;
    }
  }

  const NvmlSource& source_;
  const GpuSelection& selection_;
  std::string driver_;
  std::string nvml_;
};

class NvmlMeter : public Meter {
 public:
  NvmlMeter(NvmlSource source, const GpuSelection& selection) : source_(std::move(source)) {
    const ChannelMaker maker(source_, selection);
    for (std::size_t i = 0; i < source_.gpus.size(); ++i) {
      const NvmlGpu& gpu = source_.gpus[i];
      Add(maker.Main(i), i);
      if (gpu.counter && gpu.power != NvmlPowerField::kNone) Add(maker.CrossCheck(i), i);
      if (!gpu.counter && gpu.power != NvmlPowerField::kNone) period_ = kPowerReadPeriod;
    }
  }

  std::string_view name() const override { return "nvml"; }
  const std::vector<Channel>& channels() const override { return channels_; }
  Seconds period() const override { return period_; }

  void Read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < slots_.size(); ++i) ReadOne(slots_[i], out[i]);
  }

  std::vector<DeviceState> State() override {
    std::vector<DeviceState> states;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const Channel& channel = channels_[i];
      if (!channel.cross_check_of.empty() || channel.use == Use::kPresentNotUsed) continue;
      states.push_back(
          ReadNvmlState(source_.library->functions(), source_.gpus[slots_[i].gpu], channel.id));
    }
    return states;
  }

 private:
  void Add(Channel channel, std::size_t index) {
    const NvmlGpu& gpu = source_.gpus[index];
    slots_.push_back(
        {gpu.handle, Readable(gpu), channel.quantity == Quantity::kEnergy, gpu.power, index});
    channels_.push_back(std::move(channel));
  }

  void ReadOne(const Slot& slot, Reading& out) {
    const NvmlFunctions& f = source_.library->functions();
    double value = 0;
    const nvml::Return status = !slot.readable ? nvml::kNotSupported
                                : slot.energy  ? ReadNvmlEnergy(f, slot.device, value)
                                               : ReadNvmlPower(f, slot.device, slot.power, value);
    if (status == nvml::kSuccess) {
      out.value = value;
      out.error.clear();
      return;
    }
    out.value.reset();
    out.error = Problem(slot, status);
  }

  std::string Problem(const Slot& slot, nvml::Return status) const {
    const std::string& id = channels_[static_cast<std::size_t>(&slot - slots_.data())].id;
    if (!slot.readable) return fmt::format("nvml: {}: {}", id, source_.gpus[slot.gpu].problem);
    return fmt::format("nvml: {}: {} unreadable: {}", id,
                       slot.energy ? "energy counter" : Name(slot.power),
                       source_.library->Text(status));
  }

  NvmlSource source_;
  std::vector<Channel> channels_;
  std::vector<Slot> slots_;
  Seconds period_ = kUpdatePeriod;
};

// One line per way of knowing: GPUs with a counter, with power alone, with neither.
void AddReport(const std::vector<Channel>& channels, SourceReport report,
               std::vector<SourceReport>& out) {
  if (channels.empty()) return;
  report.component = Component::kGpu;
  report.source = "nvml";
  report.kind = SourceKind::kSensor;
  std::string models;
  std::string not_used;
  for (const Channel& channel : channels) {
    report.channels.push_back(channel.id);
    const auto model = channel.facts.find("name");
    const std::string name = model == channel.facts.end() ? "unknown GPU" : model->second;
    if (models.find(name) == std::string::npos) models += (models.empty() ? "" : ", ") + name;
    if (channel.use == Use::kPresentNotUsed) not_used += " " + channel.id;
  }
  report.reason = fmt::format("{}: {}", models, report.reason);
  if (!not_used.empty()) report.reason += "; present, not used:" + not_used;
  out.push_back(std::move(report));
}

}  // namespace

Result<std::unique_ptr<Meter>> MakeNvmlMeter(const MeterOptions& options,
                                             std::string_view argument) {
  if (!argument.empty()) {
    return Fail(ErrorCode::kInvalid,
                "nvml: '{}': this meter takes no argument; choose GPUs with --gpu", argument);
  }
  auto source = OpenSource(options);
  if (!source) return Fail(ToError("nvml", source.error()));
  PERMILLE_ASSIGN(const GpuSelection selection, Select(options, source->gpus));
  return std::make_unique<NvmlMeter>(std::move(*source), selection);
}

std::vector<SourceReport> ProbeNvml(const MeterOptions& options) {
  auto source = OpenSource(options);
  if (!source) return {ToGpuReport("nvml", source.error())};
  auto selection = Select(options, source->gpus);
  if (!selection) {
    return {ToGpuReport("nvml", {SourceStatus::kUnsupported, selection.error().message,
                                 "nvidia-smi -L lists the GPUs"})};
  }
  const NvmlMeter meter(std::move(*source), *selection);
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
  report.period = kUpdatePeriod;
  report.reason = "total energy counter";
  AddReport(counters, report, reports);
  report.provenance = Provenance::kDerived;
  report.reason =
      powers.empty() ? "" : fmt::format("power integrated ({})", powers[0].facts.at("counter"));
  AddReport(powers, report, reports);
  report.status = SourceStatus::kUnsupported;
  report.period.reset();
  report.reason = unreadable.empty() ? "" : unreadable[0].facts.at("unreadable");
  AddReport(unreadable, report, reports);
  return reports;
}

}  // namespace permille
