// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "record/run_record.h"
#include "record/window.h"

// A meter in the wall socket beside what software read: its log is laid over a run by the shape of
// the power, since its clock is never the machine's.

namespace permille {

/// Power at the wall over time.
struct WallLog {
  std::string origin;                 ///< file, for messages
  std::vector<SeriesPoint> points;    ///< watts; time from the first point, rising
  std::optional<double> start;        ///< seconds since 1970 of the first; absent: relative times
  std::vector<std::string> problems;  ///< `file:line: reason`: rows left out
};

/// Read a CSV with a column of times (time, timestamp, datetime, date, unix, epoch, seconds; a unit
/// in brackets is passed over) and one of power (watts, power, active_power, w; in kW where the
/// name says so). Times are ISO 8601, or numbers: seconds, milli-, micro- or nanoseconds since
/// 1970, told apart by their size, or seconds since any beginning. kInvalid where a column is
/// missing or fewer than 8 rows can be used; rows that cannot be, or that go back in time, are
/// named.
Result<WallLog> ParseWallLog(std::string_view text, std::string_view origin);
Result<WallLog> ReadWallLog(const std::string& path);

struct WallOptions {
  double least_correlation = 0.5;  ///< below it the log is refused

  Result<void> Validate() const;
};

/// One window of the run, seen from the wall.
struct WallWindow {
  Phase phase = Phase::kQuery;
  std::string name;
  Seconds duration;
  double coverage = 0;             ///< fraction of the window that the log bounds without a gap
  std::optional<Joules> wall;      ///< absent: too short for the meter, or not covered
  std::optional<Joules> software;  ///< what channels state in joules, of the whole machine
  std::optional<double> ratio;     ///< software / wall
};

/// Where in the log the run lies.
struct WallAlignment {
  Seconds offset;          ///< time in the log at which the run's recorder started
  double correlation = 0;  ///< Pearson's, of wall power with `against`, at that offset
  std::string against;     ///< "software power", "energy of the windows", "load", "windows"
  std::optional<Seconds> clock_difference;  ///< wall clock - machine's, where both state the time
  std::vector<WallWindow> windows;
};

/// Lay a log over a run by cross-correlation with its software power series, the mean power of its
/// windows, its load, or the pattern of its busy windows: whichever fits best. Where several places
/// fit as well, the one nearest to the clocks. kInvalid when the best correlation is below the
/// least, naming both; when the log is shorter than the run; when the run has no windows.
Result<WallAlignment> AlignWall(const WallLog& log, const RunRecord& run,
                                const WallOptions& options = {});

}  // namespace permille
