// SPDX-License-Identifier: Apache-2.0
#include "cli/permille_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "base/subprocess.h"

namespace permille {

Json Ran::json() const {
  auto parsed = ParseJson(out, "stdout");
  EXPECT_TRUE(parsed) << out << err;
  return parsed ? *parsed : Json();
}

Ran Permille(const std::vector<std::string>& arguments, const std::string& folder,
             const std::vector<std::string>& environment) {
  // The shell gives the child its folder and keeps the two streams apart.
  const std::string err_path = folder + "/stderr.txt";
  std::vector<std::string> argv = {
      "/bin/sh", "-c",   "cd \"$1\" && shift && exec \"$@\" 2>stderr.txt </dev/null",
      "sh",      folder, PERMILLE_BINARY};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  SubprocessOptions options;
  options.out = Stream::kPipe;
  options.extra_environment = environment;
  Ran ran;
  auto child = Subprocess::Start(argv, options);
  if (!child) {
    ADD_FAILURE() << child.error().message;
    return ran;
  }
  ran.out = (*child)->ReadAll().value_or("");
  const auto status = (*child)->Wait();
  if (status) ran.code = status->signal ? 128 + *status->signal : status->code.value_or(-1);
  ran.err = ReadFile(err_path).value_or("");
  return ran;
}

std::string Shared(const std::string& relative) {
  const std::string path = std::string(PERMILLE_SOURCE_DIR) + "/../shared/" + relative;
  return std::filesystem::exists(path) ? path : std::string();
}

TraceBuilder::TraceBuilder(double period_s, int cores) {
  text_ =
      Json{{"schema", "permille.replay/1"}, {"cores", cores}, {"period_s", period_s}}.dump() + "\n";
}

TraceBuilder& TraceBuilder::Counter(const std::string& id, const std::string& component,
                                    double start_uj, Json more) {
  Json line{{"channel", id},
            {"component", component},
            {"unit", 1e-6},
            {"range", 262143328850.0},
            {"between", "linear"}};
  line.update(more);
  text_ += line.dump() + "\n";
  tracks_.push_back({id, {start_uj, line["range"].get<double>()}});
  return *this;
}

void TraceBuilder::Row(bool with_system) {
  Json row{{"t", now_}};
  for (const auto& [id, track] : tracks_) row[id] = track.raw;
  if (with_system) row["system"] = {{"machine_busy", machine_busy_}, {"own_busy", own_busy_}};
  text_ += row.dump() + "\n";
}

TraceBuilder& TraceBuilder::Draw(double seconds,
                                 const std::vector<std::pair<std::string, double>>& watts) {
  return Draw(seconds, watts, 0, 0);
}

TraceBuilder& TraceBuilder::Draw(double seconds,
                                 const std::vector<std::pair<std::string, double>>& watts,
                                 double machine_cores, double own_cores) {
  // A row at least every 100 s: two wraps between rows would be one to whoever reads them.
  constexpr double kLongest = 100;
  for (; seconds > kLongest; seconds -= kLongest) Draw(kLongest, watts, machine_cores, own_cores);
  if (!begun_) Row(true);
  begun_ = true;
  now_ = std::round((now_ + seconds) * 1e9) / 1e9;
  machine_busy_ += machine_cores * seconds;
  own_busy_ += own_cores * seconds;
  for (auto& [id, track] : tracks_) {
    const auto draw = std::ranges::find(watts, id, &std::pair<std::string, double>::first);
    if (draw == watts.end()) continue;
    track.raw = std::fmod(std::round(track.raw + draw->second * seconds * 1e6), track.range);
  }
  Row(true);
  return *this;
}

TraceBuilder& TraceBuilder::Fail(const std::string& id, double seconds, double watts) {
  const auto track = std::ranges::find(tracks_, id, &std::pair<std::string, Track>::first);
  // The row that ends the stretch before says that this read fails from here on.
  now_ = std::round((now_ + 1e-3) * 1e9) / 1e9;
  text_ += Json{{"t", now_}, {id, nullptr}}.dump() + "\n";
  now_ = std::round((now_ + seconds - 1e-3) * 1e9) / 1e9;
  track->second.raw =
      std::fmod(std::round(track->second.raw + watts * seconds * 1e6), track->second.range);
  Row(true);
  return *this;
}

std::string TraceBuilder::Text() const {
  return text_;
}

}  // namespace permille
