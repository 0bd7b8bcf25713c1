// SPDX-License-Identifier: Apache-2.0
#include "report/plain_text.h"

#include <algorithm>
#include <cctype>

#include "base/utf8.h"

namespace permille {
namespace {

constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";         // U+2026

// The code point at the front of a text that is not empty; a byte that is not UTF-8 is one of its
// own.
CodePoint Front(std::string_view text) {
  const CodePoint front = DecodeUtf8(text, 0);
  return front.valid ? front : CodePoint{0, 1, false};
}

bool IsControl(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

// Unicode 15, table of Bidi_Control, and the two noncharacters that XML 1.0 excludes.
bool IsForbidden(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFFFE || c == 0xFFFF;
}

// Blocks of combining marks, the joiner and the variation selectors: enough to cut names well.
bool Combines(char32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x1AB0 && c <= 0x1AFF) ||
         (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x20D0 && c <= 0x20FF) ||
         (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xFE20 && c <= 0xFE2F) || c == 0x200D ||
         (c >= 0x1F3FB && c <= 0x1F3FF);
}

}  // namespace

std::string OneLine(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint front = Front(text);
    if (!front.valid || IsForbidden(front.value)) {
      out += kReplacementText;
    } else if (IsControl(front.value)) {
      out += ' ';
    } else {
      out += text.substr(0, front.length);
    }
    text.remove_prefix(front.length);
  }
  return out;
}

std::string Ellipsised(std::string_view text, std::size_t limit) {
  if (CountCodePoints(text) <= limit) return std::string(text);
  std::size_t end = 0;   // where `limit` - 1 code points end
  std::size_t last = 0;  // where the last character that stands by itself begins
  for (std::size_t i = 0; i + 1 < limit; ++i) {
    const CodePoint point = Front(text.substr(end));
    if (!Combines(point.value)) last = end;
    end += point.length;
  }
  if (end > 0 && Combines(Front(text.substr(end)).value)) end = last;
  return std::string(text.substr(0, end)).append(kEllipsis);
}

std::string XmlEscaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string MarkdownEscaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto is_word = [&](std::size_t at) {
      return at < text.size() &&
             (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
    };
    // An underscore between letters is no emphasis there.
    const bool plain_underscore = c == '_' && i > 0 && is_word(i - 1) && is_word(i + 1);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_[]|~").find(c) != std::string_view::npos && !plain_underscore)
        out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace permille
