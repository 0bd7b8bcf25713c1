// SPDX-License-Identifier: Apache-2.0
#include "carbon/carbon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <vector>

#include "base/csv.h"

namespace permille {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::vector<GridIntensity>& Table() {
  static const std::vector<GridIntensity> table = {
      {"world", "World average", "world", GramsPerKwh(475), {}, "IEA"},
      {"FRA", "France", "country", GramsPerKwh(56.039), 2023, "Our World in Data"},
      {"USA-OR", "Oregon, United States", "state", GramsPerKwh(138.749823652), 2016, "eGRID2016"},
      {"aws:us-west-2",
       "Amazon Web Services US West (Oregon)",
       "cloud-region",
       GramsPerKwh(297.6),
       {},
       "eGRID"},
      {"aws:us-west-1",
       "Amazon Web Services US West (N. California)",
       "cloud-region",
       GramsPerKwh(240.6),
       {},
       "eGRID"},
      {"XYZ",
       "Nowhere",
       "country",
       GramsPerKwh(std::numeric_limits<double>::quiet_NaN()),
       {},
       "a blank cell"},
  };
  return table;
}

TEST(FindGrid, PlacesAreFoundWhateverTheirCase) {
  for (const char* place : {"USA-OR", "usa-or", "Usa-Or"}) {
    const auto grid = FindGrid(Table(), place);
    ASSERT_TRUE(grid) << place;
    EXPECT_EQ(grid->place, "USA-OR");
    EXPECT_EQ(grid->year, 2016);
  }
}

// Oregon in the study's logs: 305.891 lb/MWh x 0.45359237 kg/lb = 138.75 g/kWh.
TEST(FindGrid, OregonIsTheStudysIntensity) {
  EXPECT_NEAR(FindGrid(Table(), "USA-OR")->intensity.value(), 305.891 * 0.45359237, 1e-8);
}

TEST(FindGrid, CloudRegionIsTheOneTheStudysTextNames) {
  EXPECT_DOUBLE_EQ(FindGrid(Table(), "aws:us-west-2")->intensity.value(), 297.6);
}

TEST(FindGrid, NumberIsACustomIntensity) {
  const auto grid = FindGrid(Table(), "297.6");
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->place, "custom");
  EXPECT_EQ(grid->kind, "custom");
  EXPECT_DOUBLE_EQ(grid->intensity.value(), 297.6);
  EXPECT_FALSE(grid->year);
  EXPECT_TRUE(FindGrid(Table(), "0"));
  EXPECT_TRUE(FindGrid(Table(), "3000"));
}

TEST(FindGrid, ImpossibleNumberIsInvalid) {
  for (const char* text : {"-1", "3001", "1e9"}) {
    const auto grid = FindGrid(Table(), text);
    ASSERT_FALSE(grid) << text;
    EXPECT_EQ(grid.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(grid.error().message, HasSubstr(text));
  }
}

TEST(FindGrid, EmptyIsTheWorldAndSaysSo) {
  const auto grid = FindGrid(Table(), "");
  ASSERT_TRUE(grid);
  EXPECT_DOUBLE_EQ(grid->intensity.value(), 475);
  EXPECT_THAT(grid->source, StartsWith("world average, because no place was given"));
  EXPECT_EQ(FindGrid(Table(), "world")->source, "IEA");
}

struct Typo {
  const char* typed;
  const char* meant;
};

TEST(FindGrid, UnknownPlaceSuggestsWhatWasMeant) {
  for (const Typo& typo :
       {Typo{"aws:us-west-22", "'aws:us-west-2'"}, Typo{"us-west-2", "'aws:us-west-2'"},
        Typo{"France", "'FRA'"}, Typo{"Oregon", "'USA-OR'"}, Typo{"USA-Oregon", "'USA-OR'"},
        Typo{"OR", "'USA-OR'"}, Typo{"FRB", "'FRA'"}, Typo{"wrold", "'world'"}}) {
    const auto grid = FindGrid(Table(), typo.typed);
    ASSERT_FALSE(grid) << typo.typed;
    EXPECT_EQ(grid.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(grid.error().message, HasSubstr(std::string("did you mean ") + typo.meant))
        << typo.typed;
  }
}

TEST(FindGrid, NothingNearPointsToTheList) {
  const auto grid = FindGrid(Table(), "somewhere over the rainbow");
  ASSERT_FALSE(grid);
  EXPECT_EQ(grid.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(grid.error().message, HasSubstr("permille list grids"));
}

TEST(FindGrid, BlankIntensityIsUnavailableNotZero) {
  const auto grid = FindGrid(Table(), "XYZ");
  ASSERT_FALSE(grid);
  EXPECT_EQ(grid.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(grid.error().message, HasSubstr("Nowhere"));
}

TEST(ParsePue, AcceptsOneToFive) {
  EXPECT_DOUBLE_EQ(*ParsePue("1"), 1);
  EXPECT_DOUBLE_EQ(*ParsePue("1.58"), 1.58);
  EXPECT_DOUBLE_EQ(*ParsePue("5"), 5);
  for (const char* text : {"", "0.99", "5.1", "-1", "nan", "1,2", "good", "1.2x"}) {
    const auto pue = ParsePue(text);
    ASSERT_FALSE(pue) << text;
    EXPECT_EQ(pue.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(pue.error().message, HasSubstr("1 to 5"));
  }
}

TEST(Emissions, AreEnergyTimesPueTimesIntensity) {
  EXPECT_DOUBLE_EQ(Emissions(Joules(3.6e6), GramsPerKwh(100), 1).value(), 100);
  EXPECT_DOUBLE_EQ(Emissions(Joules(3.6e6), GramsPerKwh(100), 1.5).value(), 150);
  EXPECT_DOUBLE_EQ(Emissions(Joules(0), GramsPerKwh(100), 1.5).value(), 0);
}

// Every run of the study placed in Oregon: grams are kWh x 138.75.
TEST(Emissions, ReproduceTheStudysLogs) {
  const std::string path =
      PERMILLE_SOURCE_DIR "/../shared/paper/logs/emissions/complete/text_classif_sst2.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the study's logs are not here: " << path;
  const auto table = CsvTable::Read(path);
  ASSERT_TRUE(table) << table.error().message;
  const GramsPerKwh oregon = FindGrid(Table(), "USA-OR")->intensity;
  std::size_t runs = 0;
  for (std::size_t row = 0; row < table->rows(); ++row) {
    if (table->At(row, *table->Column("region")) != "oregon") continue;
    const double kwh = table->Number(row, *table->Column("energy_consumed")).value().value();
    const double kilograms = table->Number(row, *table->Column("emissions")).value().value();
    EXPECT_NEAR(Emissions(FromKwh(kwh), oregon, 1).value() / 1000 / kilograms, 1, 1e-6);
    ++runs;
  }
  EXPECT_GT(runs, 70u);
}

}  // namespace
}  // namespace permille
