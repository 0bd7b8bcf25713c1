// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "analyse/analyse.h"
#include "analyse/data_table.h"
#include "carbon/embodied.h"
#include "carbon/water.h"
#include "catalog/catalog.h"
#include "catalog/study_layout.h"
#include "record/imported_facts.h"

// A whole store as the study reads its own: seven tables, the data of six figures, the claims of
// its prose, parity of training and inference, totals. Pure: cells in, numbers out.

namespace permille {

/// What a report needs to be told for these numbers; what is absent is left out of them.
struct DerivedOptions {
  std::optional<LitresPerKwh> wue;
  std::optional<EmbodiedHardware> hardware;  ///< that the work occupied
  std::string hardware_name;                 ///< and its source, for the caption
};

/// Everything that a report may print of a store.
struct StudyReport {
  std::string title;
  std::string store;  ///< file name, without folders
  Rules rules;        ///< those of the first cell: all have the same but for their intensities
  std::vector<CellResult> cells;   ///< every cell, those of no task too
  std::vector<DataTable> tables;   ///< "table-1" to "table-7"; what cannot be filled has no rows
  std::vector<DataTable> figures;  ///< "figure-1" to "figure-6"
  DataTable claims;
  DataTable parity;
  DataTable self_check;               ///< how often A/A comparisons alarm
  DataTable totals;                   ///< one row
  std::vector<DataTable> derived;     ///< per token, footprint, Pareto, ... (derived.h)
  std::vector<std::string> left_out;  ///< cells that could not be analysed, and why
  DataTable beside_study;  ///< tasks as multiples of text classification, beside the study's
};

/// What tables, figures and claims are made of.
struct StudyInput {
  std::vector<CellResult> cells;  ///< described: purpose, class, parameters, scores
  std::vector<TaskEntry> tasks;   ///< in the study's order
  StudyLayout layout;
  ImportedFacts facts;
  DataTable totals;
  std::vector<std::string> left_out;  ///< cells that could not be analysed, and why
};

/// Read a store and say all that a report may print of it.
Result<StudyReport> AnalyseStudy(const std::string& path, const AnalyseOptions& options,
                                 const DerivedOptions& derived = {});

/// The input of a store's report: cells described by the study's layout, the catalog's models and
/// the tables that were imported. `run_ids` empty: every run in the store.
Result<StudyInput> ReadStudy(const std::string& path, const AnalyseOptions& options,
                             const std::vector<std::string>& run_ids = {});

}  // namespace permille
