// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "record/run_record.h"

namespace permille {

/// Write a run, with all that is in it, as one line of JSON (schema permille.record/1). Absent
/// values and texts, lists and maps that are empty are left out. A number that is NaN or infinite
/// has no JSON form: among optional values it is left out, elsewhere it is null. Bytes that are not
/// UTF-8 become U+FFFD.
std::string ToJson(const RunRecord& run);

/// Read what ToJson wrote. Keys that are not known are passed over; null numbers come back as NaN.
/// kInvalid names `origin` and the place in it: `run.json: windows[2].phase: unknown word
/// "cooling"`.
Result<RunRecord> RunFromJson(std::string_view text, std::string_view origin);

}  // namespace permille
