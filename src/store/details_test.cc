// SPDX-License-Identifier: Apache-2.0
#include "store/details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace permille {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  Prediction prediction;
  const auto parsed = ParseDetails(text, "row", prediction);
  if (parsed) return "read";
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalid);
  return parsed.error().message;
}

TEST(Details, NothingToSayIsAbsent) {
  Prediction prediction;
  prediction.text = "a text";
  prediction.labels = {{"a", 1}};
  EXPECT_EQ(DetailsOf(prediction), std::nullopt);
  EXPECT_EQ(DetailsOf(Reference{{"a"}}), std::nullopt);
}

TEST(Details, AreTheFormatsExample) {
  Prediction prediction;
  prediction.boxes = {{"dog", 0.75, {10, 6.5, 41, 30}}};
  prediction.spans = {{"LOC", 0.5, "Ada", 4, 7}};
  prediction.flagged = false;
  EXPECT_EQ(DetailsOf(prediction), R"({"boxes":[["dog",0.75,10.0,6.5,41.0,30.0]],)"
                                   R"("spans":[["LOC",0.5,"Ada",4,7]],"flagged":false})");
}

TEST(Details, AScoreThatIsNaNStaysNaN) {
  Prediction prediction;
  prediction.boxes = {{"dog", std::numeric_limits<double>::quiet_NaN(), {}}};
  Prediction again;
  ASSERT_TRUE(ParseDetails(*DetailsOf(prediction), "row", again));
  EXPECT_TRUE(std::isnan(again.boxes.at(0).score));
}

TEST(Details, RowsOfAnotherShapeAreRefusedByKey) {
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("an object was expected"));
  EXPECT_THAT(ErrorOf("{"), HasSubstr("not valid JSON"));
  for (const char* boxes :
       {"7", "[7]", "[[]]", R"([["a",1,2,3,4]])", R"([["a",1,2,3,4,"5"]])", R"([[1,1,2,3,4,5]])",
        R"([["a",1,2,3,4,5,6]])", R"([["a",1,2,3,4,5,false]])"}) {
    EXPECT_EQ(ErrorOf(fmt::format("{{\"boxes\":{}}}", boxes)),
              "row: \"boxes\" is not as the format says");
  }
  for (const char* spans : {"{}", R"([["a",1,"t",0]])", R"([["a",1,"t",0,1.5]])",
                            R"([["a",1,"t",0,18446744073709551615]])", R"([["a",true,"t",0,1]])"}) {
    EXPECT_EQ(ErrorOf(fmt::format("{{\"spans\":{}}}", spans)),
              "row: \"spans\" is not as the format says");
  }
  EXPECT_EQ(ErrorOf(R"({"image":1})"), "row: \"image\" is not as the format says");
  EXPECT_EQ(ErrorOf(R"({"image_hash":[]})"), "row: \"image_hash\" is not as the format says");
  EXPECT_EQ(ErrorOf(R"({"flagged":1})"), "row: \"flagged\" is not as the format says");
  EXPECT_EQ(ErrorOf(R"({"later":1})"), "read");
}

}  // namespace
}  // namespace permille
