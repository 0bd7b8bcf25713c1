// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "analyse/study.h"

namespace permille {

/// A measured study for the terminal: what 1,000 queries of each cell cost, with what that rests
/// on, and the tasks beside the study's, in ranks and multiples. A figure that was extrapolated is
/// a line of its own that says so.
std::string StudyText(const std::string& title, const StudyInput& study);

}  // namespace permille
