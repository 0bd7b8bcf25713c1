// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <exception>

#include "base/log.h"
#include "cli/command.h"

namespace {

constexpr auto kCommands = std::to_array<permille::CommandEntry>({
    {"run", "measure one model on one task", permille::MakeRunCommand},
    {"exec", "measure any command: permille exec [flags] -- COMMAND ...",
     permille::MakeExecCommand},
    {"doctor", "what can be measured here, how well, and how to get better",
     permille::MakeDoctorCommand},
    {"report", "the table of a store", permille::MakeReportCommand},
    {"import", "others' logs into a store: permille import codecarbon DIR",
     permille::MakeImportCommand},
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
