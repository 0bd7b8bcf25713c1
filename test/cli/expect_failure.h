// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/permille_process.h"

namespace permille {

/// The lines of stderr that are errors.
inline std::vector<std::string> ErrorLines(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (line.starts_with("permille: error: ")) lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

/// The call ends with `code`, prints nothing, and one error line that names every word.
inline void ExpectFailure(const TempTree& tree, const std::vector<std::string>& arguments, int code,
                          std::initializer_list<const char*> words) {
  const Ran ran = Permille(arguments, tree.root());
  EXPECT_EQ(ran.code, code) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ErrorLines(ran.err).size(), 1u) << ran.err;
  for (const char* word : words)
    EXPECT_NE(ran.err.find(word), std::string::npos) << word << " in: " << ran.err;
}

}  // namespace permille
