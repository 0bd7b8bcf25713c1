// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace permille {

/// One log file of a study: which cells its rows belong to.
struct StudyLog {
  std::string file;  ///< name without .csv
  std::string task;
  std::string dataset;
  std::string variant;    ///< default, resized, original, zero-shot
  bool in_tables = true;  ///< whether the study's tables count it
};

struct StudyDataset {
  std::string name;
  std::string title;                 ///< as printed: "SST 2"
  std::vector<std::string> aliases;  ///< in the tables beside the logs
};

/// A multi-purpose model, with the energy of its training where it was published.
struct StudyModel {
  std::string model;
  std::string model_class;               ///< seq2seq, decoder
  std::optional<double> training_kwh;    ///< metered, as published
  std::optional<double> finetuning_kwh;  ///< GPU hours times TDP, as published
};

/// A task's mean energy of 1,000 queries, as published.
struct StudyTaskEnergy {
  std::string task;
  std::string printed;  ///< kWh, as printed
  double kwh = 0;       ///< as the study's logs give it
  /// The GPU that worked alone, by two estimates of what the idle ones drew; empty: not known.
  std::vector<double> one_gpu_kwh;
};

/// How a published study lies in its logs: catalog/paper/study.yaml.
struct StudyLayout {
  std::string name;
  std::string title;
  std::int64_t queries = 0;  ///< of every run
  int gpus_used = 0;         ///< of those the logs count
  std::vector<StudyLog> logs;
  std::vector<StudyDataset> datasets;
  std::vector<StudyModel> multi_purpose;
  std::vector<StudyTaskEnergy> table_2;
  std::map<std::string, std::string> model_aliases;
  std::vector<std::pair<std::string, std::string>> not_in_tables;  ///< task, model

  /// Where a file's rows belong; null for a file that is not of this study.
  const StudyLog* FindLog(std::string_view file) const;
  /// The dataset of a name, title or alias; null when there is none.
  const StudyDataset* FindDataset(std::string_view name_or_alias) const;
  /// The multi-purpose model of that name; null for any other.
  const StudyModel* FindMultiPurpose(std::string_view model) const;
  /// A model's name as the logs spell it.
  std::string ModelName(const std::string& spelled) const;
  /// Whether the study's tables count this cell.
  bool InTables(std::string_view task, std::string_view dataset, std::string_view variant,
                std::string_view model) const;
};

/// The study that permille repeats.
Result<StudyLayout> LoadStudyLayout();

}  // namespace permille
