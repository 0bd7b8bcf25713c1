// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <span>
#include <string>

#include "power/load_study.h"

// Which curve turns CPU load into watts best on a machine it was not fitted to.
//
//     cpu_load_model PROFILES [MORE_PROFILES]
//
// PROFILES: the folder factors/cpu_load_profiling of the shared material. MORE_PROFILES: other
// profiles of the same form, such as codecarbon/data/hardware/cpu_load_profiling of a CodeCarbon
// checkout; the curve fitted on PROFILES is scored on the machines only they have. docs/method.md
// discusses the output.

namespace permille {
namespace {

void PrintTable(std::string_view title, std::span<const ProfiledMachine> machines) {
  fmt::print("\n{}\n", title);
  const auto errors = LeaveOneMachineOut(machines);
  fmt::print("  {:<14}", "fitted on the others,");
  for (const LoadError& machine : errors.front().machines) fmt::print("  {:>27}", machine.machine);
  fmt::print("  {:>34}\n  {:<21}", "all machines", "tested on:");
  for (std::size_t i = 0; i < machines.size(); ++i)
    fmt::print("  {:>9}{:>9}{:>9}", "ln rms", "MAPE", "RMSE");
  fmt::print("  {:>8}{:>9}{:>8}{:>9}\n", "ln rms", "MAPE", "RMSE", "bias");
  const LoadForm lowest = Lowest(errors).form;
  for (const HeldOutError& held : errors) {
    fmt::print("{} {:<21}", held.form == lowest ? '*' : ' ',
               LoadForms()[static_cast<std::size_t>(held.form)].name);
    for (const LoadError& error : held.machines) {
      fmt::print("  {:>9.3f}{:>8.1f}%{:>9.3f}", error.log_rms, 100 * error.mape, error.rmse);
    }
    fmt::print("  {:>8.3f}{:>8.1f}%{:>8.3f}{:>8.1f}%\n", held.overall.log_rms,
               100 * held.overall.mape, held.overall.rmse, 100 * held.overall.bias);
  }
}

void PrintFit(LoadForm form, std::span<const ProfiledMachine> machines) {
  const FittedLoad fitted = FitLoad(form, machines);
  const LoadFormText& text = LoadForms()[static_cast<std::size_t>(form)];
  fmt::print("  {}: {}", text.name, text.formula);
  for (std::size_t i = 0; i < fitted.parameters.size(); ++i) {
    fmt::print("  {} = {:.6f}", "abc"[i], fitted.parameters[i]);
  }
  for (const LoadKnot& knot : fitted.knots)
    fmt::print("\n    {{{:.6f}, {:.6f}}},", knot.load, knot.of_tdp);
  fmt::print("\n");
}

Result<void> PrintAlternatives(const std::string& folder) {
  ProfileReading reading;
  reading.load = ProfileReading::Load::kMeanOfWindow;
  PERMILLE_ASSIGN(const auto mean_load, ReadProfiles(folder, reading));
  PrintTable("the same with the load averaged over the window (estimated_power / TDP)", mean_load);
  reading = {};
  reading.double_counted = ProfileReading::DoubleCounted::kOwnMachine;
  PERMILLE_ASSIGN(const auto three, ReadProfiles(folder, reading));
  PrintTable("the same with the folder E5-1240 taken for a third machine", three);
  reading.power = ProfileReading::Power::kPowerColumn;
  PERMILLE_ASSIGN(const auto column, ReadProfiles(folder, reading));
  PrintTable(
      "the columns as written: rapl_power against cpu_load, three folders for three machines",
      column);
  return {};
}

Result<void> PrintMore(std::span<const ProfiledMachine> machines, const std::string& folder) {
  PERMILLE_ASSIGN(const auto all, ReadProfiles(folder));
  fmt::print("\nfitted on the {} machines above, tested on machines of {}\n", machines.size(),
             folder);
  for (const LoadFormText& text : LoadForms()) {
    const FittedLoad fitted = FitLoad(text.form, machines);
    fmt::print("  {:<14}", text.name);
    for (const ProfiledMachine& machine : all) {
      bool seen = false;
      for (const ProfiledMachine& other : machines) seen = seen || other.name == machine.name;
      if (seen) continue;
      const LoadError error = ScoreLoad(fitted, machine);
      fmt::print("  {:>20}: ln rms {:.3f}, MAPE {:4.1f}%, bias {:5.1f}%", machine.name,
                 error.log_rms, 100 * error.mape, 100 * error.bias);
    }
    fmt::print("\n");
  }
  PrintTable("leave one out over all of them", all);
  return {};
}

Result<void> Run(int argc, char** argv) {
  if (argc < 2) return Fail(ErrorCode::kInvalid, "usage: cpu_load_model PROFILES [MORE_PROFILES]");
  PERMILLE_ASSIGN(const auto machines, ReadProfiles(argv[1]));
  for (const ProfiledMachine& machine : machines) {
    fmt::print("{}: {} readings, TDP {} W\n", machine.name, machine.readings.size(),
               machine.tdp.value());
  }
  PrintTable(
      "watts = rapl_energy / duration, load = cpu_load, RMSE in units of TDP; * has the lowest ln "
      "rms",
      machines);
  fmt::print("\nfitted on all machines\n");
  for (const LoadFormText& text : LoadForms()) PrintFit(text.form, machines);
  PERMILLE_TRY(PrintAlternatives(argv[1]));
  if (argc > 2) PERMILLE_TRY(PrintMore(machines, argv[2]));
  return {};
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  const auto done = permille::Run(argc, argv);
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
