// SPDX-License-Identifier: Apache-2.0
#include "power/cpu_watts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "power/load_curve.h"
#include "power/power.h"

namespace permille {
namespace {

// Watts at full load, and how the report names them.
struct FullLoad {
  Watts watts;
  std::string text;
  double standard_uncertainty = 0;  // of the watts, not of the curve
};

FullLoad OfSockets(Watts tdp, int sockets) {
  if (sockets <= 1) return {tdp, fmt::format("TDP {:g} W", tdp.value()), 0};
  return {tdp * sockets, fmt::format("TDP {:g} W x {} sockets", tdp.value(), sockets), 0};
}

FullLoad NativeFullLoad(const CpuFacts& cpu) {
  if (cpu.tdp) return OfSockets(*cpu.tdp, cpu.sockets);
  return {Watts(kWattsPerLogicalCore) * cpu.logical_cores,
          fmt::format("assumed {:g} W x {} logical cores, TDP unknown,", kWattsPerLogicalCore,
                      cpu.logical_cores),
          kWattsPerLogicalCoreError};
}

FullLoad CodeCarbon3FullLoad(const CpuFacts& cpu) {
  if (cpu.tdp) return OfSockets(*cpu.tdp, cpu.sockets);
  if (cpu.model_name.empty()) {
    return {Watts(kDefaultTdpWatts), fmt::format("default {:g} W", kDefaultTdpWatts),
            kDefaultTdpError};
  }
  // 3.3.0 multiplies its 4 W per thread of the whole machine by the sockets again
  // (core/resource_tracker.py, set_CPU_tracking: max_power = tdp.tdp * cpu_number).
  FullLoad full = OfSockets(Watts(kWattsPerLogicalCore) * cpu.logical_cores, cpu.sockets);
  full.text = fmt::format("{:g} W x {} threads x {} sockets", kWattsPerLogicalCore,
                          cpu.logical_cores, std::max(cpu.sockets, 1));
  full.standard_uncertainty = kWattsPerLogicalCoreError;
  return full;
}

// 2.3.1 counts one processor however many there are, and never looks at its load.
ModelledJoules CodeCarbon231(const CpuFacts& cpu, Seconds duration) {
  const Watts watts = cpu.tdp.value_or(Watts(kDefaultTdpWatts)) * kCodeCarbon2OfTdp;
  return {watts * duration, Provenance::kAssumed,
          cpu.tdp ? kCodeCarbon2CurveError : std::hypot(kCodeCarbon2CurveError, kDefaultTdpError),
          fmt::format("{} {:g} W x {} of one processor, any load", cpu.tdp ? "TDP" : "default TDP",
                      cpu.tdp.value_or(Watts(kDefaultTdpWatts)).value(), kCodeCarbon2OfTdp)};
}

// The curve's mean over the time that the series covers; the rest of a window is taken to be like
// it. Absent when the series covers no time.
std::optional<double> MeanOfTdp(double (*curve)(double), std::span<const SeriesPoint> series,
                                int logical_cores) {
  SeriesPoint last;  // busy time counts from the window's begin
  double sum = 0;
  double seconds = 0;
  for (const SeriesPoint& point : series) {
    const double step = (point.at - last.at).value();
    if (!(step > 0)) continue;
    const double load = (point.value - last.value) / (step * std::max(logical_cores, 1));
    sum += curve(std::clamp(load, 0.0, 1.0)) * step;
    seconds += step;
    last = point;
  }
  if (!(seconds > 0)) return std::nullopt;
  return sum / seconds;
}

double (*Curve(Accounting accounting))(double) {
  return accounting == Accounting::kCodeCarbon3 ? &CodeCarbon3OfTdp : &NativeOfTdp;
}

std::string CurveText(Accounting accounting) {
  if (accounting == Accounting::kCodeCarbon3) return "(0.1 + 0.9 load^3)";
  return fmt::format("({} + {} load)", kNativeIdleOfTdp, kNativeSlopeOfTdp);
}

ModelledJoules FromOfTdp(Accounting accounting, const CpuFacts& cpu, std::optional<double> of_tdp,
                         Seconds duration) {
  const bool native = accounting == Accounting::kNative;
  const FullLoad full = native ? NativeFullLoad(cpu) : CodeCarbon3FullLoad(cpu);
  ModelledJoules out;
  out.energy = full.watts * of_tdp.value_or(Curve(accounting)(0.5)) * duration;
  out.standard_uncertainty =
      std::hypot(native ? kNativeCurveError : kCodeCarbon3CurveError, full.standard_uncertainty);
  out.rule = fmt::format("{} x {}", full.text, CurveText(accounting));
  if (!of_tdp) {
    out.provenance = Provenance::kAssumed;
    out.standard_uncertainty = std::hypot(out.standard_uncertainty, kUnknownLoadError);
    out.rule += ", load not observed, assumed 0.5";
  }
  return out;
}

}  // namespace

ModelledJoules CpuJoules(Accounting accounting, const CpuFacts& cpu,
                         std::span<const SeriesPoint> series, Seconds duration) {
  if (accounting == Accounting::kCodeCarbon231) return CodeCarbon231(cpu, duration);
  return FromOfTdp(accounting, cpu, MeanOfTdp(Curve(accounting), series, cpu.logical_cores),
                   duration);
}

ModelledJoules CpuJoules(Accounting accounting, const CpuFacts& cpu, double load,
                         Seconds duration) {
  if (accounting == Accounting::kCodeCarbon231) return CodeCarbon231(cpu, duration);
  return FromOfTdp(accounting, cpu, Curve(accounting)(std::clamp(load, 0.0, 1.0)), duration);
}

}  // namespace permille
