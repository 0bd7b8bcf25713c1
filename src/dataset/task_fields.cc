// SPDX-License-Identifier: Apache-2.0
#include "dataset/task_fields.h"

#include <algorithm>
#include <iterator>

namespace permille {
namespace {

using Names = const std::string_view[];

constexpr Names kTexts = {"sentence", "text", "review", "content", "title"};
constexpr Names kClasses = {"label", "labels", "class", "category", "sentiment"};
constexpr Names kTaggedTexts = {"text", "sentence", "tokens", "words"};
constexpr Names kEntities = {"entities", "ner_tags", "tags", "labels"};
constexpr Names kQuestions = {"question", "text"};
constexpr Names kPassages = {"context", "passage", "paragraph"};
constexpr Names kAnswers = {"answers", "answer", "references", "label"};
constexpr Names kMasked = {"text", "masked", "sentence"};
constexpr Names kHiddenWords = {"word", "words", "answer", "references", "label"};
constexpr Names kPrompts = {"prompt", "text", "caption"};
constexpr Names kContinuations = {"continuation", "completion", "references"};
constexpr Names kDocuments = {"document", "article", "dialogue", "text", "content"};
constexpr Names kSummaries = {"summary", "highlights", "abstract", "target", "references"};
constexpr Names kImages = {"image", "image_path", "file_name", "file", "path"};
constexpr Names kObjects = {"objects", "boxes"};
constexpr Names kCaptions = {"captions", "caption", "references", "text"};

constexpr TaskFields kFields[] = {
    {"text-classification", false, kTexts, {}, kClasses},
    {"token-classification", false, kTaggedTexts, {}, kEntities},
    {"question-answering", false, kQuestions, kPassages, kAnswers},
    {"fill-mask", false, kMasked, {}, kHiddenWords},
    {"text-generation", false, kPrompts, {}, kContinuations},
    {"summarization", false, kDocuments, {}, kSummaries},
    {"text-to-image", false, kPrompts, {}, {}},
    {"image-classification", true, kImages, {}, kClasses},
    {"object-detection", true, kImages, {}, kObjects},
    {"image-to-text", true, kImages, {}, kCaptions},
};

}  // namespace

const TaskFields& FieldsOf(std::string_view task) {
  const auto found = std::ranges::find(kFields, task, &TaskFields::task);
  return found == std::end(kFields) ? kFields[0] : *found;
}

}  // namespace permille
