// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "store/run_rows.h"
#include "store/schema.h"
#include "store/sqlite.h"

namespace permille {
namespace {

using sqlite::Database;
using sqlite::Transaction;

constexpr auto kBusyLimit = std::chrono::seconds(10);

tl::unexpected<Error> NoStore(const std::string& path) {
  return Fail(ErrorCode::kInvalid, "{}: is no permille store; give another file with --store",
              path);
}

Result<void> CheckVersion(const std::string& path, std::int64_t version) {
  if (version > kStoreVersion) {
    return Fail(
        ErrorCode::kInvalid,
        "{}: written by a newer permille (store version {}, this one knows {}); update permille",
        path, version, kStoreVersion);
  }
  if (version < 1) return NoStore(path);
  return {};
}

tl::unexpected<Error> Outdated(const std::string& path, std::int64_t version) {
  return Fail(ErrorCode::kUnavailable,
              "{}: a store of version {} that cannot be written and so not be brought to version "
              "{}; copy it to where it can",
              path, version, kStoreVersion);
}

enum class Kind { kAbsent, kEmpty, kOutdated, kStore };
struct Standing {
  Kind kind = Kind::kAbsent;
  std::int64_t version = 0;  ///< of a store
};

std::int64_t BigEndian(std::string_view bytes) {
  std::int64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

/// What stands at a path, by its header: SQLite is not let write to a file that is not ours. The
/// header is complete in the file itself, as a store is set up before it gets a log beside it.
Result<Standing> Look(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Standing{};
    return Fail(errno == EACCES ? ErrorCode::kUnavailable : ErrorCode::kIo,
                "{}: cannot be opened ({}); give another file with --store", path,
                std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) return NoStore(path);
  PERMILLE_ASSIGN(const std::string text, sqlite::ReadHeader(path));
  if (text.empty()) return Standing{Kind::kEmpty, 0};
  // https://www.sqlite.org/fileformat.html, section 1.3: magic, user version, application id
  const std::string_view header = text;
  if (header.size() != 100 || header.substr(0, 16) != std::string_view("SQLite format 3\0", 16) ||
      BigEndian(header.substr(68, 4)) != kStoreApplicationId) {
    return NoStore(path);
  }
  const std::int64_t version = BigEndian(header.substr(60, 4));
  PERMILLE_TRY(CheckVersion(path, version));
  return Standing{version < kStoreVersion ? Kind::kOutdated : Kind::kStore, version};
}

/// Make an empty file where there is none, for the system's own words if that fails.
Result<void> Create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  if (errno == EEXIST) return {};
  return Fail(errno == EACCES || errno == EROFS ? ErrorCode::kUnavailable : ErrorCode::kIo,
              "{}: cannot be made ({}); give another place with --store", path,
              std::generic_category().message(errno));
}

bool HasContent(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && status.st_size > 0;
}

/// Bring the tables of an earlier version to today's, inside a transaction.
Result<void> Migrate(Database& database, std::int64_t version) {
  if (version < 2) {
    PERMILLE_TRY(database.Execute(kMigrateBefore));
    PERMILLE_TRY(database.Execute(kStoreSchema2));
    PERMILLE_TRY(database.Execute(kMigrateAfter));
  }
  PERMILLE_TRY(database.Execute(kMigrateDetails));
  return database.Execute(fmt::format("PRAGMA user_version = {}", kStoreVersion));
}

/// Make the tables where they are not yet there. Several processes may try at once: one does it.
Result<void> SetUp(Database& database, const std::string& path) {
  PERMILLE_ASSIGN(auto transaction, Transaction::Begin(database));
  PERMILLE_ASSIGN(const auto version, database.Integer("PRAGMA user_version"));
  PERMILLE_ASSIGN(const auto tables, database.Integer("SELECT count(*) FROM sqlite_schema"));
  if (version >= 1 && version < kStoreVersion) {
    PERMILLE_TRY(Migrate(database, version));
    return transaction.Commit();
  }
  if (version != 0) return CheckVersion(path, version);
  if (tables != 0) return NoStore(path);
  PERMILLE_TRY(database.Execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};",
                                            kStoreApplicationId, kStoreVersion)));
  PERMILLE_TRY(database.Execute(kStoreSchema));
  PERMILLE_TRY(database.Execute(kStoreSchema2));
  return transaction.Commit();
}

