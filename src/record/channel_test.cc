// SPDX-License-Identifier: Apache-2.0
#include "record/channel.h"

#include <gtest/gtest.h>

#include <set>

#include "record/window.h"

namespace permille {
namespace {

/// Check that the first `count` values have names of their own that are read back, and that others
/// are not.
template <class E, class Parse>
void ExpectNames(int count, Parse parse) {
  std::set<std::string_view> seen;
  for (int i = 0; i < count; ++i) {
    const std::string_view name = Name(static_cast<E>(i));
    EXPECT_TRUE(seen.insert(name).second) << name << " appears twice";
    EXPECT_EQ(parse(name), static_cast<E>(i)) << name;
  }
  for (const char* wrong : {"", "Gpu", "gpu ", "warm-up", "estimated"})
    EXPECT_FALSE(parse(wrong)) << wrong;
}

TEST(Names, OfEveryEnumerationAreReadBack) {
  ExpectNames<Component>(5, ParseComponent);
  ExpectNames<Provenance>(5, ParseProvenance);
  ExpectNames<SourceKind>(5, ParseSourceKind);
  ExpectNames<Quantity>(4, ParseQuantity);
  ExpectNames<Use>(3, ParseUse);
  ExpectNames<Phase>(6, ParsePhase);
}

// The words of the store and of JSON: changing one makes existing files unreadable.
TEST(Names, AreTheWordsOfTheFormats) {
  EXPECT_EQ(Name(Component::kGpu), "gpu");
  EXPECT_EQ(Name(Provenance::kModelled), "modelled");
  EXPECT_EQ(Name(SourceKind::kFirmwareModel), "firmware-model");
  EXPECT_EQ(Name(Quantity::kLoad), "load");
  EXPECT_EQ(Name(Use::kPresentNotUsed), "present-not-used");
  EXPECT_EQ(Name(Use::kMigParent), "mig-parent");
  EXPECT_EQ(Name(Phase::kIdleBare), "idle_bare");
  EXPECT_EQ(Name(Phase::kIdleLoaded), "idle_loaded");
}

}  // namespace
}  // namespace permille
