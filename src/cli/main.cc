// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <exception>

#include "base/log.h"
#include "cli/command.h"

namespace {

constexpr auto kCommands = std::to_array<permille::CommandEntry>({
    {"run", "measure one model on one task", permille::MakeRunCommand},
    {"study", "measure a set of cells from a YAML file: permille study plan|run FILE",
     permille::MakeStudyCommand},
    {"exec", "measure any command: permille exec [flags] -- COMMAND ...",
     permille::MakeExecCommand},
    {"doctor", "what can be measured here, how well, and how to get better",
     permille::MakeDoctorCommand},
    {"report", "tables, figures, claims and the page of a store", permille::MakeReportCommand},
    {"compare", "is one model or store cheaper than another, and how surely",
     permille::MakeCompareCommand},
    {"parity", "when inference has cost as much as training", permille::MakeParityCommand},
    {"import", "others' logs into a store: permille import codecarbon DIR",
     permille::MakeImportCommand},
    {"export", "a store as emissions.csv, CSV or JSON lines", permille::MakeExportCommand},
    {"model", "what a checkpoint's weights are like: permille model stats PATH",
     permille::MakeModelCommand},
    {"list", "what there is: meters, engines, tasks, datasets, models, grids",
     permille::MakeListCommand},
});

}  // namespace

int main(int argc, char** argv) {
  try {
    return permille::Dispatch(kCommands, argc, argv);
  } catch (const std::exception& error) {
    permille::LogLine(permille::LogLevel::kError, fmt::format("internal error: {}", error.what()));
    return permille::kExitFailure;
  }
}
