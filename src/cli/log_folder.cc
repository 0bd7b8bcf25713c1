// SPDX-License-Identifier: Apache-2.0
#include "cli/log_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/log.h"
#include "exchange/codecarbon.h"
#include "store/store.h"

namespace permille {

Result<LogFolder> OpenLogs(const std::string& path) {
  LogFolder source;
  source.store_ = path;
  std::error_code failed;
  if (!std::filesystem::is_directory(path, failed)) return source;
  PERMILLE_ASSIGN(const StudyLayout layout, LoadStudyLayout());
  PERMILLE_ASSIGN(const CodeCarbonImport import, ReadCodeCarbon(path, layout, {}));
  if (import.runs.empty())
    return Fail(ErrorCode::kNotFound, "{}: holds no run that CodeCarbon logged", path);
  if (!import.problems.empty()) {
    LogLine(
        LogLevel::kWarning,
        fmt::format("{} rows or files could not be read (permille import codecarbon {} names them)",
                    import.problems.size(), path));
  }
  std::string folder = (std::filesystem::temp_directory_path(failed) / "permille-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return Fail(ErrorCode::kIo, "{}: cannot be made ({})", folder,
                std::generic_category().message(errno));
  }
  source.temporary_ = std::shared_ptr<void>(nullptr, [folder](void*) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  });
  source.store_ = folder + "/logs.db";
  PERMILLE_ASSIGN(const auto store, Store::Open(source.store_, OpenMode::kWrite));
  PERMILLE_TRY(store->AppendAll(import.runs, import.facts));
  return source;
}

}  // namespace permille
