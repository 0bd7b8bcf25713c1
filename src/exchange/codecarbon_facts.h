// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/csv.h"
#include "catalog/study_layout.h"
#include "record/imported_facts.h"

namespace permille {

/// The tables that lie beside logs, added to `facts`; what cannot be read is named in `problems`.
/// Parameters: columns model_name, num_parameters.
void ReadParameters(const CsvTable& table, const StudyLayout& layout, ImportedFacts& facts,
                    std::vector<std::string>& problems);
/// Lengths: columns Input, Output, model, dataset; one row a query, in words.
void ReadLengths(const CsvTable& table, const StudyLayout& layout, ImportedFacts& facts,
                 std::vector<std::string>& problems);
/// Scores: columns model, task, type (the model's class), and one `dataset (metric)` each.
void ReadScores(const CsvTable& table, const StudyLayout& layout, ImportedFacts& facts,
                std::vector<std::string>& problems);

}  // namespace permille
