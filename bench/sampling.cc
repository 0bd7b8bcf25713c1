// SPDX-License-Identifier: Apache-2.0
// What sampling costs while nothing else happens, in CPU time of this process as a share of one
// core.
//
//     sampling FAKE_NVML [SECONDS]
//
// FAKE_NVML: <build>/fakes/libfake_nvml.so. Reads a two-socket RAPL tree of its own making, eight
// fake GPUs and this machine's load. Budgets: all at their own periods 0.1 %; RAPL alone at 1 kHz 5
// %. The rows without a budget say where the first one's time goes. Every row is the median of five
// windows of SECONDS, the rows taken in turn so that a machine that slows down slows all of them.

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/stats.h"
#include "meter/recorder.h"
#include "support/temp_tree.h"

namespace permille {
namespace {

void AddServer(TempTree& tree) {
  tree.AddLink("proc", "/proc");
  for (int socket = 0; socket < 2; ++socket) {
    const std::string zone = fmt::format("sys/class/powercap/intel-rapl:{}", socket);
    const auto domain = [&](const std::string& folder, const std::string& name, const char* range) {
      tree.AddFile(folder + "/name", name + "\n");
      tree.AddFile(folder + "/energy_uj", "123456789\n");
      tree.AddFile(folder + "/max_energy_range_uj", range);
    };
    domain(zone, fmt::format("package-{}", socket), "262143328850\n");
    domain(zone + fmt::format("/intel-rapl:{}:0", socket), "dram", "65712999613\n");
  }
}

double CpuSeconds() {
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Row {
  const char* what;
  const char* meters;
  Seconds counter_period;
  std::optional<double> budget;  // share of a core
  std::vector<double> shares;
  std::size_t channels = 0;
};

constexpr Seconds kUsual = Seconds(0.1);

std::vector<Row> Rows() {
  return {
      {"RAPL, NVML, CPU load and RAM, own periods",
       "rapl-powercap,nvml,cpu-load,ram-size",
       kUsual,
       0.001,
       {},
       0},
      {"  of which ten wake-ups a second", "fake:cpu=50W", kUsual, {}, {}, 0},
      {"  with RAPL", "rapl-powercap", kUsual, {}, {}, 0},
      {"  with NVML", "nvml", kUsual, {}, {}, 0},
      {"  with CPU load", "cpu-load", kUsual, {}, {}, 0},
      {"RAPL at 1 kHz", "rapl-powercap:1ms", Seconds(0.001), 0.05, {}, 0},
      {"CPU load and RAM, as in a virtual machine", "cpu-load,ram-size", kUsual, 0.001, {}, 0},
  };
}

// Add the share of a core that one open window of `length` takes.
Result<void> Measure(Row& row, const MeterOptions& options, Seconds length) {
  PERMILLE_ASSIGN(auto made, MakeMeters(row.meters, options));
  RecorderOptions recorder_options;
  recorder_options.sysfs_root = options.sysfs_root;
  recorder_options.counter_period = row.counter_period;
  PERMILLE_ASSIGN(const auto recorder, Recorder::Start(std::move(made), recorder_options));
  row.channels = recorder->channels().size();
  const auto window = recorder->Open(Phase::kSpan);
  const double before = CpuSeconds();
  recorder->clock().SleepFor(length);
  row.shares.push_back((CpuSeconds() - before) / length.value());
  recorder->Close(window);
  return {};
}

void Print(const Row& row) {
  const double share = *Median(row.shares);
  fmt::print("{:<46} {:2} channels  {:8.4f} % of a core", row.what, row.channels, share * 100);
  if (row.budget) {
    fmt::print("   budget {:g} %: {}", *row.budget * 100,
               share <= *row.budget ? "kept" : "EXCEEDED");
  }
  fmt::print("\n");
}

Result<void> Bench(const char* nvml, Seconds length) {
  TempTree tree;
  AddServer(tree);
  std::string script = "driver 550.54.14\n";
  for (int gpu = 0; gpu < 8; ++gpu) {
    script += fmt::format(
        "device\n  name NVIDIA A100-SXM4-80GB\n  uuid GPU-{:08d}-0000-0000-0000-000000000000\n"
        "  architecture 7\n  energy rate 1000000 250 100\n  instant constant 250000\n",
        gpu);
  }
  tree.AddFile("nvml.txt", script);
  setenv("PERMILLE_FAKE_NVML", tree.Path("nvml.txt").c_str(), 1);
  MeterOptions options;
  options.sysfs_root = tree.root();
  options.nvml_library = nvml;
  std::vector<Row> rows = Rows();
  for (int repeat = 0; repeat < 5; ++repeat) {
    for (Row& row : rows) PERMILLE_TRY(Measure(row, options, length));
  }
  for (const Row& row : rows) Print(row);
  return {};
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: sampling BUILD/fakes/libfake_nvml.so [SECONDS]\n");
    return 2;
  }
  const auto done = permille::Bench(argv[1], permille::Seconds(argc > 2 ? std::atof(argv[2]) : 10));
  if (!done) fmt::print(stderr, "sampling: {}\n", done.error().message);
  return done ? 0 : 1;
}
