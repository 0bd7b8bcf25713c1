// SPDX-License-Identifier: Apache-2.0
#include "power/load_study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/csv.h"
#include "power/load_curve.h"

namespace permille {
namespace {

using testing::HasSubstr;

const char* kProfiles = PERMILLE_SOURCE_DIR "/../shared/factors/cpu_load_profiling";

#define SKIP_WITHOUT_PROFILES()            \
  if (!std::filesystem::exists(kProfiles)) \
  GTEST_SKIP() << "the load profiles are not here: " << kProfiles

// A machine that follows `watts_of_tdp` exactly.
template <class Curve>
ProfiledMachine Exact(const std::string& name, Curve of_tdp) {
  ProfiledMachine machine{name, Watts(100), {}};
  for (int percent = 0; percent <= 100; percent += 10) {
    machine.readings.push_back({percent / 100.0, of_tdp(percent / 100.0)});
  }
  return machine;
}

const HeldOutError& Of(const std::vector<HeldOutError>& errors, LoadForm form) {
  return errors[static_cast<std::size_t>(form)];
}

TEST(LoadStudy, EveryFormRecoversItsOwnConstants) {
  const auto check = [](LoadForm form, std::vector<double> constants, auto curve) {
    const std::vector<ProfiledMachine> machines = {Exact("m", curve)};
    const FittedLoad fitted = FitLoad(form, machines);
    ASSERT_EQ(fitted.parameters.size(), constants.size());
    for (std::size_t i = 0; i < constants.size(); ++i)
      EXPECT_NEAR(fitted.parameters[i], constants[i], 1e-4);
    EXPECT_LT(ScoreLoad(fitted, machines[0]).log_rms, 1e-5);
  };
  check(LoadForm::kConstant, {0.4}, [](double) { return 0.4; });
  check(LoadForm::kLinear, {0.1, 0.6}, [](double l) { return 0.1 + 0.6 * l; });
  check(LoadForm::kPower, {0.1, 0.6, 1.4}, [](double l) { return 0.1 + 0.6 * std::pow(l, 1.4); });
  check(LoadForm::kQuadratic, {0.1, 0.9, -0.3},
        [](double l) { return 0.1 + 0.9 * l - 0.3 * l * l; });
  check(LoadForm::kSaturating, {0.1, 0.5, 4},
        [](double l) { return 0.1 + 0.5 * (1 - std::exp(-4 * l)); });
  check(LoadForm::kKnee, {0.1, 0.5, 0.55},
        [](double l) { return 0.1 + 0.5 * std::min(l / 0.55, 1.0); });
}

TEST(LoadStudy, MonotoneFormFollowsAnyRisingCurveAndFlattensFalls) {
  const std::vector<ProfiledMachine> rising = {
      Exact("m", [](double l) { return 0.2 + l * l * l; })};
  EXPECT_LT(ScoreLoad(FitLoad(LoadForm::kMonotone, rising), rising[0]).log_rms, 1e-12);
  const std::vector<ProfiledMachine> falling = {Exact("m", [](double l) { return 0.9 - 0.5 * l; })};
  const FittedLoad flat = FitLoad(LoadForm::kMonotone, falling);
  EXPECT_DOUBLE_EQ(flat.OfTdp(0), flat.OfTdp(1));
}

TEST(LoadStudy, HeldOutMachineIsNotFittedOn) {
  const std::vector<ProfiledMachine> machines = {Exact("low", [](double) { return 0.2; }),
                                                 Exact("high", [](double) { return 0.8; })};
  const auto errors = LeaveOneMachineOut(machines);
  // Fitted on the other machine alone, a constant is off by a factor of four in both directions.
  EXPECT_NEAR(Of(errors, LoadForm::kConstant).overall.log_rms, std::log(4.0), 1e-6);
  EXPECT_NEAR(Of(errors, LoadForm::kConstant).overall.bias, 0, 1e-6);
  EXPECT_NEAR(Of(errors, LoadForm::kConstant).overall.mape, (0.75 + 3) / 2, 1e-5);
  EXPECT_NEAR(Of(errors, LoadForm::kConstant).overall.rmse, 0.6, 1e-6);
}

TEST(LoadStudy, LowestMayBeARuleOfOthers) {
  const std::vector<ProfiledMachine> machines = {Exact("a", CodeCarbon3OfTdp),
                                                 Exact("b", CodeCarbon3OfTdp)};
  const auto errors = LeaveOneMachineOut(machines);
  EXPECT_EQ(Lowest(errors).form, LoadForm::kCodeCarbon3);
  EXPECT_EQ(Lowest(errors).overall.log_rms, 0);
}

TEST(LoadStudy, EveryMachineWeighsTheSame) {
  ProfiledMachine a = Exact("a", [](double) { return 0.2; });
  const ProfiledMachine b = Exact("b", [](double) { return 0.8; });
  const std::size_t readings = a.readings.size();
  for (std::size_t i = 0; i < 9 * readings; ++i) a.readings.push_back(a.readings[i % readings]);
  const std::vector<ProfiledMachine> machines = {a, b};
  EXPECT_NEAR(FitLoad(LoadForm::kConstant, machines).parameters[0], std::sqrt(0.2 * 0.8), 1e-6);
}

class ProfileFolder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "permille_profiles_" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string folder_;
};

constexpr const char* kHeader =
    "cpu_name,cpu_load,rapl_power,rapl_energy,estimated_power,duration\n";

TEST_F(ProfileFolder, EmptyFolderIsNotFound) {
  EXPECT_EQ(ReadProfiles(folder_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadProfiles(folder_ + "/absent").error().code, ErrorCode::kNotFound);
}

TEST_F(ProfileFolder, UnknownProcessorIsNamed) {
  Write("x.csv", std::string(kHeader) + "Mystery 9000,50,10,0.0001,9,30\n");
  EXPECT_THAT(ReadProfiles(folder_).error().message, HasSubstr("Mystery 9000"));
}

TEST_F(ProfileFolder, ImpossibleReadingNamesItsLine) {
  Write("x.csv", std::string(kHeader) +
                     "AMD EPYC 8024P,50,10,0.0001,9,30\nAMD EPYC 8024P,150,10,0.0001,9,30\n");
  EXPECT_THAT(ReadProfiles(folder_).error().message, HasSubstr("x.csv:3"));
}

TEST_F(ProfileFolder, PowerIsEnergyOverTime) {
  Write("x.csv", std::string(kHeader) + "AMD EPYC 8024P,50,1,0.000375,45,30\n");
  const auto machines = ReadProfiles(folder_);
  ASSERT_TRUE(machines) << machines.error().message;
  // 0.000375 kWh in 30 s are 45 W: half of 90 W.
  EXPECT_NEAR(machines->front().readings.front().of_tdp, 0.5, 1e-6);
}

// The column rapl_power lags: it is 30/31 of the previous row's energy / duration and 1/31 of its
// own row's, in all 62 rows. That is why watts are taken from rapl_energy.
TEST(LoadProfiles, RaplPowerColumnShowsThePreviousRow) {
  SKIP_WITHOUT_PROFILES();
  std::size_t rows = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kProfiles)) {
    const auto table = CsvTable::Read(entry.path().string());
    ASSERT_TRUE(table) << table.error().message;
    const auto number = [&](std::size_t row, const char* name) {
      return table->Number(row, *table->Column(name)).value().value();
    };
    double previous = 0;
    for (std::size_t row = 0; row < table->rows(); ++row, ++rows) {
      const double watts = number(row, "rapl_energy") / 2.77778e-7 / number(row, "duration");
      EXPECT_NEAR(number(row, "rapl_power") / ((30 * previous + watts) / 31), 1, 2e-4)
          << entry.path() << row;
      previous = watts;
    }
  }
  EXPECT_EQ(rows, 62u);
}

