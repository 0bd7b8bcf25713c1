// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace permille {

/// Put a report into the explorer: one HTML page that opens from disk and needs no network.
/// `report_json` is the object of docs/formats/json.md (`permille.report/1`) with the page's own
/// keys (docs/explorer.md), valid JSON in UTF-8; it is escaped here, so that no text in it can end
/// the element it stands in. Thread-safe; cannot fail. The page itself is explorer/, bundled when
/// permille was built.
std::string ReportHtml(std::string_view report_json);

}  // namespace permille
