// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

// Which curve from load to watts predicts a machine it has not seen? Reads CodeCarbon's load
// profiles (RAPL package power at eleven loads), refits each candidate without one machine at a
// time and scores it there. Used by bench/cpu_load_model and the test of the shipped constants; no
// measurement passes through here.

namespace permille {

/// One reading: 30 s at a set load.
struct LoadReading {
  double load = 0;    ///< 0 to 1
  double of_tdp = 0;  ///< package watts over the TDP of all sockets
};

/// All readings of one physical machine.
struct ProfiledMachine {
  std::string name;
  Watts tdp;  ///< of all sockets
  std::vector<LoadReading> readings;
};

/// How the columns are understood. The defaults are what docs/method.md argues for; the
/// alternatives exist so that the bench can show what each choice changes.
struct ProfileReading {
  enum class Power {
    kEnergyOverTime,  ///< rapl_energy / duration
    kPowerColumn,  ///< rapl_power as written: 30 parts the previous row's power, 1 part this row's
  };
  enum class Load {
    kColumn,        ///< cpu_load: the load shown at the end of the row
    kMeanOfWindow,  ///< estimated_power / TDP: the mean of the window's 31 load readings
  };
  enum class DoubleCounted {
    kLeaveOut,  ///< the folder E5-1240: package and core domains added up on the machine of E3-1240
    kOwnMachine,  ///< as if it were a third machine
  };
  Power power = Power::kEnergyOverTime;
  Load load = Load::kColumn;
  DoubleCounted double_counted = DoubleCounted::kLeaveOut;
};

/// Read every *.csv under `folder`, grouped by physical machine. kNotFound when there is none,
/// kInvalid for a file of a processor whose TDP is not in load_study.cc.
Result<std::vector<ProfiledMachine>> ReadProfiles(const std::string& folder,
                                                  ProfileReading reading = {});

/// The candidates. The first two are rules without a fitted constant.
enum class LoadForm {
  kCodeCarbon2,
  kCodeCarbon3,
  kConstant,
  kLinear,
  kPower,
  kQuadratic,
  kSaturating,
  kKnee,
  kMonotone,
};
struct LoadFormText {
  LoadForm form;
  std::string_view name;
  std::string_view formula;  ///< with l the load
};
std::span<const LoadFormText> LoadForms();

/// One knot of a piecewise linear curve.
struct LoadKnot {
  double load = 0;
  double of_tdp = 0;
};

/// A candidate with its constants.
struct FittedLoad {
  LoadForm form = LoadForm::kConstant;
  std::vector<double> parameters;  ///< a, b, c of the formula
  std::vector<LoadKnot> knots;     ///< of kMonotone
  double OfTdp(double load) const;
};
/// Minimise the mean square of ln(predicted / read), every machine weighing the same.
/// Deterministic.
FittedLoad FitLoad(LoadForm form, std::span<const ProfiledMachine> machines);

/// Errors of a candidate on one machine.
struct LoadError {
  std::string machine;
  double log_rms = 0;  ///< root mean square of ln(predicted / read)
  double mape = 0;     ///< mean |predicted - read| / read
  double rmse = 0;     ///< root mean square of (predicted - read), in units of TDP
  double bias = 0;     ///< exp(mean of ln(predicted / read)) - 1
};
LoadError ScoreLoad(const FittedLoad& fitted, const ProfiledMachine& machine);

/// Errors of a candidate on each machine when fitted on the others, and over them (root mean
/// square, or mean, every machine weighing the same).
struct HeldOutError {
  LoadForm form = LoadForm::kConstant;
  std::vector<LoadError> machines;
  LoadError overall;
};
/// All candidates, in the order of LoadForms(). Needs two machines.
std::vector<HeldOutError> LeaveOneMachineOut(std::span<const ProfiledMachine> machines);
/// The candidate with the lowest overall log_rms.
const HeldOutError& Lowest(std::span<const HeldOutError> errors);

}  // namespace permille
