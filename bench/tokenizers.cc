// SPDX-License-Identifier: Apache-2.0
// Encodes a text over and over, a pass for every line on stdin, so that
// tools/peers/tokenizers_bench.py can time PyPI tokenizers in between, on the same text.
//
//     tokenizers FOLDER TEXT
//
// FOLDER holds a tokenizer, TEXT is encoded line by line, without special tokens. A pass prints its
// seconds of CPU time (one thread, so that other work on the machine does not count), the number of
// ids and their SHA-256 (as 64-bit integers).

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "prep/tokenizer.h"

namespace permille {
namespace {

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

int Run(const std::string& folder, const std::string& path) {
  auto tokenizer = LoadTokenizer(folder);
  if (!tokenizer) {
    fmt::print(stderr, "{}\n", tokenizer.error().message);
    return 1;
  }
  const auto text = ReadFile(path, std::size_t{1} << 30);
  if (!text) {
    fmt::print(stderr, "{}\n", text.error().message);
    return 1;
  }
  const std::vector<std::string> lines = SplitLines(*text);
  EncodeOptions options;
  options.special_tokens = false;
  Encoding encoding;
  std::vector<std::int64_t> ids;
  for (std::string command; std::getline(std::cin, command);) {
    ids.clear();
    const double begin = CpuSeconds();
    for (const std::string& line : lines) {
      (*tokenizer)->Encode(line, options, encoding);
      ids.insert(ids.end(), encoding.ids.begin(), encoding.ids.end());
    }
    const double taken = CpuSeconds() - begin;
    const std::string_view bytes(reinterpret_cast<const char*>(ids.data()),
                                 ids.size() * sizeof(ids[0]));
    fmt::print("{} {} {}\n", taken, ids.size(), Sha256(bytes));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace permille

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: tokenizers FOLDER TEXT\n");
    return 2;
  }
  return permille::Run(argv[1], argv[2]);
}
