// SPDX-License-Identifier: Apache-2.0
#include "store/details.h"

#include <initializer_list>
#include <limits>
#include <utility>
#include <vector>

#include "base/json.h"

namespace permille {
namespace {

Json BoxList(const std::vector<LabelBox>& boxes) {
  Json list = Json::array();
  for (const auto& [label, score, box, crowd] : boxes) {
    list.push_back(Json::array({label, score, box.xmin, box.ymin, box.xmax, box.ymax}));
    if (crowd) list.back().push_back(true);
  }
  return list;
}

Json SpanList(const std::vector<TextSpan>& spans) {
  Json list = Json::array();
  for (const auto& [label, score, text, begin, end] : spans)
    list.push_back(Json::array({label, score, text, begin, end}));
  return list;
}

std::optional<std::string> Written(const Json& details) {
  if (details.empty()) return std::nullopt;
  return DumpJson(details);
}

bool IsNumber(const Json& json) {
  return json.is_number() || json.is_null();  // a NaN is written as null
}
double Number(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

bool ParseBox(const Json& row, LabelBox& box) {
  if (!row.is_array() || row.size() < 6 || row.size() > 7 || !row[0].is_string()) return false;
  for (std::size_t i = 1; i < 6; ++i) {
    if (!IsNumber(row[i])) return false;
  }
  box = {row[0].get<std::string>(),
         Number(row[1]),
         {Number(row[2]), Number(row[3]), Number(row[4]), Number(row[5])},
         row.size() == 7};
  return row.size() == 6 || row[6] == true;
}

bool IsInteger(const Json& json) {
  return json.is_number_integer() &&
         (!json.is_number_unsigned() || std::in_range<std::int64_t>(json.get<std::uint64_t>()));
}

bool ParseSpan(const Json& row, TextSpan& span) {
  const bool good = row.is_array() && row.size() == 5 && row[0].is_string() && IsNumber(row[1]) &&
                    row[2].is_string() && IsInteger(row[3]) && IsInteger(row[4]);
  if (!good) return false;
  span = {row[0].get<std::string>(), Number(row[1]), row[2].get<std::string>(),
          row[3].get<std::int64_t>(), row[4].get<std::int64_t>()};
  return true;
}

/// Read the list under `key`, if it is there, row by row.
template <class T>
bool ParseList(const Json& details, const char* key, bool (*parse)(const Json&, T&),
               std::vector<T>& list) {
  const auto found = details.find(key);
  if (found == details.end()) return true;
  if (!found->is_array()) return false;
  for (const Json& row : *found) {
    if (!parse(row, list.emplace_back())) return false;
  }
  return true;
}

bool ParseText(const Json& details, const char* key, std::string& text) {
  const auto found = details.find(key);
  if (found == details.end()) return true;
  if (!found->is_string()) return false;
  text = found->get<std::string>();
  return true;
}

bool ParseFlag(const Json& details, const char* key, std::optional<bool>& flag) {
  const auto found = details.find(key);
  if (found == details.end()) return true;
  if (!found->is_boolean()) return false;
  flag = found->get<bool>();
  return true;
}

Result<Json> ParseObject(const std::string& text, std::string_view origin) {
  PERMILLE_ASSIGN(Json details, ParseJson(text, origin));
  if (!details.is_object()) return Fail(ErrorCode::kInvalid, "{}: an object was expected", origin);
  return details;
}

struct Part {
  const char* key;
  bool good;
};
Result<void> FirstBad(std::string_view origin, std::initializer_list<Part> parts) {
  for (const Part& part : parts) {
    if (!part.good)
      return Fail(ErrorCode::kInvalid, "{}: \"{}\" is not as the format says", origin, part.key);
  }
  return {};
}

}  // namespace

std::optional<std::string> DetailsOf(const Prediction& prediction) {
  Json details = Json::object();
  if (!prediction.boxes.empty()) details["boxes"] = BoxList(prediction.boxes);
  if (!prediction.spans.empty()) details["spans"] = SpanList(prediction.spans);
  if (!prediction.image.empty()) details["image"] = prediction.image;
  if (!prediction.image_hash.empty()) details["image_hash"] = prediction.image_hash;
  if (prediction.flagged) details["flagged"] = *prediction.flagged;
  return Written(details);
}

std::optional<std::string> DetailsOf(const Reference& reference) {
  Json details = Json::object();
  if (!reference.boxes.empty()) details["boxes"] = BoxList(reference.boxes);
  if (!reference.spans.empty()) details["spans"] = SpanList(reference.spans);
  return Written(details);
}

Result<void> ParseDetails(const std::string& text, std::string_view origin,
                          Prediction& prediction) {
  PERMILLE_ASSIGN(const Json details, ParseObject(text, origin));
  return FirstBad(origin, {{"boxes", ParseList(details, "boxes", ParseBox, prediction.boxes)},
                           {"spans", ParseList(details, "spans", ParseSpan, prediction.spans)},
                           {"image", ParseText(details, "image", prediction.image)},
                           {"image_hash", ParseText(details, "image_hash", prediction.image_hash)},
                           {"flagged", ParseFlag(details, "flagged", prediction.flagged)}});
}

Result<void> ParseDetails(const std::string& text, std::string_view origin, Reference& reference) {
  PERMILLE_ASSIGN(const Json details, ParseObject(text, origin));
  return FirstBad(origin, {{"boxes", ParseList(details, "boxes", ParseBox, reference.boxes)},
                           {"spans", ParseList(details, "spans", ParseSpan, reference.spans)}});
}

}  // namespace permille
