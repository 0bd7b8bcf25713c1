// SPDX-License-Identifier: Apache-2.0
#include "store/packed.h"

#include <bit>
#include <limits>

#include "base/json.h"

namespace permille {
namespace {

constexpr std::size_t kWord = 8;

void PutWord(std::string& bytes, std::uint64_t word) {
  for (std::size_t i = 0; i < kWord; ++i) bytes.push_back(static_cast<char>(word >> (8 * i)));
}

std::uint64_t WordAt(std::string_view bytes, std::size_t index) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < kWord; ++i) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[index * kWord + i]))
            << (8 * i);
  }
  return word;
}

std::uint64_t Bits(double number) {
  return std::bit_cast<std::uint64_t>(number);
}
double Number(std::uint64_t bits) {
  return std::bit_cast<double>(bits);
}

/// A column of times: a member of QueryRecord, or of its phases.
template <auto Member>
constexpr QueryColumn Time(std::string_view name) {
  if constexpr (requires(QueryRecord q) { q.*Member; }) {
    return {name, [](const QueryRecord& q) { return Bits((q.*Member).value()); },
            [](QueryRecord& q, std::uint64_t bits) { q.*Member = Seconds(Number(bits)); }};
  } else {
    return {name, [](const QueryRecord& q) { return Bits((q.phases.*Member).value()); },
            [](QueryRecord& q, std::uint64_t bits) { q.phases.*Member = Seconds(Number(bits)); }};
  }
}

template <auto Member>
constexpr QueryColumn Whole(std::string_view name) {
  return {name, [](const QueryRecord& q) { return static_cast<std::uint64_t>(q.*Member); },
          [](QueryRecord& q, std::uint64_t bits) {
            q.*Member = static_cast<std::remove_reference_t<decltype(q.*Member)>>(bits);
          }};
}

}  // namespace

const std::array<QueryColumn, 9> kQueryColumns = {{
    Whole<&QueryRecord::sample>("sample"),
    Time<&QueryRecord::latency>("latency_s"),
    Time<&PhaseTimes::preprocess>("preprocess_s"),
    Time<&PhaseTimes::prefill>("prefill_s"),
    Time<&PhaseTimes::decode>("decode_s"),
    Time<&PhaseTimes::forward>("forward_s"),
    Time<&PhaseTimes::postprocess>("postprocess_s"),
    Whole<&QueryRecord::input_tokens>("input_tokens"),
    Whole<&QueryRecord::output_tokens>("output_tokens"),
}};

std::string PackSeries(const std::vector<SeriesPoint>& series) {
  std::string bytes;
  bytes.reserve(series.size() * 2 * kWord);
  for (const auto& point : series) {
    PutWord(bytes, Bits(point.at.value()));
    PutWord(bytes, Bits(point.value));
  }
  return bytes;
}

std::optional<std::vector<SeriesPoint>> UnpackSeries(std::string_view bytes) {
  if (bytes.size() % (2 * kWord) != 0) return std::nullopt;
  std::vector<SeriesPoint> series(bytes.size() / (2 * kWord));
  for (std::size_t i = 0; i < series.size(); ++i) {
    series[i] = {Seconds(Number(WordAt(bytes, 2 * i))), Number(WordAt(bytes, 2 * i + 1))};
  }
  return series;
}

std::string PackColumn(const QueryColumn& column, const std::vector<QueryRecord>& queries) {
  std::string bytes;
  bytes.reserve(queries.size() * kWord);
  for (const auto& query : queries) PutWord(bytes, column.get(query));
  return bytes;
}

bool UnpackColumn(const QueryColumn& column, std::string_view bytes,
                  std::vector<QueryRecord>& queries) {
  if (bytes.size() != queries.size() * kWord) return false;
  for (std::size_t i = 0; i < queries.size(); ++i) column.set(queries[i], WordAt(bytes, i));
  return true;
}

std::string TextMap(const std::map<std::string, std::string>& map) {
  return DumpJson(Json(map));
}
std::string TextList(const std::vector<std::string>& list) {
  return DumpJson(Json(list));
}

std::string LabelList(const std::vector<LabelScore>& labels) {
  Json list = Json::array();
  for (const auto& [label, score] : labels) list.push_back(Json::array({label, score}));
  return DumpJson(list);
}

Result<std::map<std::string, std::string>> ParseTextMap(const std::string& text,
                                                        std::string_view origin) {
  PERMILLE_ASSIGN(const Json json, ParseJson(text, origin));
  std::map<std::string, std::string> map;
  bool good = json.is_object();
  for (auto member = json.begin(); good && member != json.end(); ++member) {
    good = member->is_string();
    if (good) map[member.key()] = member->get<std::string>();
  }
  if (!good) return Fail(ErrorCode::kInvalid, "{}: an object of strings was expected", origin);
  return map;
}

Result<std::vector<std::string>> ParseTextList(const std::string& text, std::string_view origin) {
  PERMILLE_ASSIGN(const Json json, ParseJson(text, origin));
  std::vector<std::string> list;
  bool good = json.is_array();
  for (std::size_t i = 0; good && i < json.size(); ++i) {
    good = json[i].is_string();
    if (good) list.push_back(json[i].get<std::string>());
  }
  if (!good) return Fail(ErrorCode::kInvalid, "{}: a list of strings was expected", origin);
  return list;
}

Result<std::vector<LabelScore>> ParseLabelList(const std::string& text, std::string_view origin) {
  PERMILLE_ASSIGN(const Json json, ParseJson(text, origin));
  std::vector<LabelScore> labels;
  bool good = json.is_array();
  for (std::size_t i = 0; good && i < json.size(); ++i) {
    const Json& pair = json[i];
    good = pair.is_array() && pair.size() == 2 && pair[0].is_string() &&
           (pair[1].is_number() || pair[1].is_null());
    if (!good) break;
    const double score =
        pair[1].is_null() ? std::numeric_limits<double>::quiet_NaN() : pair[1].get<double>();
    labels.push_back({pair[0].get<std::string>(), score});
  }
  if (!good) return Fail(ErrorCode::kInvalid, "{}: a list of [label, score] was expected", origin);
  return labels;
}

}  // namespace permille
