// SPDX-License-Identifier: Apache-2.0
#include "embed/span_recorder.h"

#include <algorithm>
#include <utility>

#include "embed/processor.h"
#include "meter/meter.h"

namespace permille {
namespace {

// A window is long enough when every meter in it changed this often (docs/method.md).
constexpr int kMeaningfulUpdates = 200;

bool UsesUnknownTdp(const std::vector<ChannelEnergy>& chosen, const CpuFacts& cpu) {
  return !cpu.tdp && std::ranges::any_of(chosen, [](const ChannelEnergy& energy) {
    return energy.channel->quantity == Quantity::kLoad;
  });
}

SpanComponent Describe(const ChannelEnergy& energy) {
  SpanComponent out;
  out.component = energy.channel->component;
  out.provenance = energy.provenance;
  out.channel = energy.channel->id;
  out.source = energy.channel->source;
  out.rule = energy.rule;
  out.energy = energy.energy;
  out.coverage = energy.coverage;
  out.standard_uncertainty = energy.standard_uncertainty;
  out.resolution = energy.resolution;
  return out;
}

}  // namespace

Result<void> SpanRecorderOptions::Set(std::string_view name, std::string_view value) {
  if (name == "meter") {
    meter = value;
  } else if (name == "gpu") {
    gpu = value;
  } else if (name == "attribution" && value == "device") {
    attribution = SpanAttribution::kDevice;
  } else if (name == "attribution" && value == "machine") {
    attribution = SpanAttribution::kMachine;
  } else if (name == "attribution") {
    return Fail(ErrorCode::kInvalid, "option attribution: '{}' is neither device nor machine",
                value);
  } else {
    return Fail(ErrorCode::kInvalid, "there is no option '{}' (known: meter, gpu, attribution)",
                name);
  }
  return {};
}

Result<std::unique_ptr<SpanRecorder>> SpanRecorder::Start(const SpanRecorderOptions& options) {
  MeterOptions meter_options = MeterOptions::FromEnvironment();
  meter_options.gpu = options.gpu;
  meter_options.clock = options.clock;
  PERMILLE_ASSIGN(auto meters, MakeMeters(options.meter, meter_options));
  RecorderOptions recorder_options;
  recorder_options.clock = options.clock;
  recorder_options.sysfs_root = meter_options.sysfs_root;
  PERMILLE_ASSIGN(auto recorder, Recorder::Start(std::move(meters), recorder_options));
  return std::unique_ptr<SpanRecorder>(new SpanRecorder(std::move(recorder), options.attribution));
}

SpanRecorder::SpanRecorder(std::unique_ptr<Recorder> recorder, SpanAttribution attribution)
    : recorder_(std::move(recorder)), attribution_(attribution) {
  DescribedMachine described = DescribeProcessors(recorder_->channels());
  machine_ = std::move(described.facts);
  notes_ = std::move(described.notes);
}

SpanRecorder::SpanId SpanRecorder::Begin(std::string name) {
  const SpanId span = recorder_->Open(Phase::kSpan, std::move(name));
  const std::lock_guard lock(mutex_);
  open_.insert(span);
  return span;
}

Result<SpanResult> SpanRecorder::End(SpanId span) {
  {
    const std::lock_guard lock(mutex_);
    if (open_.erase(span) == 0) {
      return Fail(ErrorCode::kNotFound,
                  "span {} is not open: it has ended already, or is another recorder's", span);
    }
  }
  Window window = recorder_->Close(span);
  const std::vector<Channel>& channels = recorder_->channels();
  const auto energies = WindowEnergies(channels, window, Accounting::kNative, machine_);
  const auto chosen = attribution_ == SpanAttribution::kDevice
                          ? DeviceChannels(channels, energies)
                          : MachineChannels(channels, energies);
  SpanResult out;
  out.name = std::move(window.name);
  out.duration = window.duration;
  for (const ChannelEnergy& energy : chosen) {
    out.components.push_back(Describe(energy));
    out.energy = out.energy.value_or(Joules(0)) + energy.energy;
  }
  out.flags = CrossCheckFlags(channels, window);
  std::ranges::move(window.flags, std::back_inserter(out.flags));
  if (window.duration < recorder_->MinimumWindow(kMeaningfulUpdates))
    out.flags.push_back("short_window");
  if (UsesUnknownTdp(chosen, machine_.cpu)) out.flags.push_back("unknown_tdp");
  if (chosen.empty()) out.flags.push_back("no_reading");
  return out;
}

}  // namespace permille
