// SPDX-License-Identifier: Apache-2.0
#include "exchange/codecarbon_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace permille {
namespace {

constexpr double kFallbackCpuWatts = 42.5;         // CodeCarbon 2: 85 W x 0.5
constexpr double kCodeCarbon2WattsPerGib = 0.375;  // 3 W per 8 GB
constexpr double kBytesPerGib = 1024.0 * 1024.0 * 1024.0;
constexpr std::int64_t kUsualQueries = 1000;

bool Near(double a, double b, double relative) {
  return std::abs(a - b) <= relative * std::max(std::abs(a), std::abs(b));
}

/// The numbers CodeCarbon multiplied by the building's PUE, as the machine drew them.
double Share(const CodeCarbonRow& row) {
  return row.pue && *row.pue > 1 ? 1 / *row.pue : 1;
}

bool IsQueryTask(std::string_view name) {
  for (const std::string_view word : {"query", "infer", "predict", "generat"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

class RunMaker {
 public:
  RunMaker(const CodeCarbonRun& rows, const StudyLayout& layout, const CodeCarbonOptions& options,
           std::map<std::string, std::size_t>& findings)
      : rows_(rows), front_(rows.Front()), layout_(layout), options_(options), findings_(findings) {
    log_ = rows.total == nullptr ? nullptr : layout.FindLog(rows.total->file);
  }

  RunRecord Make(const std::string& usual_place);

 private:
  void Found(std::string what) { ++findings_[std::move(what)]; }
  void FillCell();
  void FillEnvironment();
  void FillFlags(const std::string& usual_place);
  void AddGpu();
  void AddCpu();
  void AddRam();
  void AddWhole();
  Channel Base(std::string id, Component component) const;
  void AddWindow(const CodeCarbonRow& row, Phase phase, std::string name);
  void AddWindows();

  const CodeCarbonRun& rows_;
  const CodeCarbonRow& front_;
  const StudyLayout& layout_;
  const CodeCarbonOptions& options_;
  std::map<std::string, std::size_t>& findings_;
  const StudyLog* log_ = nullptr;
  RunRecord run_;
  Seconds at_;  // end of the windows so far
};

void RunMaker::FillCell() {
  Cell& cell = run_.cell;
  cell.model = layout_.ModelName((rows_.total != nullptr ? *rows_.total : front_).project_name);
  cell.engine = "imported";
  cell.options["tracker"] = "codecarbon " + front_.version;
  if (log_ != nullptr) {
    cell.task = log_->task;
    cell.dataset = log_->dataset;
    cell.variant = log_->variant;
  } else if (rows_.total != nullptr) {
    cell.dataset = rows_.total->file;
  } else {
    cell.variant = "unlisted";
    Found("in no file of totals: kept, and counted in no table");
  }
  cell.key = CellKey(cell);
}

void RunMaker::FillEnvironment() {
  auto& facts = run_.environment;
  const auto set = [&facts](const char* name, const std::string& value) {
    if (!value.empty()) facts[name] = value;
  };
  set("codecarbon", front_.version);
  set("cpu", front_.cpu_model);
  set("gpu", front_.gpu_model);
  set("os", front_.os);
  set("python", front_.python);
  set("place", PlaceOf(front_));
  set("cloud", front_.cloud);
  set("tracking_mode", front_.tracking_mode);
  if (front_.pue) facts["pue"] = fmt::format("{}", *front_.pue);
  // Twelve digits: what the intensity was, without the noise of having been multiplied and divided.
  const auto intensity = [](const CodeCarbonRow& row) -> std::string {
    if (!row.emissions || row.energy_consumed <= Joules(0)) return "";
    return fmt::format("{:.12g}", row.emissions->value() / ToKwh(row.energy_consumed));
  };
  set("logged_g_per_kwh", intensity(front_));
  for (const CodeCarbonRow* task : rows_.tasks) {
    const std::string other = intensity(*task);
    if (IsLoadTask(task->task_name) && other != facts["logged_g_per_kwh"])
      set("logged_g_per_kwh.load", other);
  }
  Found("written by CodeCarbon " + front_.version);
}

void RunMaker::FillFlags(const std::string& usual_place) {
  if (rows_.total != nullptr && front_.project_name != rows_.total->project_name) {
    run_.flags.push_back("model_name_differs:" + front_.project_name);
    Found(fmt::format("called '{}' in the totals and '{}' in the task files",
                      rows_.total->project_name, front_.project_name));
  }
  std::set<std::string> places;
  if (rows_.total != nullptr) places.insert(PlaceOf(*rows_.total));
  for (const CodeCarbonRow* task : rows_.tasks) places.insert(PlaceOf(*task));
  places.erase(usual_place);
  for (const std::string& place : places) {
    run_.flags.push_back("geolocation_differs:" + place);
    Found(fmt::format("placed in {} by network address, unlike the rest ({})", place, usual_place));
  }
  if (rows_.total == nullptr || rows_.tasks.empty()) return;
  Joules tasks;
  for (const CodeCarbonRow* task : rows_.tasks) tasks += task->energy_consumed;
  if (rows_.total->energy_consumed > tasks * 1.05)
    Found("total more than 5 % above the sum of its tasks: energy between tasks");
}

Channel RunMaker::Base(std::string id, Component component) const {
  Channel channel;
  channel.id = std::move(id);
  channel.component = component;
  channel.quantity = Quantity::kEnergy;
  channel.source = "codecarbon";
  return channel;
}

void RunMaker::AddGpu() {
  if (!front_.gpu_energy || front_.gpu_count.value_or(0) == 0) return;
  const int counted = *front_.gpu_count;
  std::optional<int> used = options_.gpus_used;
  if (!used && log_ != nullptr) used = layout_.gpus_used;
  const std::string worked = used ? fmt::format("{} in use", std::min(*used, counted))
                                  : "which of them worked is not logged";
  Channel channel = Base("gpu-all", Component::kGpu);
  channel.provenance = Provenance::kMeasured;
  channel.kind = SourceKind::kSensor;
  channel.scope = fmt::format("the energy counters of {} GPUs, {}", counted, worked);
  channel.facts["devices"] = std::to_string(counted);
  if (used) channel.facts["devices_used"] = std::to_string(std::min(*used, counted));
  channel.facts["name"] = front_.gpu_model;
  Found(fmt::format("gpu: counters of {} GPUs added up, {}: measured, machine scope", counted,
                    worked));
  run_.channels.push_back(std::move(channel));
}

void RunMaker::AddCpu() {
  if (!front_.cpu_energy) return;
  Channel channel = Base("cpu", Component::kCpu);
  const bool constant =
      front_.cpu_power && Near(front_.cpu_energy->value() * Share(front_),
                               front_.cpu_power->value() * front_.duration.value(), 0.03);
  if (constant && Near(front_.cpu_power->value(), kFallbackCpuWatts, 1e-9)) {
    channel.provenance = Provenance::kAssumed;
    channel.kind = SourceKind::kConstant;
    channel.scope =
        "42.5 W whatever it did: CodeCarbon's 85 W x 0.5 for a processor it does not know";
    Found("cpu: the constant 42.5 W, CodeCarbon's fallback: assumed");
  } else if (constant) {
    channel.provenance = Provenance::kModelled;
    channel.kind = SourceKind::kFormula;
    channel.scope = "power by CodeCarbon's rule for the processor's TDP";
    Found("cpu: power times duration, a TDP rule: modelled");
  } else {
    channel.provenance = Provenance::kModelled;
    channel.kind = SourceKind::kUnknown;
    channel.scope = "CodeCarbon logs no source: a counter or a rule";
    Found("cpu: CodeCarbon does not log whether a counter was read: modelled");
  }
  if (front_.cpu_power) channel.facts["watts"] = fmt::format("{}", front_.cpu_power->value());
  channel.facts["model_name"] = front_.cpu_model;
  run_.channels.push_back(std::move(channel));
}

void RunMaker::AddRam() {
  if (!front_.ram_energy) return;
  Channel channel = Base("ram", Component::kRam);
  channel.provenance = Provenance::kModelled;
  channel.kind = SourceKind::kFormula;
  channel.scope = "CodeCarbon's rule for the machine's memory";
  if (front_.ram_total) {
    channel.facts["bytes_total"] = fmt::format("{}", front_.ram_total->value());
    const double gib = front_.ram_total->value() / kBytesPerGib;
    if (front_.ram_power && Near(front_.ram_power->value(), kCodeCarbon2WattsPerGib * gib, 1e-6)) {
      channel.scope = "3/8 W per GB of all the machine's memory, used or not";
      Found(fmt::format("ram: 3/8 W for each of {:.0f} GB: modelled", gib));
    }
  }
  if (front_.ram_power) channel.facts["watts"] = fmt::format("{}", front_.ram_power->value());
  run_.channels.push_back(std::move(channel));
}

void RunMaker::AddWhole() {
  if (!run_.channels.empty()) return;
  Channel channel = Base("machine", Component::kOther);
  channel.provenance = Provenance::kModelled;
  channel.kind = SourceKind::kUnknown;
  channel.scope = "a total that the log does not split";
  Found("no energy by component: modelled as a whole");
  run_.channels.push_back(std::move(channel));
}

void RunMaker::AddWindow(const CodeCarbonRow& row, Phase phase, std::string name) {
  Window window;
  window.phase = phase;
  window.name = std::move(name);
  window.begin = phase == Phase::kSpan ? Seconds(0) : at_;
  window.duration = row.duration;
  if (phase != Phase::kSpan) at_ += row.duration;
  const double share = Share(row);
  for (const Channel& channel : run_.channels) {
    ChannelWindow seen;
    seen.channel = channel.id;
    seen.coverage = 1;
    std::optional<Joules> energy = row.energy_consumed;
    std::optional<Watts> constant;
    if (channel.component == Component::kGpu) energy = row.gpu_energy;
    if (channel.component == Component::kCpu) energy = row.cpu_energy, constant = row.cpu_power;
    if (channel.component == Component::kRam) energy = row.ram_energy, constant = row.ram_power;
    if (energy) seen.energy = *energy * share;
    // What a rule of constant power did not add up for part of the time shows how much was missed.
    const bool rule = channel.kind == SourceKind::kFormula || channel.kind == SourceKind::kConstant;
    if (rule && constant && energy && row.duration > Seconds(0) && *constant > Watts(0))
      seen.coverage = std::min(1.0, *seen.energy / (*constant * row.duration));
    seen.readings = 2;
    window.channels.push_back(std::move(seen));
  }
  run_.windows.push_back(std::move(window));
}

void RunMaker::AddWindows() {
  bool query = false;
  for (const CodeCarbonRow* task : rows_.tasks) {
    if (IsLoadTask(task->task_name)) {
      AddWindow(*task, Phase::kLoad, task->task_name);
    } else if (task == &front_) {
      AddWindow(*task, Phase::kQuery, "");
      query = true;
    } else {
      AddWindow(*task, Phase::kSpan, task->task_name);
    }
  }
  if (rows_.total == nullptr) return;
  if (!query && rows_.tasks.empty()) {
    AddWindow(*rows_.total, Phase::kQuery, "");
    run_.flags.push_back("load_inside");
    Found("no task rows: loading is part of the figure");
  } else {
    AddWindow(*rows_.total, Phase::kSpan, "total");
  }
}

RunRecord RunMaker::Make(const std::string& usual_place) {
  run_.run_id = front_.run_id;
  run_.started = front_.timestamp;
  if (run_.started.size() > 10 && run_.started[10] == ' ') run_.started[10] = 'T';
  FillCell();
  run_.queries = options_.queries.value_or(log_ != nullptr ? layout_.queries : kUsualQueries);
  FillEnvironment();
  FillFlags(usual_place);
  AddGpu();
  AddCpu();
  AddRam();
  AddWhole();
  AddWindows();
  if (Share(front_) != 1) Found("energies divided by the PUE that CodeCarbon had put on them");
  return std::move(run_);
}

}  // namespace

bool IsLoadTask(std::string_view name) {
  return name.find("load") != std::string_view::npos ||
         name.find("transfer") != std::string_view::npos;
}

std::string PlaceOf(const CodeCarbonRow& row) {
  return row.region.empty() ? row.country : row.country + " " + row.region;
}

const CodeCarbonRow& CodeCarbonRun::Front() const {
  for (const CodeCarbonRow* task : tasks) {
    if (IsQueryTask(task->task_name)) return *task;
  }
  if (total != nullptr && tasks.empty()) return *total;
  for (const CodeCarbonRow* task : tasks) {
    if (!IsLoadTask(task->task_name)) return *task;
  }
  return total != nullptr ? *total : *tasks.front();
}

RunRecord MakeRun(const CodeCarbonRun& rows, const StudyLayout& layout,
                  const CodeCarbonOptions& options, const std::string& usual_place,
                  std::map<std::string, std::size_t>& findings) {
  return RunMaker(rows, layout, options, findings).Make(usual_place);
}

}  // namespace permille
