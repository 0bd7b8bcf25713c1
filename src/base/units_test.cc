// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <gtest/gtest.h>

#include <concepts>

namespace permille {
namespace {

template <class A, class B>
concept Adds = requires(A a, B b) {
  a + b;
};
template <class A, class B>
concept Subtracts = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept Multiplies = requires(A a, B b) {
  a* b;
};
template <class A, class B>
concept Divides = requires(A a, B b) {
  a / b;
};
template <class A, class B>
concept Compares = requires(A a, B b) {
  a < b;
};
template <class A, class B>
concept Equals = requires(A a, B b) {
  a == b;
};

// What physics allows.
static_assert(Adds<Joules, Joules> && Subtracts<Seconds, Seconds>);
static_assert(std::same_as<decltype(Watts(1) * Seconds(1)), Joules>);
static_assert(std::same_as<decltype(Seconds(1) * Watts(1)), Joules>);
static_assert(std::same_as<decltype(Joules(1) / Seconds(1)), Watts>);
static_assert(std::same_as<decltype(Joules(1) / Watts(1)), Seconds>);
static_assert(std::same_as<decltype(Joules(1) / Joules(1)), double>);
static_assert(std::same_as<decltype(Joules(1) * GramsPerKwh(1)), GramsCo2e>);

// What it does not.
static_assert(!Adds<Joules, Watts> && !Adds<Watts, Joules> && !Subtracts<Joules, Watts>);
static_assert(!Adds<Joules, double> && !Adds<double, Joules> && !Subtracts<Joules, double>);
static_assert(!Adds<Seconds, CoreSeconds> && !Adds<GramsCo2e, GramsPerKwh>);
static_assert(!Multiplies<Joules, Joules> && !Multiplies<Joules, Seconds> &&
              !Multiplies<Watts, Watts>);
static_assert(!Multiplies<Watts, CoreSeconds> && !Multiplies<Watts, GramsPerKwh>);
static_assert(!Divides<Seconds, Joules> && !Divides<double, Seconds> && !Divides<Watts, Seconds>);
static_assert(!Compares<Joules, Watts> && !Compares<Joules, double> && !Equals<Joules, Watts>);
static_assert(!std::convertible_to<double, Joules> && !std::convertible_to<Joules, double>);
static_assert(!std::convertible_to<Joules, Watts> && !std::constructible_from<Joules, Watts>);

TEST(Units, ArithmeticIsThatOfTheNumbers) {
  EXPECT_EQ((Joules(3) + Joules(4)).value(), 7);
  EXPECT_EQ((Joules(3) - Joules(4)).value(), -1);
  EXPECT_EQ((-Joules(3)).value(), -3);
  EXPECT_EQ((2 * Joules(3) * 2).value(), 12);
  EXPECT_EQ((Joules(3) / 2).value(), 1.5);
  EXPECT_EQ(Joules(3) / Joules(2), 1.5);
  EXPECT_EQ((Watts(5) * Seconds(4)).value(), 20);
  EXPECT_EQ((Joules(20) / Seconds(4)).value(), 5);
  EXPECT_EQ((Joules(20) / Watts(5)).value(), 4);
  EXPECT_LT(Joules(1), Joules(2));
}

TEST(Units, KilowattHoursAreThreePointSixMegajoules) {
  EXPECT_EQ(ToKwh(Joules(3.6e6)), 1);
  EXPECT_EQ(ToWh(Joules(3.6e3)), 1);
  EXPECT_EQ(FromKwh(2).value(), 7.2e6);
}

TEST(Units, EmissionsAreEnergyTimesIntensity) {
  EXPECT_DOUBLE_EQ((FromKwh(2) * GramsPerKwh(297.6)).value(), 595.2);
  EXPECT_DOUBLE_EQ((GramsPerKwh(297.6) * FromKwh(2)).value(), 595.2);
}

}  // namespace
}  // namespace permille
