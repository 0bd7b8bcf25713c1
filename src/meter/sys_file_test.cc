// SPDX-License-Identifier: Apache-2.0
#include "meter/sys_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>

#include "support/temp_tree.h"

namespace permille {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SysFile, ReadsFromTheStartEachTime) {
  TempTree tree;
  tree.AddFile("energy_uj", "123\n");
  SysFile file(tree.Path("energy_uj"));
  std::array<char, 32> buffer;
  EXPECT_EQ(file.Read(buffer).text, "123");
  tree.AddFile("energy_uj", "45\n");
  EXPECT_EQ(file.Read(buffer).text, "45");
}

TEST(SysFile, ComesBackAfterAFailure) {
  TempTree tree;
  SysFile file(tree.Path("late"));
  std::array<char, 32> buffer;
  EXPECT_EQ(file.Read(buffer).error, ENOENT);
  tree.AddFile("late", "7");
  const SysFile::Text read = file.Read(buffer);
  EXPECT_EQ(read.error, 0);
  EXPECT_EQ(read.text, "7");
}

TEST(SysFile, AFolderIsAnErrorNotAnEmptyText) {
  TempTree tree;
  tree.AddFolder("folder");
  std::array<char, 32> buffer;
  EXPECT_EQ(SysFile(tree.Path("folder")).Read(buffer).error, EISDIR);
  EXPECT_FALSE(ReadSysText(tree.Path("folder")));
}

TEST(SysFile, CountsAreWholeNumbersAndNothingElse) {
  EXPECT_EQ(ParseCount("262143328850"), 262143328850u);
  EXPECT_EQ(ParseCount("18446744073709551615"), 18446744073709551615u);
  for (const char* text : {"", "-1", "1.5", "12 J", "0x10", "18446744073709551616", " 3"}) {
    EXPECT_FALSE(ParseCount(text)) << text;
  }
}

TEST(SysFile, CpuLists) {
  EXPECT_THAT(ParseCpuList("0,18"), ElementsAre(0, 18));
  EXPECT_THAT(ParseCpuList("0-2,7"), ElementsAre(0, 1, 2, 7));
  EXPECT_THAT(ParseCpuList(""), IsEmpty());
  EXPECT_THAT(ParseCpuList("x,3-1,4"), ElementsAre(4));
  EXPECT_THAT(ParseCpuList("0-99999999999"), IsEmpty());
}

}  // namespace
}  // namespace permille
