// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/stats.h"
#include "exchange/codecarbon_rows.h"
#include "exchange/observed_energy.h"
#include "exchange/wall_meter.h"
#include "exchange/wall_tracks.h"

namespace permille {
namespace {

// Gaps of more than so many usual steps of the meter are not bridged.
constexpr double kLongestGap = 3.5;
// A place is judged by at least this share of what is known of the run, and this many steps.
constexpr double kLeastShare = 0.8;
constexpr std::size_t kFewestSteps = 8;
// What the search may cost: steps of the run times steps of the log.
constexpr double kMostProducts = 2e8;
// Correlations that differ by less are the same; the clocks decide then.
constexpr double kAlike = 0.02;
// Room on either side of the run, in its own length, so that a single busy window has edges.
constexpr double kRoom = 0.25;
// A window shorter than so many steps of the meter has edges that the meter cannot see.
constexpr double kShortestWindow = 5;

struct Extent {
  Seconds begin;
  Seconds end;
};

Result<Extent> ExtentOf(const RunRecord& run) {
  Extent extent{Seconds(std::numeric_limits<double>::infinity()), Seconds(0)};
  for (const Window& window : run.windows) {
    if (window.phase == Phase::kSpan) continue;
    if (!std::isfinite(window.begin.value()) || !(window.duration > Seconds(0))) continue;
    extent.begin = std::min(extent.begin, window.begin);
    extent.end = std::max(extent.end, window.begin + window.duration);
  }
  if (!(extent.end > extent.begin) || !std::isfinite(extent.end.value())) {
    return Fail(ErrorCode::kInvalid, "wall meter: run {} has no windows to lay the log over",
                run.run_id);
  }
  return extent;
}

Seconds UsualStep(const WallLog& log) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < log.points.size(); ++i)
    steps.push_back((log.points[i].at - log.points[i - 1].at).value());
  return Seconds(Median(steps).value_or(1));
}

/// The steps of a track that lie inside the run; the rest is room on either side.
struct Inside {
  std::ptrdiff_t begin = 0;
  std::ptrdiff_t end = 0;
};

/// Pearson's correlation of a track with the log from step `lag` of the log on; absent where too
/// little of the run is covered, or one of them does not change there.
std::optional<double> CorrelationAt(const std::vector<double>& track,
                                    const std::vector<double>& wall, std::ptrdiff_t lag,
                                    Inside inside, std::size_t least) {
  std::size_t covered = 0;
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  const std::ptrdiff_t end = std::min(static_cast<std::ptrdiff_t>(track.size()),
                                      static_cast<std::ptrdiff_t>(wall.size()) - lag);
  for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, -lag); i < end; ++i) {
    const double a = track[static_cast<std::size_t>(i)];
    const double b = wall[static_cast<std::size_t>(i + lag)];
    if (std::isnan(a) || std::isnan(b)) continue;
    n += 1;
    covered += i >= inside.begin && i < inside.end ? 1 : 0;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  if (covered < least) return std::nullopt;
  const double vx = xx - x * x / n;
  const double vy = yy - y * y / n;
  // Below it the variance is what rounding left over.
  if (vx <= 1e-12 * xx || vy <= 1e-12 * yy) return std::nullopt;
  return (xy - x * y / n) / std::sqrt(vx * vy);
}

struct Place {
  double lag = 0;  ///< in steps, refined between them
  double correlation = -1;
  std::string against;
};

/// The best places of the run in the log.
class Search {
 public:
  Search(std::vector<WallTrack> tracks, Inside inside, const std::vector<double>& wall,
         std::optional<double> expected)
      : tracks_(std::move(tracks)), inside_(inside), wall_(wall), expected_(expected) {}

  std::optional<Place> Best() const {
    std::optional<Place> best;
    for (const WallTrack& track : tracks_) {
      const auto place = BestOf(track);
      if (place && (!best || place->correlation > best->correlation + kAlike)) best = place;
    }
    return best;
  }

 private:
  std::optional<Place> BestOf(const WallTrack& track) const {
    const auto known = static_cast<std::size_t>(
        std::count_if(track.values.begin() + inside_.begin, track.values.begin() + inside_.end,
                      [](double v) { return !std::isnan(v); }));
    const std::size_t least =
        std::max(kFewestSteps, static_cast<std::size_t>(kLeastShare * static_cast<double>(known)));
    const auto size = static_cast<std::ptrdiff_t>(track.values.size());
    const std::ptrdiff_t first = -size + 1;
    const auto last = static_cast<std::ptrdiff_t>(wall_.size());
    std::vector<std::optional<double>> found;
    std::optional<double> highest;
    for (std::ptrdiff_t lag = first; lag < last; ++lag) {
      found.push_back(CorrelationAt(track.values, wall_, lag, inside_, least));
      if (found.back() && (!highest || *found.back() > *highest)) highest = found.back();
    }
    if (!highest) return std::nullopt;
    std::optional<std::size_t> chosen;
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i] || *found[i] < *highest - (expected_ ? kAlike : 0)) continue;
      if (!IsPeak(found, i)) continue;
      const auto distance = [&](std::size_t at) {
        return std::abs(static_cast<double>(first) + static_cast<double>(at) - *expected_);
      };
      if (!chosen || (expected_ && distance(i) < distance(*chosen))) chosen = i;
    }
    if (!chosen) return std::nullopt;
    return Place{
        static_cast<double>(first) + static_cast<double>(*chosen) + Refinement(found, *chosen),
        *found[*chosen], track.against};
  }

  static bool IsPeak(const std::vector<std::optional<double>>& found, std::size_t i) {
    const auto below = [&](std::size_t other) {
      return !found[other] || *found[other] <= *found[i];
    };
    return (i == 0 || below(i - 1)) && (i + 1 == found.size() || below(i + 1));
  }

  // Where between the steps the top of the parabola through the peak and its neighbours lies.
  static double Refinement(const std::vector<std::optional<double>>& found, std::size_t i) {
    if (i == 0 || i + 1 == found.size() || !found[i - 1] || !found[i + 1]) return 0;
    const double left = *found[i - 1], middle = *found[i], right = *found[i + 1];
    const double bend = left - 2 * middle + right;
    return bend < -1e-12 ? std::clamp(0.5 * (left - right) / bend, -0.5, 0.5) : 0;
  }

  std::vector<WallTrack> tracks_;
  Inside inside_;
  const std::vector<double>& wall_;
  std::optional<double> expected_;
};

