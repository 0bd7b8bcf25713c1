// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/graph_check.h"

// permille list models --check: every model of models/, and every model of the study whether it has
// an entry there or not, with each of its graphs loaded for real (engine/graph_check.h).

namespace permille {

struct StudyModelEntry;

/// One graph of a model.
struct PartCheck {
  std::string part;  ///< model, encoder_model, unet, ...
  std::string file;
  std::optional<CheckedGraph> graph;
  std::string error;  ///< empty: ok
};

struct ModelCheck {
  std::string name;
  std::string task;
  std::string model_class;
  std::string study;                    ///< "yes", "extra" or "no"
  std::optional<std::int64_t> stated;   ///< parameters, by the entry
  std::optional<std::int64_t> listed;   ///< parameters, by the study
  std::optional<std::int64_t> counted;  ///< parameters in the graphs; absent when one failed
  std::vector<PartCheck> parts;
  std::string error;  ///< the first thing that is wrong; empty: ok
};

/// "yes", "extra" or "no": what catalog/models.yaml says of a model, null for one it lacks.
std::string StudyWord(const StudyModelEntry* entry);

/// Check every model whose name, task, class or place in the study contains `filter`. A model that
/// is damaged is a row with its error; fails only when nothing can be checked.
Result<std::vector<ModelCheck>> CheckModels(const std::string& filter,
                                            const GraphCheckOptions& options);

/// A table with a line for every graph, then what is wrong.
std::string ModelChecksText(const std::vector<ModelCheck>& checks);
/// permille.list/1.
std::string ModelChecksJson(const std::vector<ModelCheck>& checks, bool executed);

}  // namespace permille
