// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

#include "base/csv.h"
#include "base/file.h"
#include "base/yaml.h"
#include "dataset/image_size.h"
#include "dataset/reader.h"
#include "dataset/task_fields.h"

// The layout of https://docs.ultralytics.com/datasets/detect/: a YAML of class names; for
// images/a.jpg a file labels/a.txt, each line "class x y width height", the centre and the sides as
// shares of the image's. An image without a label file shows no object.

namespace permille {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kYamlNames = {"config.yaml", "data.yaml", "dataset.yaml"};

std::optional<fs::path> YamlIn(const fs::path& folder) {
  for (const std::string_view name : kYamlNames) {
    std::error_code error;
    if (fs::is_regular_file(folder / name, error)) return folder / name;
  }
  return std::nullopt;
}

using ClassNames = std::map<std::int64_t, std::string>;

/// `names`, a list or a map from numbers.
Result<ClassNames> ReadNames(const YAML::Node& root, const ReadRequest& request,
                             const std::string& path) {
  const YAML::Node names = root.IsMap() ? root["names"] : YAML::Node();
  ClassNames classes;
  if (names.IsDefined() && (names.IsSequence() || names.IsMap())) {
    std::int64_t next = 0;
    for (const auto& entry : names) {
      const YAML::Node& value = names.IsMap() ? entry.second : entry;
      std::int64_t number = next++;
      if (names.IsMap() &&
          (!entry.first.IsScalar() || !YAML::convert<std::int64_t>::decode(entry.first, number))) {
        return Fail(ErrorCode::kInvalid, "{}: names: a class is not a number",
                    YamlPlace(entry.first, path));
      }
      if (!value.IsScalar()) {
        return Fail(ErrorCode::kInvalid, "{}: names: class {} has no name", YamlPlace(value, path),
                    number);
      }
      PERMILLE_ASSIGN(classes[number], LabelFor(value.Scalar(), request.labels, path));
    }
  }
  if (classes.empty()) {
    return Fail(ErrorCode::kInvalid, "{}: key \"names\" is missing: the classes by number", path);
  }
  return classes;
}

/// The folder of images that the YAML names, or images/.
fs::path ImageFolder(const YAML::Node& root, const fs::path& yaml) {
  const fs::path base = yaml.parent_path();
  for (const char* key : {"val", "test", "train"}) {
    if (!root[key].IsDefined() || !root[key].IsScalar()) continue;
    const fs::path folder = base / root[key].Scalar();
    std::error_code error;
    if (fs::is_directory(folder, error)) return folder.lexically_normal();
  }
  return base / "images";
}

/// The last "images" of a path becomes "labels".
fs::path LabelFile(const fs::path& image) {
  std::vector<fs::path> parts(image.begin(), image.end());
  const auto found = std::find(parts.rbegin(), parts.rend(), fs::path("images"));
  if (found != parts.rend()) *found = "labels";
  fs::path file;
  for (const fs::path& part : parts) file /= part;
  return file.replace_extension(".txt");
}

Result<LabelBox> ParseLine(std::string_view line, const ClassNames& names, const ImageSize& size,
                           const std::string& place) {
  std::vector<double> numbers;
  for (std::size_t at = line.find_first_not_of(" \t\r"); at != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    const auto number = ParseNumber(line.substr(at, end - at));
    if (!number) break;
    numbers.push_back(*number);
    at = line.find_first_not_of(" \t\r", end);
    if (at == line.npos && numbers.size() == 5) break;
  }
  const bool shares = numbers.size() == 5 && std::all_of(numbers.begin() + 1, numbers.end(),
                                                         [](double n) { return n >= 0 && n <= 1; });
  if (!shares) {
    return Fail(ErrorCode::kInvalid,
                "{}: not \"class x y width height\" with shares from 0 to 1: {}", place,
                line.substr(0, 80));
  }
  const bool whole = numbers[0] >= 0 && numbers[0] < 1e9;
  const auto name = whole ? names.find(static_cast<std::int64_t>(numbers[0])) : names.end();
  if (name == names.end() || static_cast<double>(name->first) != numbers[0]) {
    return Fail(ErrorCode::kInvalid, "{}: class {} has no name", place, numbers[0]);
  }
  const auto width = static_cast<double>(size.width);
  const auto height = static_cast<double>(size.height);
  return LabelBox{name->second,
                  1,
                  {(numbers[1] - numbers[3] / 2) * width, (numbers[2] - numbers[4] / 2) * height,
                   (numbers[1] + numbers[3] / 2) * width, (numbers[2] + numbers[4] / 2) * height}};
}

Result<std::vector<LabelBox>> ReadLabels(const std::string& image, const ClassNames& names) {
  std::vector<LabelBox> boxes;
  const std::string path = LabelFile(image).string();
  std::error_code error;
  if (!fs::exists(path, error)) return boxes;
  PERMILLE_ASSIGN(const std::string text, ReadFile(path));
  PERMILLE_ASSIGN(const ImageSize size, ReadImageSize(image));
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    ++line_number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    PERMILLE_ASSIGN(LabelBox box,
                    ParseLine(line, names, size, fmt::format("{}:{}", path, line_number)));
    boxes.push_back(std::move(box));
  }
  return boxes;
}

}  // namespace

bool IsYoloFolder(const std::string& folder) {
  return YamlIn(folder).has_value();
}

Result<std::vector<Sample>> ReadYolo(const ReadRequest& request) {
  std::error_code error;
  fs::path yaml = fs::absolute(request.path, error);
  if (fs::is_directory(yaml, error)) {
    const auto inside = YamlIn(yaml);
    if (!inside) {
      return Fail(ErrorCode::kInvalid, "{}: has no config.yaml with the names of the classes",
                  request.path);
    }
    yaml = *inside;
  }
  PERMILLE_ASSIGN(const YAML::Node root, ReadYamlFile(yaml.string()));
  PERMILLE_ASSIGN(const ClassNames names, ReadNames(root, request, yaml.string()));
  ReadRequest images = request;
  images.path = ImageFolder(root, yaml).string();
  images.labels.clear();
  PERMILLE_ASSIGN(auto samples, ReadImageFolder(images));
  for (Sample& sample : samples) {
    sample.reference.reset();
    if (request.task != "object-detection") continue;
    PERMILLE_ASSIGN(auto boxes, ReadLabels(sample.image_path, names));
    sample.reference = Reference{{}, std::move(boxes)};
  }
  return samples;
}

}  // namespace permille
