// SPDX-License-Identifier: Apache-2.0
#include "store/packed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "record/random_run.h"

namespace permille {
namespace {

using testing::HasSubstr;

std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02X}", static_cast<unsigned char>(byte));
  return text;
}

// IEEE 754 binary64, least significant byte first: 0.5 = 3FE0..., 40.25 = 40442..., 1 =
// 3FF0..., 41.5 = 4044C...
TEST(Packed, SeriesIsTheFormatsExample) {
  const RunRecord run = FullRun();
  const auto& series = run.windows[0].channels[0].series;
  EXPECT_EQ(Hex(PackSeries(series)),
            "000000000000E03F0000000000204440000000000000F03F0000000000C04440");
}

TEST(Packed, QueryColumnsAreTheFormatsExample) {
  const auto queries = FullRun().query_records;
  std::string all;
  for (const auto& column : kQueryColumns)
    all += fmt::format("{} {}\n", column.name, Hex(PackColumn(column, queries)));
  EXPECT_THAT(all, HasSubstr("input_tokens 0C00000000000000\n"));
  EXPECT_THAT(all, HasSubstr("latency_s 7B14AE47E17A943F\n"));
  EXPECT_THAT(all, HasSubstr("sample 0100000000000000\n"));
}

TEST(Packed, EveryFieldOfAQueryHasAColumnOfItsOwn) {
  const QueryRecord full = FullRun().query_records[0];
  std::set<std::string_view> names;
  for (const auto& column : kQueryColumns) {
    names.insert(column.name);
    std::vector<QueryRecord> one(1);
    ASSERT_TRUE(UnpackColumn(column, PackColumn(column, {full}), one));
    for (const auto& other : kQueryColumns) {
      EXPECT_EQ(other.get(one[0]), other.name == column.name ? column.get(full) : 0)
          << column.name << other.name;
    }
  }
  EXPECT_EQ(names.size(), kQueryColumns.size());
}

TEST(Packed, LengthsThatDoNotFitAreRefused) {
  EXPECT_TRUE(UnpackSeries("")->empty());
  EXPECT_FALSE(UnpackSeries(std::string(8, '\0')));
  EXPECT_FALSE(UnpackSeries(std::string(33, '\0')));
  std::vector<QueryRecord> two(2);
  EXPECT_FALSE(UnpackColumn(kQueryColumns[0], std::string(8, '\0'), two));
  EXPECT_FALSE(UnpackColumn(kQueryColumns[0], std::string(17, '\0'), two));
}

}  // namespace
}  // namespace permille
