// SPDX-License-Identifier: Apache-2.0
#include "dataset/tags.h"

#include <optional>
#include <string_view>

#include "base/utf8.h"

namespace permille {
namespace {

struct Tag {
  char place = 'O';
  std::string_view kind;
};

// "B-PER" is B and PER; a tag that names no kind ("B") is of the kind "_".
Tag Parse(std::string_view text) {
  if (text.empty()) return {};
  const std::string_view rest = text.substr(1);
  const std::size_t dash = rest.find('-');
  std::string_view kind = dash == rest.npos ? rest : rest.substr(dash + 1);
  if (kind.empty()) kind = "_";
  return {text[0], kind};
}

bool IsOutside(const Tag& tag) {
  return tag.place == 'O' || tag.place == '.';
}

// The rules of conlleval.pl, which seqeval follows.
bool Ends(const Tag& before, const Tag& here) {
  if (before.place == 'E' || before.place == 'S') return true;
  const bool open = before.place == 'B' || before.place == 'I';
  if (open && (here.place == 'B' || here.place == 'S' || here.place == 'O')) return true;
  return !IsOutside(before) && before.kind != here.kind;
}

bool Begins(const Tag& before, const Tag& here) {
  if (here.place == 'B' || here.place == 'S') return true;
  const bool inside = here.place == 'E' || here.place == 'I';
  if (inside && (before.place == 'E' || before.place == 'S' || before.place == 'O')) return true;
  return !IsOutside(here) && before.kind != here.kind;
}

}  // namespace

TaggedText JoinTagged(std::span<const std::string> tokens, std::span<const std::string> tags) {
  TaggedText tagged;
  Tag before;
  std::optional<TextSpan> open;
  std::size_t open_byte = 0;
  std::size_t end_byte = 0;
  std::int64_t at = 0;
  std::int64_t last_end = 0;
  const auto close = [&] {
    open->text = tagged.text.substr(open_byte, end_byte - open_byte);
    open->end = last_end;
    tagged.spans.push_back(std::move(*open));
    open.reset();
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Tag here = Parse(tags[i]);
    if (open && Ends(before, here)) close();
    if (i > 0) {
      tagged.text += ' ';
      ++at;
    }
    if (!open && Begins(before, here)) {
      open = TextSpan{std::string(here.kind), 1, {}, at, 0};
      open_byte = tagged.text.size();
    }
    tagged.text += tokens[i];
    end_byte = tagged.text.size();
    at += static_cast<std::int64_t>(CountCodePoints(tokens[i]));
    last_end = at;
    before = here;
  }
  if (open) close();
  return tagged;
}

}  // namespace permille
