// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <utility>

#include "base/json.h"
#include "dataset/reader.h"

// The layout of https://cocodataset.org/#format-data: images, annotations and categories by id.

namespace permille {
namespace {

namespace fs = std::filesystem;

Result<const Json*> List(const Json& root, const char* key, const std::string& path) {
  const auto found = root.is_object() ? root.find(key) : root.end();
  if (!root.is_object() || found == root.end() || !found->is_array()) {
    return Fail(ErrorCode::kInvalid, "{}: field {} is missing or no list", path, key);
  }
  return &*found;
}

std::string StemEnd(const std::string& stem) {
  const std::size_t at = stem.rfind('_');
  return at == stem.npos ? stem : stem.substr(at + 1);
}

/// Where the images may lie: beside the file, in images/, or, as COCO is unpacked
/// (annotations/instances_val2017.json and val2017/), in a folder above that the name ends with.
Result<std::string> ImageFolder(const std::string& path, const std::string& first) {
  const fs::path beside = fs::absolute(path).parent_path();
  const std::string split = StemEnd(fs::path(path).stem().string());
  std::string tried;
  for (const fs::path& folder :
       {beside, beside / "images", beside.parent_path() / "images", beside.parent_path() / split,
        beside / split, beside.parent_path() / "images" / split}) {
    std::error_code error;
    if (fs::is_regular_file(folder / first, error)) return folder.lexically_normal().string();
    tried += (tried.empty() ? "" : ", ") + folder.lexically_normal().string();
  }
  return Fail(ErrorCode::kNotFound, "{}: image {} is in none of {}", path, first, tried);
}

/// What an image id stands for.
struct Picture {
  std::string file;
  Reference reference;
};

/// A file of COCO's, by image, in the order of its list of images.
class CocoFile {
 public:
  CocoFile(const Json& root, const ReadRequest& request) : root_(root), request_(request) {}

  Result<void> ReadImages() {
    PERMILLE_ASSIGN(const Json* images, List(root_, "images", request_.path));
    for (std::size_t i = 0; i < images->size(); ++i) {
      if (request_.limit && pictures_.size() == request_.limit) break;
      const std::string place = fmt::format("{}: images[{}]", request_.path, i);
      PERMILLE_ASSIGN(const auto id, JsonInteger((*images)[i], "id", place));
      PERMILLE_ASSIGN(std::string file, JsonString((*images)[i], "file_name", place));
      if (!by_id_.emplace(id, pictures_.size()).second)
        return Fail(ErrorCode::kInvalid, "{}: id {} occurs twice", place, id);
      pictures_.push_back({std::move(file), {}});
    }
    return {};
  }

  Result<void> ReadCategories() {
    PERMILLE_ASSIGN(const Json* categories, List(root_, "categories", request_.path));
    for (std::size_t i = 0; i < categories->size(); ++i) {
      const std::string place = fmt::format("{}: categories[{}]", request_.path, i);
      PERMILLE_ASSIGN(const auto id, JsonInteger((*categories)[i], "id", place));
      PERMILLE_ASSIGN(const auto name, JsonString((*categories)[i], "name", place));
      PERMILLE_ASSIGN(names_[id], LabelFor(name, request_.labels, place));
    }
    return {};
  }

  Result<void> ReadAnnotations(Result<void> (CocoFile::*add)(const Json&, const std::string&,
                                                             Reference&)) {
    PERMILLE_ASSIGN(const Json* annotations, List(root_, "annotations", request_.path));
    for (std::size_t i = 0; i < annotations->size(); ++i) {
      const std::string place = fmt::format("{}: annotations[{}]", request_.path, i);
      PERMILLE_ASSIGN(const auto id, JsonInteger((*annotations)[i], "image_id", place));
      const auto found = by_id_.find(id);
      if (found != by_id_.end()) {
        PERMILLE_TRY((this->*add)((*annotations)[i], place, pictures_[found->second].reference));
      } else if (request_.limit == 0) {
        return Fail(ErrorCode::kInvalid, "{}: image_id {} is not among the images", place, id);
      }
    }
    return {};
  }

  Result<void> AddBox(const Json& annotation, const std::string& place, Reference& reference) {
    PERMILLE_ASSIGN(const auto category, JsonInteger(annotation, "category_id", place));
    const auto name = names_.find(category);
    if (name == names_.end()) {
      return Fail(ErrorCode::kInvalid, "{}: category_id {} is not among the categories", place,
                  category);
    }
    const auto box = annotation.find("bbox");
    double sides[4] = {};
    bool good = box != annotation.end() && box->is_array() && box->size() == 4;
    for (std::size_t i = 0; good && i < 4; ++i) {
      good = (*box)[i].is_number();
      if (good) sides[i] = (*box)[i].get<double>();
      good = good && std::isfinite(sides[i]);
    }
    if (!good || sides[2] < 0 || sides[3] < 0) {
      return Fail(ErrorCode::kInvalid, "{}: field bbox is not [x, y, width, height]", place);
    }
    const auto crowd = annotation.find("iscrowd");
    reference.boxes.push_back({name->second,
                               1,
                               {sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3]},
                               crowd != annotation.end() && (*crowd == 1 || *crowd == true)});
    return {};
  }

  Result<void> AddCaption(const Json& annotation, const std::string& place, Reference& reference) {
    PERMILLE_ASSIGN(reference.values.emplace_back(), JsonString(annotation, "caption", place));
    return {};
  }

  Result<std::vector<Sample>> Samples() {
    std::vector<Sample> samples;
    if (pictures_.empty()) return samples;
    PERMILLE_ASSIGN(const std::string folder, ImageFolder(request_.path, pictures_.front().file));
    for (Picture& picture : pictures_) {
      Sample& sample = samples.emplace_back();
      sample.id = picture.file;
      sample.image_path = (fs::path(folder) / picture.file).lexically_normal().string();
      sample.reference = std::move(picture.reference);
      std::error_code error;
      if (!fs::is_regular_file(sample.image_path, error)) {
        return Fail(ErrorCode::kNotFound, "{}: no such image: {}", request_.path,
                    sample.image_path);
      }
    }
    return samples;
  }

 private:
  const Json& root_;
  const ReadRequest& request_;
  std::vector<Picture> pictures_;
  std::map<std::int64_t, std::size_t> by_id_;
  std::map<std::int64_t, std::string> names_;
};

}  // namespace

Result<std::vector<Sample>> ReadCoco(const ReadRequest& request) {
  if (request.task != "object-detection" && request.task != "image-to-text") {
    return Fail(ErrorCode::kInvalid,
                "{}: COCO's annotations are for object-detection and image-to-text, not for {}",
                request.path, request.task);
  }
  PERMILLE_ASSIGN(const Json root, ReadJsonFile(request.path));
  CocoFile file(root, request);
  PERMILLE_TRY(file.ReadImages());
  if (request.task == "object-detection") {
    PERMILLE_TRY(file.ReadCategories());
    PERMILLE_TRY(file.ReadAnnotations(&CocoFile::AddBox));
  } else {
    PERMILLE_TRY(file.ReadAnnotations(&CocoFile::AddCaption));
  }
  return file.Samples();
}

}  // namespace permille
