// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/run_record.h"

namespace permille {

/// A run in which every field holds something that its default does not.
inline RunRecord FullRun() {
  RunRecord run;
  run.run_id = "20261123T031415-7f3a";
  run.started = "2026-11-23T03:14:15Z";
  run.cell = {"5d41402abc4b2a76",
              "text-classification",
              "sst2",
              "resized",
              "distilbert-base-uncased-finetuned-sst-2-english",
              "714eb0f",
              "onnx",
              "trained",
              "tokenizer",
              4,
              {{"seed", "42"}, {"threads", "2"}}};
  run.repeat = 3;
  run.block = 2;
  run.queries = 1000;
  run.load_note = "warm";
  run.channels = {{"package-0",
                   Component::kCpu,
                   Quantity::kEnergy,
                   "rapl-powercap",
                   Provenance::kMeasured,
                   SourceKind::kFirmwareModel,
                   Seconds(0.001),
                   "package: cores, uncore, LLC",
                   0.02,
                   "Khan et al. 2018",
                   Use::kPresentNotUsed,
                   "psys-0",
                   "package-0-perf",
                   Joules(6.1e-05),
                   {{"model", "a CPU"}}}};
  Window window{Phase::kLoad, "warm up", Seconds(1.5), Seconds(20.25), {}, {}, {"short_window"}};
  window.channels = {{"package-0",
                      Joules(812.5),
                      0.99,
                      20250,
                      20200,
                      3,
                      1,
                      {{Seconds(0.5), 40.25}, {Seconds(1), 41.5}}}};
  window.load = {CoreSeconds(21), CoreSeconds(20), CoreSeconds(0.5), 2, Bytes(3.5e8), Bytes(2e9)};
  run.windows = {window};
  run.query_records = {
      {1,
       Seconds(0.02),
       {Seconds(0.001), Seconds(0.002), Seconds(0.003), Seconds(0.015), Seconds(0.004)},
       12,
       5}};
  run.samples = {{"0", "2d06800538d394c2",
                  Reference{{"positive"},
                            {{"cat", 1, {12.5, 7, 40, 33.25}, true}},
                            {{"PER", 1, "Ada Lovelace", 4, 16}}},
                  9}};
  Prediction said;
  said.text = "very good";
  said.labels = {{"positive", 0.98}, {"negative", 0.02}};
  said.boxes = {{"dog", 0.75, {10, 6.5, 41, 30}}};
  said.spans = {{"LOC", 0.5, "Ada", 4, 7}};
  said.image = "images/0.png";
  said.image_hash = "0123456789abcdef";
  said.flagged = true;
  said.input_tokens = 12;
  said.output_tokens = 5;
  said.finite = false;
  run.predictions = {{1, said}};
  run.environment = {{"cpu", "a CPU"}, {"kernel", "6.1"}};
  run.flags = {"throttled"};
  return run;
}

}  // namespace permille
