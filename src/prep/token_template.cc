// SPDX-License-Identifier: Apache-2.0
#include "prep/token_template.h"

#include <algorithm>
#include <string>
#include <utility>

namespace permille {
namespace {

using Steps = std::vector<TokenTemplate::Step>;

Result<std::int64_t> SpecialId(const JsonField& field, std::int64_t id_limit) {
  PERMILLE_ASSIGN(const std::int64_t id, field.Integer());
  if (id < 0 || id >= id_limit) {
    return Fail(ErrorCode::kInvalid, "{}: id {} is not in the vocabulary (0 to {})", field.place(),
                id, id_limit - 1);
  }
  return id;
}

/// One {"SpecialToken": {"id": "[CLS]", "type_id": 0}} of a template; a name may stand for several
/// ids.
Result<void> AddSpecial(const JsonField& special, const JsonField& names, std::int64_t id_limit,
                        Steps& out) {
  PERMILLE_ASSIGN(const std::string name, special["id"].String());
  PERMILLE_ASSIGN(const std::int64_t type_id, special["type_id"].IntegerOr(0));
  const JsonField ids = names[name]["ids"];
  PERMILLE_TRY(ids.RequireArray());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    PERMILLE_ASSIGN(const std::int64_t id, SpecialId(ids.At(i), id_limit));
    out.push_back({-1, id, type_id});
  }
  return {};
}

/// `single` or `pair` of a TemplateProcessing: each of its texts exactly once.
Result<Steps> ParseSteps(const JsonField& list, const JsonField& names, int texts,
                         std::int64_t id_limit) {
  PERMILLE_TRY(list.RequireArray());
  Steps out;
  bool seen[2] = {false, texts < 2};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const JsonField step = list.At(i);
    if (!step["Sequence"].exists()) {
      PERMILLE_TRY(step["SpecialToken"].RequireObject());
      PERMILLE_TRY(AddSpecial(step["SpecialToken"], names, id_limit, out));
      continue;
    }
    PERMILLE_ASSIGN(const std::string which, step["Sequence"]["id"].String());
    PERMILLE_ASSIGN(const std::int64_t type_id, step["Sequence"]["type_id"].IntegerOr(0));
    const int sequence = which == "B" ? 1 : 0;
    if ((which != "A" && which != "B") || seen[sequence]) {
      return Fail(ErrorCode::kInvalid, "{}: expected sequence A{} once", step.place(),
                  texts > 1 ? " and B" : "");
    }
    seen[sequence] = true;
    out.push_back({sequence, 0, type_id});
  }
  if (!seen[0] || !seen[1]) {
    return Fail(ErrorCode::kInvalid, "{}: the text (sequence {}) is missing", list.place(),
                seen[0] ? "B" : "A");
  }
  return out;
}

Result<void> ParseTemplateProcessing(const JsonField& field, std::int64_t id_limit,
                                     TokenTemplate& out) {
  const JsonField names = field["special_tokens"];
  PERMILLE_ASSIGN(out.single, ParseSteps(field["single"], names, 1, id_limit));
  if (field["pair"].exists()) {
    PERMILLE_ASSIGN(out.pair, ParseSteps(field["pair"], names, 2, id_limit));
  }
  return {};
}

/// BertProcessing and RobertaProcessing: `"cls": ["[CLS]", 101]`.
Result<void> ParseClsSep(const JsonField& field, std::int64_t id_limit, bool roberta,
                         TokenTemplate& out) {
  PERMILLE_ASSIGN(const std::int64_t cls, SpecialId(field["cls"].At(1), id_limit));
  PERMILLE_ASSIGN(const std::int64_t sep, SpecialId(field["sep"].At(1), id_limit));
  out.single = {{-1, cls, 0}, {0, 0, 0}, {-1, sep, 0}};
  out.pair = out.single;
  const std::int64_t second = roberta ? 0 : 1;
  if (roberta) out.pair.push_back({-1, sep, 0});
  out.pair.push_back({1, 0, second});
  out.pair.push_back({-1, sep, second});
  return {};
}

Result<void> ParseTrim(const JsonField& field, TokenTemplate& out) {
  PERMILLE_ASSIGN(const bool trim, field["trim_offsets"].BoolOr(true));
  PERMILLE_ASSIGN(const bool prefix, field["add_prefix_space"].BoolOr(true));
  // A second trim finds the same tokens with the same spaces: no chain of HF's has one.
  if (!trim) return {};
  out.trim_offsets = true;
  out.add_prefix_space = prefix;
  return {};
}

Result<void> Parse(const JsonField& field, std::int64_t id_limit, int depth, bool& templated,
                   TokenTemplate& out) {
  PERMILLE_ASSIGN(const std::string type, field["type"].String());
  if (type == "Sequence") {
    const JsonField list = field["processors"];
    PERMILLE_TRY(list.RequireArray());
    if (depth > 8) return Fail(ErrorCode::kInvalid, "{}: nested too deep", field.place());
    for (std::size_t i = 0; i < list.size(); ++i) {
      PERMILLE_TRY(Parse(list.At(i), id_limit, depth + 1, templated, out));
    }
    return {};
  }
  if (type == "ByteLevel") return ParseTrim(field, out);
  if (type != "TemplateProcessing" && type != "BertProcessing" && type != "RobertaProcessing") {
    return Fail(ErrorCode::kInvalid,
                "{}: post-processor {} is not supported (supported: TemplateProcessing, "
                "BertProcessing, RobertaProcessing, ByteLevel, Sequence)",
                field["type"].place(), type);
  }
  if (std::exchange(templated, true)) {
    return Fail(ErrorCode::kInvalid, "{}: a second template", field.place());
  }
  if (type == "TemplateProcessing") return ParseTemplateProcessing(field, id_limit, out);
  if (type == "RobertaProcessing") {
    PERMILLE_TRY(ParseTrim(field, out));
  }
  return ParseClsSep(field, id_limit, type == "RobertaProcessing", out);
}

}  // namespace

std::size_t TokenTemplate::added(bool is_pair) const {
  const Steps& steps = is_pair ? pair : single;
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(), [](const Step& step) { return step.sequence < 0; }));
}

Result<TokenTemplate> ParseTokenTemplate(const JsonField& field, std::int64_t id_limit) {
  TokenTemplate out;
  if (!field.exists()) return out;
  bool templated = false;
  PERMILLE_TRY(Parse(field, id_limit, 0, templated, out));
  return out;
}

}  // namespace permille
