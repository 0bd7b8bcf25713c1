// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace permille::sqlite {

/// Bytes to be bound as a BLOB.
struct Blob {
  std::string_view bytes;
};

/// One prepared statement. Parameters are bound in order; what goes wrong while binding shows at
/// the next Step. Must not outlive its database.
class Statement {
 public:
  Statement(Statement&&) = default;
  Statement& operator=(Statement&&) = default;

  /// Bind all parameters and run to the end; ready for use again.
  template <class... Values>
  Result<void> Run(const Values&... values) {
    Query(values...);
    auto row = Step();
    Reset();
    if (!row) return Fail(std::move(row).error());
    return {};
  }

  /// Bind all parameters of a query; rows follow with Step.
  template <class... Values>
  void Query(const Values&... values) {
    Reset();
    int place = 0;
    (Bind(++place, values), ...);
  }
  /// Bind all parameters of a query and give the first column of its first row, absent without
  /// rows; ready for use again.
  template <class... Values>
  Result<std::optional<std::int64_t>> Lookup(const Values&... values) {
    Query(values...);
    auto row = Step();
    std::optional<std::int64_t> found;
    if (row && *row) found = Integer(0);
    Reset();
    if (!row) return Fail(std::move(row).error());
    return found;
  }
  /// Go to the next row; false at the end.
  Result<bool> Step();

  bool IsNull(int column) const;
  std::int64_t Integer(int column) const;
  /// The number; NaN for NULL, which is how SQLite keeps a NaN.
  double Real(int column) const;
  std::optional<double> MaybeReal(int column) const;
  std::string Text(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  void Reset();
  void Bind(int place, std::int64_t value);
  void Bind(int place, int value) { Bind(place, std::int64_t{value}); }
  void Bind(int place, double value);
  void Bind(int place, std::string_view value);
  void Bind(int place, const std::string& value) { Bind(place, std::string_view(value)); }
  void Bind(int place, Blob value);
  void BindNull(int place);
  template <class T>
  void Bind(int place, const std::optional<T>& value) {
    if (value) {
      Bind(place, *value);
    } else {
      BindNull(place);
    }
  }

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  bool bound_ = true;  ///< whether every Bind since the last Reset went well
};

/// One connection. Errors are kIo with the path and SQLite's and the system's words; a full disk, a
/// busy writer and a broken file are told apart in those words.
class Database {
 public:
  enum class Access {
    kReadWrite,
    kReadOnly,
    kImmutable,  ///< read-only, on the promise that nobody writes: no lock and no side file is made
  };
  static Result<Database> Open(const std::string& path, Access access);

  Database(Database&&) = default;
  Database& operator=(Database&&) = default;

  /// Run statements without parameters.
  Result<void> Execute(const std::string& sql);
  Result<Statement> Prepare(std::string_view sql);
  /// The same, prepared once per connection. The next call with the same text gives the same
  /// statement, so one use must end before the next begins.
  Result<Statement*> Cached(std::string_view sql);
  /// The first column of the first row of a query, as an integer.
  Result<std::int64_t> Integer(std::string_view sql);
  Result<std::string> Text(std::string_view sql);
  std::int64_t LastRowId() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
  std::map<std::string, Statement, std::less<>> cached_;  ///< after database_: ends before it
};

/// The first 100 bytes of a file, fewer of a shorter one. Goes through SQLite, though it takes no
/// lock: a file opened and closed beside it would drop the locks that this process's connections
/// hold on it (https://www.sqlite.org/howtocorrupt.html, section 2.2).
Result<std::string> ReadHeader(const std::string& path);

/// A transaction that is undone unless committed. Begins as a writer, so that it cannot fail
/// half-way for another one.
class Transaction {
 public:
  static Result<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace permille::sqlite