// The folder E5-1240 holds the same processor as E3-1240 half an hour earlier, at up to 1.4 times
// its TDP for 30 s: package and core domains added up. It is left out, so no machine stays above
// its TDP.
TEST(LoadProfiles, NoMachineExceedsItsTdpOnceTheDoubleCountIsOut) {
  SKIP_WITHOUT_PROFILES();
  const auto highest = [](const std::vector<ProfiledMachine>& machines) {
    double out = 0;
    for (const auto& machine : machines) {
      for (const auto& reading : machine.readings) out = std::max(out, reading.of_tdp);
    }
    return out;
  };
  EXPECT_LT(highest(ReadProfiles(kProfiles).value()), 1);
  ProfileReading reading;
  reading.double_counted = ProfileReading::DoubleCounted::kOwnMachine;
  EXPECT_GT(highest(ReadProfiles(kProfiles, reading).value()), 1.3);
}

TEST(LoadCurve, ShippedCurveIsTheLowestAndItsRefit) {
  SKIP_WITHOUT_PROFILES();
  const auto machines = ReadProfiles(kProfiles);
  ASSERT_TRUE(machines) << machines.error().message;
  const auto errors = LeaveOneMachineOut(*machines);
  EXPECT_EQ(Lowest(errors).form, LoadForm::kLinear);
  EXPECT_NEAR(kNativeCurveError, Lowest(errors).overall.log_rms, 5e-4);
  const FittedLoad fitted = FitLoad(LoadForm::kLinear, *machines);
  EXPECT_NEAR(kNativeIdleOfTdp, fitted.parameters[0], 1e-6);
  EXPECT_NEAR(kNativeSlopeOfTdp, fitted.parameters[1], 1e-6);
}

TEST(LoadCurve, CodeCarbonsErrorsAreThoseOfTheStudy) {
  SKIP_WITHOUT_PROFILES();
  const auto errors = LeaveOneMachineOut(ReadProfiles(kProfiles).value());
  EXPECT_NEAR(kCodeCarbon2CurveError, Of(errors, LoadForm::kCodeCarbon2).overall.log_rms, 5e-4);
  EXPECT_NEAR(kCodeCarbon3CurveError, Of(errors, LoadForm::kCodeCarbon3).overall.log_rms, 5e-4);
}

}  // namespace
}  // namespace permille
