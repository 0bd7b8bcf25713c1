// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace permille {

/// Size and kind of a model, as a table beside the imported logs states them.
struct ModelFacts {
  std::string model;
  std::optional<double> parameters;
  std::string model_class;  ///< encoder, decoder, seq2seq; empty: not stated
  std::string source;       ///< file it came from
};

/// A score that comes from other runs than those that were metered.
struct ImportedScore {
  std::string model;
  std::string dataset;
  std::string task;
  std::string metric;  ///< accuracy, f1, rouge
  double value = 0;    ///< 0 to 1
  std::string source;
};

/// How long inputs and outputs were, summed over `n` queries.
struct ImportedLengths {
  std::string model;
  std::string dataset;
  std::string variant;
  std::string unit;  ///< words
  std::int64_t n = 0;
  std::int64_t input_sum = 0;
  std::int64_t output_sum = 0;
  std::string source;
};

/// What a meter in the wall socket saw of one window of a run.
struct ImportedWall {
  std::string run_id;
  std::int64_t window = 0;  ///< its place in RunRecord::windows
  double wall_j = 0;
  std::optional<double> software_j;  ///< what the run's channels state for the whole machine
  double coverage = 0;               ///< fraction of the window that the log bounds
  double correlation = 0;            ///< of the log with the run, where it was laid
  double offset_s = 0;               ///< time in the log at which the run began
  std::string source;                ///< the log's file
};

/// What others' logs bring besides runs.
struct ImportedFacts {
  std::vector<ModelFacts> models;
  std::vector<ImportedScore> scores;
  std::vector<ImportedLengths> lengths;
  std::vector<ImportedWall> wall;
};

}  // namespace permille
