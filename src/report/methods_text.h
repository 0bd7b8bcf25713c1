// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "analyse/study.h"

namespace permille {

/// What the methods section of a paper must say of a report, from the report itself: what was run
/// and how often, where each share of the energy comes from and which of it is estimated,
/// attribution, accounting, grid, PUE, intervals, weights, quality and flags. One paragraph, plain
/// text.
std::string MethodsText(const StudyReport& report);

/// The same in markdown: a heading, and one paragraph a topic.
std::string MethodsMarkdown(const StudyReport& report);

}  // namespace permille
