// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "record/channel.h"
#include "record/sample.h"
#include "record/window.h"

namespace permille {

/// What identifies a cell: everything that may change its number. `key` is a hash of the rest.
struct Cell {
  std::string key;
  std::string task;                 ///< Hugging Face pipeline name; empty for exec
  std::string dataset;              ///< name or file name
  std::string variant = "default";  ///< default, resized, original, zero-shot
  std::string model;                ///< Hub id, folder or file name; the command for exec
  std::string model_revision;       ///< or a hash of the graph
  std::string engine;               ///< "onnx"
  std::string weights;              ///< "trained" | "random"; empty for exec
  std::string tokens;               ///< "tokenizer" | "modelled"; empty where there are none
  int batch = 1;
  std::map<std::string, std::string>
      options;  ///< threads, spinning, optimisation, precision, seed, ...
};

/// The key of a cell: a hash of all that may change its number.
std::string CellKey(const Cell& cell);

/// One query (or the share of a batch that is one sample).
struct QueryRecord {
  std::size_t sample = 0;  ///< index into RunRecord::samples
  Seconds latency;         ///< of the call; a batch's latency divided by its size
  PhaseTimes phases;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

/// A sample as remembered: identity and reference, not its content.
struct SampleRecord {
  std::string id;
  std::string hash;  ///< HashHex of text + context (or the image's bytes)
  std::optional<Reference> reference;
  std::int64_t words = 0;  ///< whitespace words of text and context
};

/// The prediction of the first query on a sample.
struct PredictionRecord {
  std::size_t sample = 0;
  Prediction prediction;
};

/// One finished run: everything observed, nothing interpreted. The unit of the store.
struct RunRecord {
  std::string run_id;   ///< unique; a time and a random part
  std::string started;  ///< UTC calendar time, for labels
  Cell cell;
  int repeat = 0;  ///< 0-based repeat of the cell
  int block = 0;   ///< repeats of different cells with the same block are paired
  std::int64_t queries = 0;
  std::string load_note;  ///< "cold" or "warm" file cache, where known
  std::vector<Channel> channels;
  std::vector<Window> windows;
  std::vector<QueryRecord> query_records;
  std::vector<SampleRecord> samples;
  std::vector<PredictionRecord> predictions;
  std::map<std::string, std::string>
      environment;  ///< host, cpu, kernel, versions, engine, clocks, ...
  std::vector<std::string> flags;
};

}  // namespace permille
