// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "base/log.h"
#include "base/spelling.h"
#include "catalog/catalog.h"
#include "cli/command.h"
#include "report/plain_text.h"

namespace permille {
namespace {

constexpr std::size_t kLongestMessage = 2000;

class CliFlagSet : public FlagSet {
 public:
  explicit CliFlagSet(CLI::App& app) : app_(app) {}
  void Text(const char* flag, const char* help, std::string& target) override {
    app_.add_option(flag, target, help);
  }
  void Text(const char* flag, const char* help, std::optional<std::string>& target) override {
    app_.add_option_function<std::string>(
        flag, [&target](const std::string& value) { target = value; }, help);
  }
  void Integer(const char* flag, const char* help, std::int64_t& target) override {
    app_.add_option(flag, target, help);
  }
  void Integer(const char* flag, const char* help, std::optional<std::int64_t>& target) override {
    app_.add_option_function<std::int64_t>(
        flag, [&target](const std::int64_t& value) { target = value; }, help);
  }
  void Real(const char* flag, const char* help, std::optional<double>& target) override {
    app_.add_option_function<double>(
        flag, [&target](const double& value) { target = value; }, help);
  }
  void Toggle(const char* flag, const char* help, bool& target) override {
    app_.add_flag(flag, target, help);
  }
  void Positional(const char* name, const char* help, std::string& target, bool required) override {
    app_.add_option(name, target, help)->required(required);
  }
  // "--" is the one way to name a command, so Dispatch fills the target and CLI11 never sees it.
  void Rest(const char*, const char*, std::vector<std::string>& target) override {
    rest_ = &target;
  }
  std::vector<std::string>* rest() const { return rest_; }

 private:
  CLI::App& app_;
  std::vector<std::string>* rest_ = nullptr;
};

std::vector<std::string> FlagNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) names.push_back(option->get_name());
  }
  return names;
}

// The word that nobody understood, with its nearest neighbour.
std::string Suggest(std::string_view word, const std::vector<std::string>& known) {
  const auto nearest = Nearest(word, known);
  return nearest ? fmt::format("; did you mean '{}'?", *nearest) : std::string();
}

int Usage(std::string_view verb, const std::string& problem) {
  const std::string place = verb.empty() ? "permille" : fmt::format("permille {}", verb);
  LogLine(LogLevel::kError, fmt::format("{} (see {} --help)", problem, place));
  return kExitUsage;
}

// Everything after "--" belongs to the command that exec runs, and CLI11 must not look at it.
std::vector<std::string> SplitRest(int argc, char** argv, std::vector<std::string>& rest) {
  std::vector<std::string> words;
  int i = 1;
  for (; i < argc && std::string_view(argv[i]) != "--"; ++i) words.emplace_back(argv[i]);
  for (++i; i < argc; ++i) rest.emplace_back(argv[i]);
  return words;
}

int ParseFailure(const CLI::ParseError& error, const CLI::App& app, std::string_view verb) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    // The value that follows an unknown flag is unknown too; the flag is what was mistyped.
    const std::vector<std::string> unknown = app.remaining(true);
    const auto flag = std::ranges::find_if(
        unknown, [](const std::string& word) { return word.starts_with('-'); });
    std::string word = flag != unknown.end() ? *flag : unknown.empty() ? "" : unknown.front();
    word = word.substr(0, word.find('='));
    return Usage(verb, fmt::format("unknown argument '{}'{}", word, Suggest(word, FlagNames(app))));
  }
  return Usage(verb, error.what());
}

}  // namespace

int Dispatch(std::span<const CommandEntry> commands, int argc, char** argv) {
  CLI::App app("permille: what 1,000 inferences cost, in energy and carbon", "permille");
  app.set_version_flag("--version", PERMILLE_VERSION);
  app.require_subcommand(1);
  std::vector<std::string> rest;
  std::vector<std::string> words = SplitRest(argc, argv, rest);

  std::vector<std::string> names;
  for (const CommandEntry& entry : commands) names.emplace_back(entry.name);
  const std::string verb =
      !words.empty() && !words.front().starts_with('-') ? words.front() : std::string();
  if (!verb.empty() && std::ranges::find(names, verb) == names.end()) {
    return Usage("", fmt::format("there is no command '{}'{}", verb, Suggest(verb, names)));
  }

  std::unique_ptr<Command> command;
  CLI::App* chosen = &app;
  std::vector<std::string>* rest_target = nullptr;
  for (const CommandEntry& entry : commands) {
    CLI::App* sub = app.add_subcommand(entry.name, entry.help);
    if (verb != entry.name) continue;
    command = entry.make();
    chosen = sub;
    // The last one given wins, as in every shell alias that is extended on the command line.
    sub->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    CliFlagSet flags(*sub);
    command->Declare(flags);
    rest_target = flags.rest();
  }
  if (rest_target == nullptr && !rest.empty()) {
    return Usage(verb, fmt::format("'-- {}' is not expected here", rest.front()));
  }
  if (rest_target != nullptr) *rest_target = rest;
  try {
    std::ranges::reverse(words);  // CLI11 takes them last first
    app.parse(words);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return ParseFailure(error, *chosen, verb);
  }
  return command->Run();
}

std::string Sayable(const std::string& message) {
  return Ellipsised(OneLine(message), kLongestMessage);
}

int Complain(const Error& error) {
  LogLine(LogLevel::kError, Sayable(error.message));
  if (error.code == ErrorCode::kCancelled) return kExitInterrupted;
  return kExitFailure;
}

}  // namespace permille
