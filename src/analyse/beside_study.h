// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analyse/study.h"

namespace permille {

/// "beside-study": this store's tasks beside the study's, in what other hardware can be compared
/// in: ranks, and multiples of text classification. Columns `kwh` and `study_kwh` hold the absolute
/// figures, which are of different machines. No rows without text classification.
DataTable BesideStudy(const StudyInput& study);

}  // namespace permille
