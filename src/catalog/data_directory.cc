// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "catalog/catalog.h"

#ifndef PERMILLE_SOURCE_DIR
#error "PERMILLE_SOURCE_DIR is set in CMakeLists.txt"
#endif

namespace permille {
namespace {

bool HoldsCatalog(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::is_regular_file(folder / "catalog" / "tasks.yaml", error);
}

std::filesystem::path BinaryFolder() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return {};
  return std::filesystem::path(std::string(path.data(), static_cast<std::size_t>(length)))
      .parent_path();
}

}  // namespace

Result<std::string> DataDirectory() {
  namespace fs = std::filesystem;
  std::error_code error;
  // A folder the user names is not second-guessed: a wrong one is an error, not a reason to look
  // elsewhere.
  if (const char* given = std::getenv("PERMILLE_DATA"); given != nullptr && *given != '\0') {
    if (HoldsCatalog(given)) return fs::absolute(given, error).lexically_normal().string();
    return Fail(ErrorCode::kNotFound, "PERMILLE_DATA: no catalog/tasks.yaml under {}", given);
  }
  const fs::path installed = (BinaryFolder() / ".." / "share" / "permille").lexically_normal();
  if (HoldsCatalog(installed)) return installed.string();
  if (HoldsCatalog(PERMILLE_SOURCE_DIR)) return std::string(PERMILLE_SOURCE_DIR);
  return Fail(ErrorCode::kNotFound,
              "no catalog: tried {} and {}; set PERMILLE_DATA to the folder that holds catalog/ "
              "and models/",
              installed.string(), PERMILLE_SOURCE_DIR);
}

}  // namespace permille
