// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cmath>
#include <cstdio>

#include "analyse/parity.h"
#include "analyse/pooled.h"
#include "analyse/study.h"
#include "base/json.h"
#include "cli/analyse_flags.h"
#include "cli/command.h"
#include "cli/log_folder.h"
#include "report/table_text.h"

namespace permille {
namespace {

class ParityCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Positional("STORE",
                     "the store to read (default permille.db), or a folder of "
                     "CodeCarbon's logs",
                     store_, false);
    flags.Text("--model", "one model; without it, every one whose training energy was published",
               model_);
    flags.Real("--training-kwh", "what training took, metered", training_kwh_);
    flags.Real("--training-gpu-hours", "or its GPU hours, times --tdp", training_hours_);
    flags.Real("--finetuning-kwh", "what finetuning took, metered", finetuning_kwh_);
    flags.Real("--finetuning-gpu-hours", "or its GPU hours, times --tdp", finetuning_hours_);
    flags.Real("--tdp", "watts of one GPU", tdp_);
    flags.Real("--queries-per-day", "also print the date of parity from today", per_day_);
    flags.Real("--inference-kwh", "of one query, in place of the store's", inference_kwh_);
    analyse_.Declare(flags);
    flags.Toggle("--json", "print one JSON object", json_);
  }

  int Run() override {
    const auto done = Print();
    return done ? kExitOk : Complain(done.error());
  }

 private:
  Result<void> Check() const;
  Result<void> Print();
  Result<std::vector<ParityTerm>> Terms(const StudyInput& study) const;
  Result<void> AddTerm(const char* name, const std::optional<double>& kwh,
                       const std::optional<double>& hours, std::vector<ParityTerm>& terms) const;
  std::string Text(const Parity& parity, const std::optional<LengthFit>& fit) const;
  std::string JsonText(const Parity& parity, const std::optional<LengthFit>& fit) const;

  std::string store_ = "permille.db";
  std::string model_;
  std::optional<double> training_kwh_, training_hours_, finetuning_kwh_, finetuning_hours_, tdp_,
      per_day_, inference_kwh_;
  AnalyseFlags analyse_;
  bool json_ = false;
};

constexpr double kTokens[] = {1, 10, 100, 1000};

