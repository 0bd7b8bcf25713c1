// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "record/full_run.h"
#include "record/run_record.h"

// Runs of random content, hostile text and odd numbers included, for tests of what writes runs down
// and reads them back.

namespace permille {

/// Draws the parts of a run. The same seed gives the same run.
class RunMaker {
 public:
  explicit RunMaker(unsigned seed) : random_(seed) {}

  RunRecord Make() {
    RunRecord run;
    run.run_id = "run-" + std::to_string(random_());
    run.started = Text();
    run.cell = MakeCell();
    run.repeat = static_cast<int>(Count(10));
    run.block = static_cast<int>(Count(10));
    run.queries = Whole();
    run.load_note = Text();
    for (std::size_t i = Count(4); i > 0; --i)
      run.channels.push_back(MakeChannel(run.channels.size()));
    for (std::size_t i = Count(4); i > 0; --i) run.windows.push_back(MakeWindow(run));
    for (std::size_t i = Count(20); i > 0; --i) run.samples.push_back(MakeSample());
    for (std::size_t i = Count(30); i > 0; --i) run.query_records.push_back(MakeQuery());
    for (std::size_t i = Count(20); i > 0; --i)
      run.predictions.push_back({Count(1000), MakePrediction()});
    run.environment = Texts();
    run.flags = List();
    return run;
  }

 private:
  std::size_t Count(std::size_t below) { return random_() % below; }
  bool Maybe() { return Count(2) == 0; }
  template <class E>
  E Word(int words) {
    return static_cast<E>(Count(static_cast<std::size_t>(words)));
  }
  std::int64_t Whole() {
    switch (Count(5)) {
      case 0:
        return 0;
      case 1:
        return std::numeric_limits<std::int64_t>::max();
      case 2:
        return std::numeric_limits<std::int64_t>::min();
      default:
        return static_cast<std::int64_t>(Count(100000));
    }
  }
  std::uint64_t Tally() {
    return Count(8) == 0 ? std::numeric_limits<std::uint64_t>::max() : Count(100000);
  }
  double Number() {
    switch (Count(12)) {
      case 0:
        return 0;
      case 1:
        return -0.0;
      case 2:
        return std::numeric_limits<double>::quiet_NaN();
      case 3:
        return std::numeric_limits<double>::infinity();
      case 4:
        return std::numeric_limits<double>::denorm_min();
      case 5:
        return std::numeric_limits<double>::max();
      default:
        return std::ldexp(std::uniform_real_distribution<>(-1, 1)(random_),
                          static_cast<int>(Count(120)) - 60);
    }
  }
  template <class U>
  std::optional<U> MaybeNumber() {
    return Maybe() ? std::optional<U>(U(Number())) : std::nullopt;
  }
  std::string Text() {
    switch (Count(6)) {
      case 0:
        return "";
      case 1:
        return "package-0";
      case 2:
        return std::string("nul\0\r\n\t\"'\\};--", 15);
      case 3:
        return "\xE5\x8D\x83\xE5\x88\x86\xE4\xB9\x8B \xF0\x9F\x94\x8B";
      case 4:
        return std::string(Count(3000), 'x');
      default: {
        std::string text;
        for (std::size_t i = Count(12); i > 0; --i)
          text.push_back(static_cast<char>(1 + Count(127)));
        return text;
      }
    }
  }
  std::vector<std::string> List() {
    std::vector<std::string> list;
    for (std::size_t i = Count(4); i > 0; --i) list.push_back(Text());
    return list;
  }
  std::map<std::string, std::string> Texts() {
    std::map<std::string, std::string> texts;
    for (const auto& name : List()) texts[name] = Text();
    return texts;
  }
  Cell MakeCell() {
    return {Text(), Text(), Text(), Text(), Text(),
            Text(), Text(), Text(), Text(), static_cast<int>(Count(64)),
            Texts()};
  }
  Channel MakeChannel(std::size_t number) {
    return {"channel-" + std::to_string(number) + Text(),
            Word<Component>(5),
            Word<Quantity>(4),
            Text(),
            Word<Provenance>(5),
            Word<SourceKind>(5),
            MaybeNumber<Seconds>(),
            Text(),
            MaybeNumber<double>(),
            Text(),
            Word<Use>(3),
            Text(),
            Text(),
            MaybeNumber<Joules>(),
            Texts()};
  }
  ChannelWindow Shown(const std::string& channel) {
    ChannelWindow shown{
        channel, MaybeNumber<Joules>(), Number(), Tally(), Tally(), Tally(), Tally(), {}};
    for (std::size_t i = Count(20); i > 0; --i)
      shown.series.push_back({Seconds(Number()), Number()});
    return shown;
  }
  Window MakeWindow(const RunRecord& run) {
    Window window{Word<Phase>(6), Text(), Seconds(Number()), Seconds(Number()), {}, {}, List()};
    for (const auto& channel : run.channels) {
      if (Maybe()) window.channels.push_back(Shown(channel.id));
    }
    window.load = {MaybeNumber<CoreSeconds>(), MaybeNumber<CoreSeconds>(),
                   MaybeNumber<CoreSeconds>(), static_cast<int>(Count(256)),
                   MaybeNumber<Bytes>(),       MaybeNumber<Bytes>()};
    return window;
  }
  QueryRecord MakeQuery() {
    return {
        Count(1000),
        Seconds(Number()),
        {Seconds(Number()), Seconds(0), Seconds(Number()), Seconds(Number()), Seconds(Number())},
        Whole(),
        Whole()};
  }
  std::vector<LabelBox> Boxes() {
    std::vector<LabelBox> boxes;
    for (std::size_t i = Count(4); i > 0; --i)
      boxes.push_back({Text(), Number(), {Number(), Number(), Number(), Number()}, Maybe()});
    return boxes;
  }
  std::vector<TextSpan> Spans() {
    std::vector<TextSpan> spans;
    for (std::size_t i = Count(4); i > 0; --i)
      spans.push_back({Text(), Number(), Text(), Whole(), Whole()});
    return spans;
  }
  SampleRecord MakeSample() {
    SampleRecord sample{Text(), Text(), std::nullopt, Whole()};
    if (Maybe()) sample.reference = Reference{List(), Boxes(), Spans()};
    return sample;
  }
  Prediction MakePrediction() {
    Prediction prediction;
    prediction.text = Text();
    for (std::size_t i = Count(6); i > 0; --i) prediction.labels.push_back({Text(), Number()});
    if (Maybe()) prediction.boxes = Boxes();
    if (Maybe()) prediction.spans = Spans();
    if (Maybe()) prediction.image = Text();
    if (Maybe()) prediction.image_hash = Text();
    if (Maybe()) prediction.flagged = Maybe();
    prediction.input_tokens = Whole();
    prediction.output_tokens = Whole();
    prediction.finite = Maybe();
    return prediction;
  }

  std::mt19937 random_;
};

inline RunRecord RandomRun(unsigned seed) {
  return RunMaker(seed).Make();
}

}  // namespace permille
