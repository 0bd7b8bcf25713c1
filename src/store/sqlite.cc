// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <system_error>
#include <vector>

namespace permille::sqlite {
namespace {

constexpr int kBusyMs = 10'000;

/// The last error of a connection in words that say what to do. `errno` must have been 0 before the
/// call that failed: SQLite keeps the system's error in some cases only.
tl::unexpected<Error> LastError(sqlite3* database) {
  const int left = errno;
  const char* file = sqlite3_db_filename(database, "main");
  const std::string path = file == nullptr ? "store" : file;
  const int extended = sqlite3_extended_errcode(database);
  const int kept = sqlite3_system_errno(database);
  const int system = kept != 0 ? kept : left;
  switch (extended & 0xFF) {
    case SQLITE_FULL:
      return Fail(ErrorCode::kIo,
                  "{}: cannot be written, the disk is full; free space and run again", path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(ErrorCode::kIo,
                  "{}: busy, another process kept it locked for {} s; try again when it is done",
                  path, kBusyMs / 1000);
    case SQLITE_READONLY:
      return Fail(ErrorCode::kUnavailable,
                  "{}: cannot be written (read-only file or folder); give another with --store",
                  path);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return Fail(ErrorCode::kInvalid,
                  "{}: broken ({}); restore it from a copy or give another with --store", path,
                  sqlite3_errmsg(database));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (system == ENOSPC || system == EDQUOT) {
        return Fail(ErrorCode::kIo,
                    "{}: cannot be written, the disk is full; free space and run again", path);
      }
      break;
    default:
      break;
  }
  const bool of_system = (extended & 0xFF) == SQLITE_IOERR || (extended & 0xFF) == SQLITE_CANTOPEN;
  const std::string reason =
      of_system && system != 0 ? ": " + std::generic_category().message(system) : "";
  return Fail(ErrorCode::kIo, "{}: {}{}", path, sqlite3_errmsg(database), reason);
}

/// A path as a file: URI, so that options can follow it.
std::string Uri(const std::string& path, std::string_view options) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri.push_back(c);
    }
  }
  return fmt::format("{}?{}", uri, options);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  bound_ = true;
}

void Statement::Bind(int place, std::int64_t value) {
  bound_ &= sqlite3_bind_int64(statement_.get(), place, value) == SQLITE_OK;
}
void Statement::Bind(int place, double value) {
  bound_ &= sqlite3_bind_double(statement_.get(), place, value) == SQLITE_OK;
}
void Statement::BindNull(int place) {
  bound_ &= sqlite3_bind_null(statement_.get(), place) == SQLITE_OK;
}
void Statement::Bind(int place, std::string_view value) {
  bound_ &= sqlite3_bind_text64(statement_.get(), place, value.empty() ? "" : value.data(),
                                value.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK;
}
void Statement::Bind(int place, Blob value) {
  bound_ &=
      sqlite3_bind_blob64(statement_.get(), place, value.bytes.empty() ? "" : value.bytes.data(),
                          value.bytes.size(), SQLITE_STATIC) == SQLITE_OK;
}

Result<bool> Statement::Step() {
  errno = 0;
  if (!bound_) return LastError(sqlite3_db_handle(statement_.get()));
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return LastError(sqlite3_db_handle(statement_.get()));
  }
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
std::int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}
double Statement::Real(int column) const {
  return MaybeReal(column).value_or(std::numeric_limits<double>::quiet_NaN());
}
std::optional<double> Statement::MaybeReal(int column) const {
  if (IsNull(column)) return std::nullopt;
  return sqlite3_column_double(statement_.get(), column);
}
std::string Statement::Text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (bytes == nullptr) return "";
  return std::string(bytes,
                     static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<Database> Database::Open(const std::string& path, Access access) {
  // A leading ./ keeps a file named ":memory:" or "file:x" a file.
  const std::string plain = path.starts_with('/') ? path : "./" + path;
  const bool immutable = access == Access::kImmutable;
  const std::string name = immutable ? Uri(plain, "immutable=1") : plain;
  const int flags = access == Access::kReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  sqlite3* raw = nullptr;
  const int status =
      sqlite3_open_v2(name.c_str(), &raw, flags | (immutable ? SQLITE_OPEN_URI : 0), nullptr);
  Database database(raw);
  if (raw == nullptr) return Fail(ErrorCode::kIo, "{}: cannot be opened (out of memory)", path);
  if (status != SQLITE_OK) {
    const int system = sqlite3_system_errno(raw);
    return Fail(system == EACCES || system == EROFS ? ErrorCode::kUnavailable : ErrorCode::kIo,
                "{}: cannot be opened ({}); give another place with --store", path,
                system != 0 ? std::generic_category().message(system) : sqlite3_errmsg(raw));
  }
  if (access == Access::kReadWrite &&
      sqlite3_db_readonly(raw, "main") == 1) {  // SQLite has made do with less
    return Fail(ErrorCode::kUnavailable,
                "{}: cannot be written (permission denied); give another file with --store", path);
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyMs);
  // A store is a stranger's file like any other: nothing in its schema may run functions with side
  // effects.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  PERMILLE_TRY(database.Execute("PRAGMA foreign_keys = ON"));
  return database;
}

Result<void> Database::Execute(const std::string& sql) {
  errno = 0;
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return LastError(database_.get());
  }
  return {};
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  errno = 0;
  if (sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                         nullptr) != SQLITE_OK) {
    return LastError(database_.get());
  }
  return Statement(statement);
}

