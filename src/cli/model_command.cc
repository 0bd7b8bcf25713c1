// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "base/file.h"
#include "cli/command.h"
#include "engine/weight_stats.h"

namespace permille {
namespace {

class ModelCommand : public Command {
 public:
  void Declare(FlagSet& flags) override {
    flags.Positional("WHAT", "stats: moments of every tensor, for --weight-stats", what_, true);
    flags.Positional("PATH", "a .safetensors file, the index of several, or their folder", path_,
                     true);
    flags.Text("--out", "write the CSV here (default: stdout)", out_);
  }

  int Run() override {
    if (what_ != "stats") {
      return Complain(
          {ErrorCode::kInvalid, fmt::format("model: there is no '{}' (known: stats)", what_)});
    }
    const auto csv = Stats();
    if (!csv) return Complain(csv.error());
    if (out_.empty()) {
      std::fwrite(csv->data(), 1, csv->size(), stdout);
      return kExitOk;
    }
    const auto written = WriteFile(out_, *csv);
    return written ? kExitOk : Complain(written.error());
  }

 private:
  Result<std::string> Stats() const {
    PERMILLE_ASSIGN(const Checkpoint checkpoint, Checkpoint::Open(path_));
    PERMILLE_ASSIGN(const WeightStats stats, MeasureWeights(checkpoint));
    return WeightStatsCsv(stats);
  }

  std::string what_;
  std::string path_;
  std::string out_;
};

}  // namespace

std::unique_ptr<Command> MakeModelCommand() {
  return std::make_unique<ModelCommand>();
}

}  // namespace permille