/// Switch the file to a write-ahead log: readers and a writer then do not hold each other up.
/// SQLite does not wait for others in this switch, so we do.
Result<void> UseLog(Database& database, const std::string& path) {
  const auto until = std::chrono::steady_clock::now() + kBusyLimit;
  while (true) {
    const auto mode = database.Text("PRAGMA journal_mode = WAL");
    if (mode && *mode == "wal") return {};
    if (std::chrono::steady_clock::now() > until) {
      if (!mode) return Fail(mode.error());
      return Fail(
          ErrorCode::kIo,
          "{}: its file system cannot hold a write-ahead log; give a local file with --store",
          path);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

Result<Database> OpenForWriting(const std::string& path) {
  PERMILLE_ASSIGN(const Standing standing, Look(path));
  if (standing.kind == Kind::kAbsent) PERMILLE_TRY(Create(path));
  PERMILLE_ASSIGN(auto database, Database::Open(path, Database::Access::kReadWrite));
  PERMILLE_TRY(database.Execute("PRAGMA synchronous = FULL"));
  PERMILLE_TRY(SetUp(database, path));
  PERMILLE_TRY(UseLog(database, path));
  return database;
}

Result<Database> OpenAs(const std::string& path, Database::Access access) {
  PERMILLE_ASSIGN(auto database, Database::Open(path, access));
  PERMILLE_TRY(database.Execute("PRAGMA query_only = ON"));
  PERMILLE_ASSIGN(const auto version, database.Integer("PRAGMA user_version"));
  // Reads the file proper: an opening that cannot work fails here.
  PERMILLE_TRY(database.Integer("SELECT count(*) FROM runs"));
  PERMILLE_TRY(CheckVersion(path, version));
  if (version < kStoreVersion) return Outdated(path, version);
  return database;
}

/// Open without writing to the file. With a log beside it (a writer at work, or killed), SQLite's
/// read-only mode reads both and leaves both. Without one, that mode would leave an empty log
/// behind where a connection that may write takes it away again at its end. Where nothing can be
/// made beside the file nobody can be writing to it either, so it is read as it stands.
Result<Database> OpenForReading(const std::string& path) {
  PERMILLE_ASSIGN(const Standing standing, Look(path));
  if (standing.kind == Kind::kAbsent) {
    return Fail(ErrorCode::kNotFound,
                "{}: no such store; `permille run` makes one, --store names another", path);
  }
  if (standing.kind == Kind::kEmpty) return NoStore(path);
  if (standing.kind == Kind::kOutdated) {
    if (const auto migrated = OpenForWriting(path); !migrated)
      return Outdated(path, standing.version);
  }
  const bool log = HasContent(path + "-wal");
  auto database = OpenAs(path, log ? Database::Access::kReadOnly : Database::Access::kReadWrite);
  if (database || log) return database;
  if (auto readonly = OpenAs(path, Database::Access::kReadOnly)) return readonly;
  if (!HasContent(path + "-wal")) {
    if (auto immutable = OpenAs(path, Database::Access::kImmutable)) return immutable;
  }
  return database;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, OpenMode mode, Database database)
      : path_(std::move(path)), mode_(mode), database_(std::move(database)) {}

  Result<void> Append(const RunRecord& run) override {
    if (mode_ == OpenMode::kRead)
      return Fail(ErrorCode::kInternal, "{}: was opened for reading only", path_);
    PERMILLE_TRY(CheckRun(run));
    const auto appended = AppendChecked(run);
    if (appended) return {};
    return Fail(appended.error().code, "{} (run {} is not stored; earlier runs are)",
                appended.error().message, run.run_id);
  }

  Result<void> AppendAll(std::span<const RunRecord> runs, const ImportedFacts& facts) override {
    if (mode_ == OpenMode::kRead)
      return Fail(ErrorCode::kInternal, "{}: was opened for reading only", path_);
    PERMILLE_ASSIGN(auto transaction, Transaction::Begin(database_));
    for (const RunRecord& run : runs) {
      PERMILLE_TRY(CheckRun(run));
      PERMILLE_TRY(Insert(run));
    }
    PERMILLE_TRY(WriteFacts(database_, facts));
    return transaction.Commit();
  }

  Result<std::vector<RunSummary>> List() override { return ReadSummaries(database_, path_); }
  Result<RunRecord> Read(const std::string& run_id) override {
    return ReadRun(database_, run_id, path_);
  }
  Result<std::vector<RunRecord>> ReadAll() override { return ReadRuns(database_, path_); }
  Result<ImportedFacts> Facts() override { return ReadFacts(database_); }

 private:
  Result<void> AppendChecked(const RunRecord& run) {
    PERMILLE_ASSIGN(auto transaction, Transaction::Begin(database_));
    PERMILLE_TRY(Insert(run));
    return transaction.Commit();
  }

  Result<void> Insert(const RunRecord& run) {
    PERMILLE_ASSIGN(auto* find, database_.Cached("SELECT 1 FROM runs WHERE run_id = ?"));
    PERMILLE_ASSIGN(const auto found, find->Lookup(run.run_id));
    if (found)
      return Fail(ErrorCode::kInvalid, "{}: a run of the id {} is already there", path_,
                  run.run_id);
    return WriteRun(database_, run);
  }

  std::string path_;
  OpenMode mode_;
  Database database_;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const std::string& path, OpenMode mode) {
  PERMILLE_ASSIGN(auto database,
                  mode == OpenMode::kWrite ? OpenForWriting(path) : OpenForReading(path));
  return std::make_unique<SqliteStore>(path, mode, std::move(database));
}

}  // namespace permille
