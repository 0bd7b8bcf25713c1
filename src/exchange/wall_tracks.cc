// SPDX-License-Identifier: Apache-2.0
#include "exchange/wall_tracks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "exchange/observed_energy.h"

namespace permille {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Seconds TimeOf(const WallGrid& grid, std::size_t i) {
  return grid.begin + grid.step * static_cast<double>(i);
}

bool Changes(const std::vector<double>& values) {
  double low = kNan, high = kNan;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    low = std::isnan(low) ? value : std::min(low, value);
    high = std::isnan(high) ? value : std::max(high, value);
  }
  return high > low;
}

const Channel* Find(const RunRecord& run, const std::string& id) {
  for (const Channel& channel : run.channels) {
    if (channel.id == id) return &channel;
  }
  return nullptr;
}

// Readings of one channel as they follow each other: power as it is, load as cores busy between
// readings. `base` is the window's begin.
std::vector<SeriesPoint> Readings(const ChannelWindow& shown, Quantity quantity, Seconds base) {
  std::vector<SeriesPoint> points;
  for (std::size_t i = 0; i < shown.series.size(); ++i) {
    SeriesPoint point = shown.series[i];
    if (quantity == Quantity::kLoad) {
      if (i == 0) continue;
      const SeriesPoint& before = shown.series[i - 1];
      const double span = (point.at - before.at).value();
      if (span <= 0) continue;
      point = {before.at + Seconds(span / 2), (point.value - before.value) / span};
    }
    if (!std::isfinite(point.value)) continue;
    point.at += base;
    if (points.empty() || point.at > points.back().at) points.push_back(point);
  }
  return points;
}

// The sum over channels of one quantity; known where each of those that have readings is known.
std::vector<double> SumOf(const RunRecord& run, Quantity quantity, const WallGrid& grid) {
  std::vector<double> sum(grid.size, kNan);
  std::vector<std::size_t> known(grid.size, 0);
  std::size_t channels = 0;
  for (const Channel& channel : run.channels) {
    if (channel.quantity != quantity) continue;
    const Channel* around = Find(run, channel.part_of);
    if (around != nullptr && around->quantity == quantity) continue;
    bool any = false;
    for (const Window& window : run.windows) {
      for (const ChannelWindow& shown : window.channels) {
        if (shown.channel != channel.id) continue;
        const auto points = Readings(shown, quantity, window.begin);
        if (points.size() < 2) continue;
        any = true;
        const auto values = Resampled(points, grid, window.duration);
        for (std::size_t i = 0; i < grid.size; ++i) {
          if (std::isnan(values[i])) continue;
          sum[i] = std::isnan(sum[i]) ? values[i] : sum[i] + values[i];
          ++known[i];
        }
      }
    }
    channels += any ? 1 : 0;
  }
  for (std::size_t i = 0; i < grid.size; ++i) {
    if (known[i] != channels) sum[i] = kNan;
  }
  return sum;
}

void Fill(std::vector<double>& values, const WallGrid& grid, const Window& window, double value) {
  for (std::size_t i = 0; i < grid.size; ++i) {
    const Seconds at = TimeOf(grid, i);
    if (at >= window.begin && at < window.begin + window.duration) values[i] = value;
  }
}

std::vector<double> MeanPower(const RunRecord& run, const WallGrid& grid) {
  std::vector<double> values(grid.size, kNan);
  for (const Window& window : run.windows) {
    if (window.phase == Phase::kSpan || window.duration <= Seconds(0)) continue;
    const auto joules = ObservedJoules(run.channels, std::span(&window, 1)).total;
    if (joules) Fill(values, grid, window, (*joules / window.duration).value());
  }
  return values;
}

std::vector<double> Busy(const RunRecord& run, const WallGrid& grid) {
  std::vector<double> values(grid.size, 0);
  for (const Window& window : run.windows) {
    if (window.phase == Phase::kLoad || window.phase == Phase::kWarmup ||
        window.phase == Phase::kQuery)
      Fill(values, grid, window, 1);
  }
  return values;
}

}  // namespace

std::vector<double> Resampled(std::span<const SeriesPoint> points, const WallGrid& grid,
                              Seconds gap) {
  std::vector<double> values(grid.size, kNan);
  std::size_t next = 0;
  for (std::size_t i = 0; i < grid.size; ++i) {
    const Seconds at = TimeOf(grid, i);
    while (next < points.size() && points[next].at < at) ++next;
    if (next == points.size()) break;
    if (points[next].at == at) {
      values[i] = points[next].value;
    } else if (next > 0 && points[next].at - points[next - 1].at <= gap) {
      const SeriesPoint& before = points[next - 1];
      const double share = (at - before.at) / (points[next].at - before.at);
      values[i] = before.value + share * (points[next].value - before.value);
    }
  }
  return values;
}

std::vector<WallTrack> TracksOf(const RunRecord& run, const WallGrid& grid) {
  std::vector<WallTrack> tracks = {{"software power", SumOf(run, Quantity::kPower, grid)},
                                   {"energy of the windows", MeanPower(run, grid)},
                                   {"load", SumOf(run, Quantity::kLoad, grid)},
                                   {"windows", Busy(run, grid)}};
  std::erase_if(tracks, [](const WallTrack& track) { return !Changes(track.values); });
  return tracks;
}

}  // namespace permille
