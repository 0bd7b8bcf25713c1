// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace permille {

/// JSON with keys in the order they were written. Include this header from .cc files only
/// (check_layers enforces it): the library behind it is slow to compile.
using Json = nlohmann::ordered_json;

/// Parse a whole text. The error names `origin` (a file, "line 7 of x.jsonl") and the position.
Result<Json> ParseJson(std::string_view text, std::string_view origin);
/// Read and parse a file. At most `max_bytes`, so that a hostile file cannot fill memory.
Result<Json> ReadJsonFile(const std::string& path, std::size_t max_bytes = std::size_t{1} << 30);

/// Typed access with an error that names origin, key and what was found. `Json` null counts as
/// absent.
Result<std::string> JsonString(const Json& object, std::string_view key, std::string_view origin);
Result<double> JsonNumber(const Json& object, std::string_view key, std::string_view origin);
Result<std::int64_t> JsonInteger(const Json& object, std::string_view key, std::string_view origin);
Result<bool> JsonBool(const Json& object, std::string_view key, std::string_view origin);

/// Compact text. Invalid UTF-8 inside strings is replaced by U+FFFD; NaN and infinities become
/// null.
std::string DumpJson(const Json& value, int indent = -1);

}  // namespace permille
