// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace permille {

/// The stem of a lower-case word by "An algorithm for suffix stripping" (Porter 1980), with the
/// changes of NLTK's default mode, which rouge_score uses: a pool of irregular words, dying -> die,
/// y -> i only after a consonant, and the endings -alli, -bli, -fulli and -logi.
std::string PorterStem(const std::string& word);

}  // namespace permille
