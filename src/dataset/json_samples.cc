// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "dataset/characters.h"
#include "dataset/reader.h"
#include "dataset/tags.h"
#include "dataset/task_fields.h"

namespace permille {
namespace {

std::string Keys(const Json& object) {
  std::string list;
  for (const auto& [key, value] : object.items()) list += (list.empty() ? "" : ", ") + key;
  return list;
}

std::string Shown(const Json& value) {
  std::string text = DumpJson(value);
  if (text.size() > 60) text = text.substr(0, 60) + "...";
  return text;
}

/// The first of `names` that the object has.
std::optional<std::string> FirstOf(const Json& object, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (object.contains(name)) return std::string(name);
  }
  return {};
}

Result<const Json*> Require(const Json& object, const std::string& key, const std::string& place) {
  const auto found = object.find(key);
  if (found != object.end()) return &*found;
  return Fail(ErrorCode::kInvalid, "{}: field {} is missing; there are: {}", place, key,
              Keys(object));
}

/// One object of a file: where it stands and how it is to be read.
struct Row {
  const Json& object;
  const ReadRequest& request;
  std::string place;

  tl::unexpected<Error> Wrong(const std::string& key, std::string_view what,
                              const Json& value) const {
    return Fail(ErrorCode::kInvalid, "{}: field {} {}: {}", place, key, what, Shown(value));
  }
};

Result<std::string> TextOf(const Row& row, const std::string& key) {
  PERMILLE_ASSIGN(const Json* value, Require(row.object, key, row.place));
  if (!value->is_string()) return row.Wrong(key, "is not a string", *value);
  return value->get<std::string>();
}

bool IsScalar(const Json& value) {
  return value.is_string() || value.is_number() || value.is_boolean();
}

/// A label may be a string, a number or a truth value: it is written as JSON writes it, without
/// quotes.
Result<std::string> LabelOf(const Json& value, const Row& row, const std::string& key) {
  return LabelFor(value.is_string() ? value.get<std::string>() : DumpJson(value),
                  row.request.labels, fmt::format("{}: field {}", row.place, key));
}

/// One label or text, or a list of those that are right; answers also as {"text": [...]}.
Result<Reference> ValuesOf(const Json& value, const Row& row, const std::string& key) {
  const bool answers = row.request.task == "question-answering";
  const Json* list = &value;
  if (answers && value.is_object() && value.contains("text")) list = &value["text"];
  Reference reference;
  if (IsScalar(*list)) {
    PERMILLE_ASSIGN(reference.values.emplace_back(), LabelOf(*list, row, key));
    return reference;
  }
  const bool good = list->is_array() && (answers || !list->empty()) &&
                    std::all_of(list->begin(), list->end(), IsScalar);
  if (!good) return row.Wrong(key, "is neither a string, a number nor a list of them", value);
  for (const Json& each : *list) {
    PERMILLE_ASSIGN(std::string label, LabelOf(each, row, key));
    if (std::ranges::find(reference.values, label) == reference.values.end())
      reference.values.push_back(std::move(label));
  }
  return reference;
}

const Json* FindAny(const Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = object.find(name);
    if (found != object.end()) return &*found;
  }
  return nullptr;
}

Result<TextSpan> EntityOf(const Json& entity, const std::string& text, const Row& row,
                          const std::string& key) {
  const Json* label =
      entity.is_object() ? FindAny(entity, {"label", "entity_group", "entity", "type"}) : nullptr;
  const Json* begin = entity.is_object() ? FindAny(entity, {"start", "begin"}) : nullptr;
  const Json* end = entity.is_object() ? FindAny(entity, {"end"}) : nullptr;
  if (!label || !label->is_string() || !begin || !begin->is_number_integer() || !end ||
      !end->is_number_integer()) {
    return row.Wrong(key, "needs {\"label\", \"start\", \"end\"} for every entity", entity);
  }
  TextSpan span;
  PERMILLE_ASSIGN(span.label, LabelOf(*label, row, key));
  span.begin = begin->get<std::int64_t>();
  span.end = end->get<std::int64_t>();
  const auto words = CharactersBetween(text, span.begin, span.end);
  if (!words || words->empty()) {
    return row.Wrong(
        key, fmt::format("names a place outside the text of {} characters", CountCodePoints(text)),
        entity);
  }
  span.text = *words;
  const Json* stated = FindAny(entity, {"text", "word"});
  if (stated && *stated != span.text) {
    return row.Wrong(key, fmt::format("says another text than stands there (\"{}\")", span.text),
                     entity);
  }
  return span;
}

