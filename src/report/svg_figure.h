// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "analyse/data_table.h"

namespace permille {

/// One of the study's figures as an SVG file for print, 180 mm wide: "figure-1" emissions by task,
/// "figure-2" by parameters and modality, "figure-3" by dataset and kind of model, "figure-4"
/// parameters against accuracy, "figure-5" the multi-purpose models by task, "figure-6" emissions
/// by output length.
///
/// Columns are found by name (docs/formats/json.md, figures); emissions are drawn, or energy where
/// no row knows any. Series differ in colour (Okabe and Ito's palette) and in shape. Values that an
/// axis cannot show are left out and counted below. A table of any other id, or without rows,
/// becomes a page that says so.
std::string FigureSvg(const DataTable& figure);

}  // namespace permille
