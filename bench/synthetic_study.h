// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "catalog/study_layout.h"
#include "record/imported_facts.h"
#include "record/run_record.h"

namespace permille {

/// Runs of the form that imported logs have: a window of loading and one of queries, joules of
/// three channels, no latency of single queries and no predictions.
struct SyntheticStudy {
  std::vector<RunRecord> runs;  ///< block by block, as measured
  ImportedFacts facts;
};

/// Invent a study of `cells` cells with `repeats` runs each: the layout's datasets and
/// multi-purpose models, as many more models as it takes, and every model that a claim names, so
/// that tables, figures and claims have all their rows. The same numbers every time.
SyntheticStudy MakeSyntheticStudy(const StudyLayout& layout, std::size_t cells, int repeats);

}  // namespace permille
