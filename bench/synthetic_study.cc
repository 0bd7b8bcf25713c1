// SPDX-License-Identifier: Apache-2.0
#include "synthetic_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

namespace permille {
namespace {

constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
constexpr double kRamWatts = 430.78;  // 3/8 W for each of 1,148.74 GiB
constexpr double kCpuWatts = 42.5;
constexpr double kGpuWatts = 540;
constexpr double kGramsPerKwh = 138.75;

/// Seconds that 1,000 queries of a task take, in the order of the study's.
const std::map<std::string, double, std::less<>> kSeconds = {
    {"text-classification", 8},   {"question-answering", 12},   {"fill-mask", 12},
    {"token-classification", 13}, {"image-classification", 25}, {"object-detection", 135},
    {"text-generation", 170},     {"summarization", 175},       {"image-to-text", 225},
    {"text-to-image", 8000},
};

/// Task-specific models that claims name.
const std::multimap<std::string, std::string, std::less<>> kNamed = {
    {"fill-mask", "distilbert-base-uncased"},
    {"text-to-image", "segmind/tiny-sd"},
    {"text-to-image", "stabilityai/stable-diffusion-xl-base-1.0"},
    {"question-answering", "bert-large-uncased-whole-word-masking-finetuned-squad"},
    {"text-classification", "nlptown/bert-base-multilingual-uncased-sentiment"},
};

/// Where a cell lies, and how long 1,000 of its queries take.
struct Plan {
  Cell cell;
  double seconds = 0;
  double load_seconds = 0;
};

class Inventor {
 public:
  Inventor(const StudyLayout& layout, std::size_t cells) : layout_(layout), wanted_(cells) {
    PlanMultiPurpose();
    PlanTaskSpecific();
  }

  SyntheticStudy Make(int repeats);

 private:
  double Around(double value, double spread) {
    return value * std::exp(std::normal_distribution<double>(0, spread)(random_));
  }
  void PlanMultiPurpose();
  void PlanTaskSpecific();
  void Add(const StudyLog& log, const std::string& model, double factor);
  void AddFacts(SyntheticStudy& study);
  RunRecord Run(const Plan& plan, int repeat, double mood);

