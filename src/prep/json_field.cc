// SPDX-License-Identifier: Apache-2.0
#include "prep/json_field.h"

#include <cmath>
#include <limits>
#include <utility>

#include "base/file.h"
#include "base/json.h"

namespace permille {
namespace {

// Not base/json.h's ordered Json: its objects are lists, and a vocabulary of 30,000 keys takes
// seconds.
using Value = nlohmann::json;

const Value& Of(const void* value) {
  return *static_cast<const Value*>(value);
}

std::string Describe(const void* value) {
  if (!value) return "nothing";
  const Value& v = Of(value);
  switch (v.type()) {
    case Value::value_t::null:
      return "null";
    case Value::value_t::object:
      return "an object";
    case Value::value_t::array:
      return "a list";
    case Value::value_t::string: {
      const auto& text = v.get_ref<const std::string&>();
      // Escaped, so that a message stays on its line.
      const Value shown = text.size() > 40 ? text.substr(0, 40) + "..." : text;
      return shown.dump(-1, ' ', false, Value::error_handler_t::replace);
    }
    case Value::value_t::boolean:
      return v.get<bool>() ? "true" : "false";
    default:
      return v.dump();
  }
}

std::optional<std::int64_t> AsInteger(const Value& v) {
  if (v.is_number_unsigned()) {
    const auto n = v.get<std::uint64_t>();
    if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return {};
    return static_cast<std::int64_t>(n);
  }
  if (v.is_number_integer()) return v.get<std::int64_t>();
  return {};
}

}  // namespace

bool JsonField::exists() const {
  return value_ && !Of(value_).is_null();
}
bool JsonField::is_object() const {
  return value_ && Of(value_).is_object();
}
bool JsonField::is_array() const {
  return value_ && Of(value_).is_array();
}
bool JsonField::is_string() const {
  return value_ && Of(value_).is_string();
}
bool JsonField::is_number() const {
  return value_ && Of(value_).is_number();
}
std::size_t JsonField::size() const {
  return is_object() || is_array() ? Of(value_).size() : 0;
}

JsonField JsonField::operator[](std::string_view key) const {
  std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  if (!is_object()) return {nullptr, origin_, std::move(path)};
  const auto found = Of(value_).find(std::string(key));
  return {found == Of(value_).end() ? nullptr : &*found, origin_, std::move(path)};
}

JsonField JsonField::At(std::size_t index) const {
  std::string path = fmt::format("{}[{}]", path_, index);
  if (!is_array() || index >= Of(value_).size()) return {nullptr, origin_, std::move(path)};
  return {&Of(value_)[index], origin_, std::move(path)};
}

std::string JsonField::Text() const {
  if (!value_) return {};
  return Of(value_).dump(-1, ' ', false, Value::error_handler_t::replace);
}

std::string JsonField::place() const {
  return path_.empty() ? *origin_ : fmt::format("{}: {}", *origin_, path_);
}

tl::unexpected<Error> JsonField::Expected(std::string_view what) const {
  return Fail(ErrorCode::kInvalid, "{}: expected {}, found {}", place(), what, Describe(value_));
}

Result<std::string> JsonField::String() const {
  if (!is_string()) return Expected("a string");
  return Of(value_).get<std::string>();
}

Result<std::int64_t> JsonField::Integer() const {
  const auto n = value_ ? AsInteger(Of(value_)) : std::nullopt;
  if (!n) return Expected("a whole number");
  return *n;
}

Result<double> JsonField::Number() const {
  if (!is_number()) return Expected("a number");
  return Of(value_).get<double>();
}

Result<bool> JsonField::Bool() const {
  if (!value_ || !Of(value_).is_boolean()) return Expected("true or false");
  return Of(value_).get<bool>();
}

Result<std::string> JsonField::StringOr(std::string_view fallback) const {
  return exists() ? String() : Result<std::string>(std::string(fallback));
}
Result<std::int64_t> JsonField::IntegerOr(std::int64_t fallback) const {
  return exists() ? Integer() : Result<std::int64_t>(fallback);
}
Result<bool> JsonField::BoolOr(bool fallback) const {
  return exists() ? Bool() : Result<bool>(fallback);
}

Result<void> JsonField::RequireObject() const {
  if (!is_object()) return Expected("an object");
  return {};
}

Result<void> JsonField::RequireArray() const {
  if (!is_array()) return Expected("a list");
  return {};
}

Result<void> JsonField::ForEachMember(
    const std::function<Result<void>(const std::string&, const JsonField&)>& visit) const {
  PERMILLE_TRY(RequireObject());
  for (const auto& [key, value] : Of(value_).items()) {
    PERMILLE_TRY(visit(key, (*this)[key]));
  }
  return {};
}

Result<void> JsonField::ForEachInteger(
    const std::function<Result<void>(const std::string&, std::int64_t)>& visit) const {
  PERMILLE_TRY(RequireObject());
  for (auto it = Of(value_).begin(); it != Of(value_).end(); ++it) {
    const auto n = AsInteger(*it);
    if (!n) return (*this)[it.key()].Expected("a whole number");
    PERMILLE_TRY(visit(it.key(), *n));
  }
  return {};
}

struct JsonDocument::Content {
  Value value;
  std::string origin;
};

JsonDocument::JsonDocument(std::unique_ptr<Content> content) : content_(std::move(content)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonField JsonDocument::root() const {
  return {&content_->value, &content_->origin, ""};
}

Result<JsonDocument> JsonDocument::Parse(std::string_view text, std::string origin) {
  auto content = std::make_unique<Content>();
  content->origin = std::move(origin);
  try {
    content->value = Value::parse(text.begin(), text.end());
  } catch (const Value::parse_error& error) {
    return Fail(ErrorCode::kInvalid, "{}: not JSON (byte {})", content->origin, error.byte);
  } catch (const Value::exception& error) {
    return Fail(ErrorCode::kInvalid, "{}: not JSON ({})", content->origin, error.what());
  }
  return JsonDocument(std::move(content));
}

Result<JsonDocument> JsonDocument::Read(const std::string& path) {
  // 1 GiB: twenty times the largest tokenizer.json there is.
  PERMILLE_ASSIGN(const std::string text, ReadFile(path, std::size_t{1} << 30));
  return Parse(text, path);
}

}  // namespace permille
