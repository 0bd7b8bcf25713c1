// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/json.h"
#include "dataset/reader.h"

// The layout of https://rajpurkar.github.io/SQuAD-explorer/: data[].paragraphs[].{context, qas[]}.

namespace permille {
namespace {

/// The list under `key`; the error names the place.
Result<const Json*> List(const Json& object, const char* key, const std::string& place) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_array()) {
    return Fail(ErrorCode::kInvalid, "{}: field {} is missing or no list", place, key);
  }
  return &*found;
}

Result<std::optional<Reference>> ReferenceOf(const Json& question, const std::string& place) {
  const auto impossible = question.find("is_impossible");
  if (impossible != question.end() && *impossible == true) return Reference{};
  if (!question.contains("answers")) return std::nullopt;
  PERMILLE_ASSIGN(const Json* answers, List(question, "answers", place));
  Reference reference;
  for (const Json& answer : *answers) {
    PERMILLE_ASSIGN(std::string text, JsonString(answer, "text", place + ".answers"));
    if (std::ranges::find(reference.values, text) == reference.values.end())
      reference.values.push_back(std::move(text));
  }
  return reference;
}

Result<void> ReadParagraph(const Json& paragraph, const ReadRequest& request,
                           const std::string& place, std::vector<Sample>& samples) {
  PERMILLE_ASSIGN(const Json* questions, List(paragraph, "qas", place));
  PERMILLE_ASSIGN(const std::string context, JsonString(paragraph, "context", place));
  for (std::size_t i = 0; i < questions->size(); ++i) {
    if (request.limit && samples.size() == request.limit) return {};
    const Json& question = (*questions)[i];
    const std::string here = fmt::format("{}.qas[{}]", place, i);
    Sample sample;
    PERMILLE_ASSIGN(sample.text, JsonString(question, "question", here));
    PERMILLE_ASSIGN(sample.reference, ReferenceOf(question, here));
    sample.context = context;
    const auto id = question.find("id");
    sample.id = id != question.end() && id->is_string() ? id->get<std::string>()
                                                        : std::to_string(samples.size() + 1);
    samples.push_back(std::move(sample));
  }
  return {};
}

}  // namespace

Result<std::vector<Sample>> ReadSquad(const ReadRequest& request) {
  if (!request.task.empty() && request.task != "question-answering") {
    return Fail(ErrorCode::kInvalid,
                "{}: questions and answers are for question-answering, not for {}", request.path,
                request.task);
  }
  PERMILLE_ASSIGN(const Json root, ReadJsonFile(request.path));
  PERMILLE_ASSIGN(const Json* articles, List(root, "data", request.path));
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < articles->size(); ++i) {
    const std::string article = fmt::format("{}: data[{}]", request.path, i);
    PERMILLE_ASSIGN(const Json* paragraphs, List((*articles)[i], "paragraphs", article));
    for (std::size_t k = 0; k < paragraphs->size(); ++k) {
      PERMILLE_TRY(ReadParagraph((*paragraphs)[k], request,
                                 fmt::format("{}.paragraphs[{}]", article, k), samples));
    }
  }
  return samples;
}

}  // namespace permille