  const StudyLayout& layout_;
  std::size_t wanted_;
  std::vector<Plan> plans_;
  std::mt19937_64 random_{20231128};
};

void Inventor::Add(const StudyLog& log, const std::string& model, double factor) {
  if (plans_.size() == wanted_) return;
  Plan& plan = plans_.emplace_back();
  plan.cell.task = log.task;
  plan.cell.dataset = log.dataset;
  plan.cell.variant = log.variant;
  plan.cell.model = model;
  plan.cell.engine = "imported";
  plan.cell.options["tracker"] = "codecarbon 2.3.1";
  plan.cell.key = CellKey(plan.cell);
  plan.seconds = Around(kSeconds.find(log.task)->second * factor, 0.3);
  plan.load_seconds = Around(10, 0.3);
}

/// A quarter of the cells: the layout's models first.
void Inventor::PlanMultiPurpose() {
  std::vector<const StudyLog*> logs;
  for (const StudyLog& log : layout_.logs) {
    // Two files hold one dataset: half the models each.
    const bool known = std::ranges::any_of(logs, [&](const StudyLog* other) {
      return other->task == log.task && other->dataset == log.dataset;
    });
    if (log.variant == "zero-shot" && !known) logs.push_back(&log);
  }
  const std::size_t models = wanted_ / 4 / std::max<std::size_t>(logs.size(), 1);
  for (std::size_t i = 0; i < models; ++i) {
    const bool listed = i < layout_.multi_purpose.size();
    const std::string model =
        listed ? layout_.multi_purpose[i].model : fmt::format("invented/general-{}", i);
    for (const StudyLog* log : logs) Add(*log, model, 6);
  }
}

void Inventor::PlanTaskSpecific() {
  std::vector<const StudyLog*> logs;
  for (const StudyLog& log : layout_.logs) {
    if (log.in_tables && log.variant != "zero-shot") logs.push_back(&log);
  }
  for (std::size_t i = 0; plans_.size() < wanted_ && !logs.empty(); ++i) {
    for (const StudyLog* log : logs) {
      const auto [first, last] = kNamed.equal_range(log->task);
      const auto named = static_cast<std::size_t>(std::distance(first, last));
      Add(*log,
          i < named ? std::next(first, static_cast<std::ptrdiff_t>(i))->second
                    : fmt::format("invented/{}-{}", log->task, i),
          1);
    }
  }
}

void Inventor::AddFacts(SyntheticStudy& study) {
  std::map<std::string, bool> seen;
  for (const Plan& plan : plans_) {
    const Cell& cell = plan.cell;
    if (!seen.emplace(cell.model, true).second) continue;
    study.facts.models.push_back({cell.model, Around(5e8, 1), "encoder", "invented"});
  }
  for (const Plan& plan : plans_) {
    const Cell& cell = plan.cell;
    if (cell.variant == "zero-shot")
      study.facts.lengths.push_back({cell.model, cell.dataset, cell.variant, "words", 1000, 60'000,
                                     static_cast<std::int64_t>(Around(9'000, 0.4)), "invented"});
    if (cell.task == "text-classification")
      study.facts.scores.push_back({cell.model, cell.dataset, cell.task, "accuracy",
                                    std::min(1.0, Around(0.85, 0.05)), "invented"});
  }
}

Channel MakeChannel(std::string id, Component component, Provenance provenance, SourceKind kind,
                    std::string scope) {
  Channel channel;
  channel.id = std::move(id);
  channel.component = component;
  channel.quantity = Quantity::kEnergy;
  channel.source = "codecarbon";
  channel.provenance = provenance;
  channel.kind = kind;
  channel.scope = std::move(scope);
  return channel;
}

std::vector<Channel> Channels() {
  std::vector<Channel> channels;
  channels.push_back(MakeChannel("gpu-all", Component::kGpu, Provenance::kMeasured,
                                 SourceKind::kSensor, "the energy counters of 8 GPUs, 1 in use"));
  channels.back().facts = {{"devices", "8"}, {"devices_used", "1"}, {"name", "invented"}};
  channels.push_back(MakeChannel("cpu", Component::kCpu, Provenance::kAssumed,
                                 SourceKind::kConstant, "42.5 W whatever it did"));
  channels.back().facts = {{"watts", "42.5"}, {"model_name", "invented"}};
  channels.push_back(MakeChannel("ram", Component::kRam, Provenance::kModelled,
                                 SourceKind::kFormula, "3/8 W per GB"));
  channels.back().facts = {{"bytes_total", fmt::format("{}", 1148.738 * kGib)},
                           {"watts", fmt::format("{}", kRamWatts)}};
  return channels;
}

RunRecord Inventor::Run(const Plan& plan, int repeat, double mood) {
  RunRecord run;
  run.run_id = fmt::format("{:016x}-{}", random_(), repeat);
  run.started = "2023-10-02T20:20:22";
  run.cell = plan.cell;
  run.repeat = run.block = repeat;
  run.queries = layout_.queries;
  run.channels = Channels();
  run.environment = {{"codecarbon", "2.3.1"},
                     {"cpu", "invented"},
                     {"gpu", "8 x invented"},
                     {"logged_g_per_kwh", fmt::format("{}", kGramsPerKwh)},
                     {"place", "USA oregon"}};
  const auto window = [&](Phase phase, std::string name, double seconds, double gpu_watts) {
    Window& made = run.windows.emplace_back();
    made.phase = phase;
    made.name = std::move(name);
    made.duration = Seconds(seconds);
    for (const auto& [id, watts] :
         {std::pair("gpu-all", Around(gpu_watts, 0.01)), {"cpu", kCpuWatts}, {"ram", kRamWatts}}) {
      ChannelWindow& seen = made.channels.emplace_back();
      seen.channel = id;
      seen.energy = Joules(watts * seconds);
      seen.coverage = 1;
      seen.readings = 2;
    }
  };
  window(Phase::kLoad, "load model", Around(plan.load_seconds, 0.05), 0.95 * kGpuWatts);
  window(Phase::kQuery, "", Around(plan.seconds * mood, 0.01), kGpuWatts);
  return run;
}

SyntheticStudy Inventor::Make(int repeats) {
  SyntheticStudy study;
  AddFacts(study);
  study.runs.reserve(plans_.size() * static_cast<std::size_t>(repeats));
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const double mood = Around(1, 0.01);
    for (const Plan& plan : plans_) study.runs.push_back(Run(plan, repeat, mood));
  }
  return study;
}

}  // namespace

SyntheticStudy MakeSyntheticStudy(const StudyLayout& layout, std::size_t cells, int repeats) {
  return Inventor(layout, cells).Make(repeats);
}

}  // namespace permille