/// Wall energy between two times of the log, and how much of that time it covers.
struct WallEnergy {
  Joules joules;
  double coverage = 0;
};

WallEnergy EnergyBetween(const WallLog& log, Seconds from, Seconds to, Seconds gap) {
  WallEnergy energy;
  Seconds covered;
  for (std::size_t i = 1; i < log.points.size(); ++i) {
    const SeriesPoint& a = log.points[i - 1];
    const SeriesPoint& b = log.points[i];
    const Seconds begin = std::max(a.at, from);
    const Seconds end = std::min(b.at, to);
    if (end <= begin || b.at - a.at > gap) continue;
    const auto watts = [&](Seconds at) {
      return a.value + (b.value - a.value) * ((at - a.at) / (b.at - a.at));
    };
    energy.joules += Watts((watts(begin) + watts(end)) / 2) * (end - begin);
    covered += end - begin;
  }
  energy.coverage = std::min(1.0, covered / (to - from));
  return energy;
}

std::vector<WallWindow> CompareWindows(const WallLog& log, const RunRecord& run, Seconds offset,
                                       Seconds step) {
  constexpr double kWhole = 0.98;
  std::vector<WallWindow> compared;
  for (const Window& window : run.windows) {
    WallWindow seen{window.phase, window.name, window.duration, 0, {}, {}, {}};
    seen.software = ObservedJoules(run.channels, std::span(&window, 1)).total;
    if (window.duration > Seconds(0)) {
      const Seconds begin = window.begin + offset;
      const WallEnergy wall =
          EnergyBetween(log, begin, begin + window.duration, step * kLongestGap);
      seen.coverage = wall.coverage;
      if (wall.coverage >= kWhole && window.duration >= step * kShortestWindow)
        seen.wall = wall.joules / wall.coverage;
    }
    if (seen.wall && seen.software && *seen.wall > Joules(0))
      seen.ratio = *seen.software / *seen.wall;
    compared.push_back(std::move(seen));
  }
  return compared;
}

}  // namespace

Result<void> WallOptions::Validate() const {
  if (!(least_correlation > 0 && least_correlation <= 1)) {
    return Fail(ErrorCode::kInvalid,
                "wall meter: least correlation {} is none: give more than 0 and at most 1",
                least_correlation);
  }
  return {};
}

Result<WallAlignment> AlignWall(const WallLog& log, const RunRecord& run,
                                const WallOptions& options) {
  PERMILLE_TRY(options.Validate());
  PERMILLE_ASSIGN(const Extent extent, ExtentOf(run));
  if (log.points.size() < kFewestSteps)
    return Fail(ErrorCode::kInvalid, "wall meter: {}: too few readings", log.origin);
  const Seconds length = extent.end - extent.begin;
  const Seconds logged = log.points.back().at;
  if (logged < length * kLeastShare) {
    return Fail(ErrorCode::kInvalid, "wall meter: {} covers {:.0f} s, run {} took {:.0f} s",
                log.origin, logged.value(), run.run_id, length.value());
  }
  const Seconds usual = UsualStep(log);
  const double products = length.value() * (1 + 2 * kRoom) * logged.value();
  const Seconds step = std::max(usual, Seconds(std::sqrt(products / kMostProducts)));
  const WallGrid grid{step, extent.begin - length * kRoom,
                      static_cast<std::size_t>(length * (1 + 2 * kRoom) / step) + 1};
  const WallGrid wall_grid{step, Seconds(0), static_cast<std::size_t>(logged / step) + 1};
  const auto wall = Resampled(log.points, wall_grid, usual * kLongestGap);
  // The step of the log at which the track would begin if the clocks agreed.
  const auto started = ParseTimestamp(run.started);
  std::optional<double> expected;
  if (log.start && started) expected = (Seconds(*started - *log.start) + grid.begin) / step;
  const auto steps = [&](Seconds at) {
    return static_cast<std::ptrdiff_t>((at - grid.begin) / step);
  };
  const Inside inside{steps(extent.begin),
                      std::min(steps(extent.end) + 1, static_cast<std::ptrdiff_t>(grid.size))};
  const auto place = Search(TracksOf(run, grid), inside, wall, expected).Best();
  if (!place || place->correlation < options.least_correlation) {
    return Fail(
        ErrorCode::kInvalid,
        "wall meter: the power in {} does not follow run {}: best correlation {:.2f}, {:.2f} "
        "needed; is it the log of this machine and time?",
        log.origin, run.run_id, place ? place->correlation : 0, options.least_correlation);
  }
  WallAlignment alignment;
  alignment.offset = step * place->lag - grid.begin;
  alignment.correlation = place->correlation;
  alignment.against = place->against;
  if (log.start && started)
    alignment.clock_difference = Seconds(*log.start - *started) + alignment.offset;
  alignment.windows = CompareWindows(log, run, alignment.offset, usual);
  return alignment;
}

}  // namespace permille
