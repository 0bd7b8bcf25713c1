// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace permille::fakes {
namespace {

std::int64_t NowNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Series::Answer ParseAnswer(const std::string& word, int unknown_error) {
  if (word == "fail") return {unknown_error, 0};
  if (word.starts_with("fail:")) return {std::stoi(word.substr(5)), 0};
  return {0, std::stod(word)};
}

}  // namespace

Series::Series(const Words& words, int unknown_error, double per_second) {
  const std::string kind = words.empty() ? "" : words[0];
  if (kind == "rate" && words.size() == 4) {
    grows_ = true;
    base_ = std::stod(words[1]);
    rate_ = std::stod(words[2]) * per_second;
    update_ns_ = static_cast<std::int64_t>(std::stod(words[3]) * 1e6);
    start_ns_ = NowNs();
  } else if (kind == "error" && words.size() == 2) {
    answers_.push_back({std::stoi(words[1]), 0});
  } else if ((kind == "constant" && words.size() == 2) || (kind == "list" && words.size() > 1)) {
    std::transform(words.begin() + 1, words.end(), std::back_inserter(answers_),
                   [&](const std::string& word) { return ParseAnswer(word, unknown_error); });
  } else {
    throw std::invalid_argument("not a series: '" + kind + "'");
  }
}

Series::Answer Series::Next() {
  if (grows_) {
    std::int64_t elapsed = NowNs() - start_ns_;
    if (update_ns_ > 0) elapsed -= elapsed % update_ns_;
    return {0, base_ + rate_ * static_cast<double>(elapsed) * 1e-9};
  }
  const Answer answer = answers_.at(next_);
  if (next_ + 1 < answers_.size()) ++next_;
  return answer;
}

std::string Section::Text(const std::string& key, const std::string& otherwise) const {
  const auto line = lines_.find(key);
  if (line == lines_.end()) return otherwise;
  std::string text;
  for (const std::string& word : line->second.back()) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::optional<long long> Section::Number(const std::string& key) const {
  const auto line = lines_.find(key);
  if (line == lines_.end() || line->second.back().empty()) return std::nullopt;
  return std::stoll(line->second.back()[0], nullptr, 0);
}

std::vector<Words> Section::All(const std::string& key) const {
  const auto line = lines_.find(key);
  return line == lines_.end() ? std::vector<Words>{} : line->second;
}

Script ReadScript(const char* variable) {
  Script script;
  const char* path = std::getenv(variable);
  if (path == nullptr) return script;
  std::ifstream file(path);
  if (!file) {
    std::fprintf(stderr, "%s: cannot read %s\n", variable, path);
    std::abort();
  }
  Section* section = &script.library;
  for (std::string line; std::getline(file, line);) {
    std::istringstream stream(line.substr(0, line.find('#')));
    std::string key;
    if (!(stream >> key)) continue;
    if (key == "device") {
      section = &script.devices.emplace_back();
      continue;
    }
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    section->Add(key, std::move(words));
  }
  return script;
}

}  // namespace permille::fakes
