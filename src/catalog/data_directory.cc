// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "catalog/catalog.h"

#ifndef PERMILLE_SOURCE_DIR
#error "PERMILLE_SOURCE_DIR is set in CMakeLists.txt"
#endif

namespace permille {
namespace {

namespace fs = std::filesystem;

bool HoldsCatalog(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "catalog" / "tasks.yaml", error);
}

fs::path Binary() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return {};
  return {std::string(path.data(), static_cast<std::size_t>(length))};
}

// The file of the shared library that holds this code; empty when the program itself does.
fs::path OwnLibrary() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&OwnLibrary), &info) == 0) return {};
  std::error_code error;
  // Of the program dladdr knows only what it was called by (dladdr(3)), which need not be a path.
  fs::path file = fs::canonical(info.dli_fname, error);
  if (error || fs::equivalent(file, "/proc/self/exe", error)) return {};
  return file;
}

// Where the catalog may be, best first. Inside a library the program is a stranger, and what lies
// beside it is not ours; a library lies in <prefix>/lib or, on Debian, in <prefix>/lib/<machine>.
std::vector<fs::path> Places() {
  std::vector<fs::path> prefixes;
  if (const fs::path library = OwnLibrary(); !library.empty()) {
    prefixes = {library.parent_path() / "..", library.parent_path() / "../.."};
  } else {
    prefixes = {Binary().parent_path() / ".."};
  }
  std::vector<fs::path> places;
  for (const fs::path& prefix : prefixes) {
    places.push_back((prefix / "share" / "permille").lexically_normal());
  }
  places.emplace_back(PERMILLE_SOURCE_DIR);
  return places;
}

}  // namespace

Result<std::string> DataDirectory() {
  std::error_code error;
  // A folder the user names is not second-guessed: a wrong one is an error, not a reason to look
  // elsewhere.
  if (const char* given = std::getenv("PERMILLE_DATA"); given != nullptr && *given != '\0') {
    if (HoldsCatalog(given)) return fs::absolute(given, error).lexically_normal().string();
    return Fail(ErrorCode::kNotFound, "PERMILLE_DATA: no catalog/tasks.yaml under {}", given);
  }
  std::string tried;
  for (const fs::path& place : Places()) {
    if (HoldsCatalog(place)) return place.string();
    tried += (tried.empty() ? "" : ", ") + place.string();
  }
  return Fail(
      ErrorCode::kNotFound,
      "no catalog: tried {}; set PERMILLE_DATA to the folder that holds catalog/ and models/",
      tried);
}

}  // namespace permille
