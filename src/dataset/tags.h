// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "record/sample.h"

namespace permille {

/// A text made of tokens, and the entities that its tags mean.
struct TaggedText {
  std::string text;  ///< the tokens, joined by one space
  std::vector<TextSpan> spans;
};

/// Read the tags (B-PER, I-PER, O; also E- and S-) of a sentence as seqeval does by default: an
/// entity begins at B- or S-, at an I- or E- after O or after another kind, and ends with E-, S- or
/// where another begins. There are as many tags as tokens.
TaggedText JoinTagged(std::span<const std::string> tokens, std::span<const std::string> tags);

}  // namespace permille
