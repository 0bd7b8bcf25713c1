// SPDX-License-Identifier: Apache-2.0
#include "record/record_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "record/random_run.h"

namespace permille {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const double kNan = std::numeric_limits<double>::quiet_NaN();

RunRecord Again(const RunRecord& run) {
  auto read = RunFromJson(ToJson(run), "test");
  EXPECT_TRUE(read) << read.error().message;
  return read ? *read : RunRecord{};
}

std::string ErrorOf(const std::string& text) {
  const auto run = RunFromJson(text, "run.json");
  if (run) return "read";
  EXPECT_EQ(run.error().code, ErrorCode::kInvalid);
  return run.error().message;
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(RecordJson, EveryRandomRunComesBackTheSame) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const RunRecord run = RandomRun(seed);
    EXPECT_EQ(ToJson(Again(run)), ToJson(run)) << "seed " << seed;
  }
}

// The text is compared with itself above: were a field left out on both sides, it would not be
// missed there.
TEST(RecordJson, EveryFieldOfAFullRunIsWritten) {
  const std::string text = ToJson(FullRun());
  for (const char* key : {"schema",
                          "run_id",
                          "started",
                          "cell",
                          "key",
                          "task",
                          "dataset",
                          "variant",
                          "model",
                          "model_revision",
                          "engine",
                          "weights",
                          "tokens",
                          "batch",
                          "options",
                          "repeat",
                          "block",
                          "queries",
                          "load_note",
                          "channels",
                          "id",
                          "component",
                          "quantity",
                          "source",
                          "provenance",
                          "kind",
                          "period_s",
                          "scope",
                          "standard_uncertainty",
                          "citation",
                          "use",
                          "part_of",
                          "cross_check_of",
                          "resolution_j",
                          "facts",
                          "windows",
                          "phase",
                          "name",
                          "begin_s",
                          "duration_s",
                          "energy_j",
                          "coverage",
                          "readings",
                          "updates",
                          "gaps",
                          "wraps",
                          "series",
                          "at_s",
                          "value",
                          "load",
                          "machine_busy_s",
                          "own_busy_s",
                          "steal_s",
                          "cores",
                          "own_rss_bytes",
                          "machine_used_bytes",
                          "flags",
                          "query_records",
                          "sample",
                          "latency_s",
                          "phases",
                          "preprocess_s",
                          "prefill_s",
                          "decode_s",
                          "forward_s",
                          "postprocess_s",
                          "input_tokens",
                          "output_tokens",
                          "samples",
                          "hash",
                          "reference",
                          "values",
                          "boxes",
                          "box",
                          "crowd",
                          "xmin",
                          "ymin",
                          "xmax",
                          "ymax",
                          "spans",
                          "begin",
                          "end",
                          "image",
                          "image_hash",
                          "flagged",
                          "words",
                          "predictions",
                          "prediction",
                          "text",
                          "labels",
                          "label",
                          "score",
                          "finite",
                          "environment"}) {
    EXPECT_THAT(text, HasSubstr("\"" + std::string(key) + "\":"));
  }
}

TEST(RecordJson, AbsentIsLeftOutAndStaysAbsent) {
  RunRecord run;
  run.channels.emplace_back();
  run.samples.emplace_back();
  const std::string text = ToJson(run);
  EXPECT_THAT(text, Not(HasSubstr("period_s")));
  EXPECT_THAT(text, Not(HasSubstr("reference")));
  EXPECT_FALSE(Again(run).channels[0].period);
  EXPECT_FALSE(Again(run).samples[0].reference);
}

TEST(RecordJson, AReferenceWithoutValuesIsNotAnAbsentOne) {
  RunRecord run;
  run.samples.emplace_back().reference = Reference{};
  EXPECT_TRUE(Again(run).samples[0].reference);
}

TEST(RecordJson, NotFlaggedIsNotUnknown) {
  RunRecord run;
  run.predictions.emplace_back().prediction.flagged = false;
  run.predictions.emplace_back();
  const RunRecord again = Again(run);
  EXPECT_EQ(again.predictions.at(0).prediction.flagged, false);
  EXPECT_EQ(again.predictions.at(1).prediction.flagged, std::nullopt);
}

TEST(RecordJson, AnEmptyTextIsNotTheDefault) {
  RunRecord run;
  run.cell.variant = "";
  EXPECT_EQ(Again(run).cell.variant, "");
}

