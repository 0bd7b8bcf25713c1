// SPDX-License-Identifier: Apache-2.0
#include "prep/tokenizer_draft.h"

#include <algorithm>

namespace permille {
namespace {

std::vector<std::string_view> SplitAtSpaces(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

struct TemplateItem {
  std::string_view name;
  char type_id;
  bool sequence;
};

/// "$A:0" or "[CLS]:1"; a token may itself hold colons.
TemplateItem ItemOf(std::string_view part) {
  char type_id = '0';
  if (part.size() > 2 && part[part.size() - 2] == ':' && part.back() >= '0' && part.back() <= '9') {
    type_id = part.back();
    part.remove_suffix(2);
  }
  if (part == "$A" || part == "$B") return {part.substr(1), type_id, true};
  return {part, type_id, false};
}

std::string ItemsJson(std::string_view text) {
  std::string json;
  for (const std::string_view part : SplitAtSpaces(text)) {
    const TemplateItem item = ItemOf(part);
    json +=
        fmt::format(R"({}{{"{}":{{"id":{},"type_id":{}}}}})", json.empty() ? "" : ",",
                    item.sequence ? "Sequence" : "SpecialToken", Quoted(item.name), item.type_id);
  }
  return json;
}

}  // namespace

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string Base64(std::string_view bytes) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= count ? kLetters[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return out;
}

void TokenizerDraft::SetUnigram(const std::vector<std::pair<std::string, double>>& tokens,
                                std::int64_t unknown_id) {
  model_ = fmt::format(R"({{"type":"Unigram","unk_id":{},"vocab":[)", unknown_id);
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (id > 0) model_ += ',';
    model_ += fmt::format("[{},{}]", Quoted(tokens[id].first), tokens[id].second);
    vocabulary_.Add(tokens[id].first, static_cast<std::int64_t>(id));
  }
  model_ += "]}";
}

void TokenizerDraft::SetVocabulary(
    const std::vector<std::pair<std::string, std::int64_t>>& vocabulary, std::string& json) {
  json += R"(,"vocab":{)";
  bool first = true;
  for (const auto& [token, id] : vocabulary) {
    vocabulary_.Add(token, id);
    json += fmt::format("{}{}:{}", first ? "" : ",", Quoted(token), id);
    first = false;
  }
  json += '}';
}

void TokenizerDraft::SetBpe(const std::vector<std::pair<std::string, std::int64_t>>& vocabulary,
                            const Merges& merges, std::string_view options) {
  model_ = R"({"type":"BPE")";
  model_ += options;
  SetVocabulary(vocabulary, model_);
  model_ += R"(,"merges":[)";
  for (std::size_t i = 0; i < merges.size(); ++i) {
    if (i > 0) model_ += ',';
    model_ += fmt::format("[{},{}]", Quoted(merges[i].first), Quoted(merges[i].second));
  }
  model_ += "]}";
}

void TokenizerDraft::SetWordPiece(
    const std::vector<std::pair<std::string, std::int64_t>>& vocabulary, std::string_view unknown) {
  model_ = fmt::format(
      R"({{"type":"WordPiece","unk_token":{},"continuing_subword_prefix":"##","max_input_chars_per_word":100)",
      Quoted(unknown));
  SetVocabulary(vocabulary, model_);
  model_ += '}';
}

std::optional<std::int64_t> TokenizerDraft::Id(std::string_view token) const {
  if (const auto id = vocabulary_.Find(token)) return id;
  for (const auto& [id, added] : added_) {
    if (added.content == token) return id;
  }
  return std::nullopt;
}

std::int64_t TokenizerDraft::Add(AddedToken token) {
  auto id = vocabulary_.Find(token.content);
  std::int64_t next = static_cast<std::int64_t>(vocabulary_.size());
  for (const auto& [added_id, added] : added_) {
    if (added.content == token.content) return added_id;
    if (!vocabulary_.Find(added.content)) ++next;
  }
  added_.emplace_back(id.value_or(next), std::move(token));
  return added_.back().first;
}

Result<std::int64_t> TokenizerDraft::KnownId(std::string_view token,
                                             std::string_view origin) const {
  const auto id = Id(token);
  if (!id) {
    return Fail(ErrorCode::kInvalid,
                "{}: the token \"{}\", which goes around every text, is not in it", origin, token);
  }
  return *id;
}

Result<void> TokenizerDraft::SetTemplate(std::string_view single, std::string_view pair,
                                         std::string_view origin) {
  std::string special;
  std::vector<std::string_view> seen;
  for (const std::string_view text : {single, pair}) {
    for (const std::string_view part : SplitAtSpaces(text)) {
      const TemplateItem item = ItemOf(part);
      if (item.sequence || std::find(seen.begin(), seen.end(), item.name) != seen.end()) continue;
      seen.push_back(item.name);
      PERMILLE_ASSIGN(const std::int64_t id, KnownId(item.name, origin));
      special += fmt::format(R"({0}{1}:{{"id":{1},"ids":[{2}],"tokens":[{1}]}})",
                             special.empty() ? "" : ",", Quoted(item.name), id);
    }
  }
  post_processor = fmt::format(
      R"({{"type":"TemplateProcessing","single":[{}],"pair":[{}],"special_tokens":{{{}}}}})",
      ItemsJson(single), ItemsJson(pair), special);
  return {};
}

Result<void> TokenizerDraft::SetRoberta(std::string_view cls, std::string_view sep,
                                        bool trim_offsets, bool add_prefix_space,
                                        std::string_view origin) {
  PERMILLE_ASSIGN(const std::int64_t cls_id, KnownId(cls, origin));
  PERMILLE_ASSIGN(const std::int64_t sep_id, KnownId(sep, origin));
  post_processor = fmt::format(
      R"({{"type":"RobertaProcessing","sep":[{},{}],"cls":[{},{}],"trim_offsets":{},"add_prefix_space":{}}})",
      Quoted(sep), sep_id, Quoted(cls), cls_id, trim_offsets, add_prefix_space);
  return {};
}

Result<JsonDocument> TokenizerDraft::Finish(std::string origin) const {
  auto by_id = added_;
  std::stable_sort(by_id.begin(), by_id.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string added;
  for (const auto& [id, token] : by_id) {
    added += fmt::format(
        R"({}{{"id":{},"content":{},"single_word":{},"lstrip":{},"rstrip":{},"normalized":{},"special":{}}})",
        added.empty() ? "" : ",", id, Quoted(token.content), token.single_word, token.lstrip,
        token.rstrip, token.normalized, token.special);
  }
  return JsonDocument::Parse(
      fmt::format(
          R"({{"version":"1.0","truncation":null,"padding":null,"added_tokens":[{}],"normalizer":{},"pre_tokenizer":{},"post_processor":{},"decoder":{},"model":{}}})",
          added, normalizer, pre_tokenizer, post_processor, decoder, model_),
      std::move(origin));
}

}  // namespace permille
