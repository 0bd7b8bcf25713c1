// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Names come from stores that others wrote: they may hold anything. What prints them goes through
// here first, then through the escapes of its own format.

namespace permille {

/// The text on one line of valid UTF-8: bytes that are not UTF-8 and characters that no XML may
/// hold become U+FFFD, control characters (line breaks, terminal escapes) become a space, and the
/// characters that turn the direction of a line become U+FFFD.
std::string OneLine(std::string_view text);

/// At most `limit` (1 or more) code points of valid UTF-8, the last of them an ellipsis where
/// something was cut. Marks that combine with the last character kept stay with it or go with it.
std::string Ellipsised(std::string_view text, std::size_t limit);

/// The text with & < > " and ' as XML entities: safe inside elements and attributes.
std::string XmlEscaped(std::string_view text);

/// The text with backslashes before what GitHub's markdown would read as markup; < and & as
/// entities, since raw HTML is not escaped by backslashes everywhere.
std::string MarkdownEscaped(std::string_view text);

}  // namespace permille
