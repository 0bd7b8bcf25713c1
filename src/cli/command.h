// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// One verb is one <verb>_command.cc and one row of kCommands[] in main.cc. A command declares its
// flags as data bound to its own fields and then runs; only flag_parser.cc knows the library that
// parses them.

namespace permille {

/// Exit codes of everything but `exec` (which passes the child's on).
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,
  kExitUsage = 2,
  kExitSkipped = 3,
  kExitInconclusive = 4,
  kExitOwnFailure = 125,  ///< exec: permille itself failed
  kExitNotExecutable = 126,
  kExitNotFound = 127,
  kExitInterrupted = 130,
};

/// Where a command declares its flags. Every target keeps its value when the flag is not given.
class FlagSet {
 public:
  virtual ~FlagSet() = default;
  virtual void Text(const char* flag, const char* help, std::string& target) = 0;
  virtual void Text(const char* flag, const char* help, std::optional<std::string>& target) = 0;
  virtual void Integer(const char* flag, const char* help, std::int64_t& target) = 0;
  virtual void Integer(const char* flag, const char* help, std::optional<std::int64_t>& target) = 0;
  virtual void Real(const char* flag, const char* help, std::optional<double>& target) = 0;
  virtual void Toggle(const char* flag, const char* help, bool& target) = 0;
  virtual void Positional(const char* name, const char* help, std::string& target,
                          bool required) = 0;
  /// All that follows, flags included: a command line to execute.
  virtual void Rest(const char* name, const char* help, std::vector<std::string>& target) = 0;
};

class Command {
 public:
  virtual ~Command() = default;
  virtual void Declare(FlagSet& flags) = 0;
  virtual int Run() = 0;
};

struct CommandEntry {
  const char* name;
  const char* help;
  std::unique_ptr<Command> (*make)();
};

std::unique_ptr<Command> MakeRunCommand();
std::unique_ptr<Command> MakeStudyCommand();
std::unique_ptr<Command> MakeExecCommand();
std::unique_ptr<Command> MakeDoctorCommand();
std::unique_ptr<Command> MakeReportCommand();
std::unique_ptr<Command> MakeImportCommand();
std::unique_ptr<Command> MakeExportCommand();
std::unique_ptr<Command> MakeCompareCommand();
std::unique_ptr<Command> MakeParityCommand();
std::unique_ptr<Command> MakeListCommand();
std::unique_ptr<Command> MakeModelCommand();

/// Parse the command line and run the verb it names. Prints help, version and usage errors itself.
int Dispatch(std::span<const CommandEntry> commands, int argc, char** argv);

/// A message as one line that a terminal can show: it may quote names out of files of others.
std::string Sayable(const std::string& message);
/// Print `permille: message` on stderr and give the exit code that fits: 2 for what the user typed
/// wrong, 130 when interrupted, else 1.
int Complain(const Error& error);

}  // namespace permille
