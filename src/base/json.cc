// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/file.h"

namespace permille {
namespace {

/// Deeper texts are refused, so that code that walks a value recursively cannot be made to overflow
/// the stack.
constexpr std::size_t kMaxDepth = 512;
constexpr std::size_t kMaxReason = 240;

/// Build a Json from parser events. The library's own builder looks every key up in the object so
/// far, which is quadratic for ordered objects: 30,000 tokens of a vocabulary would take seconds.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(std::int64_t value) override { return Add(value); }
  bool number_unsigned(std::uint64_t value) override { return Add(value); }
  bool number_float(double value, const std::string&) override { return Add(value); }
  bool string(std::string& value) override { return Add(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool key(std::string& name) override {
    key_ = std::move(name);
    return true;
  }
  bool end_object() override {
    DropDuplicates(open_.back()->get_ref<Json::object_t&>());
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
    reason_ = e.what();
    return false;
  }

  Json Take() { return std::move(root_); }
  /// What went wrong, without the library's own prefix and not endlessly long.
  std::string Reason() const {
    std::string_view reason = reason_;
    if (const auto end = reason.find("] "); end != reason.npos) reason.remove_prefix(end + 2);
    constexpr std::string_view kPrefix = "parse error at ";
    if (reason.substr(0, kPrefix.size()) == kPrefix) reason.remove_prefix(kPrefix.size());
    return std::string(reason.substr(0, kMaxReason)) + (reason.size() > kMaxReason ? "..." : "");
  }

 private:
  bool Open(Json container) {
    if (open_.size() >= kMaxDepth) {
      reason_ = fmt::format("nested deeper than {} levels", kMaxDepth);
      return false;
    }
    Add(std::move(container));
    open_.push_back(last_);
    return true;
  }

  // A pointer into a container stays valid while it is open: its parent grows only after it is
  // closed.
  bool Add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      last_ = &root_;
    } else if (open_.back()->is_array()) {
      auto& array = open_.back()->get_ref<Json::array_t&>();
      last_ = &array.emplace_back(std::move(value));
    } else {
      auto& members =
          static_cast<Json::object_t::Container&>(open_.back()->get_ref<Json::object_t&>());
      last_ = &members.emplace_back(std::move(key_), std::move(value)).second;
    }
    return true;
  }

  /// Of a repeated key the last value counts, as most readers have it, in the place of the first.
  static void DropDuplicates(Json::object_t& object) {
    auto& members = static_cast<Json::object_t::Container&>(object);
    std::unordered_map<std::string_view, std::size_t> places;
    places.reserve(members.size());
    std::vector<std::pair<std::size_t, std::size_t>> repeats;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto [place, fresh] = places.emplace(members[i].first, i);
      if (!fresh) repeats.emplace_back(place->second, i);
    }
    if (repeats.empty()) return;
    std::vector<bool> drop(members.size(), false);
    for (const auto& [first, again] : repeats) {
      members[first].second = std::move(members[again].second);
      drop[again] = true;
    }
    Json::object_t::Container kept;
    kept.reserve(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!drop[i]) kept.emplace_back(members[i].first, std::move(members[i].second));
    }
    members.swap(kept);
  }

  Json root_;
  Json* last_ = nullptr;
  std::vector<Json*> open_;
  std::string key_;
  std::string reason_;
};

/// What was found, for an error: "the number 5", "an array".
std::string Found(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::null:
      return "null";
    default:
      break;
  }
  std::string text = DumpJson(value);
  if (text.size() > 40) text = text.substr(0, 37) + "...";
  return text;
}

/// The member, where present and not null.
Result<const Json*> Member(const Json& object, std::string_view key, std::string_view origin) {
  if (!object.is_object()) {
    return Fail(ErrorCode::kInvalid, "{}: expected an object with key \"{}\", found {}", origin,
                key, Found(object));
  }
  const auto member = object.find(key);
  if (member == object.end() || member->is_null()) {
    return Fail(ErrorCode::kInvalid, "{}: key \"{}\" is missing", origin, key);
  }
  return &*member;
}

tl::unexpected<Error> WrongType(std::string_view wanted, const Json& value, std::string_view key,
                                std::string_view origin) {
  return Fail(ErrorCode::kInvalid, "{}: key \"{}\" must be {}, found {}", origin, key, wanted,
              Found(value));
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view origin) {
  try {
    Builder builder;
    if (!Json::sax_parse(text, &builder)) {
      return Fail(ErrorCode::kInvalid, "{}: not valid JSON: {}", origin, builder.Reason());
    }
    return builder.Take();
  } catch (const std::exception& e) {  // memory, in the main
    return Fail(ErrorCode::kInvalid, "{}: cannot be read as JSON: {}", origin, e.what());
  }
}

Result<Json> ReadJsonFile(const std::string& path, std::size_t max_bytes) {
  PERMILLE_ASSIGN(const auto text, ReadFile(path, max_bytes));
  return ParseJson(text, path);
}

Result<std::string> JsonString(const Json& object, std::string_view key, std::string_view origin) {
  PERMILLE_ASSIGN(const Json* value, Member(object, key, origin));
  if (!value->is_string()) return WrongType("a string", *value, key, origin);
  return value->get_ref<const std::string&>();
}

Result<double> JsonNumber(const Json& object, std::string_view key, std::string_view origin) {
  PERMILLE_ASSIGN(const Json* value, Member(object, key, origin));
  if (!value->is_number()) return WrongType("a number", *value, key, origin);
  return value->get<double>();
}

Result<std::int64_t> JsonInteger(const Json& object, std::string_view key,
                                 std::string_view origin) {
  PERMILLE_ASSIGN(const Json* value, Member(object, key, origin));
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  if (value->is_number_unsigned() &&
      value->get<std::uint64_t>() > static_cast<std::uint64_t>(kMax)) {
    return WrongType("an integer of 64 bits", *value, key, origin);
  }
  if (value->is_number_integer()) return value->get<std::int64_t>();
  if (value->is_number_float()) {  // 128.0 or 1e3, while a double counts exactly
    const double number = value->get<double>();
    if (std::abs(number) <= 9007199254740992.0 && std::trunc(number) == number) {
      return static_cast<std::int64_t>(number);
    }
  }
  return WrongType("an integer", *value, key, origin);
}

Result<bool> JsonBool(const Json& object, std::string_view key, std::string_view origin) {
  PERMILLE_ASSIGN(const Json* value, Member(object, key, origin));
  if (!value->is_boolean()) return WrongType("true or false", *value, key, origin);
  return value->get<bool>();
}

std::string DumpJson(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace permille