TEST(RecordJson, OptionalNumbersThatAreNaNBecomeAbsent) {
  RunRecord run;
  ChannelWindow shown;
  shown.energy = Joules(kNan);
  run.windows.emplace_back().channels.push_back(shown);
  run.channels.emplace_back().standard_uncertainty = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(Again(run).windows[0].channels[0].energy);
  EXPECT_FALSE(Again(run).channels[0].standard_uncertainty);
}

TEST(RecordJson, OtherNumbersThatAreNaNStayNaNNeverZero) {
  RunRecord run;
  run.query_records.emplace_back().latency = Seconds(kNan);
  run.predictions.emplace_back().prediction.labels.push_back({"spam", kNan});
  EXPECT_TRUE(std::isnan(Again(run).query_records[0].latency.value()));
  EXPECT_TRUE(std::isnan(Again(run).predictions[0].prediction.labels[0].score));
}

TEST(RecordJson, CountersKeepTheirFullRange) {
  RunRecord run;
  ChannelWindow shown;
  shown.updates = std::numeric_limits<std::uint64_t>::max();
  run.windows.emplace_back().channels.push_back(shown);
  run.queries = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(Again(run).windows[0].channels[0].updates, shown.updates);
  EXPECT_EQ(Again(run).queries, run.queries);
}

TEST(RecordJson, HostileTextSurvives) {
  RunRecord run;
  for (const std::string& text :
       {std::string("nul\0inside", 10), std::string("\"}],\\"), std::string("</script>"),
        std::string("\x01\x1f\x7f\r\n\t"), std::string("\xF0\x9F\x94\x8B é \xE2\x80\xA8")}) {
    run.flags = {text};
    run.environment = {{text, text}};
    run.cell.model = text;
    const RunRecord again = Again(run);
    EXPECT_EQ(again.flags, run.flags);
    EXPECT_EQ(again.environment, run.environment);
    EXPECT_EQ(again.cell.model, text);
  }
}

TEST(RecordJson, BytesThatAreNotUtf8AreReplaced) {
  RunRecord run;
  run.load_note = "a\xff z";
  EXPECT_EQ(Again(run).load_note, "a\xEF\xBF\xBD z");
}

TEST(RecordJson, ErrorsNameThePlace) {
  const std::string text = ToJson(FullRun());
  EXPECT_EQ(ErrorOf(Replaced(text, "\"phase\":\"load\"", "\"phase\":\"cooling\"")),
            "run.json: windows[0].phase: unknown word \"cooling\"");
  EXPECT_EQ(ErrorOf(Replaced(text, "\"batch\":4", "\"batch\":4.5")),
            "run.json: cell.batch: must be an integer of 32 bits");
  EXPECT_EQ(ErrorOf(Replaced(text, "\"batch\":4", "\"batch\":4294967296")),
            "run.json: cell.batch: must be an integer of 32 bits");
  EXPECT_EQ(ErrorOf(Replaced(text, "\"batch\":4,", "")), "run.json: cell.batch: is missing");
  EXPECT_EQ(ErrorOf(Replaced(text, "\"updates\":", "\"updates\":-")),
            "run.json: windows[0].channels[0].updates: must be an integer of 64 bits");
  EXPECT_EQ(ErrorOf(Replaced(text, "\"finite\":false", "\"finite\":0")),
            "run.json: predictions[0].prediction.finite: must be true or false");
}

TEST(RecordJson, WrongShapesAreErrors) {
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(ErrorOf("{}"), HasSubstr("\"schema\" is missing"));
  EXPECT_THAT(ErrorOf(R"({"schema":"permille.record/2"})"),
              HasSubstr("this permille reads \"permille.record/1\""));
  EXPECT_THAT(ErrorOf(R"({"schema":"permille.record/1"})"), EndsWith("cell: is missing"));
  EXPECT_THAT(ErrorOf(R"({"schema":"permille.record/1","cell":7})"),
              EndsWith("cell: must be an object"));
  EXPECT_THAT(ErrorOf(R"({"schema":"permille.record/1","run_id":7})"),
              EndsWith("run_id: must be a string"));
  EXPECT_THAT(ErrorOf("{\"schema\":"), StartsWith("run.json: not valid JSON"));
}

TEST(RecordJson, EveryTruncationIsAnErrorNotACrash) {
  const std::string text = ToJson(FullRun());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_NE(ErrorOf(text.substr(0, size)), "read") << size;
}

TEST(RecordJson, UnknownKeysArePassedOver) {
  const std::string text = ToJson(FullRun());
  EXPECT_TRUE(RunFromJson(Replaced(text, "{\"schema\"", "{\"later\":[1],\"schema\""), "test"));
}

}  // namespace
}  // namespace permille
