// SPDX-License-Identifier: Apache-2.0
#include "base/spelling.h"

#include <gtest/gtest.h>

namespace permille {
namespace {

TEST(Nearest, AllowsOneEditInThreeLetters) {
  EXPECT_EQ(Nearest("acuracy", {"accuracy", "f1"}), "accuracy");
  EXPECT_EQ(Nearest("ab", {"ba"}), std::nullopt)
      << "a swap is one edit, and a third of two letters is none";
  EXPECT_EQ(Nearest("abc", {"acb"}), "acb");
  EXPECT_EQ(Nearest("ABC", {"abc"}), "abc");
  EXPECT_EQ(Nearest("abc", {"xyz"}), std::nullopt);
  EXPECT_EQ(Nearest("", {"abc"}), std::nullopt);
  EXPECT_EQ(Nearest("abcdef", {"abcdxx", "abcdex"}), "abcdex");
}

TEST(DidYouMean, SaysNothingWhenNothingIsNear) {
  const std::vector<std::string_view> words = {"latency", "load"};
  EXPECT_EQ(DidYouMean("latencyy", words), " (did you mean 'latency'?)");
  EXPECT_EQ(DidYouMean("colour", words), "");
}

}  // namespace
}  // namespace permille
