// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "cli/analyse_flags.h"
#include "cli/command.h"
#include "report/report.h"

namespace permille {
namespace {

class ReportCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Positional("STORE", "the store to read (default permille.db)", store_, false);
    flags.Text("--format", "term (default) or json", format_);
    analyse_.Declare(flags);
    flags.Toggle("--json", "the same as --format json", json_);
  }

  int Run() override {
    if (json_) format_ = "json";
    if (format_ != "term" && format_ != "json") {
      return Complain(
          {ErrorCode::kInvalid, fmt::format("--format: '{}' is none of term, json", format_)});
    }
    const auto options = analyse_.Options();
    if (!options) return Complain(options.error());
    const auto cells = AnalyseStore(store_, *options);
    if (!cells) return Complain(cells.error());
    const std::string text = format_ == "json" ? StoreJson(*cells) : StoreText(*cells);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kExitOk;
  }

 private:
  std::string store_ = "permille.db";
  std::string format_ = "term";
  bool json_ = false;
  AnalyseFlags analyse_;
};

}  // namespace

std::unique_ptr<Command> MakeReportCommand() {
  return std::make_unique<ReportCommand>();
}

}  // namespace permille
