// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>

namespace permille {

/// A physical quantity in its SI unit. Only the arithmetic that physics allows compiles: like units
/// add, a scalar scales, a ratio of like units is a number, and the products named below exist.
template <class Tag>
class Unit {
 public:
  constexpr Unit() = default;
  constexpr explicit Unit(double value) : value_(value) {}

  /// The bare number in the unit the type is named after. Use at the edges only: parsing, storing,
  /// printing.
  constexpr double value() const { return value_; }

  constexpr auto operator<=>(const Unit&) const = default;
  constexpr Unit operator-() const { return Unit(-value_); }
  constexpr Unit& operator+=(Unit other) { return value_ += other.value_, *this; }
  constexpr Unit& operator-=(Unit other) { return value_ -= other.value_, *this; }
  constexpr Unit& operator*=(double factor) { return value_ *= factor, *this; }
  constexpr Unit& operator/=(double divisor) { return value_ /= divisor, *this; }

  friend constexpr Unit operator+(Unit a, Unit b) { return a += b; }
  friend constexpr Unit operator-(Unit a, Unit b) { return a -= b; }
  friend constexpr Unit operator*(Unit a, double factor) { return a *= factor; }
  friend constexpr Unit operator*(double factor, Unit a) { return a *= factor; }
  friend constexpr Unit operator/(Unit a, double divisor) { return a /= divisor; }
  friend constexpr double operator/(Unit a, Unit b) { return a.value_ / b.value_; }

 private:
  double value_ = 0;
};

using Joules = Unit<struct JoulesTag>;
using Watts = Unit<struct WattsTag>;
using Seconds = Unit<struct SecondsTag>;
using GramsCo2e = Unit<struct GramsCo2eTag>;
/// Grid carbon intensity, gCO2e per kWh: the one unit kept as the field prints it.
using GramsPerKwh = Unit<struct GramsPerKwhTag>;
using Bytes = Unit<struct BytesTag>;
/// CPU time summed over cores: one core busy for one second.
using CoreSeconds = Unit<struct CoreSecondsTag>;
using Celsius = Unit<struct CelsiusTag>;
using Hertz = Unit<struct HertzTag>;

constexpr Joules operator*(Watts power, Seconds time) {
  return Joules(power.value() * time.value());
}
constexpr Joules operator*(Seconds time, Watts power) {
  return power * time;
}
constexpr Watts operator/(Joules energy, Seconds time) {
  return Watts(energy.value() / time.value());
}
constexpr Seconds operator/(Joules energy, Watts power) {
  return Seconds(energy.value() / power.value());
}

inline constexpr double kJoulesPerKwh = 3.6e6;
inline constexpr double kJoulesPerWh = 3.6e3;
constexpr double ToKwh(Joules energy) {
  return energy.value() / kJoulesPerKwh;
}
constexpr double ToWh(Joules energy) {
  return energy.value() / kJoulesPerWh;
}
constexpr Joules FromKwh(double kwh) {
  return Joules(kwh * kJoulesPerKwh);
}
constexpr GramsCo2e operator*(Joules energy, GramsPerKwh intensity) {
  return GramsCo2e(ToKwh(energy) * intensity.value());
}
constexpr GramsCo2e operator*(GramsPerKwh intensity, Joules energy) {
  return energy * intensity;
}

}  // namespace permille
