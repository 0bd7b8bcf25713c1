// SPDX-License-Identifier: Apache-2.0
#include "prep/token_template.h"

#include <string>

namespace permille {
namespace {

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
                        std::vector<TokenTemplate::Special>& out) {
  PERMILLE_ASSIGN(const std::string name, special["id"].String());
  PERMILLE_ASSIGN(const std::int64_t type_id, special["type_id"].IntegerOr(0));
  const JsonField ids = names[name]["ids"];
  PERMILLE_TRY(ids.RequireArray());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    PERMILLE_ASSIGN(const std::int64_t id, SpecialId(ids.At(i), id_limit));
    out.push_back({id, type_id});
  }
  return {};
}

Result<TokenTemplate> ParseTemplateProcessing(const JsonField& field, std::int64_t id_limit) {
  const JsonField single = field["single"];
  PERMILLE_TRY(single.RequireArray());
  TokenTemplate out;
  bool text_seen = false;
  for (std::size_t i = 0; i < single.size(); ++i) {
    const JsonField step = single.At(i);
    if (step["Sequence"].exists()) {
      PERMILLE_ASSIGN(const std::string which, step["Sequence"]["id"].String());
      if (which != "A" || text_seen) {
        return Fail(ErrorCode::kInvalid, "{}: expected sequence A once", step.place());
      }
      PERMILLE_ASSIGN(out.type_id, step["Sequence"]["type_id"].IntegerOr(0));
      text_seen = true;
    } else {
      PERMILLE_TRY(step["SpecialToken"].RequireObject());
      PERMILLE_TRY(AddSpecial(step["SpecialToken"], field["special_tokens"], id_limit,
                              text_seen ? out.after : out.before));
    }
  }
  if (!text_seen) {
    return Fail(ErrorCode::kInvalid, "{}: the text (sequence A) is missing", single.place());
  }
  return out;
}

}  // namespace

Result<TokenTemplate> ParseTokenTemplate(const JsonField& field, std::int64_t id_limit) {
  if (!field.exists()) return TokenTemplate{};
  PERMILLE_ASSIGN(const std::string type, field["type"].String());
  if (type == "TemplateProcessing") return ParseTemplateProcessing(field, id_limit);
  if (type == "BertProcessing") {
    TokenTemplate out;
    PERMILLE_ASSIGN(const std::int64_t cls, SpecialId(field["cls"].At(1), id_limit));
    PERMILLE_ASSIGN(const std::int64_t sep, SpecialId(field["sep"].At(1), id_limit));
    out.before.push_back({cls, 0});
    out.after.push_back({sep, 0});
    return out;
  }
  return Fail(ErrorCode::kInvalid,
              "{}: post-processor {} is not supported (supported: TemplateProcessing, "
              "BertProcessing)",
              field["type"].place(), type);
}

}  // namespace permille