Result<std::vector<std::string>> StringsOf(const Row& row, const std::string& key) {
  PERMILLE_ASSIGN(const Json* list, Require(row.object, key, row.place));
  std::vector<std::string> strings;
  bool good = list->is_array();
  for (std::size_t i = 0; good && i < list->size(); ++i) {
    good = (*list)[i].is_string();
    if (good) strings.push_back((*list)[i].get<std::string>());
  }
  if (!good) return row.Wrong(key, "is not a list of strings", *list);
  return strings;
}

/// Text and entities, or tokens and tags.
Result<void> ReadEntities(const Row& row, const std::string& field,
                          const std::optional<std::string>& label, Sample& sample) {
  PERMILLE_ASSIGN(const Json* input, Require(row.object, field, row.place));
  if (input->is_array()) {
    PERMILLE_ASSIGN(const auto tokens, StringsOf(row, field));
    std::vector<std::string> tags(tokens.size(), "O");
    if (label) {
      PERMILLE_ASSIGN(tags, StringsOf(row, *label));
      if (tags.size() != tokens.size()) {
        return Fail(ErrorCode::kInvalid, "{}: field {} has {} tags for {} tokens", row.place,
                    *label, tags.size(), tokens.size());
      }
    }
    TaggedText tagged = JoinTagged(tokens, tags);
    sample.text = std::move(tagged.text);
    if (label) sample.reference = Reference{{}, {}, std::move(tagged.spans)};
    return {};
  }
  PERMILLE_ASSIGN(sample.text, TextOf(row, field));
  if (!label) return {};
  PERMILLE_ASSIGN(const Json* entities, Require(row.object, *label, row.place));
  if (!entities->is_array()) return row.Wrong(*label, "is not a list of entities", *entities);
  sample.reference.emplace();
  for (const Json& entity : *entities) {
    PERMILLE_ASSIGN(TextSpan span, EntityOf(entity, sample.text, row, *label));
    sample.reference->spans.push_back(std::move(span));
  }
  return {};
}

Result<LabelBox> ObjectOf(const Json& object, const Row& row, const std::string& key) {
  const Json* label = object.is_object() ? FindAny(object, {"label", "category"}) : nullptr;
  const Json* box = object.is_object() ? FindAny(object, {"box"}) : nullptr;
  bool good = label && IsScalar(*label) && box && box->is_array() && box->size() == 4;
  double sides[4] = {};
  for (std::size_t i = 0; good && i < 4; ++i) {
    good = (*box)[i].is_number();
    if (good) sides[i] = (*box)[i].get<double>();
    good = good && std::isfinite(sides[i]);
  }
  if (!good || sides[2] < sides[0] || sides[3] < sides[1]) {
    return row.Wrong(key, "needs {\"label\", \"box\": [xmin, ymin, xmax, ymax]} for every object",
                     object);
  }
  LabelBox found;
  PERMILLE_ASSIGN(found.label, LabelOf(*label, row, key));
  found.box = {sides[0], sides[1], sides[2], sides[3]};
  found.crowd = object.contains("crowd") && object["crowd"] == true;
  return found;
}

