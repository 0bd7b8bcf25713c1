// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "dataset/reader.h"

namespace permille {
namespace {

std::string Keys(const Json& object) {
  std::string list;
  for (const auto& [key, value] : object.items()) list += (list.empty() ? "" : ", ") + key;
  return list;
}

/// The first of `names` that the object has.
std::optional<std::string> FirstOf(const Json& object, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (object.contains(name)) return std::string(name);
  }
  return {};
}

Result<std::string> TextOf(const Json& object, const std::string& key, const std::string& place) {
  const auto found = object.find(key);
  if (found == object.end()) {
    return Fail(ErrorCode::kInvalid, "{}: field {} is missing; there are: {}", place, key,
                Keys(object));
  }
  if (!found->is_string()) {
    return Fail(ErrorCode::kInvalid, "{}: field {} is not a string: {}", place, key,
                DumpJson(*found));
  }
  return found->get<std::string>();
}

/// A label may be a string, a number or a truth value: it is written as JSON writes it, without
/// quotes.
Result<std::string> LabelOf(const Json& object, const std::string& key, const std::string& place) {
  const auto found = object.find(key);
  if (found == object.end()) {
    return Fail(ErrorCode::kInvalid, "{}: field {} is missing; there are: {}", place, key,
                Keys(object));
  }
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number() || found->is_boolean()) return DumpJson(*found);
  return Fail(ErrorCode::kInvalid, "{}: field {} is neither a string nor a number: {}", place, key,
              DumpJson(*found));
}

Result<Sample> SampleOf(std::string_view line, const ReadRequest& request,
                        const std::string& place) {
  PERMILLE_ASSIGN(const Json object, ParseJson(line, place));
  if (!object.is_object()) return Fail(ErrorCode::kInvalid, "{}: not a JSON object", place);
  const auto field = request.field ? request.field : FirstOf(object, UsualTextFields());
  if (!field) {
    return Fail(ErrorCode::kInvalid,
                "{}: which field holds the text? Name it with --field; there are: {}", place,
                Keys(object));
  }
  const auto label =
      request.label_field ? request.label_field : FirstOf(object, UsualLabelFields());
  Sample sample;
  PERMILLE_ASSIGN(sample.text, TextOf(object, *field, place));
  if (label && label != field) {
    PERMILLE_ASSIGN(const std::string value, LabelOf(object, *label, place));
    PERMILLE_ASSIGN(sample.reference, MakeReference(value, request.labels,
                                                    fmt::format("{}: field {}", place, *label)));
  }
  return sample;
}

}  // namespace

Result<std::vector<Sample>> ReadJsonLines(const ReadRequest& request) {
  PERMILLE_ASSIGN(const std::string text, ReadFile(request.path));
  std::vector<Sample> samples;
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++line_number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (request.limit && samples.size() == request.limit) break;
    PERMILLE_ASSIGN(Sample sample,
                    SampleOf(line, request, fmt::format("{}:{}", request.path, line_number)));
    sample.id = std::to_string(samples.size() + 1);
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace permille
