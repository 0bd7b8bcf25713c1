// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "dataset/reader.h"
#include "dataset/task_fields.h"

namespace permille {
namespace {

namespace fs = std::filesystem;

/// Names in a folder in order of text, without hidden ones.
Result<std::vector<fs::path>> Listed(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (!at->path().filename().string().starts_with('.')) paths.push_back(at->path());
  }
  if (error) {
    return Fail(ErrorCode::kIo, "{}: cannot be listed ({})", folder.string(), error.message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// "n01514668_cock.JPEG" is a cock, "n02113023_Pembroke_12.jpg" is not told apart from a name: all
/// that follows the WordNet id is the label, '_' a space. Empty for other names.
std::string LabelInName(const std::string& stem) {
  constexpr std::size_t kId = 9;  // n and eight digits
  if (stem.size() <= kId + 1 || stem[0] != 'n' || stem[kId] != '_') return "";
  if (stem.find_first_not_of("0123456789", 1) != kId) return "";
  std::string label = stem.substr(kId + 1);
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

struct LabelledImage {
  std::string path;
  std::string id;
  std::string label;  ///< empty: none
};

Result<std::vector<LabelledImage>> FindImages(const std::string& root) {
  std::vector<LabelledImage> images;
  PERMILLE_ASSIGN(const auto paths, Listed(fs::absolute(root)));
  for (const fs::path& path : paths) {
    std::error_code error;
    if (IsImageName(path.filename().string()) && fs::is_regular_file(path, error)) {
      images.push_back({path.lexically_normal().string(), path.filename().string(),
                        LabelInName(path.stem().string())});
    } else if (fs::is_directory(path, error)) {
      PERMILLE_ASSIGN(const auto inner, Listed(path));
      const std::string label = path.filename().string();
      for (const fs::path& image : inner) {
        if (IsImageName(image.filename().string()) && fs::is_regular_file(image, error))
          images.push_back(
              {image.lexically_normal().string(), label + "/" + image.filename().string(), label});
      }
    }
  }
  return images;
}

}  // namespace

bool IsImageName(std::string_view name) {
  constexpr std::array<std::string_view, 5> kEndings = {".jpg", ".jpeg", ".png", ".webp", ".bmp"};
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos) return false;
  std::string ending(name.substr(dot));
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

Result<std::string> ImageBeside(const std::string& file, const std::string& name,
                                std::string_view place) {
  if (name.empty()) return Fail(ErrorCode::kInvalid, "{}: names no image", place);
  std::error_code error;
  const fs::path path =
      (fs::absolute(file, error).parent_path() / fs::path(name)).lexically_normal();
  if (name.find('\0') == name.npos && fs::is_regular_file(path, error)) return path.string();
  return Fail(ErrorCode::kNotFound, "{}: no such image: {}", place, path.string());
}

Result<std::vector<Sample>> ReadImageFolder(const ReadRequest& request) {
  const TaskFields& fields = FieldsOf(request.task);
  if (!request.task.empty() && !fields.image) {
    return Fail(ErrorCode::kInvalid, "{}: is a folder; {} takes a file of texts", request.path,
                request.task);
  }
  PERMILLE_ASSIGN(auto images, FindImages(request.path));
  // A label is a reference only where all have one, and where the task is to find it.
  const bool labelled =
      request.task == "image-classification" &&
      std::ranges::none_of(images, [](const LabelledImage& image) { return image.label.empty(); });
  if (request.limit && images.size() > request.limit) images.resize(request.limit);
  std::vector<Sample> samples;
  for (LabelledImage& image : images) {
    Sample& sample = samples.emplace_back();
    sample.id = std::move(image.id);
    sample.image_path = std::move(image.path);
    if (!labelled) continue;
    PERMILLE_ASSIGN(std::string label, LabelFor(image.label, request.labels, sample.image_path));
    sample.reference = Reference{{std::move(label)}};
  }
  return samples;
}

}  // namespace permille
