// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/file.h"
#include "dataset/reader.h"
#include "dataset/task_fields.h"

namespace permille {
namespace {

Result<void> CheckTask(const ReadRequest& request) {
  const TaskFields& fields = FieldsOf(request.task);
  if (fields.image || !fields.contexts.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: plain text has no {}: {} takes {}", request.path,
                fields.image ? "images" : fields.contexts.front(), fields.task,
                fields.image ? "a folder of images or JSON lines" : "SQuAD JSON or JSON lines");
  }
  return {};
}

}  // namespace

Result<std::vector<Sample>> ReadText(const ReadRequest& request) {
  PERMILLE_TRY(CheckTask(request));
  if (request.label_field) {
    return Fail(ErrorCode::kInvalid,
                "{}: plain text has no field {}: labels need .tsv, .csv or .jsonl", request.path,
                *request.label_field);
  }
  if (request.field) {
    return Fail(ErrorCode::kInvalid, "{}: plain text has no field {}: each line is a sample",
                request.path, *request.field);
  }
  PERMILLE_ASSIGN(const std::string text, ReadFile(request.path));
  std::vector<Sample> samples;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (request.limit && samples.size() == request.limit) break;
    Sample sample;
    sample.id = std::to_string(samples.size() + 1);
    sample.text = line;
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace permille