Result<Reference> BoxesOf(const Json& value, const Row& row, const std::string& key) {
  if (!value.is_array()) return row.Wrong(key, "is not a list of objects", value);
  Reference reference;
  for (const Json& object : value) {
    PERMILLE_ASSIGN(LabelBox box, ObjectOf(object, row, key));
    reference.boxes.push_back(std::move(box));
  }
  return reference;
}

Result<void> ReadInput(const Row& row, const TaskFields& fields, const std::string& field,
                       Sample& sample) {
  PERMILLE_ASSIGN(std::string input, TextOf(row, field));
  if (fields.image) {
    PERMILLE_ASSIGN(sample.image_path, ImageBeside(row.request.path, input,
                                                   fmt::format("{}: field {}", row.place, field)));
  } else {
    sample.text = std::move(input);
  }
  if (fields.contexts.empty()) return {};
  const auto context = FirstOf(row.object, fields.contexts);
  if (!context) {
    return Fail(ErrorCode::kInvalid, "{}: {} needs the field {}; there are: {}", row.place,
                fields.task, fields.contexts.front(), Keys(row.object));
  }
  PERMILLE_ASSIGN(sample.context, TextOf(row, *context));
  return {};
}

Result<Sample> SampleOf(const Row& row) {
  const ReadRequest& request = row.request;
  if (!row.object.is_object()) return Fail(ErrorCode::kInvalid, "{}: not a JSON object", row.place);
  const TaskFields& fields = FieldsOf(request.task);
  const auto field = request.field ? request.field : FirstOf(row.object, fields.inputs);
  if (!field) {
    return Fail(ErrorCode::kInvalid,
                "{}: which field holds the {}? Name it with --field; there are: {}", row.place,
                fields.image ? "image" : "text", Keys(row.object));
  }
  auto label = request.label_field ? request.label_field : FirstOf(row.object, fields.labels);
  if (label == field) label.reset();
  Sample sample;
  if (fields.task == "token-classification") {
    PERMILLE_TRY(ReadEntities(row, *field, label, sample));
    return sample;
  }
  PERMILLE_TRY(ReadInput(row, fields, *field, sample));
  if (!label) return sample;
  PERMILLE_ASSIGN(const Json* value, Require(row.object, *label, row.place));
  if (value->is_null() && !request.label_field) return sample;
  PERMILLE_ASSIGN(sample.reference, fields.task == "object-detection"
                                        ? BoxesOf(*value, row, *label)
                                        : ValuesOf(*value, row, *label));
  return sample;
}

Result<void> AddSample(const Row& row, std::vector<Sample>& samples) {
  PERMILLE_ASSIGN(Sample sample, SampleOf(row));
  sample.id = std::to_string(samples.size() + 1);
  samples.push_back(std::move(sample));
  return {};
}

}  // namespace

Result<std::vector<Sample>> ReadJsonLines(const ReadRequest& request) {
  PERMILLE_ASSIGN(const std::string text, ReadFile(request.path));
  std::vector<Sample> samples;
  std::size_t line_number = 0;
  for (std::size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++line_number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (request.limit && samples.size() == request.limit) break;
    const std::string place = fmt::format("{}:{}", request.path, line_number);
    PERMILLE_ASSIGN(const Json object, ParseJson(line, place));
    PERMILLE_TRY(AddSample({object, request, place}, samples));
  }
  return samples;
}

Result<std::vector<Sample>> ReadJsonList(const ReadRequest& request) {
  PERMILLE_ASSIGN(const Json list, ReadJsonFile(request.path));
  if (!list.is_array()) {
    return Fail(ErrorCode::kInvalid, "{}: not a list of JSON objects", request.path);
  }
  std::vector<Sample> samples;
  for (const Json& object : list) {
    if (request.limit && samples.size() == request.limit) break;
    PERMILLE_TRY(
        AddSample({object, request, fmt::format("{}: object {}", request.path, samples.size() + 1)},
                  samples));
  }
  return samples;
}

}  // namespace permille
