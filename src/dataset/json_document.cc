// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "dataset/reader.h"

namespace permille {

// By the keys that only one of the formats has: a file may be large, so it is parsed once.
Result<std::vector<Sample>> ReadJsonDocument(const ReadRequest& request) {
  PERMILLE_ASSIGN(const std::string text, ReadFile(request.path));
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first != text.npos && text[first] == '[') return ReadJsonList(request);
  if (text.find("\"annotations\"") != text.npos) return ReadCoco(request);
  if (text.find("\"paragraphs\"") != text.npos) return ReadSquad(request);
  return Fail(
      ErrorCode::kInvalid,
      "{}: neither SQuAD (\"paragraphs\"), COCO (\"annotations\") nor a list of objects; an "
      "object a line is read from .jsonl",
      request.path);
}

}  // namespace permille
