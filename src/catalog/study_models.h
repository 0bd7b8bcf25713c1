// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// catalog/models.yaml (docs/formats/models.md): which models the study measured and what it
// published of them. Three files, three questions: models/*/entry.yaml is what permille can run
// (LoadModels), catalog/models.yaml what the study says of a model (here), catalog/paper/study.yaml
// how its logs and tables lie (LoadStudyLayout), from which and from the logs this one is written.

namespace permille {

/// What the study published of a model on one dataset: means over `runs` runs of 1,000 queries.
struct PublishedCell {
  std::string task;
  std::string dataset;  ///< empty: the logs do not say
  std::string variant;  ///< default, resized, zero-shot
  std::int64_t runs = 0;
  double energy_kwh = 0;
  double emissions_g = 0;
};

/// A model of the study, or an extra that it names beside those its tables count.
struct StudyModelEntry {
  std::string id;      ///< on the Hub, as the study's logs spell it
  bool study = false;  ///< one of the 88
  std::string note;    ///< where the study names it otherwise; may be empty
  std::vector<std::string> tasks;
  bool multi_purpose = false;
  std::string model_class;
  std::string architecture;                       ///< empty where no graph is
  std::string graph;                              ///< id of its entry of models/; empty: none
  std::vector<std::string> engines;               ///< that can run it
  std::optional<std::int64_t> parameters;         ///< counted from the graphs
  std::optional<std::int64_t> listed_parameters;  ///< as the study lists them
  std::string because;  ///< why these differ by other than the task's head
  std::vector<PublishedCell> published;

  /// Mean over all published runs of a task, kWh per 1,000 queries; absent when there are none.
  std::optional<double> MeanKwh(std::string_view task) const;
};

struct StudyModels {
  std::string source;  ///< of what was published
  std::vector<StudyModelEntry> models;

  /// The model of that id; null for any other.
  const StudyModelEntry* Find(std::string_view id) const;
};

/// Read catalog/models.yaml. Unknown fields are refused; errors name file, line and field.
Result<StudyModels> LoadStudyModels();

}  // namespace permille
