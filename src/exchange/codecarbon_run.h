// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exchange/codecarbon.h"
#include "exchange/codecarbon_rows.h"
#include "record/run_record.h"

namespace permille {

/// The rows of one run: its total, its tasks, or both.
struct CodeCarbonRun {
  const CodeCarbonRow* total = nullptr;
  std::vector<const CodeCarbonRow*> tasks;
  /// The row whose time and machine stand for the run: the query task, else the total, else a task.
  const CodeCarbonRow& Front() const;
};

/// Whether a task of this name is part of making the model ready.
bool IsLoadTask(std::string_view task_name);

/// One run as a record. `usual_place` is where most rows were logged; what is to be known is added
/// to `findings`. Repeat and block are left at 0.
RunRecord MakeRun(const CodeCarbonRun& rows, const StudyLayout& layout,
                  const CodeCarbonOptions& options, const std::string& usual_place,
                  std::map<std::string, std::size_t>& findings);

/// "USA oregon": where CodeCarbon believed that the machine stood.
std::string PlaceOf(const CodeCarbonRow& row);

}  // namespace permille
