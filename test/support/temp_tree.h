// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace permille {

/// A directory tree of a test's own, removed with the object. Stands in for "/" where hardware is
/// read (MeterOptions::sysfs_root), for a model folder, for a cache. Throws where the disk refuses:
/// a test without its files must not go on.
class TempTree {
 public:
  TempTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "permille-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + pattern);
    root_ = pattern;
  }
  ~TempTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TempTree(const TempTree&) = delete;
  TempTree& operator=(const TempTree&) = delete;

  /// The tree's root, without a final slash.
  std::string root() const { return root_.string(); }
  /// The absolute path of `relative`, which need not exist.
  std::string Path(std::string_view relative) const { return (root_ / Inside(relative)).string(); }

  /// Write a file in place, making its folders; an existing one keeps its inode, as a /sys entry
  /// does.
  TempTree& AddFile(std::string_view relative, std::string_view text) {
    const std::filesystem::path path = MakeParents(relative);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) throw std::runtime_error("cannot write " + path.string());
    return *this;
  }
  TempTree& AddFolder(std::string_view relative) {
    std::filesystem::create_directories(root_ / Inside(relative));
    return *this;
  }
  /// Make `relative` a symbolic link to `target`, which is taken as it stands (relative to the
  /// link's folder).
  TempTree& AddLink(std::string_view relative, std::string_view target) {
    std::filesystem::create_symlink(std::filesystem::path(target), MakeParents(relative));
    return *this;
  }
  /// Remove a file or a whole folder.
  TempTree& Remove(std::string_view relative) {
    std::filesystem::remove_all(root_ / Inside(relative));
    return *this;
  }

 private:
  static std::filesystem::path Inside(std::string_view relative) {
    return std::filesystem::path(relative).relative_path();
  }
  std::filesystem::path MakeParents(std::string_view relative) {
    const std::filesystem::path path = root_ / Inside(relative);
    std::filesystem::create_directories(path.parent_path());
    return path;
  }

  std::filesystem::path root_;
};

}  // namespace permille