/// The day so many days from now; empty for one too far off to name.
std::string DateAfter(double days) {
  if (!(days < 4e6)) return "";
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const std::chrono::year_month_day date(
      today + std::chrono::days(static_cast<std::int64_t>(std::ceil(days))));
  return fmt::format("{:04d}-{:02d}-{:02d}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

Result<void> ParityCommand::AddTerm(const char* name, const std::optional<double>& kwh,
                                    const std::optional<double>& hours,
                                    std::vector<ParityTerm>& terms) const {
  if (kwh) {
    if (hours)
      return Fail(ErrorCode::kInvalid,
                  "--{0}-kwh and --{0}-gpu-hours say the same twice: give one of them", name);
    terms.push_back({name, *kwh, Provenance::kMeasured, "given as metered"});
  }
  if (!hours) return {};
  if (!tdp_)
    return Fail(ErrorCode::kInvalid, "--{}-gpu-hours needs --tdp: the watts of one GPU", name);
  PERMILLE_ASSIGN(auto term, GpuHours(name, *hours, Watts(*tdp_)));
  terms.push_back(std::move(term));
  return {};
}

Result<std::vector<ParityTerm>> ParityCommand::Terms(const StudyInput& study) const {
  std::vector<ParityTerm> terms;
  PERMILLE_TRY(AddTerm("training", training_kwh_, training_hours_, terms));
  PERMILLE_TRY(AddTerm("finetuning", finetuning_kwh_, finetuning_hours_, terms));
  if (!terms.empty()) return terms;
  const StudyModel* known = study.layout.FindMultiPurpose(model_);
  if (known == nullptr || !known->training_kwh) {
    return Fail(ErrorCode::kNotFound,
                "parity: no training energy is known of '{}': give --training-kwh, or "
                "--training-gpu-hours and --tdp",
                model_);
  }
  return PublishedTerms(*known);
}

Result<void> ParityCommand::Check() const {
  struct Given {
    const char* flag;
    const std::optional<double>& value;
    bool zero;  ///< whether 0 makes sense
  };
  const Given all[] = {{"--training-kwh", training_kwh_, true},
                       {"--training-gpu-hours", training_hours_, false},
                       {"--finetuning-kwh", finetuning_kwh_, true},
                       {"--finetuning-gpu-hours", finetuning_hours_, false},
                       {"--tdp", tdp_, false},
                       {"--queries-per-day", per_day_, false},
                       {"--inference-kwh", inference_kwh_, false}};
  for (const Given& given : all) {
    const double value = given.value.value_or(1);
    if (!std::isfinite(value))
      return Fail(ErrorCode::kInvalid, "{}: {} is no quantity", given.flag, value);
    if (value < 0 || (value == 0 && !given.zero))
      return Fail(ErrorCode::kInvalid, "{}: {} is not above 0", given.flag, value);
  }
  return {};
}

Result<void> ParityCommand::Print() {
  PERMILLE_TRY(Check());
  PERMILLE_ASSIGN(const AnalyseOptions options, analyse_.Options());
  PERMILLE_ASSIGN(const LogFolder source, OpenLogs(store_));
  PERMILLE_ASSIGN(const StudyInput study, ReadStudy(source.store(), options));
  WarnOfLeftOut(study.left_out);
  if (model_.empty()) {
    const DataTable table = ParityTable(study);
    if (table.rows.empty())
      return Fail(ErrorCode::kNotFound,
                  "{}: no model whose training energy was published; name one with --model and "
                  "give --training-kwh",
                  store_);
    const std::string text =
        json_ ? fmt::format("{}\n", TableRowsJson(table, 2)) : TableTerm(table, 200);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  }
  auto inference = InferenceOf(study, model_);
  if (inference_kwh_)
    inference = InferenceCost{*inference_kwh_, {}, Attribution::kDevice, false, false};
  if (!inference) {
    return Fail(ErrorCode::kNotFound, "{}: holds no model '{}' (or give --inference-kwh)", store_,
                model_);
  }
  PERMILLE_ASSIGN(auto terms, Terms(study));
  PERMILLE_ASSIGN(const Parity parity, ComputeParity(std::move(terms), *inference));
  const auto fit = FitLength(study, model_);
  const std::string text = json_ ? JsonText(parity, fit) : Text(parity, fit);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

std::string ParityCommand::Text(const Parity& parity, const std::optional<LengthFit>& fit) const {
  std::string text = model_ + "\n";
  for (const ParityTerm& term : parity.terms)
    text += fmt::format("{:<12} {:>14} kWh  {}: {}\n", term.name, ShortNumber(term.kwh),
                        Name(term.provenance), term.source);
  text += fmt::format("{:<12} {:>14.6g} kWh\n", "one query", parity.inference_kwh);
  text += fmt::format("\nparity after {:.0f} queries", std::floor(parity.queries));
  if (parity.queries_interval)
    text += fmt::format(" ({:.3g} to {:.3g}, k = 2)", parity.queries_interval->low,
                        parity.queries_interval->high);
  text +=
      fmt::format("\n             {:.0f} with the energy of a query at two digits, as the study\n",
                  parity.queries_printed);
  if (per_day_) {
    const double days = parity.queries / *per_day_;
    const std::string date = DateAfter(days);
    text += fmt::format("at {:g} queries a day: {:.1f} days{}\n", *per_day_, days,
                        date.empty() ? "" : ", on " + date);
  }
  if (fit) {
    text += fmt::format(
        "\nby output length ({} = {:.3g} kWh + {:.3g} kWh x {}; fitted over {} cells)\n",
        "one query", fit->intercept_kwh, fit->per_unit_kwh, fit->unit, fit->cells);
    for (const double tokens : kTokens) {
      const double kwh = fit->intercept_kwh + fit->per_unit_kwh * tokens;
      if (kwh > 0)
        text += fmt::format("{:>8g} {:<6} {:>16.0f} queries\n", tokens, fit->unit,
                            std::floor(parity.spent_kwh / kwh));
    }
  }
  for (const std::string& warning : parity.warnings) text += "\nwarning: " + warning;
  if (!parity.warnings.empty()) text += "\n";
  return text;
}

std::string ParityCommand::JsonText(const Parity& parity,
                                    const std::optional<LengthFit>& fit) const {
  Json json{{"schema", "permille.parity/1"}, {"model", model_}, {"terms", Json::array()}};
  for (const ParityTerm& term : parity.terms) {
    json["terms"].push_back({{"name", term.name},
                             {"kwh", term.kwh},
                             {"provenance", Name(term.provenance)},
                             {"source", term.source}});
  }
  json["inference_kwh"] = parity.inference_kwh;
  json["queries"] = {{"full", std::floor(parity.queries)}, {"printed", parity.queries_printed}};
  json["queries"]["interval"] =
      parity.queries_interval
          ? Json::array({parity.queries_interval->low, parity.queries_interval->high})
          : Json(nullptr);
  if (per_day_) {
    const double days = parity.queries / *per_day_;
    json["queries_per_day"] = *per_day_;
    json["days"] = days;
    json["date"] = DateAfter(days).empty() ? Json(nullptr) : Json(DateAfter(days));
  }
  json["by_output"] = nullptr;
  if (fit) {
    json["by_output"] = {{"unit", fit->unit},
                         {"intercept_kwh", fit->intercept_kwh},
                         {"per_unit_kwh", fit->per_unit_kwh},
                         {"cells", fit->cells},
                         {"parity", Json::array()}};
    for (const double tokens : kTokens) {
      const double kwh = fit->intercept_kwh + fit->per_unit_kwh * tokens;
      json["by_output"]["parity"].push_back(
          {{"length", tokens},
           {"queries", kwh > 0 ? Json(std::floor(parity.spent_kwh / kwh)) : Json(nullptr)}});
    }
  }
  json["warnings"] = parity.warnings;
  return DumpJson(json, 2) + "\n";
}

}  // namespace

std::unique_ptr<Command> MakeParityCommand() {
  return std::make_unique<ParityCommand>();
}

}  // namespace permille
