// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "analyse/data_table.h"
#include "base/result.h"

namespace permille {

/// What a page needs to re-cost a report without permille: "grids" (every place of the catalog
/// whose intensity is known), "equivalents", "ram_rules" (watts per GB that each rule comes to on a
/// server of 1 TB). kNotFound when the catalog is not at hand.
Result<std::vector<DataTable>> PageData();

}  // namespace permille
