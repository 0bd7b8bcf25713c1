// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace permille {

/// A place in a JSON file. Reads are typed; their errors name the file, the field's path and what
/// was found: `tokenizer.json: model.vocab: expected an object, found a string`. A missing field
/// and null are the same: exists() is false. Valid as long as its document.
class JsonField {
 public:
  bool exists() const;
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_number() const;
  std::size_t size() const;  ///< elements of an array or object, else 0

  JsonField operator[](std::string_view key) const;
  JsonField operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  JsonField At(std::size_t index) const;

  Result<std::string> String() const;
  Result<std::int64_t> Integer() const;  ///< a number without fraction that fits
  Result<double> Number() const;
  Result<bool> Bool() const;
  Result<std::string> StringOr(std::string_view fallback) const;
  Result<std::int64_t> IntegerOr(std::int64_t fallback) const;
  Result<bool> BoolOr(bool fallback) const;
  Result<void> RequireObject() const;
  Result<void> RequireArray() const;

  Result<void> ForEachMember(
      const std::function<Result<void>(const std::string& key, const JsonField& value)>& visit)
      const;
  /// Every member of an object that maps names to integers; fast for a vocabulary.
  Result<void> ForEachInteger(
      const std::function<Result<void>(const std::string& key, std::int64_t value)>& visit) const;

  /// The value as compact JSON; empty when missing.
  std::string Text() const;
  /// `file: path` for a message about the field.
  std::string place() const;

 private:
  friend class JsonDocument;
  JsonField(const void* value, const std::string* origin, std::string path)
      : value_(value), origin_(origin), path_(std::move(path)) {}
  [[nodiscard]] tl::unexpected<Error> Expected(std::string_view what) const;

  const void* value_ = nullptr;  ///< the JSON library's value; null when missing
  const std::string* origin_ = nullptr;
  std::string path_;
};

/// A parsed JSON file.
class JsonDocument {
 public:
  static Result<JsonDocument> Read(const std::string& path);
  static Result<JsonDocument> Parse(std::string_view text, std::string origin);
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonField root() const;

 private:
  struct Content;
  explicit JsonDocument(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

}  // namespace permille
