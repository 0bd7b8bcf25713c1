// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "prep/json_field.h"

namespace permille {

/// Read a YAML file as JSON, so that one set of typed readers serves both: unquoted numbers and
/// true/false keep their type, everything else is a string. At most 100,000 values.
Result<JsonDocument> ReadYamlAsJson(const std::string& path);

}  // namespace permille