Result<Statement*> Database::Cached(std::string_view sql) {
  auto found = cached_.find(sql);
  if (found == cached_.end()) {
    PERMILLE_ASSIGN(auto statement, Prepare(sql));
    found = cached_.emplace(std::string(sql), std::move(statement)).first;
  }
  return &found->second;
}

Result<std::int64_t> Database::Integer(std::string_view sql) {
  PERMILLE_ASSIGN(auto statement, Prepare(sql));
  PERMILLE_TRY(statement.Step());
  return statement.Integer(0);
}

Result<std::string> Database::Text(std::string_view sql) {
  PERMILLE_ASSIGN(auto statement, Prepare(sql));
  PERMILLE_TRY(statement.Step());
  return statement.Text(0);
}

std::int64_t Database::LastRowId() const {
  return sqlite3_last_insert_rowid(database_.get());
}

Result<std::string> ReadHeader(const std::string& path) {
  constexpr int kHeader = 100;
  sqlite3_vfs* vfs = sqlite3_vfs_find(nullptr);
  const std::unique_ptr<const char, void (*)(const char*)> name(
      sqlite3_create_filename(path.c_str(), "", "", 0, nullptr), &sqlite3_free_filename);
  std::vector<std::max_align_t> storage(
      static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
  auto* file = reinterpret_cast<sqlite3_file*>(storage.data());
  errno = 0;
  if (vfs->xOpen(vfs, name.get(), file, SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READONLY, nullptr) !=
      SQLITE_OK) {
    return Fail(errno == EACCES || errno == EPERM ? ErrorCode::kUnavailable : ErrorCode::kIo,
                "{}: cannot be opened ({}); give another file with --store", path,
                std::generic_category().message(errno));
  }
  sqlite3_int64 size = 0;
  std::string header(kHeader, '\0');
  int status = file->pMethods->xFileSize(file, &size);
  if (status == SQLITE_OK) status = file->pMethods->xRead(file, header.data(), kHeader, 0);
  file->pMethods->xClose(file);
  if (status != SQLITE_OK && status != SQLITE_IOERR_SHORT_READ) {
    return Fail(ErrorCode::kIo, "{}: cannot be read ({})", path,
                std::generic_category().message(errno));
  }
  header.resize(static_cast<std::size_t>(std::min<sqlite3_int64>(size, kHeader)));
  return header;
}

Result<Transaction> Transaction::Begin(Database& database) {
  PERMILLE_TRY(database.Execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself and this one has nothing to do.
  if (database_ != nullptr) static_cast<void>(database_->Execute("ROLLBACK"));
}

Result<void> Transaction::Commit() {
  PERMILLE_TRY(database_->Execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace permille::sqlite
